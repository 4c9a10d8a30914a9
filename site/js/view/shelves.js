import { createCard, updateCard } from "/js/view/card.js";
import { element, fill } from "/js/view/dom.js";

/** The whole catalogue: a shelf for each category, and the links that lead to them. */
export class Shelves {
  #catalogue;
  #cart;
  #place = document.getElementById("shelves");
  #links = document.getElementById("categories");
  /** @type {{list: Element, products: import("/js/product.js").Product[]}[]} */
  #lists = [];

  /**
   * @param {import("/js/catalogue.js").Catalogue} catalogue
   * @param {import("/js/cart.js").Cart} cart
   */
  constructor(catalogue, cart) {
    this.#catalogue = catalogue;
    this.#cart = cart;
    catalogue.addEventListener("change", () => this.#render());
    cart.addEventListener("change", () => this.#renderCards());
  }

  /** Shows or hides the shelves; search results take their place. */
  set visible(visible) {
    this.#place.hidden = !visible;
    this.#links.hidden = !visible || !this.filled;
  }

  /** Whether there are products on the shelves. */
  get filled() {
    return this.#lists.length > 0;
  }

  #render() {
    const shelves = Map.groupBy(this.#catalogue.products, (product) => product.category || "More");
    this.#lists = [...shelves.values()].map((products) => ({
      list: element("ul", { class: "grid", role: "list" }),
      products,
    }));
    this.#place.replaceChildren(...[...shelves.keys()].map((category, at) => shelf(category, this.#lists[at].list)));
    this.#links.replaceChildren(...[...shelves.keys()].map(link));
    this.#place.ariaBusy = null;
    this.visible = !this.#place.hidden;
    this.#renderCards();
  }

  #renderCards() {
    for (const { list, products } of this.#lists) {
      fill(
        list,
        products,
        (product) => createCard(product, "h3", this.#cart),
        (card, product) => updateCard(card, product, this.#cart),
      );
    }
  }
}

function shelf(category, list) {
  const id = anchor(category);
  const title = element("h2", { class: "shelf-title", id: `${id}-title` }, category);
  return element("section", { class: "shelf", id, "aria-labelledby": title.id }, title, list);
}

function link(category) {
  return element("a", { class: "category", href: `#${anchor(category)}` }, category);
}

/** A category's id in the page: "Coffee & tea" is reached at #shelf-coffee-tea. */
function anchor(category) {
  const words = category.normalize("NFD").toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return ["shelf", ...words].join("-");
}
