/**
 * @typedef {object} Product
 * @property {string} id a slug: "enamel-mug"
 * @property {string} name
 * @property {string} description "" when there is none
 * @property {string} category "" when there is none
 * @property {import("/js/money.js").Money | null} price null when it is not known
 * @property {string | null} image its URL, null when it is not known
 */

/**
 * The products of a service's answer, {"products":[…]}. What has no id or no name is left out: one bad entry must not
 * empty the shop.
 *
 * @returns {Product[] | undefined} undefined when the answer is no such list
 */
export function readProducts(answer) {
  return Array.isArray(answer?.products) ? answer.products.map(readProduct).filter(Boolean) : undefined;
}

function readProduct(value) {
  if (!isText(value?.id) || !isText(value.name)) {
    return undefined;
  }
  return {
    id: value.id,
    name: value.name,
    description: isText(value.description) ? value.description : "",
    category: isText(value.category) ? value.category : "",
    price: readPrice(value.price),
    image: isText(value.image) ? value.image : null,
  };
}

function isText(value) {
  return typeof value === "string" && value !== "";
}

function readPrice(price) {
  const usable = Number.isSafeInteger(price?.amount) && /^[A-Z]{3}$/.test(price.currency);
  return usable ? { amount: price.amount, currency: price.currency } : null;
}

/** A product of which nothing but the id is known: "wool-blanket" is shown as "Wool blanket". */
export function unknownProduct(id) {
  const words = id.replaceAll("-", " ");
  return {
    id,
    name: words.charAt(0).toUpperCase() + words.slice(1),
    description: "",
    category: "",
    price: null,
    image: null,
  };
}
