import { MOST } from "/js/intents.js";
import { formatMoney, times } from "/js/money.js";
import { announce } from "/js/view/announce.js";
import { element, spoken } from "/js/view/dom.js";
import { createPicture, updatePicture } from "/js/view/picture.js";

/**
 * One product in the cart: how many, what they cost, and the buttons that change it.
 *
 * @param {{id: string}} line
 * @param {import("/js/cart.js").Cart} cart
 * @param {import("/js/knownproducts.js").KnownProducts} known
 * @param {(line: Element) => void} leaving called before the line goes away, to put the focus elsewhere
 */
export function createLine({ id }, cart, known, leaving) {
  const less = step("less", "−");
  const more = step("more", "+");
  const remove = element(
    "button",
    { class: "link-button", type: "button", "data-testid": "remove" },
    "Remove",
    spoken(""),
  );
  const line = element(
    "li",
    { class: "line" },
    createPicture(72),
    element("div", { class: "line-text" }, element("p", { class: "line-name" }), element("p", { class: "line-each" })),
    element(
      "div",
      { class: "stepper", role: "group" },
      less,
      element("span", { class: "stepper-value", "data-testid": "quantity" }),
      more,
    ),
    element("p", { class: "line-price" }),
    remove,
  );
  const change = (to) => changeQuantity(cart, known.get(id), to);
  // Not below 1, and not up to it either: another tab may have removed the product.
  whenEnabled(less, () => change((quantity) => (quantity > 1 ? quantity - 1 : quantity)));
  whenEnabled(more, () => change((quantity) => quantity + 1));
  whenEnabled(remove, () => {
    leaving(line);
    change(() => 0);
  });
  return line;
}

/** Shows the line's product and quantity as they are now. */
export function updateLine(line, { id, quantity }, cart, known) {
  const product = known.get(id);
  const set = (selector, text) => (line.querySelector(selector).textContent = text);
  updatePicture(line.querySelector(".picture"), product);
  set(".line-name", product.name);
  set(".line-each", product.price ? `${formatMoney(product.price)} each` : "");
  set(".line-price", product.price ? formatMoney(times(product.price, quantity)) : "Price not available");
  set(".stepper-value", String(quantity));
  set("[data-step=less] .hidden", `One ${product.name} less`);
  set("[data-step=more] .hidden", `One ${product.name} more`);
  set(".link-button .hidden", ` ${product.name}`);
  line.querySelector(".stepper").ariaLabel = `Quantity of ${product.name}`;

  const unavailable = cart.state === "unavailable";
  disable(line.querySelector("[data-step=less]"), unavailable || quantity <= 1);
  disable(line.querySelector("[data-step=more]"), unavailable || quantity >= MOST);
  disable(line.querySelector(".link-button"), unavailable);
}

function step(direction, sign) {
  return element(
    "button",
    { class: "stepper-button", type: "button", "data-step": direction, "data-testid": direction },
    element("span", { "aria-hidden": "true" }, sign),
    spoken(""),
  );
}

async function changeQuantity(cart, { id, name }, to) {
  if ((await cart.change(id, to)) === "saved") {
    const quantity = cart.quantity(id);
    announce(quantity === 0 ? `${name} removed.` : `${name}: ${quantity} in your cart.`);
  }
}

/** Switches a button off, but leaves it where it is for the keyboard: a disabled one would drop the focus. */
function disable(button, disabled) {
  button.ariaDisabled = disabled ? "true" : null;
}

function whenEnabled(button, act) {
  button.addEventListener("click", () => {
    if (button.ariaDisabled !== "true") {
      act();
    }
  });
}
