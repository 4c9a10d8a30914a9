import { announce } from "/js/view/announce.js";
import { element } from "/js/view/dom.js";

/** A note about something that is missing, with a button. It takes space only while it is shown. */
export class Notice {
  #place;
  #home;
  #node;
  #title = element("strong", { class: "notice-title" });
  #text = element("span");

  /**
   * @param {string} name of what is missing, for tests: "products"
   * @param {Element} place
   * @param {HTMLElement} home gets the focus when the notice goes away under it
   * @param {HTMLButtonElement} button what can be done about it
   */
  constructor(name, place, home, button) {
    this.#place = place;
    this.#home = home;
    this.#node = element(
      "div",
      { class: "notice", role: "group", "data-notice": name, "aria-label": "Notice" },
      element("p", { class: "notice-text" }, this.#title, " ", this.#text),
      button,
    );
  }

  /**
   * @param {string} title one sentence: what is missing
   * @param {string} text what that means for the shopper
   * @returns {boolean} whether this is news, to be announced
   */
  show(title, text) {
    const shown = this.#node.isConnected;
    const news = !shown || this.#title.textContent !== title;
    this.#title.textContent = title;
    this.#text.textContent = text;
    if (!shown) {
      this.#place.append(this.#node);
    }
    return news;
  }

  hide() {
    const focused = this.#node.contains(document.activeElement);
    this.#node.remove();
    if (focused) {
      this.#home.focus();
    }
  }
}

/** @param {() => void} act */
export function dismissButton(act) {
  return actionButton("dismiss", "Dismiss", act);
}

/**
 * @param {string} name for tests
 * @param {string} label
 * @param {() => void} act
 */
export function actionButton(name, label, act) {
  const button = element("button", { class: "button button-quiet", type: "button", "data-testid": name }, label);
  button.addEventListener("click", act);
  return button;
}

/**
 * A button that tries again, and says how that went: its notice goes away, or stays.
 *
 * @param {() => Promise<void>} retry
 */
export function retryButton(retry) {
  const button = element("button", { class: "button button-quiet", type: "button", "data-testid": "retry" }, "Try again");
  button.addEventListener("click", async () => {
    if (button.ariaDisabled === "true") {
      return;
    }
    button.ariaDisabled = "true";
    button.textContent = "Trying…";
    await retry();
    button.ariaDisabled = null;
    button.textContent = "Try again";
    announce(button.isConnected ? "That did not work yet." : "That worked.");
  });
  return button;
}
