/**
 * Builds an element. Attributes are set as they are; true sets one without a value, and false, null and undefined leave
 * it out. Children are elements and text; text is never read as HTML.
 *
 * @param {string} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node | string)} children
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value != null) {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  node.append(...children);
  return node;
}

/** Text that only a screen reader gives. */
export function spoken(text) {
  return element("span", { class: "hidden" }, text);
}

/**
 * Makes a list's children those of the items, in their order, and keeps the elements of items that were there before:
 * whoever has the focus on one keeps it.
 *
 * @template {{id: string}} Item
 * @param {Element} list
 * @param {Item[]} items
 * @param {(item: Item) => Element} create
 * @param {(node: Element, item: Item) => void} update called for new and kept elements
 */
export function fill(list, items, create, update) {
  const wanted = new Set(items.map((item) => item.id));
  const kept = new Map();
  for (const node of [...list.children]) {
    if (wanted.has(node.dataset.product)) {
      kept.set(node.dataset.product, node);
    } else {
      node.remove(); // before the others find their places: a moved element loses the focus
    }
  }
  let next = list.firstElementChild;
  for (const item of items) {
    let node = kept.get(item.id);
    if (!node) {
      node = create(item);
      node.dataset.product = item.id;
    }
    if (node === next) {
      next = next.nextElementSibling;
    } else {
      list.insertBefore(node, next);
    }
    update(node, item);
  }
}
