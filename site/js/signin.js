import { secret } from "/js/pkce.js";

/** A token is renewed when it is good for less than this: a request and its answer may take as long. In milliseconds. */
const MARGIN = 60_000;

/**
 * Who is signed in. The tokens lie in sessionStorage: they outlive a reload and the way to the sign-in page and back,
 * and end with the tab. A script of somebody else's could read them anywhere in a page, so the content security policy
 * lets none in; and they are good for minutes.
 *
 * A "change" event follows each change.
 */
export class SignIn extends EventTarget {
  /** Whether this shop has a sign-in service: true until one knows better. */
  available = true;
  /** Why signing in did not work, a sentence for the shopper, or "". */
  problem = "";
  /** What the shopper wanted to do when it did not work, for another try. */
  purpose;
  #issuer;
  #storage;
  #renewal;

  /**
   * @param {import("/js/issuer.js").Issuer} issuer
   * @param {import("/js/storage.js").Storage} storage of the tab
   */
  constructor(issuer, storage) {
    super();
    this.#issuer = issuer;
    this.#storage = storage;
  }

  /** The customer who is signed in, by email address, or undefined. */
  get customer() {
    const tokens = this.#tokens();
    return tokens && (tokens.name ?? "you");
  }

  /**
   * Goes on with a sign-in, where the page's address says that one comes back from it, and takes that out of the
   * address before it does anything else.
   *
   * @returns {Promise<string | undefined>} the purpose that the sign-in was begun for, if it is over now; never rejects
   */
  async start() {
    const came = new URLSearchParams(location.search);
    if (came.has("state") && (came.has("code") || came.has("error"))) {
      const begun = this.#storage.read("signing-in");
      this.#storage.write("signing-in", undefined);
      history.replaceState(null, "", begun?.back ?? "/");
      return this.#finish(came, begun);
    }
    this.#issuer.exists().then(
      (exists) => {
        this.available = exists;
        this.#changed();
      },
      (error) => console.warn(error), // who tries to sign in is told
    );
  }

  /**
   * Leaves the page, to sign in.
   *
   * @param {string} [purpose] what is to go on when the browser comes back: see start
   */
  async begin(purpose) {
    this.#tell("");
    this.purpose = purpose;
    const [state, verifier] = [secret(), secret()];
    try {
      const page = await this.#issuer.signInPage(state, verifier);
      this.#storage.write("signing-in", { state, verifier, purpose, back: location.pathname + location.search });
      location.assign(page);
    } catch (error) {
      console.warn(error);
      this.#tell("The page does not know where to sign in just now.");
    }
  }

  /** Forgets the tokens and leaves the page, so that the browser's session ends too. */
  async end() {
    const tokens = this.#tokens();
    this.forget();
    try {
      if (tokens?.refresh) {
        await this.#issuer.revoke(tokens);
      }
      location.assign(await this.#issuer.signOutPage());
    } catch (error) {
      console.warn(error); // the tokens are gone, which is what counts here
    }
  }

  /** Forgets the tokens: the services take them no more. */
  forget() {
    this.#storage.write("tokens", undefined);
    this.#changed();
  }

  /** Takes back what was told, once the shopper has read it. */
  dismiss() {
    this.#tell("");
  }

  /**
   * A token to show the services, renewed where it would soon end.
   *
   * @returns {Promise<string | undefined>} undefined when the customer has to sign in; rejects with a ServiceError when
   *   the sign-in service does not answer
   */
  async token() {
    const tokens = this.#tokens();
    if (!tokens || Date.now() < tokens.expires - MARGIN) {
      return tokens?.access;
    }
    this.#renewal ??= this.#renew(tokens).finally(() => (this.#renewal = undefined)); // once: a token renews once
    return this.#renewal;
  }

  async #renew(tokens) {
    try {
      const renewed = await this.#issuer.refresh(tokens);
      this.#storage.write("tokens", renewed);
      return renewed.access;
    } catch (error) {
      if (error.status !== 400) {
        throw error;
      }
      console.warn(error);
      this.forget();
      return undefined;
    }
  }

  async #finish(came, begun) {
    const { state, verifier, purpose } = begun ?? {};
    this.purpose = purpose;
    if (!begun || came.get("state") !== state) {
      // Begun elsewhere, or in a browser that forgets: whose code that is, nobody knows.
      this.#tell("It was not begun in this tab, or this browser does not keep what it takes.");
      return purpose;
    }
    try {
      if (!came.has("code")) {
        throw new Error(`${came.get("error")}: ${came.get("error_description")}`);
      }
      this.#storage.write("tokens", await this.#issuer.redeem(came.get("code"), verifier));
      this.#changed();
    } catch (error) {
      console.warn(error);
      this.#tell("The sign-in service did not let you in.");
    }
    return purpose;
  }

  #tokens() {
    const tokens = this.#storage.read("tokens");
    return typeof tokens?.access === "string" ? tokens : undefined;
  }

  #tell(problem) {
    this.problem = problem;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
