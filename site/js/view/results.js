import { announce } from "/js/view/announce.js";
import { createCard, updateCard } from "/js/view/card.js";
import { fill } from "/js/view/dom.js";

/** How long the page stays as it is for an answer, before it shows that it waits. In milliseconds. */
const SLOW = 300;

/** What the search found, in the place of the shelves, under the page's title. */
export class Results {
  #search;
  #cart;
  #shelves;
  #title = document.getElementById("title");
  #lead = document.getElementById("lead");
  #welcome = { title: this.#title.textContent, lead: this.#lead.textContent };
  #place = document.getElementById("results");
  #list = this.#place.querySelector("ol");
  #nothing = this.#place.querySelector(".nothing");
  #waiting = document.querySelector(".skeleton .grid").cloneNode(true);
  #patience;

  /**
   * @param {import("/js/search.js").Search} search
   * @param {import("/js/cart.js").Cart} cart
   * @param {import("/js/view/shelves.js").Shelves} shelves shown while nothing is searched, or nothing can be
   * @param {import("/js/view/searchfield.js").SearchField} field
   */
  constructor(search, cart, shelves, field) {
    this.#search = search;
    this.#cart = cart;
    this.#shelves = shelves;
    this.#waiting.ariaHidden = "true";
    this.#nothing.querySelector("button").addEventListener("click", () => field.empty());
    search.addEventListener("change", () => this.#render());
    cart.addEventListener("change", () => this.#renderCards());
  }

  #render() {
    const { state, query, products } = this.#search;
    clearTimeout(this.#patience);
    if (state === "searching") {
      this.#patience = setTimeout(() => this.#renderWaiting(), this.#shelves.filled ? SLOW : 0);
      return; // what is there stays until the answer comes
    }
    this.#waiting.remove();
    this.#list.hidden = false;
    if (state !== "ready") {
      this.#show(false, this.#welcome.title, this.#welcome.lead);
      return;
    }
    this.#show(true, `Results for ${quote(query)}`, count(products));
    this.#nothing.hidden = products.length > 0;
    this.#nothing.querySelector(".nothing-text").textContent =
      `Nothing matches ${quote(query)}. Fewer or shorter words find more.`;
    this.#renderCards();
    announce(`${count(products)} for ${query}`);
    this.#returnToTheTop();
  }

  #renderWaiting() {
    this.#show(true, `Searching for ${quote(this.#search.query)}`, "One moment…");
    this.#nothing.hidden = true;
    this.#list.hidden = true;
    this.#place.append(this.#waiting);
  }

  #show(results, title, lead) {
    this.#shelves.visible = !results;
    this.#place.hidden = !results;
    this.#title.textContent = title;
    this.#lead.textContent = lead;
  }

  #renderCards() {
    fill(
      this.#list,
      this.#search.products,
      (product) => createCard(product, "h2", this.#cart),
      (card, product) => updateCard(card, product, this.#cart),
    );
  }

  /** The best results are the first, and may be above what is seen of the page. */
  #returnToTheTop() {
    if (this.#title.getBoundingClientRect().top < 0) {
      scrollTo({ top: 0 });
    }
  }
}

/** The query as the page repeats it: of a long one, its beginning. */
function quote(query) {
  const most = 40;
  const letters = [...query]; // whole ones: a slice of the string could halve an emoji
  return letters.length > most ? `“${letters.slice(0, most).join("")}…”` : `“${query}”`;
}

function count(products) {
  switch (products.length) {
    case 0:
      return "No products";
    case 1:
      return "1 product";
    default:
      return `${products.length} products, best match first`;
  }
}
