// Loaded in the head and blocking, so that a page is never drawn in the wrong appearance first.
(() => {
  const choices = ["auto", "light", "dark", "contrast"];
  const root = document.documentElement;
  if (root.hasAttribute("data-appearance-fixed")) return; // the style guide shows one on purpose

  const stored = () => {
    try {
      return Math.max(0, choices.indexOf(localStorage.getItem("theme")));
    } catch {
      return 0; // storage can be forbidden; the device decides then
    }
  };

  let chosen = stored();

  const apply = () => {
    delete root.dataset.theme;
    delete root.dataset.contrast;
    if (choices[chosen] === "contrast") root.dataset.contrast = "more";
    else if (chosen) root.dataset.theme = choices[chosen];
  };

  const store = () => {
    try {
      localStorage.setItem("theme", choices[chosen]);
    } catch {
      // the choice lasts for this page only
    }
  };

  const wire = (button) => {
    const names = button.dataset.names.split("|");
    const name = button.querySelector("[data-theme-name]");
    const say = () => {
      name.textContent = names[chosen];
      button.title = button.textContent.trim();
    };
    say();
    button.hidden = false;
    button.addEventListener("click", () => {
      chosen = (chosen + 1) % choices.length;
      apply();
      store();
      say();
    });
  };

  apply();
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-theme-toggle]").forEach(wire);
  });
})();
