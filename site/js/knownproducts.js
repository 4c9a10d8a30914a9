import { readProducts, unknownProduct } from "/js/product.js";

/** More products than a shopper looks at, and few enough to leave room in localStorage. */
const MOST = 500;

/**
 * The products that this browser has seen, so that the cart, which holds ids alone, can show names and prices while the
 * container is down.
 */
export class KnownProducts {
  #storage;
  #products;

  /** @param {import("/js/storage.js").Storage} storage */
  constructor(storage) {
    this.#storage = storage;
    const stored = readProducts({ products: storage.read("products") }) ?? [];
    this.#products = new Map(stored.map((product) => [product.id, product]));
  }

  /** @param {import("/js/product.js").Product[]} products */
  remember(products) {
    for (const product of products) {
      this.#products.delete(product.id); // so that the newest stand last
      this.#products.set(product.id, product);
    }
    this.#products = new Map([...this.#products].slice(-MOST));
    this.#storage.write("products", [...this.#products.values()]);
  }

  /**
   * The product as it was seen last, or what its id tells about it.
   *
   * @returns {import("/js/product.js").Product}
   */
  get(id) {
    return this.#products.get(id) ?? unknownProduct(id);
  }
}
