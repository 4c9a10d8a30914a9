/**
 * How often the cart is looked at while no socket tells of its changes, or it did not answer. In milliseconds, as all
 * here.
 */
const POLL = 15_000;

/** How often a socket is used: API Gateway closes one that is not for ten minutes. */
const PING = 5 * 60_000;

/** How long the answer to a ping may take. A connection can break without anybody being told. */
const PATIENCE = 10_000;

/** The longest time between two tries to connect. */
const LONGEST = 60_000;

/** How long a connection has to last before the next one is tried at once again. */
const STABLE = 30_000;

/**
 * Has the cart follow what other tabs and browsers make of it: told by a socket, where there is one, and by looking at
 * it from time to time otherwise. A page that nobody sees neither looks nor connects, and keeps the socket that it has.
 */
export class Updates {
  #cart;
  #configuration;
  /** @type {string | undefined} where the socket is; undefined where there is none */
  #address;
  /** @type {WebSocket | undefined} */
  #socket;
  /** The cart that the socket tells of. */
  #id;
  /** Whether the browser has put the page away, which it may show again as it was. */
  #away = false;
  /** How many connections in a row did not last. */
  #failures = 0;
  #retry;
  #poll;
  #ping;
  #patience;

  /**
   * @param {import("/js/cart.js").Cart} cart
   * @param {() => Promise<import("/js/configuration.js").Configuration>} configuration
   */
  constructor(cart, configuration) {
    this.#cart = cart;
    this.#configuration = configuration;
  }

  /** Begins to follow. */
  async start() {
    try {
      this.#address = (await this.#configuration()).socket;
    } catch (error) {
      console.warn(error); // what else needs it tells the shopper
    }
    this.#cart.addEventListener("change", () => this.#arrange());
    document.addEventListener("visibilitychange", () => this.#arrange());
    addEventListener("online", () => this.#renew()); // perhaps over another network, which the socket does not reach
    // A page with an open socket could not be kept for going back to it.
    addEventListener("pagehide", () => this.#leave(true));
    addEventListener("pageshow", () => this.#leave(false));
    this.#arrange();
  }

  /** Makes of socket and polling what they should be now. */
  #arrange() {
    const id = this.#cart.id;
    if (this.#socket && (this.#away || this.#id !== id)) {
      this.#drop();
    }
    const seen = id !== undefined && !this.#away && document.visibilityState === "visible";
    if (seen && this.#address && !this.#socket && this.#retry === undefined) {
      this.#connect(id);
    }
    const told = this.#socket?.readyState === WebSocket.OPEN;
    const polls = seen && (!told || this.#cart.state === "unavailable"); // no socket tells that it answers again
    if (polls && this.#poll === undefined) {
      this.#poll = setInterval(() => this.#cart.refresh(), POLL);
    } else if (!polls) {
      clearInterval(this.#poll);
      this.#poll = undefined;
    }
  }

  #connect(id) {
    const socket = new WebSocket(`${this.#address}?${new URLSearchParams({ cart: id })}`);
    let opened;
    this.#socket = socket;
    this.#id = id;
    socket.addEventListener("open", () => {
      opened = performance.now();
      this.#ping = setInterval(() => this.#ask(), PING);
      this.#cart.refresh(); // for what was not told before
      this.#arrange();
    });
    socket.addEventListener("message", ({ data }) => this.#hear(data));
    socket.addEventListener("close", () => {
      if (this.#socket !== socket) {
        return; // it was dropped
      }
      this.#forget();
      this.#failures = performance.now() - opened >= STABLE ? 0 : this.#failures + 1;
      // Jitter: where a server ends all its connections, they must not all come back at once.
      const wait = Math.random() * Math.min(LONGEST, 1000 * 2 ** this.#failures);
      this.#retry = setTimeout(() => this.#again(), wait);
      this.#arrange();
    });
  }

  /** Connects anew, whatever the connection says of itself. */
  #renew() {
    if (this.#socket) {
      this.#drop();
    }
    this.#again();
  }

  /** Has the next try come now. */
  #again() {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#arrange();
  }

  #hear(data) {
    clearTimeout(this.#patience);
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    if (Number.isInteger(message?.cart?.version)) {
      this.#cart.hear(this.#id, message.cart.version);
    }
  }

  /** Asks whether the connection is there still. */
  #ask() {
    const socket = this.#socket;
    socket.send(JSON.stringify({ action: "ping" }));
    this.#patience = setTimeout(() => {
      if (this.#socket === socket) {
        this.#renew();
      }
    }, PATIENCE);
  }

  #leave(away) {
    this.#away = away;
    this.#again();
  }

  #drop() {
    const socket = this.#socket;
    this.#forget();
    socket.close();
  }

  #forget() {
    clearInterval(this.#ping);
    clearTimeout(this.#patience);
    this.#socket = undefined;
  }
}
