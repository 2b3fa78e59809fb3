// A link to one shift of a department's week leads to its cell; where the week stands by day, to its line there.
function showShift() {
  const found = document.getElementById(location.hash.slice(1));
  document.querySelectorAll(".is-target").forEach((line) => line.classList.remove("is-target"));
  if (!found || found.checkVisibility()) return;
  const line = document.querySelector(`[data-shift="${CSS.escape(found.id)}"]`);
  if (!line) return;
  line.closest("details")?.setAttribute("open", "");
  line.classList.add("is-target");
  line.scrollIntoView({ block: "center" });
}
addEventListener("hashchange", showShift);
showShift();

// On a phone the tabs are wider than the screen: the current one is brought into sight.
document.querySelector(".rosters .tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// Copying and printing need a script; the buttons for them are shown only where there is one.
document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});

document.querySelectorAll("[data-copy]").forEach((button) => {
  const field = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy"); // without https there is no clipboard
    }
    button.querySelector("span").textContent = button.dataset.done;
  });
});
