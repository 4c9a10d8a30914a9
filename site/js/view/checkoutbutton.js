/**
 * The button below the cart's total: to the order, or to signing in first.
 *
 * @param {import("/js/checkout.js").Checkout} checkout
 * @param {import("/js/signin.js").SignIn} signIn
 */
export function showCheckoutButton(checkout, signIn) {
  const button = document.getElementById("checkout");
  button.addEventListener("click", () => checkout.proceed());

  function render() {
    button.hidden = !signIn.available;
    button.ariaDisabled = checkout.placing ? "true" : null;
    if (checkout.placing) {
      button.textContent = "Placing your order…";
    } else {
      button.textContent = signIn.customer === undefined ? "Sign in to check out" : "Check out";
    }
  }
  checkout.addEventListener("change", render);
  signIn.addEventListener("change", render);
  render();
}
