/* Dossiers that this device keeps: codes and short names of procedures, in the storage of this site alone; of a draft the
   link that asks for a code. No key and no address of a dossier is kept, and nothing is sent. On the page of shared links, and of what was just sent, a
   button for the device's own menu.
   Without this file pages work as ever: what needs it stays hidden. */
"use strict";
(() => {
  const PLACE = "mot-cua.ho-so";
  const PROBE = `${PLACE}.thu`;
  const MOST = 50;
  const CODE = /^[A-Z0-9][A-Z0-9./-]{3,59}$/;
  const DRAFT = /^\/nop\/ban-nhap\/[\w:.-]{20,300}\/$/;
  // A link kept long ago was signed anew on each page, after the first colon.
  const isSame = (one, other) => one.split(":")[0] === other.split(":")[0];
  const all = (root, selector) => Array.from(root.querySelectorAll(selector));

  const read = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(PLACE));
      return kept
        .filter((one) => typeof one?.code === "string" && (CODE.test(one.code) || DRAFT.test(one.code)))
        .map(({ code, name }) => ({ code, name: typeof name === "string" ? name.slice(0, 200) : "" }));
    } catch {
      // Nothing yet, or not ours.
      return [];
    }
  };
  const write = (kept) => {
    if (kept.length) localStorage.setItem(PLACE, JSON.stringify(kept.slice(0, MOST)));
    else localStorage.removeItem(PLACE);
  };
  const storable = () => {
    try {
      localStorage.setItem(PROBE, "1");
      localStorage.removeItem(PROBE);
      return true;
    } catch {
      return false;
    }
  };

  const offer = (box) => {
    const { keep: code, name } = box.dataset;
    const show = () => {
      const isKept = read().some((one) => isSame(one.code, code));
      for (const part of all(box, "[data-kept]")) part.hidden = isKept !== (part.dataset.kept === "yes");
    };
    box.addEventListener("click", (event) => {
      const button = event.target.closest?.("button");
      if (!button) return;
      const others = read().filter((one) => !isSame(one.code, code));
      write("forget" in button.dataset ? others : [{ code, name }, ...others]);
      show();
      // The button that was pressed is hidden now.
      box.querySelector("[data-kept]:not([hidden]) button").focus();
    });
    show();
    box.hidden = false;
  };

  const list = (page) => {
    const rows = page.querySelector("[data-rows]");
    const status = page.querySelector("[role=status]");
    const show = () => {
      const kept = read();
      rows.replaceChildren(
        ...kept.map(({ code, name }) => {
          const row = page.querySelector("template").content.cloneNode(true);
          const link = row.querySelector("a");
          link.href = DRAFT.test(code) ? code : link.href + encodeURIComponent(code);
          row.querySelector("[data-name]").textContent = name;
          for (const place of all(row, "[data-code]")) place.textContent = DRAFT.test(code) ? page.dataset.draft : code;
          row.querySelector("button").dataset.remove = code;
          return row;
        }),
      );
      for (const part of all(page, "[data-when]")) part.hidden = part.dataset.when !== (kept.length ? "some" : "none");
    };
    page.addEventListener("click", (event) => {
      const code = event.target.closest?.("[data-remove]")?.dataset.remove;
      if (code === undefined) return;
      write(code ? read().filter((one) => one.code !== code) : []);
      show();
      status.textContent = status.dataset.removed;
      status.focus();
    });
    // Another window of this site may have changed it.
    window.addEventListener("storage", ({ key }) => key !== PROBE && show());
    show();
  };

  if (storable()) {
    all(document, "[data-keep]").forEach(offer);
    all(document, "[data-my-dossiers]").forEach(list);
  }
  if (navigator.share) {
    for (const box of all(document, "[data-share], [data-share-text]")) {
      const { share: url, shareText: text } = box.dataset;
      box.hidden = false;
      box.addEventListener("click", (event) => {
        // Rejected when the person changes their mind: nothing to say.
        if (event.target.closest?.("button")) navigator.share(url ? { url } : { text }).catch(() => {});
      });
    }
  }
})();
