import { announce } from "/js/view/announce.js";
import { element, fill } from "/js/view/dom.js";

/**
 * What was ordered, in the cart's place, until the shopper goes on.
 *
 * @param {import("/js/checkout.js").Checkout} checkout
 * @param {import("/js/knownproducts.js").KnownProducts} known
 */
export function showConfirmation(checkout, known) {
  const place = document.getElementById("order");
  const title = document.getElementById("order-title");
  const number = place.querySelector("[data-testid=order-number]");
  const lines = place.querySelector(".order-lines");

  checkout.addEventListener("change", () => {
    const { order } = checkout;
    const news = order !== undefined && place.hidden;
    place.hidden = order === undefined;
    number.textContent = order?.order ?? "";
    fill(
      lines,
      (order?.items ?? []).map(({ product, quantity }) => ({ id: product, quantity })),
      () => element("li", { class: "order-line" }, element("span"), element("span", { class: "order-quantity" })),
      (line, { id, quantity }) => {
        line.firstElementChild.textContent = known.get(id).name;
        line.lastElementChild.textContent = `× ${quantity}`;
      },
    );
    if (news) {
      title.focus();
      announce("Your order is placed.");
    }
  });
}
