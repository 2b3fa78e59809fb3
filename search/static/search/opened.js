// Tells which result was opened, and at which place it stood. The links themselves stay what they are: they can be
// copied, opened elsewhere and used without this; then nothing is told.
const results = document.querySelector("[data-opened]");

const told = (event) => {
  if (event.type === "auxclick" && event.button !== 1) return;
  const link = event.target instanceof Element && event.target.closest("a[href]");
  const place = link && link.closest("li");
  if (!place || !place.parentElement.matches("[data-opened] .list")) return;
  const places = [...results.querySelectorAll(".list > li")];
  const body = new FormData();
  body.set("q", results.dataset.phrase);
  body.set("position", Number(results.dataset.before) + places.indexOf(place) + 1);
  body.set("csrfmiddlewaretoken", results.dataset.token);
  navigator.sendBeacon(results.dataset.opened, body);
};

if (results && navigator.sendBeacon) {
  results.addEventListener("click", told);
  results.addEventListener("auxclick", told);
}
