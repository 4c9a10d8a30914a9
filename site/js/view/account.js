/**
 * The masthead's button to sign in; and once somebody is, the one that shows who, with a way out.
 *
 * @param {import("/js/signin.js").SignIn} signIn
 */
export function showAccount(signIn) {
  const account = document.getElementById("account");
  const enter = document.getElementById("sign-in");
  const menu = document.getElementById("account-menu");
  const button = document.getElementById("account-button");
  const initial = button.querySelector(".account-initial");
  const labels = account.querySelectorAll("[data-customer]");
  enter.addEventListener("click", () => signIn.begin());
  document.getElementById("sign-out").addEventListener("click", () => {
    menu.hidePopover();
    signIn.end();
  });

  function render() {
    const { customer } = signIn;
    const focused = account.contains(document.activeElement);
    account.hidden = !signIn.available;
    enter.hidden = customer !== undefined;
    button.hidden = customer === undefined;
    initial.textContent = (customer ?? "").slice(0, 1).toUpperCase();
    for (const label of labels) {
      label.textContent = customer ?? "";
    }
    if (focused && !account.contains(document.activeElement)) {
      (customer === undefined ? enter : button).focus();
    }
  }
  signIn.addEventListener("change", render);
  render();
}
