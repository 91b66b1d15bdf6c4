/* Opens a row of the list: a piece of a page is fetched once and stands under the row. Without this file the
   buttons are hidden, and the code of each row leads to the dossier. */
"use strict";
(() => {
  const open = async (button) => {
    const row = button.closest("tr");
    const line = document.createElement("tr");
    const cell = document.createElement("td");
    line.className = "mc-looked";
    line.id = `xem:${button.dataset.look}`;
    button.setAttribute("aria-controls", line.id);
    cell.colSpan = row.cells.length;
    cell.setAttribute("aria-busy", "true");
    line.append(cell);
    row.after(line);
    try {
      const answer = await fetch(button.dataset.look, { headers: { "X-Requested-With": "fetch" } });
      if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
      cell.innerHTML = await answer.text();
    } catch {
      // Signed out meanwhile, or no line: the page of the dossier says it better.
      window.location.assign(row.querySelector(".field-code a").href);
    }
    cell.removeAttribute("aria-busy");
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-look]");
    if (!button) return;
    const opened = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!opened));
    const line = document.getElementById(button.getAttribute("aria-controls"));
    if (line) line.hidden = opened;
    else if (!opened) open(button);
  });
})();
