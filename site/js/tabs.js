/** Longer than browsers take to show one tab's localStorage to another. In milliseconds. */
const STORAGE_DELAY = 250;

/**
 * Runs a task while no other tab runs one, where the browser can see to that (it can on https and localhost). The next
 * tab has to wait a little longer than this one: what this one wrote to localStorage reaches the others with a delay.
 * Where there is no lock to be had, the task runs without.
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
  return new Promise((resolve) => {
    let running;
    const run = async () => {
      running ??= task(); // once: a lock can also be lost
      resolve(running);
      await running.catch(() => {}); // the caller's to handle
    };
    const held = async () => {
      await run();
      await new Promise((release) => setTimeout(release, STORAGE_DELAY));
    };
    navigator.locks.request(name, held).catch(run); // refused, for example, where site data is blocked
  });
}
