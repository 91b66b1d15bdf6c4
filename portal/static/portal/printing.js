/* Prints the page that was just made, then goes on to the next form. Browsers started with kiosk printing ask
   nothing. */
"use strict";
(() => {
  const next = document.body.dataset.printThen;
  if (!next) return;
  window.addEventListener("afterprint", () => window.location.assign(next));
  window.addEventListener("load", () => window.print());
})();
