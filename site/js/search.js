import { request, ServiceError } from "/js/http.js";
import { readProducts } from "/js/product.js";

/** How long typing has to pause before it is searched, in milliseconds. */
const PAUSE = 150;

/** How many results fill the page; the service's own default is 10. */
const LIMIT = 24;

/**
 * The search for what stands in the search field. A "change" event follows each change of its fields.
 */
export class Search extends EventTarget {
  /** @type {"idle" | "searching" | "ready" | "refused" | "unavailable"} "idle" without a query */
  state = "idle";
  /** While refused, why: a sentence for the shopper. */
  refusal = "";
  /** What is searched for, without spaces around it. */
  query = "";
  /** @type {import("/js/product.js").Product[]} best first; while searching, those of the query before */
  products = [];
  #configuration;
  #known;
  #pause;
  #running = new AbortController();

  /**
   * @param {() => Promise<import("/js/configuration.js").Configuration>} configuration
   * @param {import("/js/knownproducts.js").KnownProducts} known
   */
  constructor(configuration, known) {
    super();
    this.#configuration = configuration;
    this.#known = known;
  }

  /** Searches for the text once no more is typed. */
  type(text) {
    clearTimeout(this.#pause);
    if (normal(text) === "") {
      this.run("");
    } else if (normal(text) !== this.query) {
      this.#pause = setTimeout(() => this.run(text), PAUSE);
    }
  }

  /**
   * Searches for the text now; also the way to try again. A search that is still running is given up. Never rejects:
   * the state says how it went.
   */
  async run(text) {
    clearTimeout(this.#pause);
    this.#running.abort();
    this.#running = new AbortController();
    const { signal } = this.#running;
    this.query = normal(text);
    if (this.query === "") {
      this.products = [];
      this.#become("idle");
      return;
    }
    this.#become("searching");
    try {
      const products = await this.#ask(this.query, signal);
      signal.throwIfAborted();
      this.products = products;
      this.#known.remember(products);
      this.#become("ready");
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      console.warn(error);
      this.products = [];
      this.refusal = error.refused ? reason(error.problem) : "";
      this.#become(error.refused ? "refused" : "unavailable");
    }
  }

  async #ask(query, signal) {
    const { api } = await this.#configuration();
    const url = `${api}/search/?${new URLSearchParams({ q: query, limit: String(LIMIT) })}`;
    const products = readProducts(await request(url, { signal }));
    if (!products) {
      throw new ServiceError(`GET ${url}: no list of products`);
    }
    return products;
  }

  #become(state) {
    this.state = state;
    this.dispatchEvent(new Event("change"));
  }
}

/** Text without its damage, which the service refuses: halved characters, and U+FFFD in the place of invalid bytes. */
export function readable(text) {
  return text.toWellFormed().replaceAll("\ufffd", "");
}

function normal(text) {
  return readable(text).trim().replace(/\s+/g, " ");
}

/** Why the service refused a query. Its word for that is "q", as in the address; the shopper's is not. */
function reason({ errors, detail, title }) {
  const fault = Array.isArray(errors) && errors.find((error) => error?.field === "q")?.detail;
  return fault ? `Your search ${fault}.` : (detail ?? title ?? "The search did not take it.");
}
