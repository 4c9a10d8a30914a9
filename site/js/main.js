import { Cart } from "/js/cart.js";
import { CartService } from "/js/cartservice.js";
import { Catalogue } from "/js/catalogue.js";
import { Checkout } from "/js/checkout.js";
import { configuration } from "/js/configuration.js";
import { Issuer } from "/js/issuer.js";
import { KnownProducts } from "/js/knownproducts.js";
import { Recommendations } from "/js/recommendations.js";
import { Search } from "/js/search.js";
import { SignIn } from "/js/signin.js";
import { Storage } from "/js/storage.js";
import { Updates } from "/js/updates.js";
import { showAccount } from "/js/view/account.js";
import { showCartButton } from "/js/view/cartbutton.js";
import { CartDialog } from "/js/view/cartdialog.js";
import { showCheckoutButton } from "/js/view/checkoutbutton.js";
import { showConfirmation } from "/js/view/confirmation.js";
import { showNotices } from "/js/view/notices.js";
import { Results } from "/js/view/results.js";
import { SearchField } from "/js/view/searchfield.js";
import { Shelves } from "/js/view/shelves.js";
import { showTogether } from "/js/view/together.js";

const storage = new Storage("tilde.");
const where = configuration();
const known = new KnownProducts(storage);
const catalogue = new Catalogue(where, known);
const search = new Search(where, known);
const carts = new CartService(where);
const cart = new Cart(carts, storage);
const signIn = new SignIn(new Issuer(where), new Storage("tilde.", "sessionStorage"));
const checkout = new Checkout(cart, carts, signIn);
const recommendations = new Recommendations(where, cart, catalogue);
const updates = new Updates(cart, where);

const shelves = new Shelves(catalogue, cart);
const field = new SearchField(search);
const dialog = new CartDialog(cart, known, catalogue, checkout, recommendations);
new Results(search, cart, shelves, field);
showCartButton(cart, () => dialog.open());
showAccount(signIn);
showCheckoutButton(checkout, signIn);
showConfirmation(checkout, known);
showTogether(recommendations, cart, known, checkout);
showNotices({ catalogue, search, cart, known, signIn, checkout });

/** Looks again at what may have changed, or come back, while nobody was looking. */
function revisit() {
  cart.refresh();
  if (catalogue.state === "unavailable") {
    catalogue.load();
  }
  if (search.state === "unavailable") {
    search.run(search.query);
  }
}
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") {
    revisit();
  }
});
addEventListener("online", revisit);
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    revisit();
  }
});

/** Goes on where a sign-in was begun, if the page was left for one. */
async function resume() {
  if ((await signIn.start()) === "checkout") {
    dialog.open();
    if (signIn.customer) {
      checkout.place();
    }
  }
}

catalogue.load();
cart.refresh();
updates.start();
resume(); // before the field, which reads the page's address
field.start();
