/** Longer than a slow answer, and short enough that a shopper is told before giving up. In milliseconds. */
const PATIENCE = 10_000;

/** These 4xx say "later", not "never": timeout, conflict, too early, too many requests. */
const WORTH_REPEATING = [408, 409, 425, 429];

/** Why a service gave no usable answer. */
export class ServiceError extends Error {
  /**
   * @param {string} message for the console
   * @param {{status?: number, problem?: object, cause?: unknown}} [details] status is 0 when there was no answer, or
   *   none that could be read; problem is the problem document (RFC 9457), when the service itself sent one
   */
  constructor(message, { status = 0, problem, cause } = {}) {
    super(message, { cause });
    this.name = "ServiceError";
    this.status = status;
    this.problem = problem;
  }

  /**
   * Whether the service understood, and will not do it. Only a problem document is its word: the same status may come
   * from a gateway or an edge that did not find the service at all.
   */
  get refused() {
    return (
      this.problem !== undefined && this.status >= 400 && this.status < 500 && !WORTH_REPEATING.includes(this.status)
    );
  }

  /** Whether the service says that what was asked for does not exist. */
  get notFound() {
    return this.refused && this.status === 404;
  }
}

/**
 * Sends a request and gives the JSON of its answer. Anything else (an error page, a cut connection, no answer in time)
 * rejects with a ServiceError, and an abort by the given signal with its AbortError.
 *
 * @param {string} url
 * @param {{method?: string, body?: unknown, headers?: Record<string, string>, cache?: RequestCache,
 *   signal?: AbortSignal}} [options] body is sent as JSON, or as a form where it is URLSearchParams
 * @returns {Promise<any>}
 */
export async function request(url, { method = "GET", body, headers = {}, cache, signal } = {}) {
  const limit = AbortSignal.timeout(PATIENCE);
  const init = { method, cache, headers: { ...headers }, signal: signal ? AbortSignal.any([signal, limit]) : limit };
  if (body instanceof URLSearchParams) {
    init.body = body;
  } else if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers["content-type"] = "application/json";
  }
  let response;
  let data;
  try {
    response = await fetch(url, init);
    data = await json(response);
  } catch (cause) {
    signal?.throwIfAborted();
    throw new ServiceError(`${method} ${url}: ${cause.message}`, { status: response?.ok ? 0 : response?.status, cause });
  }
  if (!response.ok) {
    throw new ServiceError(`${method} ${url}: ${response.status}`, {
      status: response.status,
      problem: type(response) === "application/problem+json" ? data : undefined,
    });
  }
  return data;
}

/** The answer's JSON object. An error page that a proxy sends instead is not one, whatever its status. */
async function json(response) {
  if (!/^application\/([\w.-]+\+)?json$/.test(type(response))) {
    throw new TypeError(`${response.status} with content type "${type(response)}", want JSON`);
  }
  const data = await response.json();
  if (data === null || typeof data !== "object") {
    throw new TypeError(`${response.status} with ${JSON.stringify(data)}, want an object`);
  }
  return data;
}

function type(response) {
  return (response.headers.get("content-type") ?? "").split(";", 1)[0].trim().toLowerCase();
}
