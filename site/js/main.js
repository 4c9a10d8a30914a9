import { Cart } from "/js/cart.js";
import { CartService } from "/js/cartservice.js";
import { Catalogue } from "/js/catalogue.js";
import { configuration } from "/js/configuration.js";
import { KnownProducts } from "/js/knownproducts.js";
import { Search } from "/js/search.js";
import { Storage } from "/js/storage.js";
import { showCartButton } from "/js/view/cartbutton.js";
import { CartDialog } from "/js/view/cartdialog.js";
import { showNotices } from "/js/view/notices.js";
import { Results } from "/js/view/results.js";
import { SearchField } from "/js/view/searchfield.js";
import { Shelves } from "/js/view/shelves.js";

const storage = new Storage("tilde.");
const where = configuration();
const known = new KnownProducts(storage);
const catalogue = new Catalogue(where, known);
const search = new Search(where, known);
const cart = new Cart(new CartService(where), storage);

const shelves = new Shelves(catalogue, cart);
const field = new SearchField(search);
const dialog = new CartDialog(cart, known, catalogue);
new Results(search, cart, shelves, field);
showCartButton(cart, () => dialog.open());
showNotices({ catalogue, search, cart, known });

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

catalogue.load();
cart.refresh();
field.start();
