import { request, ServiceError } from "/js/http.js";

/**
 * @typedef {object} StoredCart A cart as the service keeps it.
 * @property {string} id unguessable: whoever knows it can change the cart
 * @property {number} version counts the cart's changes
 * @property {{product: string, quantity: number}[]} items
 */

/**
 * @typedef {object} Order What a customer has ordered.
 * @property {string} order its number
 * @property {{product: string, quantity: number}[]} items
 * @property {string} placed when, as RFC 3339 writes it
 */

/** The cart service's routes. Every method rejects with a ServiceError. */
export class CartService {
  #configuration;

  /** @param {() => Promise<import("/js/configuration.js").Configuration>} configuration */
  constructor(configuration) {
    this.#configuration = configuration;
  }

  /** @returns {Promise<StoredCart>} a new, empty cart */
  create() {
    return this.#send("POST", "");
  }

  /** @returns {Promise<StoredCart>} */
  get(id) {
    return this.#send("GET", encodeURIComponent(id));
  }

  /**
   * Sets how many of a product are in the cart, 0 to take it out, provided that the cart is still as given: otherwise
   * the error's status is 412.
   *
   * @param {StoredCart} cart
   * @param {string} product
   * @param {number} quantity 0 to 99
   * @returns {Promise<StoredCart>} the changed cart
   */
  set(cart, product, quantity) {
    const path = `${encodeURIComponent(cart.id)}/items/${encodeURIComponent(product)}`;
    const headers = { "if-match": `"${cart.version}"` };
    return quantity === 0
      ? this.#send("DELETE", path, { headers })
      : this.#send("PUT", path, { headers, body: { quantity } });
  }

  /**
   * Orders what is in the cart, which is empty then, provided that it is still as given: otherwise the error's status is
   * 412. The same request again gives the same order.
   *
   * @param {StoredCart} cart
   * @param {string} token the customer's access token; the error's status is 401 where it is none any more
   * @returns {Promise<Order>}
   */
  async checkout(cart, token) {
    const { api } = await this.#configuration();
    const url = `${api}/cart/${encodeURIComponent(cart.id)}/checkout`;
    const headers = { authorization: `Bearer ${token}`, "if-match": `"${cart.version}"` };
    const order = await request(url, { method: "POST", headers, cache: "no-store" });
    if (typeof order.order !== "string" || !Array.isArray(order.items)) {
      throw new ServiceError(`POST ${url}: no order in the answer`);
    }
    return order;
  }

  async #send(method, path, options) {
    const { api } = await this.#configuration();
    const cart = await request(`${api}/cart/${path}`, { ...options, method, cache: "no-store" });
    if (typeof cart.id !== "string" || !Number.isInteger(cart.version) || !Array.isArray(cart.items)) {
      throw new ServiceError(`${method} ${api}/cart/${path}: no cart in the answer`);
    }
    return cart;
  }
}
