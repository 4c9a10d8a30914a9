/** A text that nobody guesses: 256 random bits, of characters that need no escaping in an address. */
export function secret() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/**
 * What shows who began a sign-in, without giving the verifier away (RFC 7636, section 4.2). Browsers have it only on
 * https and on localhost.
 *
 * @param {string} verifier a secret
 * @returns {Promise<string>}
 */
export async function challenge(verifier) {
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
