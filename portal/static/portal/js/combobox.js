// Suggestions below a search box: a combobox with a listbox, as the ARIA authoring practices have it. Without this the box
// is a plain form. <input data-suggest="address"> stands in a .combo; the address gives the list as HTML for ?q=.
const PAUSE = 120; // ms after the last letter

const made = (name, className) => Object.assign(document.createElement(name), { className });

// The same recent searches as the page lists them.
const listed = (number, all, hidden) => {
  const list = document.querySelector("[data-recent-list]");
  const row = all ? list : list?.querySelector(`[name=search][value="${number}"]`)?.closest("li");
  if (row) row.hidden = hidden;
};

class Combobox {
  constructor(input) {
    this.input = input;
    this.asked = 0; // number of the newest request: whatever comes for an older one is dropped
    this.active = -1;
    this.popup = made("div", "suggest");
    this.popup.hidden = true;
    this.popup.id = `${input.id}-suggestions`;
    this.status = made("p", "vh");
    this.status.setAttribute("role", "status");
    this.undo = made("div", "suggest__done");
    const below = made("div", "suggest__below");
    below.append(this.popup, this.undo);
    below.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays in the box
    input.after(below, this.status);
    const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-haspopup": "listbox" };
    Object.entries(attributes).forEach(([name, value]) => input.setAttribute(name, value));
    this.listen();
  }

  listen() {
    const { input, popup } = this;
    // Also in the middle of a composition: keyboards of phones compose every word until the space behind it.
    input.addEventListener("input", () => this.later());
    input.addEventListener("click", () => this.isOpen || this.ask());
    input.addEventListener("keydown", (event) => this.pressed(event));
    input.addEventListener("blur", () => this.close());
    input.form.addEventListener("submit", () => this.close());
    popup.addEventListener("click", (event) => this.clicked(event));
    popup.addEventListener("auxclick", (event) => event.button === 1 && this.clicked(event));
    popup.addEventListener("scroll", (event) => this.scrolled(event), true);
  }

  get isOpen() {
    return !this.popup.hidden;
  }

  get options() {
    return [...this.popup.querySelectorAll("[role=option]")];
  }

  // Asking

  later() {
    this.stop();
    this.undo.replaceChildren();
    this.go(-1); // who types on has not chosen: Enter searches, also while the list is still that of fewer letters
    this.timer = setTimeout(() => this.ask(), PAUSE);
  }

  stop() {
    clearTimeout(this.timer);
    this.asked += 1;
    this.request?.abort();
  }

  async ask() {
    this.stop();
    const number = this.asked;
    this.request = new AbortController();
    const address = new URL(this.input.dataset.suggest, location);
    address.searchParams.set("q", this.input.value);
    try {
      const answer = await fetch(address, { signal: this.request.signal, headers: { Accept: "text/html" } });
      const html = await answer.text();
      if (number !== this.asked) return;
      if (answer.ok && !answer.redirected) this.show(html);
      else this.close();
    } catch {
      if (number === this.asked) this.close(); // no network: the box is a plain form again
    }
  }

  show(html) {
    this.popup.innerHTML = html;
    const list = this.popup.querySelector("[role=listbox]");
    this.active = -1;
    this.input.removeAttribute("aria-activedescendant");
    if (!list) return this.close();
    list.id = `${this.input.id}-list`;
    this.options.forEach((option, number) => {
      option.id = `${list.id}-${number}`;
    });
    const some = this.options.length > 0;
    this.popup.hidden = !some;
    this.input.setAttribute("aria-expanded", String(some));
    if (some) this.input.setAttribute("aria-controls", list.id);
    this.status.textContent = [this.undo.firstElementChild?.textContent, list.dataset.status].filter(Boolean).join(" ");
  }

  close() {
    this.stop();
    this.popup.hidden = true;
    this.active = -1;
    this.status.textContent = "";
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.input.removeAttribute("aria-controls");
    this.popup.replaceChildren();
  }

