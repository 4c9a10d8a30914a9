/**
 * Tells a screen reader something, once it has finished what it says. While the cart's dialog is open the rest of the
 * page is inert, its live region too, so the dialog has one of its own.
 *
 * @param {string} text one or two sentences
 */
export function announce(text) {
  const open = document.querySelector("dialog[open] [data-announcer]");
  const region = open ?? document.querySelector('[data-announcer="page"]');
  // The same text again is no change, and would not be read: a no-break space makes it one.
  region.textContent = region.textContent === text ? `${text}\u00a0` : text;
}
