/* Keys of the desk. Whatever names a key in `data-key` is pressed, or focused when it is a box; the page says so
   on the button itself. Without this file every button still works. */
"use strict";
(() => {
  const usable = (element) => element.getClientRects().length > 0 && !element.disabled;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
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
    setTimeout(() => {
      if (!usable(close())) {
        opener?.focus();
        opener = null;
      } else if (toggle !== close()) {
        opener = toggle;
        close().focus();
      }
    }, 50);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && opener && usable(close())) close().click();
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
