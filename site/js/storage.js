/**
 * What the page remembers: JSON values, between visits in localStorage, or as long as the tab is open in
 * sessionStorage. Where the browser forbids that (private modes, blocked cookies, a full disk), values last as long as
 * the page.
 */
export class Storage {
  #prefix;
  #area;
  /** The values that the area did not take. */
  #kept = new Map();

  /**
   * @param {string} prefix keeps the shop's keys apart from others of the host: "tilde."
   * @param {"localStorage" | "sessionStorage"} [area]
   */
  constructor(prefix, area = "localStorage") {
    this.#prefix = prefix;
    this.#area = area;
  }

  /** The value under the key, or undefined when there is none, or none that can be read. */
  read(key) {
    if (this.#kept.has(key)) {
      return this.#kept.get(key);
    }
    try {
      return JSON.parse(window[this.#area].getItem(this.#prefix + key)) ?? undefined;
    } catch {
      return undefined;
    }
  }

  /** Keeps a JSON value under the key; undefined removes it. */
  write(key, value) {
    try {
      if (value === undefined) {
        window[this.#area].removeItem(this.#prefix + key);
      } else {
        window[this.#area].setItem(this.#prefix + key, JSON.stringify(value));
      }
      this.#kept.delete(key);
    } catch {
      this.#kept.set(key, value);
    }
  }

  /** Calls back whenever another tab changes the value under the key, in localStorage. */
  watch(key, callback) {
    addEventListener("storage", (event) => {
      // Without a key, the whole of localStorage was cleared.
      if (event.key === this.#prefix + key || event.key === null) {
        callback();
      }
    });
  }
}
