/** The most of one product that a cart holds. */
export const MOST = 99;

/**
 * @typedef {object} Intent What the shopper wants to become of one product's quantity.
 * @property {string} product
 * @property {(quantity: number) => number} change a function of the quantity in the cart, not a number, so that it can
 *   be made again on top of what another tab did in between
 * @property {(outcome: "saved" | "refused" | "unsaved") => void} settle
 */

/** What the shopper wants of the cart and is not saved yet, oldest first. */
export class Intents {
  /** @type {Intent[]} */
  #all = [];

  get empty() {
    return this.#all.length === 0;
  }

  /** The products that they are about, each once. */
  get products() {
    return [...new Set(this.#all.map((intent) => intent.product))];
  }

  /** Those for one product. */
  of(product) {
    return this.#all.filter((intent) => intent.product === product);
  }

  /** @returns {Promise<"saved" | "refused" | "unsaved">} what becomes of it */
  add(product, change) {
    return new Promise((settle) => this.#all.push({ product, change, settle }));
  }

  /** What is in a cart with these items once they are all made. */
  applied(items) {
    const quantities = new Map(items.map(({ product, quantity }) => [product, quantity]));
    for (const product of this.products) {
      quantities.set(product, changed(this.of(product), quantities.get(product) ?? 0));
    }
    return [...quantities].map(([product, quantity]) => ({ product, quantity })).filter((item) => item.quantity > 0);
  }

  /** Ends some of them. */
  settle(intents, outcome) {
    this.#all = this.#all.filter((intent) => !intents.includes(intent));
    for (const { settle } of intents) {
      settle(outcome);
    }
  }

  /** Tells that none of them could be saved. They are kept for the next try. */
  postpone() {
    for (const { settle } of this.#all) {
      settle("unsaved");
    }
  }
}

/** The quantity that intents for one product make of another. */
export function changed(intents, quantity) {
  return bounded(intents.reduce((before, { change }) => change(before), quantity));
}

function bounded(quantity) {
  return Math.min(Math.max(quantity, 0), MOST);
}
