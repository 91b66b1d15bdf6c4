/* Shows at once what a chosen value puts into a place of a form, and its length after NFC as the server counts.
   Without this file the page still works: “Xem trước” shows the same, cut as it will be sent. */
"use strict";
(() => {
  const page = document.querySelector("[data-filling]");
  if (!page) return;
  const samples = new Map(
    Array.from(page.querySelectorAll("[data-placeholder]"), (row) => [row.dataset.placeholder, row.dataset.sample]),
  );
  const marked = (name, place) =>
    Array.from(page.querySelectorAll(`[data-${name}]`)).find((one) => one.dataset[name] === place);
  page.addEventListener("change", (event) => {
    const place = event.target.dataset.fills;
    const shown = place === undefined ? undefined : marked("shown", place);
    if (!shown) return;
    const sample = (samples.get(event.target.value) ?? "").normalize("NFC");
    shown.textContent = sample || "—";
    const count = marked("length", place);
    const longest = Number(shown.dataset.longest);
    const length = Array.from(sample).length;
    count.textContent = longest ? `${length}/${longest}` : `${length}`;
    count.classList.toggle("mc-over", longest > 0 && length > longest);
  });
})();
