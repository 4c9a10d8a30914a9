import { formatMoney } from "/js/money.js";
import { announce } from "/js/view/announce.js";
import { element, spoken } from "/js/view/dom.js";
import { createPicture, updatePicture } from "/js/view/picture.js";

/** How long a button says that its product was added, in milliseconds. */
const CONFIRMATION = 1600;

/**
 * A product in a grid, with its button.
 *
 * @param {import("/js/product.js").Product} product
 * @param {"h2" | "h3"} heading the level that the grid's place in the page asks for
 * @param {import("/js/cart.js").Cart} cart
 */
export function createCard(product, heading, cart) {
  const button = element(
    "button",
    { class: "button add", type: "button", "data-testid": "add" },
    element("span", { class: "add-label" }, "Add to cart", spoken(`: ${product.name}`)),
    element("span", { class: "add-done", "aria-hidden": "true" }, "Added ✓"),
  );
  button.addEventListener("click", () => add(button, product, cart));
  return element(
    "li",
    { class: "card" },
    element(
      "div",
      { class: "card-picture" },
      createPicture(400),
      element("p", { class: "card-count", "data-testid": "in-cart", hidden: true }),
    ),
    element("div", { class: "card-text" }, element(heading, { class: "card-name" }), element("p", { class: "card-about" })),
    element("p", { class: "card-price" }),
    button,
  );
}

/** Shows the product as it is now, and how many of it are in the cart. */
export function updateCard(card, product, cart) {
  updatePicture(card.querySelector(".picture"), product);
  card.querySelector(".card-name").textContent = product.name;
  card.querySelector(".card-about").textContent = product.description;
  card.querySelector(".card-price").textContent = product.price ? formatMoney(product.price) : "Price not available";
  const quantity = cart.quantity(product.id);
  const count = card.querySelector(".card-count");
  count.hidden = quantity === 0;
  count.textContent = `${quantity} in cart`;
  card.querySelector(".add").ariaDisabled = cart.state === "unavailable" ? "true" : null;
}

async function add(button, product, cart) {
  if (button.ariaDisabled === "true") {
    announce("The cart is not answering, so nothing can be added just now.");
    return;
  }
  if ((await cart.change(product.id, (quantity) => quantity + 1)) !== "saved") {
    return; // the cart's notice tells why
  }
  announce(`${product.name} added. ${cart.quantity(product.id)} in your cart.`);
  button.classList.add("is-added");
  setTimeout(() => button.classList.remove("is-added"), CONFIRMATION);
}
