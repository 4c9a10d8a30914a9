import { formatMoney } from "/js/money.js";
import { announce } from "/js/view/announce.js";
import { element, fill, spoken } from "/js/view/dom.js";
import { createPicture, updatePicture } from "/js/view/picture.js";

/**
 * What is often bought together with what is in the cart, below it. It is there only where there is something, and
 * comes and goes without a word: nobody asked for it.
 *
 * @param {import("/js/recommendations.js").Recommendations} recommendations
 * @param {import("/js/cart.js").Cart} cart
 * @param {import("/js/knownproducts.js").KnownProducts} known
 * @param {import("/js/checkout.js").Checkout} checkout whose order takes the cart's place
 */
export function showTogether(recommendations, cart, known, checkout) {
  const place = document.getElementById("together");
  const list = place.querySelector(".together-list");

  const add = async (row, { id, name }) => {
    // It goes from here into the cart: the focus goes to the one after it, or before, or stays here.
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    (neighbour?.querySelector("button") ?? document.getElementById("cart-title")).focus();
    if ((await cart.change(id, (quantity) => quantity + 1)) === "saved") {
      announce(`${name} added. ${cart.quantity(id)} in your cart.`);
    }
  };
  const create = ({ id }) => {
    const button = element(
      "button",
      { class: "button together-add", type: "button", "data-testid": "together-add" },
      "Add",
      spoken(""),
    );
    const text = element("div", {}, element("p", { class: "together-name" }), element("p", { class: "together-price" }));
    const row = element("li", { class: "together-row" }, createPicture(56), text, button);
    button.addEventListener("click", () => add(row, known.get(id)));
    return row;
  };
  const update = (row, { id }) => {
    const product = known.get(id);
    updatePicture(row.querySelector(".picture"), product);
    row.querySelector(".together-name").textContent = product.name;
    row.querySelector(".together-price").textContent = product.price ? formatMoney(product.price) : "";
    row.querySelector("button .hidden").textContent = ` ${product.name} to cart`;
  };

  const render = () => {
    const shown = cart.state === "ready" && checkout.order === undefined;
    fill(list, shown ? recommendations.products.map((id) => ({ id })) : [], create, update);
    place.hidden = list.childElementCount === 0;
  };
  recommendations.addEventListener("change", render);
  checkout.addEventListener("change", render);
}
