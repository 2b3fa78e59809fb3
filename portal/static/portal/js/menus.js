// Menus are details elements and open without this. It closes them again: a click elsewhere, Escape, or the focus leaving.
const open = () => document.querySelectorAll("[data-menu][open]");

const closeAllBut = (target) => {
  open().forEach((menu) => {
    if (!(target instanceof Node) || !menu.contains(target)) menu.open = false;
  });
};

document.addEventListener("click", (event) => closeAllBut(event.target));
document.addEventListener("focusin", (event) => closeAllBut(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  open().forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});

// Filters are open where there is room for them, and folded on a phone until they are wanted.
if (window.matchMedia("(max-width: 60rem)").matches) {
  document.querySelectorAll("[data-fold]:not([data-fold=keep])").forEach((fold) => {
    fold.open = false;
  });
}
