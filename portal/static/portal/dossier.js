/* Shows what the first step would tell the citizen, and another one while the pointer or the focus is on it. Without
   this file the page of each step shows its own. */
"use strict";
(() => {
  // What was ticked beside the answers goes along to the page of the step, which puts it into its note.
  document.addEventListener("click", (event) => {
    const step = event.target.closest("a[data-transition]");
    const ticked = [...document.querySelectorAll("[data-looked-at]:checked")].map((box) => box.dataset.lookedAt);
    if (step && ticked.length) step.search = new URLSearchParams(ticked.map((name) => ["da_xem", name]));
  });
  const pane = document.getElementById("message-preview");
  const steps = Array.from(document.querySelectorAll("[data-preview]"));
  if (!pane || !steps.length) return;
  const REST = 150;
  const pieces = new Map();
  let wanted = "";
  let waiting = 0;

  const show = async (address) => {
    wanted = address;
    if (!pieces.has(address)) {
      pane.setAttribute("aria-busy", "true");
      try {
        const answer = await fetch(address, { headers: { "X-Requested-With": "fetch" } });
        if (answer.ok && !answer.redirected) pieces.set(address, await answer.text());
      } catch {
        // The message that stands stays: the page of the step shows its own.
      }
      pane.removeAttribute("aria-busy");
    }
    if (wanted === address && pieces.has(address) && pane.innerHTML !== pieces.get(address)) {
      pane.innerHTML = pieces.get(address);
    }
  };
  // Read aloud is what changes, not what stands there at first.
  show(steps[0].dataset.preview).then(() => pane.setAttribute("aria-live", "polite"));
  const soon = (address) => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => show(address), REST);
  };
  const back = () => {
    const focused = steps.find((step) => step === document.activeElement);
    soon((focused ?? steps[0]).dataset.preview);
  };
  for (const step of steps) {
    step.addEventListener("pointerenter", () => soon(step.dataset.preview));
    step.addEventListener("pointerleave", back);
    step.addEventListener("focus", () => soon(step.dataset.preview));
    step.addEventListener("blur", back);
  }
})();
