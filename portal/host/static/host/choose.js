// The matrix: a box in a column's head chooses the whole column, and the button says how many are chosen.
for (const form of document.querySelectorAll("[data-host-choose]")) {
  const columns = [...form.querySelectorAll("[data-host-column]")];
  const button = form.querySelector("button[type=submit]");
  const words = button.textContent;
  const cells = (head) => {
    const place = head.closest("th").cellIndex;
    return [...form.querySelectorAll("tbody tr")].map((row) => row.cells[place].querySelector("input"));
  };
  const tell = () => {
    const number = form.querySelectorAll("tbody input:checked").length;
    button.textContent = number ? `${words} (${number})` : words;
    button.disabled = !number;
    for (const head of columns) {
      const chosen = cells(head).filter((box) => box.checked).length;
      head.checked = chosen > 0 && chosen === cells(head).length;
      head.indeterminate = chosen > 0 && !head.checked;
    }
  };
  for (const head of columns) {
    head.hidden = false;
    head.addEventListener("change", () => {
      for (const box of cells(head)) box.checked = head.checked;
    });
  }
  form.addEventListener("change", tell);
  tell();
}
