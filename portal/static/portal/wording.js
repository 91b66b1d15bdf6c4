/* Live preview and length of a wording, counted after NFC as the server counts. Without this file the page
   still works: “Xem trước” shows the same. */
"use strict";
(() => {
  const form = document.querySelector("[data-wording]");
  if (!form || !form.querySelector("[data-shown]")) return;
  const samples = new Map(
    Array.from(form.querySelectorAll("[data-placeholder]"), (row) => [row.dataset.placeholder, row.dataset.sample]),
  );
  const fill = (text) =>
    text
      .replace(/\{([a-z0-9_]+)\}/g, (whole, key) => samples.get(key) ?? whole)
      .replace(/[⟦⟧]/g, "")
      .normalize("NFC")
      .trim();
  const note = form.querySelector("[data-cut-note]");
  const show = () => {
    let tooLong = false;
    for (const field of form.querySelectorAll("[data-count]")) {
      const part = field.dataset.count;
      const filled = fill(field.value);
      const shown = form.querySelector(`[data-shown="${part}"]`);
      shown.textContent = filled;
      shown.hidden = filled === "";
      const count = form.querySelector(`[data-length="${part}"]`);
      const length = Array.from(filled).length;
      const over = length > Number(count.dataset.longest);
      count.textContent = `${length}/${count.dataset.longest}`;
      count.classList.toggle("mc-over", over);
      tooLong = tooLong || over;
    }
    note.hidden = !tooLong;
  };
  form.addEventListener("input", show);
})();
