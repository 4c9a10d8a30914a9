/**
 * The button that opens the cart, with the number of items in it.
 *
 * @param {import("/js/cart.js").Cart} cart
 * @param {() => void} open
 */
export function showCartButton(cart, open) {
  const button = document.getElementById("cart-button");
  const badge = button.querySelector(".cart-count");
  const state = document.getElementById("cart-button-state");
  button.addEventListener("click", open);

  function render() {
    const { count } = cart;
    const unavailable = cart.state === "unavailable";
    button.dataset.count = String(count);
    button.dataset.saved = String(cart.saved);
    badge.hidden = count === 0 && !unavailable;
    badge.classList.toggle("cart-count-unavailable", unavailable);
    badge.textContent = unavailable ? "!" : String(count);
    state.textContent = unavailable ? "not answering" : `${count} ${count === 1 ? "item" : "items"}`;
  }
  cart.addEventListener("change", render);
  render();
}
