import { ServiceError } from "/js/http.js";
import { changed, Intents } from "/js/intents.js";
import { alone } from "/js/tabs.js";

/** How often a change is tried on top of another tab's, before the shopper is told. */
const ATTEMPTS = 8;

/**
 * The shopper's cart. It shows each change at once, saves them one after the other, and keeps those that could not be
 * saved for the next try. The cart's id lies in the browser's storage; all tabs of the shop share it.
 *
 * A "change" event follows each change of what the cart shows.
 */
export class Cart extends EventTarget {
  /** @type {"loading" | "ready" | "unavailable"} */
  state = "loading";
  /** Why the service refused the change before, a sentence for the shopper, or "". */
  refusal = "";
  #service;
  #storage;
  /** @type {import("/js/cartservice.js").StoredCart | undefined} as the service had it last */
  #stored;
  #intents = new Intents();
  #saving = false;
  /** What was last heard of the cart from elsewhere, {id, version}, until it is known here. */
  #heard;
  /** The write that got no answer, so that nobody knows whether it was made: {product, quantity, version, intents}. */
  #doubt;

  /**
   * @param {import("/js/cartservice.js").CartService} service
   * @param {import("/js/storage.js").Storage} storage
   */
  constructor(service, storage) {
    super();
    this.#service = service;
    this.#storage = storage;
    storage.watch("cart", () => this.#follow());
  }

  /** The id of the cart, or undefined where the shopper has none yet. */
  get id() {
    return this.#storage.read("cart")?.id;
  }

  /** What is in the cart, with the changes that are being saved. */
  get items() {
    const stored = this.#stored?.items ?? [];
    return this.state === "unavailable" ? stored : this.#intents.applied(stored);
  }

  /** How many things are in the cart. */
  get count() {
    return this.items.reduce((count, item) => count + item.quantity, 0);
  }

  /** How many of a product are in the cart. */
  quantity(product) {
    return this.items.find((item) => item.product === product)?.quantity ?? 0;
  }

  /** Whether everything that the cart shows is saved. */
  get saved() {
    return this.state === "ready" && this.#intents.empty;
  }

  /**
   * The cart as the service has it, or undefined where it has none, or not all that the cart shows.
   *
   * @returns {import("/js/cartservice.js").StoredCart | undefined}
   */
  get stored() {
    return this.saved ? this.#stored : undefined;
  }

  /** The products whose changes could not be saved; a refresh tries again. */
  get unsaved() {
    return this.state === "unavailable" ? this.#intents.products : [];
  }

  /**
   * Changes how many of a product are in the cart, 0 to 99 of them.
   *
   * @param {string} product
   * @param {(quantity: number) => number} change gives the new quantity; may be called more than once
   * @returns {Promise<"saved" | "refused" | "unsaved">} never rejects
   */
  change(product, change) {
    const outcome = this.#intents.add(product, change);
    this.refusal = "";
    this.#changed();
    this.#save();
    return outcome;
  }

  /**
   * Loads the cart anew, and saves what could not be saved before; also the way to try again. Never rejects: the state
   * says how it went.
   */
  async refresh() {
    try {
      const id = this.id;
      if (id) {
        this.#accept(await this.#service.get(id));
      } else {
        this.#stored = undefined;
      }
    } catch (error) {
      if (!error.notFound) {
        this.#fail(error);
        return;
      }
      this.#forget();
    }
    if (this.#intents.empty) {
      this.state = "ready";
    }
    this.#changed();
    await this.#save();
  }

  /** Clears the refusal, once the shopper has read it. */
  dismissRefusal() {
    this.refusal = "";
    this.#changed();
  }

  /** Takes note that a cart has come to a version, somewhere: shows the same. */
  hear(id, version) {
    this.#heard = { id, version };
    if (!this.#saving) {
      this.#catchUp();
    }
  }

  /** Reads the cart where it is further than what is known. What is heard while a change is saved may be that change. */
  #catchUp() {
    const heard = this.#heard;
    this.#heard = undefined;
    if (!heard || heard.id !== this.id) {
      return;
    }
    // Where nothing is known yet, what is on its way may be older than what was heard.
    if (heard.id !== this.#stored?.id || heard.version > this.#stored.version) {
      this.refresh();
    }
  }

