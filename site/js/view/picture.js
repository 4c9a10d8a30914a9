import { element } from "/js/view/dom.js";

/** Drawn for pictures that are missing; it comes with the page, so it is there when the container is not. */
const PLACEHOLDER = "/img/placeholder.svg";

/**
 * A product's picture. The name stands beside it, so it has no text of its own.
 *
 * @param {number} size in CSS pixels; reserves the space until the style sheet has the last word
 */
export function createPicture(size) {
  const image = element("img", { class: "picture", alt: "", width: size, height: size, loading: "lazy" });
  image.addEventListener("error", () => {
    if (image.getAttribute("src") !== PLACEHOLDER) {
      image.dataset.missing = "";
      image.src = PLACEHOLDER;
    }
  });
  return image;
}

/** Shows the product's picture; one that was missing and is still the same stays the placeholder, see retryPictures. */
export function updatePicture(image, product) {
  const source = product.image ?? PLACEHOLDER;
  if (image.dataset.source !== source) {
    image.dataset.source = source;
    delete image.dataset.missing;
    image.src = source;
  }
}

/** Asks again for the pictures that could not be loaded. */
export function retryPictures() {
  for (const image of document.querySelectorAll("img[data-missing]")) {
    delete image.dataset.missing;
    image.src = image.dataset.source;
  }
}
