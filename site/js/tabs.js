/** Longer than browsers take to show one tab's localStorage to another. In milliseconds. */
const STORAGE_DELAY = 250;

/**
 * Runs a task while no other tab runs one, where the browser can see to that (it can on https and localhost). The next
 * tab has to wait a little longer than this one: what this one wrote to localStorage reaches the others with a delay.
 *
 * @template T
 * @param {string} name of what only one tab may do at a time
 * @param {() => Promise<T>} task
 * @returns {Promise<T>}
 */
export function alone(name, task) {
  if (!navigator.locks) {
    return task();
  }
  return new Promise((resolve, reject) => {
    navigator.locks.request(name, async () => {
      await task().then(resolve, reject);
      await new Promise((release) => setTimeout(release, STORAGE_DELAY));
    });
  });
}