  // Choosing

  go(number) {
    const { options, input } = this;
    options[this.active]?.setAttribute("aria-selected", "false");
    this.active = number;
    const option = options[number];
    if (!option) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
  }

  step(by) {
    // From the last option on to the box itself, and round.
    const places = this.options.length + 1;
    this.go(((this.active + 1 + by + places) % places) - 1);
  }

  pressed(event) {
    // 229: a key that the keyboard's own list takes, as Safari tells of the one that ends a composition.
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey) return;
    const key = event.altKey ? `Alt+${event.key}` : event.key;
    const act = this.isOpen ? this.whenOpen(key, event) : this.whenClosed(key);
    if (!act) return;
    event.preventDefault();
    act();
  }

  whenClosed(key) {
    if (key === "Escape" && this.undo.hasChildNodes()) return () => this.dismiss();
    if (key === "Escape") this.stop(); // what is still under way does not open it
    return { ArrowDown: () => this.ask(), ArrowUp: () => this.ask(), "Alt+ArrowDown": () => this.ask() }[key];
  }

  whenOpen(key, event) {
    const moves = {
      ArrowDown: () => this.step(1),
      ArrowUp: () => this.step(-1),
      "Alt+ArrowUp": () => this.close(),
      Escape: () => this.close(),
    };
    if (this.active < 0) return moves[key];
    const option = this.options[this.active];
    const onOption = { Home: () => this.go(0), End: () => this.go(this.options.length - 1), Enter: () => this.open(option) };
    if (option.dataset.recent && event.shiftKey) {
      onOption.Delete = () => this.popup.querySelector(`[name=search][value="${option.dataset.recent}"]`).click();
    }
    return { ...moves, ...onOption }[key];
  }

  clicked(event) {
    const button = event.target.closest("[data-forget] button");
    if (button) this.forget(button);
    const option = event.target.closest("[role=option]");
    if (!option) return;
    if (event.ctrlKey || event.metaKey || event.button === 1) window.open(option.dataset.url);
    else this.open(option);
  }

  // The list scrolls, and the buttons that lie over its first rows go with them.
  scrolled(event) {
    const buttons = this.popup.querySelector("[data-forget]");
    if (buttons) buttons.style.translate = `0 ${-event.target.scrollTop}px`;
  }

  open(option) {
    const url = option.dataset.url;
    this.close();
    location.assign(url);
  }

  // Recent searches

  async forget(button) {
    const { forget, token } = button.parentElement.dataset;
    const all = button.name === "all";
    try {
      const answer = await this.post(forget, token, { [button.name]: button.value, piece: 1 });
      if (!answer.ok) return;
      const html = await answer.text();
      listed(button.value, all, true);
      if (all) this.close();
      this.offerUndo(html, button.value, all);
    } finally {
      if (this.isOpen) this.ask();
    }
  }

  // Below the list, or where it was, until somebody types on or says that it is read; the tab key leads there from the box.
  offerUndo(html, number, all) {
    this.undo.innerHTML = html;
    this.status.textContent = this.undo.textContent;
    this.undo.querySelector("[data-dismiss]").addEventListener("click", () => this.dismiss());
    const back = this.undo.querySelector("[data-restore]");
    back.addEventListener("click", async () => {
      this.dismiss();
      try {
        await this.post(back.dataset.restore, back.dataset.token, { forgotten: back.value });
        listed(number, all, false);
      } finally {
        this.ask();
      }
    });
  }

  dismiss() {
    this.undo.replaceChildren();
    this.input.focus();
  }

  // Those without script are led to a page, which is not needed here.
  post(address, token, values) {
    const body = new URLSearchParams(values);
    return fetch(address, { method: "POST", body, headers: { "X-CSRFToken": token }, redirect: "manual" });
  }
}

document.querySelectorAll("input[data-suggest]").forEach((input) => new Combobox(input));
