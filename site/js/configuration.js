/**
 * @typedef {object} Configuration Where the shop's two halves answer, as paths on this host, and where one signs in.
 * @property {string} api prefix of the Lambda services: "/api"
 * @property {string} container prefix of the container: "/shop"
 * @property {{address: string, client: string} | undefined} signIn the origin of the sign-in pages, "https://…", and the
 *   page's own ID there; undefined where nobody signs in
 * @property {string | undefined} socket where the page is told of the cart's changes: "wss://…"; undefined where it is not
 */

import { request, ServiceError } from "/js/http.js";

/**
 * Returns a function that gives the configuration. It is read once; after a failure the next call reads it again.
 *
 * @returns {() => Promise<Configuration>} rejects with a ServiceError
 */
export function configuration() {
  let reading;
  return () => {
    reading ??= read().catch((error) => {
      reading = undefined;
      throw error;
    });
    return reading;
  };
}

async function read() {
  const { api, container, signIn, socket } = await request("/config.json");
  if (typeof api !== "string" || typeof container !== "string") {
    throw new ServiceError("/config.json does not name api and container");
  }
  if (signIn !== undefined && (typeof signIn?.host !== "string" || typeof signIn?.client !== "string")) {
    throw new ServiceError("/config.json does not name the host and the client of signIn");
  }
  if (socket !== undefined && typeof socket !== "string") {
    throw new ServiceError("/config.json does not name the address of socket");
  }
  return {
    api,
    container,
    signIn: signIn && { address: origin(signIn.host), client: signIn.client },
    socket: socket && address(socket),
  };
}

/**
 * Where another of the shop's hosts is for this page. Deployed, at its name. On a developer's machine every host has
 * .localhost behind it, this page's too, and answers at the scheme and the port that the page came by: these are not
 * known before, for there are two, so no file can hold them.
 */
function origin(host) {
  if (!location.hostname.endsWith(".localhost")) {
    return `https://${host}`;
  }
  return `${location.protocol}//${host}.localhost${location.port && `:${location.port}`}`;
}

/** The address of a socket, which is given as its host and path. */
function address(socket) {
  const [host, ...path] = socket.split("/");
  return [origin(host).replace(/^http/, "ws"), ...path].join("/");
}
