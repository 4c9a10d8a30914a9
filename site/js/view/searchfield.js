import { readable } from "/js/search.js";

/** The search field: searches while one types, and keeps the query in the page's address. */
export class SearchField {
  #search;
  #form = document.getElementById("search");
  #input = document.getElementById("query");
  #clear = this.#form.querySelector("[type=reset]");

  /** @param {import("/js/search.js").Search} search */
  constructor(search) {
    this.#search = search;
    search.addEventListener("change", () => this.#render());
    this.#input.addEventListener("input", () => {
      this.#clear.hidden = this.#input.value === "";
      search.type(this.#input.value);
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      search.run(this.#input.value);
    });
    this.#form.addEventListener("reset", (event) => {
      event.preventDefault();
      this.empty();
    });
    this.#input.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#input.value !== "") {
        event.preventDefault();
        this.empty();
      }
    });
  }

  /** Searches for what the page's address asks for: a reload or a shared link. */
  start() {
    const query = new URLSearchParams(location.search).get("q") ?? "";
    // Something may be typed already. The browser holds only that to the field's maxLength.
    this.#input.value ||= readable(query.slice(0, this.#input.maxLength));
    this.#clear.hidden = this.#input.value === "";
    if (this.#input.value !== "") {
      this.#search.run(this.#input.value);
    }
  }

  /** Empties the field, ends the search and leaves the focus in the field. */
  empty() {
    this.#input.value = "";
    this.#clear.hidden = true;
    this.#input.focus();
    this.#search.run("");
  }

  #render() {
    this.#form.dataset.state = this.#search.state;
    const address = new URL(location.href);
    if (this.#search.query === "") {
      address.searchParams.delete("q");
    } else {
      address.searchParams.set("q", this.#search.query);
      address.hash = "";
    }
    if (address.href !== location.href) {
      history.replaceState(null, "", address);
    }
  }
}
