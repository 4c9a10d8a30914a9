import { announce } from "/js/view/announce.js";
import { actionButton, dismissButton, Notice, retryButton } from "/js/view/notice.js";
import { retryPictures } from "/js/view/picture.js";

/**
 * Says which part of the shop is missing, and what works without it.
 *
 * @param {{catalogue: import("/js/catalogue.js").Catalogue, search: import("/js/search.js").Search,
 *   cart: import("/js/cart.js").Cart, known: import("/js/knownproducts.js").KnownProducts,
 *   signIn: import("/js/signin.js").SignIn, checkout: import("/js/checkout.js").Checkout}} shop
 */
export function showNotices({ catalogue, search, cart, known, signIn, checkout }) {
  const page = { place: document.getElementById("notices"), home: document.getElementById("title") };
  const dialog = { place: document.getElementById("cart-notices"), home: document.getElementById("cart-title") };
  showProductsNotice(catalogue, page);
  showSearchNotices(search, page);
  // The page is inert while the dialog is open, and the dialog gone while it is not: both need the notice.
  showCartNotices(cart, known, [page, dialog]);
  showSignInNotice(signIn, [page, dialog]);
  showCheckoutNotices(checkout, dialog);
}

function showProductsNotice(catalogue, { place, home }) {
  const notice = new Notice("products", place, home, retryButton(() => catalogue.load()));
  catalogue.addEventListener("change", () => {
    if (catalogue.state === "unavailable") {
      tell(
        [notice],
        "Our products and their pictures are not loading.",
        "Search and your cart do not need them: look for something by name.",
      );
      return;
    }
    notice.hide();
    retryPictures();
  });
}

function showSearchNotices(search, { place, home }) {
  const missing = new Notice("search", place, home, retryButton(() => search.run(search.query)));
  // Only another query can do better: dismissing ends the search, and leaves the field for the shopper to change.
  const refused = new Notice("search-refusal", place, home, dismissButton(() => search.run("")));
  search.addEventListener("change", () => {
    if (search.state === "searching") {
      return; // what is there stays until the answer comes
    }
    if (search.state === "unavailable") {
      tell([missing], "Search is not answering.", "The products and your cart do not need it.");
    } else {
      missing.hide();
    }
    if (search.state === "refused") {
      tell([refused], "That search is not possible.", search.refusal);
    } else {
      refused.hide();
    }
  });
}

function showCartNotices(cart, known, places) {
  const missing = places.map(({ place, home }) => new Notice("cart", place, home, retryButton(() => cart.refresh())));
  const refused = places.map(
    ({ place, home }) => new Notice("refusal", place, home, dismissButton(() => cart.dismissRefusal())),
  );
  cart.addEventListener("change", () => {
    if (cart.state === "unavailable") {
      tell(missing, "Your cart is not answering.", `${unsaved(cart, known)} You can go on looking around.`);
    } else {
      missing.forEach((notice) => notice.hide());
    }
    if (cart.refusal === "") {
      refused.forEach((notice) => notice.hide());
    } else {
      tell(refused, "That change was not possible.", cart.refusal);
    }
  });
}

function showSignInNotice(signIn, places) {
  const again = () => actionButton("sign-in-again", "Try again", () => signIn.begin(signIn.purpose));
  const notices = places.map(({ place, home }) => new Notice("sign-in", place, home, again()));
  signIn.addEventListener("change", () => {
    if (signIn.problem === "") {
      notices.forEach((notice) => notice.hide());
    } else {
      tell(notices, "Signing in did not work.", signIn.problem);
    }
  });
}

function showCheckoutNotices(checkout, { place, home }) {
  const signIn = () => actionButton("sign-in-again", "Sign in", () => checkout.proceed());
  const kinds = {
    "signed-out": [signIn(), "You are not signed in any more.", "Your cart is kept: sign in again to check out."],
    changed: [dismissButton(() => checkout.dismiss()), "Your cart was changed elsewhere.", "Have a look, then check out again."],
    refused: [dismissButton(() => checkout.dismiss()), "This order is not possible."],
    unavailable: [
      retryButton(() => checkout.place()),
      "Your order is not confirmed.",
      "When you try again, it is not ordered twice.",
    ],
  };
  for (const [problem, [button, title, text]] of Object.entries(kinds)) {
    const notice = new Notice(`checkout-${problem}`, place, home, button);
    checkout.addEventListener("change", () => {
      if (checkout.problem === problem) {
        tell([notice], title, text ?? checkout.refusal);
      } else {
        notice.hide();
      }
    });
  }
}

/** Shows the same in one or more places, and announces it once. */
function tell(notices, title, text) {
  const news = notices.map((notice) => notice.show(title, text));
  if (news.includes(true)) {
    announce(`${title} ${text}`);
  }
}

function unsaved(cart, known) {
  if (cart.unsaved.length === 0) {
    return "What is in it is kept, but cannot be changed just now.";
  }
  const names = new Intl.ListFormat("en").format(cart.unsaved.map((id) => known.get(id).name));
  return `The change to ${names} is not saved yet, and nothing more can be added.`;
}
