/**
 * What the page remembers between visits: JSON values in localStorage. Where the browser forbids that (private modes,
 * blocked cookies, a full disk), values last as long as the page.
 */
export class Storage {
  #prefix;
  /** The values that localStorage did not take. */
  #kept = new Map();

  /** @param {string} prefix keeps the shop's keys apart from others of the host: "tilde." */
  constructor(prefix) {
    this.#prefix = prefix;
  }

  /** The value under the key, or undefined when there is none, or none that can be read. */
  read(key) {
    if (this.#kept.has(key)) {
      return this.#kept.get(key);
    }
    try {
      return JSON.parse(localStorage.getItem(this.#prefix + key)) ?? undefined;
    } catch {
      return undefined;
    }
  }

  /** Keeps a JSON value under the key; undefined removes it. */
  write(key, value) {
    try {
      if (value === undefined) {
        localStorage.removeItem(this.#prefix + key);
      } else {
        localStorage.setItem(this.#prefix + key, JSON.stringify(value));
      }
      this.#kept.delete(key);
    } catch {
      this.#kept.set(key, value);
    }
  }

  /** Calls back whenever another tab changes the value under the key. */
  watch(key, callback) {
    addEventListener("storage", (event) => {
      // Without a key, the whole of localStorage was cleared.
      if (event.key === this.#prefix + key || event.key === null) {
        callback();
      }
    });
  }
}
