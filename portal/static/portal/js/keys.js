// "/" goes to the search field, unless the reader is writing.
const writing = (element) =>
  element.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(element.tagName);

const visible = (element) => element.offsetParent !== null;

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || writing(event.target)) return;
  const field = [...document.querySelectorAll("[data-search]")].find(visible);
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
});
