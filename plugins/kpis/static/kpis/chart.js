// The chart of a key figure by keyboard: one stop, the arrow keys go from reading to reading, each is said in words.

function explore(plot) {
  const spots = [...plot.querySelectorAll(".spot")];
  const said = plot.parentElement.querySelector(".kpi-said");
  if (!spots.length) return;
  let at = spots.length - 1;
  plot.tabIndex = 0;
  plot.setAttribute("role", "slider");
  plot.setAttribute("aria-label", plot.dataset.chart);
  plot.setAttribute("aria-valuemin", "1");
  plot.setAttribute("aria-valuemax", String(spots.length));

  function read(next, shown = true) {
    spots[at].classList.remove("is-read");
    at = Math.min(Math.max(next, 0), spots.length - 1);
    const text = spots[at].querySelector("title").textContent;
    plot.setAttribute("aria-valuenow", String(at + 1));
    plot.setAttribute("aria-valuetext", text);
    if (!shown) return;
    spots[at].classList.add("is-read");
    said.textContent = text;
  }

  const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 10, PageDown: -10 };
  plot.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key in steps) read(at + steps[event.key]);
    else if (event.key === "Home") read(0);
    else if (event.key === "End") read(spots.length - 1);
    else return;
    event.preventDefault();
  });
  plot.addEventListener("focus", () => read(at));
  plot.addEventListener("pointerover", (event) => {
    const spot = event.target.closest(".spot");
    if (spot && spots.includes(spot)) read(spots.indexOf(spot));
  });
  read(at, false);
}

document.querySelectorAll("[data-chart]").forEach(explore);
