/** What a checkout can run into. Each is said in the cart, with what can be done about it. */
const PROBLEMS = { 401: "signed-out", 409: "changed", 412: "changed" };

/**
 * Orders what is in the cart, for the customer who is signed in.
 *
 * A "change" event follows each change.
 */
export class Checkout extends EventTarget {
  /** @type {import("/js/cartservice.js").Order | undefined} the last order, until it is dismissed */
  order;
  /** Whether an order is being placed. */
  placing = false;
  /**
   * Why the last was not: the customer has to sign in again, the cart is not as it was, the service says no, or it says
   * nothing.
   *
   * @type {"" | "signed-out" | "changed" | "refused" | "unavailable"}
   */
  problem = "";
  /** What the service said when it refused, a sentence for the shopper. */
  refusal = "";
  #cart;
  #service;
  #signIn;
  /** The cart of an order that got no answer: to ask for that again, and not for another. */
  #doubt;

  /**
   * @param {import("/js/cart.js").Cart} cart
   * @param {import("/js/cartservice.js").CartService} service
   * @param {import("/js/signin.js").SignIn} signIn
   */
  constructor(cart, service, signIn) {
    super();
    this.#cart = cart;
    this.#service = service;
    this.#signIn = signIn;
  }

  /** Goes on to the order: at once, or by way of signing in. Never rejects. */
  async proceed() {
    if (this.#signIn.customer === undefined) {
      this.dismiss();
      await this.#signIn.begin("checkout");
      return;
    }
    await this.place();
  }

  /** Places the order. Never rejects: what became of it is in order and problem. */
  async place() {
    if (this.placing) {
      return;
    }
    this.placing = true;
    this.#tell("");
    try {
      this.order = await this.#send();
      this.#doubt = undefined;
    } catch (error) {
      console.warn(error);
      this.#fail(error);
    }
    this.placing = false;
    this.#changed();
    await this.#cart.refresh(); // it is empty now, or not as it was
  }

  /** Takes back the order or the problem, once the shopper has read it. */
  dismiss() {
    this.order = undefined;
    this.#tell("");
  }

  async #send() {
    const token = await this.#signIn.token();
    if (token === undefined) {
      throw Object.assign(new Error("nobody is signed in"), { status: 401 });
    }
    if (!this.#doubt) {
      await this.#cart.refresh(); // what could not be saved before is part of the order
    }
    const cart = this.#doubt ?? this.#cart.stored;
    if (!cart) {
      throw new Error("the cart is not saved");
    }
    this.#doubt = cart;
    return this.#service.checkout(cart, token);
  }

  #fail(error) {
    if (error.status >= 400 && error.status < 500) {
      this.#doubt = undefined; // it was not placed
    }
    if (error.status === 401) {
      this.#signIn.forget();
    }
    this.refusal = error.problem?.detail ?? "";
    this.#tell(PROBLEMS[error.status] ?? (error.refused ? "refused" : "unavailable"));
  }

  #tell(problem) {
    this.problem = problem;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