  /** Another tab changed the cart: show the same. */
  async #follow() {
    const { id, version } = this.#storage.read("cart") ?? {};
    if (id !== this.#stored?.id || version > (this.#stored?.version ?? 0)) {
      await this.refresh();
    }
  }

  async #save() {
    if (this.#saving) {
      return;
    }
    this.#saving = true;
    try {
      while (!this.#intents.empty) {
        await this.#saveOne(this.#intents.products[0]);
      }
      this.state = "ready";
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#saving = false;
      this.#changed();
      this.#catchUp();
    }
  }

  /** Saves the intents for one product by one write. */
  async #saveOne(product) {
    try {
      await this.#write(product);
    } catch (error) {
      if (!error.refused) {
        throw error;
      }
      console.warn(error);
      this.refusal = error.problem.detail ?? error.problem.title ?? "The cart did not take that change.";
      this.#settle(this.#intents.of(product), "refused");
    }
  }

  async #write(product) {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        await this.#load();
        this.#resolveDoubt(product);
        const intents = this.#intents.of(product);
        const before = this.#stored?.items.find((item) => item.product === product)?.quantity ?? 0;
        const after = changed(intents, before);
        if (after !== before && !this.#stored) {
          await this.#create();
          continue; // it may be another tab's, with things in it
        }
        if (after !== before) {
          await this.#put(product, after, intents);
        }
        this.#settle(intents, "saved");
        return;
      } catch (error) {
        if (error.notFound) {
          this.#forget(); // it expired: the shopper gets a new one, with this change in it
        } else if (error.status === 412 && error.refused) {
          this.#stored = undefined; // another tab was faster: change what it left
        } else {
          throw error;
        }
      }
    }
    throw new ServiceError(`the cart changed ${ATTEMPTS} times while "${product}" was being saved`);
  }

  /** Sees to it that the stored cart is the one that the storage names, if that names any. */
  async #load() {
    const id = this.id;
    if (!id) {
      this.#stored = undefined;
    } else if (this.#stored?.id !== id) {
      this.#accept(await this.#service.get(id));
    }
  }

  async #put(product, quantity, intents) {
    const { id, version } = this.#stored;
    try {
      this.#accept(await this.#service.set(this.#stored, product, quantity));
      this.#doubt = undefined;
    } catch (error) {
      if (!error.refused) {
        this.#doubt ??= { product, quantity, id, version, intents };
      }
      throw error;
    }
  }

  /**
   * A write that got no answer may have been made all the same; made again it would count twice. It was made if the
   * cart has changed since, and holds what was written.
   */
  #resolveDoubt(product) {
    const doubt = this.#doubt;
    if (doubt?.product !== product || doubt.id !== this.#stored?.id || this.#stored.version <= doubt.version) {
      return;
    }
    this.#doubt = undefined;
    if (this.#stored.items.some((item) => item.product === product && item.quantity === doubt.quantity)) {
      this.#settle(doubt.intents, "saved");
    }
  }

  /** Makes a cart, unless another tab does at the same time: then takes that. */
  async #create() {
    await alone("tilde.cart", async () => {
      const id = this.id;
      this.#accept(await (id ? this.#service.get(id) : this.#service.create()));
    });
  }

  /** Takes over an answer of the service, unless it was overtaken by a newer one. */
  #accept(cart) {
    if (cart.id === this.#stored?.id && cart.version < this.#stored.version) {
      return;
    }
    this.#stored = cart;
    const { id, version } = this.#storage.read("cart") ?? {};
    if (id !== cart.id || version !== cart.version) {
      this.#storage.write("cart", { id: cart.id, version: cart.version });
    }
  }

  #forget() {
    this.#stored = undefined;
    this.#doubt = undefined;
    this.#storage.write("cart", undefined);
  }

  #settle(intents, outcome) {
    this.#intents.settle(intents, outcome);
    this.#changed();
  }

  #fail(error) {
    console.warn(error);
    this.state = "unavailable";
    this.#intents.postpone();
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
