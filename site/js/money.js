/**
 * @typedef {object} Money
 * @property {number} amount in the currency's minor unit: 1450 is €14.50
 * @property {string} currency ISO 4217: "EUR"
 */

/**
 * The amount as the page's language writes it: "€14.50".
 *
 * @param {Money} money
 */
export function formatMoney({ amount, currency }) {
  const format = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency });
  return format.format(amount / 10 ** format.resolvedOptions().maximumFractionDigits);
}

/**
 * What a quantity of something costs.
 *
 * @param {Money} price of one
 * @param {number} quantity
 * @returns {Money}
 */
export function times({ amount, currency }, quantity) {
  return { amount: amount * quantity, currency };
}

/**
 * The total, one sum for each currency.
 *
 * @param {Money[]} parts
 * @returns {Money[]}
 */
export function sum(parts) {
  const sums = new Map();
  for (const { amount, currency } of parts) {
    sums.set(currency, (sums.get(currency) ?? 0) + amount);
  }
  return [...sums].map(([currency, amount]) => ({ amount, currency }));
}
