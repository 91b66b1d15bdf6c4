/* Keys of the desk. Whatever names a key in `data-key` is pressed, or focused when it is a box; the page says so
   on the button itself. Without this file every button still works. */
"use strict";
(() => {
  const usable = (element) => Boolean(element?.getClientRects().length) && !element.disabled;
  document.addEventListener("keydown", (event) => {
    // A key that is held down would open a step and confirm it at once.
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat) return;
    if (/^[1-9]$/.test(event.key) && (event.target === document.body || event.target.value === "")) {
      const choice = document.querySelector(`[data-digit="${event.key}"]`);
      if (choice) {
        event.preventDefault();
        choice.click();
      }
      return;
    }
    if (!/^F\d+$/.test(event.key)) return;
    const key = (event.shiftKey ? "Shift+" : "") + event.key;
    const target = Array.from(document.querySelectorAll(`[data-key="${key}"]`)).find(usable);
    if (!target) return;
    event.preventDefault();
    if (target.matches("input:not([type=submit]):not([type=button])")) {
      target.focus();
      target.select();
    } else {
      target.click();
    }
  });
  // The menu stands before the page: who opened it with the keys goes on inside it, Escape leads back.
  let opener = null;
  const close = () => document.querySelector("#nav-sidebar .mc-menu--close");
  document.addEventListener("click", (event) => {
    const toggle = event.target.closest("[data-menu]");
    if (!toggle) return;
    if (toggle !== close()) opener = toggle;
    // The theme shows or hides it after this.
    setTimeout(() => (usable(close()) ? close() : opener)?.focus(), 50);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && usable(close())) close().click();
  });
  // Papers beside answers: the first lies open, Alt+J and Alt+K go on and back.
  document.addEventListener("DOMContentLoaded", () => {
    const looks = document.querySelectorAll(".mc-photo");
    for (const hint of document.querySelectorAll("[data-look-keys]")) hint.hidden = looks.length < 2;
    if (looks.length) looks[0].open = true;
  });
  document.addEventListener("keydown", (event) => {
    const looks = Array.from(document.querySelectorAll(".mc-photo"));
    const step = { KeyJ: 1, KeyK: -1 }[event.code];
    if (!event.altKey || event.ctrlKey || !step || !looks.length) return;
    event.preventDefault();
    const at = looks.findIndex((look) => look.open);
    for (const look of looks) look.open = false;
    const next = looks[(at + step + looks.length) % looks.length];
    next.open = true;
    next.scrollIntoView({ block: "nearest" });
  });
  // Sentences to begin a reason with.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-say]");
    const box = button && document.getElementById(button.dataset.say);
    if (!box) return;
    box.value = [box.value.trim(), button.textContent.trim()].filter(Boolean).join(" ");
    box.focus();
  });
  // A chosen day in words: the browser's calendar may turn day and month about.
  document.addEventListener("input", (event) => {
    const said = event.target.id && document.querySelector(`[data-day-of="${event.target.id}"]`);
    if (!said) return;
    const [year, month, day] = event.target.value.split("-");
    const weekday = new Intl.DateTimeFormat(document.documentElement.lang, { weekday: "long", timeZone: "UTC" });
    said.textContent = day ? `${weekday.format(new Date(event.target.value))} ${day}/${month}/${year}` : "";
  });
  // The theme's search boxes have no name while they are empty, also when it draws them anew.
  const name = () => {
    for (const box of document.querySelectorAll(".select2-selection:not([aria-label])")) {
      const select = box.closest(".select2-container")?.previousElementSibling;
      const label = select?.getAttribute("aria-label") || select?.labels?.[0]?.textContent.trim();
      if (!label) continue;
      for (const one of [box, box.querySelector(".select2-selection__rendered")]) one?.setAttribute("aria-label", label);
      box.removeAttribute("aria-labelledby");
    }
  };
  window.addEventListener("load", () => {
    for (const hidden of document.querySelectorAll("[data-needs-script]")) hidden.hidden = false;
    // The theme's marks of sorting are words in a font: they are not to be read aloud.
    for (const icon of document.querySelectorAll(".sortoptions .material-symbols-outlined")) {
      icon.setAttribute("aria-hidden", "true");
    }
    name();
    if (document.querySelector(".admin-autocomplete")) {
      new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
    }
    // Wide tables have no way in for the keyboard.
    for (const wide of document.querySelectorAll(".formset-wrapper, .mc-scroll:not([tabindex])")) {
      if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
    }
  });
})();
