import { request, ServiceError } from "/js/http.js";
import { challenge } from "/js/pkce.js";

/** What the page asks to know: who somebody is, and the email address. */
const SCOPE = "openid email";

/**
 * @typedef {object} Tokens What signing in gives.
 * @property {string} access for the services, to show who asks
 * @property {string} [refresh] for new tokens, once
 * @property {number} expires when access is no longer good, in milliseconds since 1970
 * @property {string} [name] the customer's email address
 */

/** The endpoints of the sign-in service, by which a page gets tokens (RFC 6749, and RFC 7636 for the proof). */
export class Issuer {
  #configuration;

  /** @param {() => Promise<import("/js/configuration.js").Configuration>} configuration */
  constructor(configuration) {
    this.#configuration = configuration;
  }

  /** Whether this shop has a sign-in service. Rejects with a ServiceError when nobody knows. */
  async exists() {
    return (await this.#configuration()).signIn !== undefined;
  }

  /** The address of the page on which one signs in. */
  async signInPage(state, verifier) {
    return this.#address("oauth2/authorize", {
      response_type: "code",
      redirect_uri: start(),
      scope: SCOPE,
      state,
      code_challenge_method: "S256",
      code_challenge: await challenge(verifier),
    });
  }

  /** The address that ends the browser's session, and leads back here. */
  signOutPage() {
    return this.#address("logout", { logout_uri: start() });
  }

  /**
   * Gets the tokens that a code is for. Rejects with a ServiceError, of status 400 where it is for none any more.
   *
   * @returns {Promise<Tokens>}
   */
  redeem(code, verifier) {
    return this.#tokens({ grant_type: "authorization_code", code, redirect_uri: start(), code_verifier: verifier });
  }

  /**
   * Gets new tokens for the old. Rejects with a ServiceError, of status 400 where the customer has to sign in again.
   *
   * @param {Tokens} tokens
   * @returns {Promise<Tokens>}
   */
  async refresh({ refresh, name }) {
    return { refresh, name, ...(await this.#tokens({ grant_type: "refresh_token", refresh_token: refresh })) };
  }

  /** Tells that the tokens are no longer wanted. Whether anybody hears it is not awaited: the page goes away. */
  async revoke({ refresh }) {
    const { address, client } = await this.#signIn();
    const body = new URLSearchParams({ token: refresh, client_id: client });
    fetch(`${address}/oauth2/revoke`, { method: "POST", body, keepalive: true }).catch(() => {});
  }

  async #tokens(form) {
    const { address, client } = await this.#signIn();
    const url = `${address}/oauth2/token`;
    const body = new URLSearchParams({ ...form, client_id: client });
    const answer = await request(url, { method: "POST", body, cache: "no-store" });
    if (typeof answer.access_token !== "string" || !(answer.expires_in > 0)) {
      throw new ServiceError(`POST ${url}: no tokens in the answer`);
    }
    const tokens = { access: answer.access_token, expires: Date.now() + answer.expires_in * 1000 };
    if (answer.refresh_token) {
      tokens.refresh = answer.refresh_token;
    }
    const name = emailOf(answer.id_token);
    if (name) {
      tokens.name = name;
    }
    return tokens;
  }

  async #address(path, parameters) {
    const { address, client } = await this.#signIn();
    return `${address}/${path}?${new URLSearchParams({ client_id: client, ...parameters })}`;
  }

  async #signIn() {
    const { signIn } = await this.#configuration();
    if (!signIn) {
      throw new ServiceError("this shop has no sign-in service");
    }
    return signIn;
  }
}

/** Where the sign-in service sends the browser back to: the address that the stack registers. */
function start() {
  return `${location.origin}/`;
}

/**
 * The email address in an ID token. It came straight from the issuer, so its signature says nothing more (OpenID
 * Connect Core 1.0, section 3.1.3.7); and it is only shown.
 */
function emailOf(token) {
  try {
    const payload = atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
    const { email } = JSON.parse(new TextDecoder().decode(Uint8Array.from(payload, (c) => c.charCodeAt(0))));
    return typeof email === "string" ? email : undefined;
  } catch {
    return undefined;
  }
}
