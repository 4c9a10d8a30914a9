import { request, ServiceError } from "/js/http.js";

/** How many products are recommended at most: they stand below the cart, and are not what the shopper came for. */
const MOST = 3;

/** For how many products of the cart the service is asked, the last that were added: one request each. */
const ASKED = 5;

/** Enough that something is left when the best are in the cart already. */
const LIMIT = 10;

/**
 * What others have bought together with what is in the cart. A "change" event follows each change of its products.
 */
export class Recommendations extends EventTarget {
  #configuration;
  #cart;
  #catalogue;
  /** @type {Map<string, {product: string, orders: number}[] | undefined>} by product; undefined while it is asked for */
  #answers = new Map();
  #looking = false;

  /**
   * @param {() => Promise<import("/js/configuration.js").Configuration>} configuration
   * @param {import("/js/cart.js").Cart} cart
   * @param {import("/js/catalogue.js").Catalogue} catalogue says what is sold
   */
  constructor(configuration, cart, catalogue) {
    super();
    this.#configuration = configuration;
    this.#cart = cart;
    this.#catalogue = catalogue;
    cart.addEventListener("change", () => {
      this.#ask();
      this.#changed();
    });
    catalogue.addEventListener("change", () => this.#changed());
  }

  /**
   * The ids of what is recommended, best first: not what is in the cart, and not what is sold no more, for the counts go
   * back a long way.
   *
   * @returns {string[]}
   */
  get products() {
    const orders = new Map();
    for (const item of this.#asked()) {
      for (const { product, orders: more } of this.#answers.get(item) ?? []) {
        orders.set(product, (orders.get(product) ?? 0) + more);
      }
    }
    return [...orders]
      .filter(([product]) => this.#cart.quantity(product) === 0 && this.#sold(product))
      .sort(([one, many], [other, more]) => more - many || (one < other ? -1 : 1))
      .slice(0, MOST)
      .map(([product]) => product);
  }

  /** Has the service asked, anew, as long as somebody looks: nobody waits for what nobody sees. */
  set looking(looking) {
    this.#looking = looking;
    if (looking) {
      this.#ask(this.#asked());
    }
  }

  /** The products of the cart that count. */
  #asked() {
    return this.#cart.items.slice(-ASKED).map(({ product }) => product);
  }

  #ask(products = this.#asked().filter((product) => !this.#answers.has(product))) {
    if (!this.#looking) {
      return;
    }
    for (const product of products) {
      this.#answers.set(product, this.#answers.get(product)); // what it was until the answer comes, and not asked twice
      this.#find(product);
    }
  }

  /** Never rejects: without an answer nothing is recommended, which is nothing to tell the shopper. */
  async #find(product) {
    try {
      const { api } = await this.#configuration();
      const url = `${api}/recommendations/${encodeURIComponent(product)}?limit=${LIMIT}`;
      const { recommendations } = await request(url);
      if (!Array.isArray(recommendations) || !recommendations.every(usable)) {
        throw new ServiceError(`GET ${url}: no list of recommendations`);
      }
      this.#answers.set(product, recommendations);
    } catch (error) {
      console.warn(error);
    }
    this.#changed();
  }

  #sold(product) {
    return this.#catalogue.state !== "ready" || this.#catalogue.products.some(({ id }) => id === product);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

function usable(recommendation) {
  return typeof recommendation?.product === "string" && Number.isSafeInteger(recommendation.orders);
}
