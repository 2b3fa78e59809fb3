// Ctrl+K, on a Mac Command+K, goes to the search field, also from where somebody writes. Not a letter or "/" alone: those
// are struck by voice input and by accident (WCAG 2.2, success criterion 2.1.4).
const isMac = /mac|iphone|ipad/i.test(navigator.userAgentData?.platform || navigator.platform);
const fields = [...document.querySelectorAll("[data-search]")];

const visible = (element) => element.offsetParent !== null;

// Where the letters are not Latin ones the place of the key counts.
const isK = (event) => event.key.toLowerCase() === "k" || (event.code === "KeyK" && !/^[a-z]$/i.test(event.key));

// An editor of formatted text has the keys for itself: there they make a link.
const taken = (event) => event.defaultPrevented || event.isComposing || event.target.isContentEditable;

fields.forEach((field) => {
  field.setAttribute("aria-keyshortcuts", isMac ? "Meta+K" : "Control+K");
  const shown = field.parentElement.querySelector("kbd");
  if (!shown) return;
  if (isMac) shown.textContent = shown.dataset.mac;
  shown.hidden = false;
});

document.addEventListener("keydown", (event) => {
  const held = isMac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
  if (!held || event.altKey || event.shiftKey || !isK(event) || taken(event)) return;
  const field = fields.findLast(visible); // on the search page its own, which holds what was sought
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
});
