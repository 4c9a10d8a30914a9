/**
 * @typedef {object} Configuration Where the shop's two halves answer, as paths on this host.
 * @property {string} api prefix of the Lambda services: "/api"
 * @property {string} container prefix of the container: "/shop"
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
  const { api, container } = await request("/config.json");
  if (typeof api !== "string" || typeof container !== "string") {
    throw new ServiceError("/config.json does not name api and container");
  }
  return { api, container };
}
