import { formatMoney, sum, times } from "/js/money.js";
import { createLine, updateLine } from "/js/view/cartline.js";
import { fill } from "/js/view/dom.js";

/** The cart, as a dialog at the side of the page. */
export class CartDialog {
  #cart;
  #known;
  #checkout;
  #recommendations;
  #dialog = document.getElementById("cart");
  #title = document.getElementById("cart-title");
  #lines = this.#dialog.querySelector(".cart-lines");
  #waiting = this.#dialog.querySelector(".cart-waiting");
  #empty = this.#dialog.querySelector(".cart-empty");
  #foot = this.#dialog.querySelector(".cart-foot");

  /**
   * @param {import("/js/cart.js").Cart} cart
   * @param {import("/js/knownproducts.js").KnownProducts} known
   * @param {import("/js/catalogue.js").Catalogue} catalogue brings names and prices that were not known before
   * @param {import("/js/checkout.js").Checkout} checkout whose order takes the place of what was in the cart
   * @param {import("/js/recommendations.js").Recommendations} recommendations looked at while the cart is open
   */
  constructor(cart, known, catalogue, checkout, recommendations) {
    this.#cart = cart;
    this.#known = known;
    this.#checkout = checkout;
    this.#recommendations = recommendations;
    cart.addEventListener("change", () => this.#render());
    catalogue.addEventListener("change", () => this.#render());
    checkout.addEventListener("change", () => this.#render());
    for (const button of this.#dialog.querySelectorAll("[data-close]")) {
      button.addEventListener("click", () => this.#dialog.close());
    }
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog) {
        this.#dialog.close(); // the backdrop: what is in the dialog lies in its sheet
      }
    });
    this.#dialog.addEventListener("close", () => {
      recommendations.looking = false;
      if (checkout.order) {
        checkout.dismiss(); // it was read: the next time the cart is a cart again
      }
    });
    this.#render();
  }

  /** Opens the cart, and looks whether it is still as it was. The browser gives the focus back when it closes. */
  open() {
    this.#dialog.showModal();
    this.#title.focus();
    this.#cart.refresh();
    this.#recommendations.looking = true;
  }

  #render() {
    const lines = this.#cart.items.map(({ product, quantity }) => ({ id: product, quantity }));
    fill(
      this.#lines,
      lines,
      (line) => createLine(line, this.#cart, this.#known, (node) => this.#leave(node)),
      (node, line) => updateLine(node, line, this.#cart, this.#known),
    );
    const ordered = this.#checkout.order !== undefined;
    this.#lines.hidden = ordered;
    this.#waiting.hidden = ordered || this.#cart.state !== "loading" || lines.length > 0;
    this.#empty.hidden = ordered || this.#cart.state !== "ready" || lines.length > 0;
    this.#foot.hidden = ordered || lines.length === 0;
    this.#title.textContent = ordered ? "Your order" : "Your cart";
    this.#renderTotal(lines);
  }

  #renderTotal(lines) {
    const prices = lines.map(({ id, quantity }) => {
      const { price } = this.#known.get(id);
      return price && times(price, quantity);
    });
    this.#foot.querySelector("strong").textContent = sum(prices.filter(Boolean)).map(formatMoney).join(" + ") || "–";
    this.#foot.querySelector(".cart-remark").textContent =
      prices.includes(null) ? "Without the products whose price is not available just now." : "VAT included.";
  }

  /** A line goes away, perhaps with the focus: that moves to the line after, or before, or to the title. */
  #leave(line) {
    const neighbour = line.nextElementSibling ?? line.previousElementSibling;
    (neighbour?.querySelector(".link-button") ?? this.#title).focus();
  }
}
