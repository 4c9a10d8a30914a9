import { request, ServiceError } from "/js/http.js";
import { readProducts } from "/js/product.js";

/**
 * The container's products. A "change" event follows each change of its fields.
 */
export class Catalogue extends EventTarget {
  /** @type {"loading" | "ready" | "unavailable"} */
  state = "loading";
  /** @type {import("/js/product.js").Product[]} */
  products = [];
  #configuration;
  #known;

  /**
   * @param {() => Promise<import("/js/configuration.js").Configuration>} configuration
   * @param {import("/js/knownproducts.js").KnownProducts} known
   */
  constructor(configuration, known) {
    super();
    this.#configuration = configuration;
    this.#known = known;
  }

  /** Loads the products; also the way to try again. Never rejects: the state says how it went. */
  async load() {
    try {
      const { container } = await this.#configuration();
      const products = readProducts(await request(`${container}/products`));
      if (!products) {
        throw new ServiceError(`GET ${container}/products: no list of products`);
      }
      this.products = products;
      this.#known.remember(products);
      this.state = "ready";
    } catch (error) {
      console.warn(error);
      this.state = "unavailable";
    }
    this.dispatchEvent(new Event("change"));
  }
}
