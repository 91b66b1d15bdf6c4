/* The counter asks while it is being filled in: which procedure, what papers, what date, what the card says. The
   answers are the server's; without this file “Tìm” and “Tiếp nhận” give the same. */
"use strict";
(() => {
  const form = document.querySelector("[data-counter]");
  if (!form) return;
  const one = (selector) => form.querySelector(selector);
  const box = form.elements.procedure;
  const hits = one("[data-hits]");
  const picked = one("[data-picked]");
  const asking = one("[data-asking]");
  const number = form.elements.owner_id_number;
  const problem = one("[data-card-problem]");
  const recent = Array.from(form.querySelectorAll(".mc-recent__one"));
  const PAUSE = 120; // milliseconds between the last key and the question
  let waiting;
  let byArrow;
  let asked = 0;
  let dirty = false;

  recent.forEach((button) => (button.hidden = false));
  one("[data-find]").hidden = true;
  one("[data-all-papers]").hidden = false;
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-expanded", "false");
  box.setAttribute("aria-controls", "procedure-hits");

  const fetched = async (address, parameters) => {
    const answer = await fetch(`${address}?${new URLSearchParams(parameters)}`, { credentials: "same-origin" });
    // Led elsewhere: the session has ended.
    return answer.ok && !answer.redirected ? answer.text() : null;
  };
  const options = () => Array.from(hits.querySelectorAll("[role=option]"));
  const mark = (option) => {
    options().forEach((other) => other.setAttribute("aria-selected", String(other === option)));
    if (option) box.setAttribute("aria-activedescendant", option.id);
    else box.removeAttribute("aria-activedescendant");
  };
  // What the arrows had chosen stays chosen while the same is typed, whenever an answer arrives.
  const pointed = () =>
    byArrow?.typed === box.value.trim() && options().find((option) => option.dataset.procedure === byArrow.code);
  const offer = (html) => {
    hits.innerHTML = html;
    box.setAttribute("aria-expanded", String(options().length > 0));
    // Only what says what was typed is taken by Enter; anything else is chosen first.
    const first = options()[0];
    mark(pointed() || (first && "sure" in first.dataset ? first : undefined));
  };
  const search = async () => {
    const typed = box.value.trim();
    const turn = ++asked;
    const html = typed ? await fetched(form.dataset.hitsUrl, { q: typed }) : "";
    if (turn === asked && html !== null) offer(html);
  };
  const showPicked = (code, name) => {
    one("[data-picked-name]").textContent = name;
    one("[data-picked-code]").textContent = code;
    picked.hidden = false;
    asking.hidden = true;
  };
  const consequences = async (code) => {
    const ticked = Array.from(form.querySelectorAll("[name=papers]:checked"), (paper) => ["papers", paper.value]);
    const places = ["receiving_agency", "competent_agency", "support_point", "channel"];
    const html = await fetched(form.dataset.chosenUrl, [
      ["choice", code],
      ...places.map((name) => [name, form.elements[name].value]),
      ...ticked,
    ]);
    if (html === null || box.value !== code) return;
    const answer = new DOMParser().parseFromString(html, "text/html");
    answer.querySelectorAll("[data-part]").forEach((part) => {
      one(`[data-part="${part.dataset.part}"]`).innerHTML = part.innerHTML;
    });
    if (!one("[data-asks-competent]") || form.elements.competent_agency.value) return;
    one("[data-competent]").open = true;
    // Not under the fingers of somebody who is typing or scanning already.
    if (document.activeElement === number && !number.value) form.elements.competent_agency.focus();
  };
  const pick = async (code, name) => {
    asked += 1;
    clearTimeout(waiting);
    one("[data-choices]")?.remove();
    box.value = code;
    offer("");
    showPicked(code, name);
    number.focus();
    await consequences(code);
  };
  const typeAgain = () => {
    picked.hidden = true;
    asking.hidden = false;
    box.value = "";
    box.focus();
  };

  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, PAUSE);
  });
  box.addEventListener("keydown", async (event) => {
    if (event.isComposing) return;
    // With Enter: a digit alone may begin a code.
    const lately = event.key === "Enter" && recent[Number(box.value) - 1];
    if (lately) {
      event.preventDefault();
      clearTimeout(waiting);
      lately.click();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const all = options();
      const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
      const down = event.key === "ArrowDown";
      const next = all[at < 0 && !down ? all.length - 1 : (at + (down ? 1 : -1) + all.length) % all.length];
      mark(next);
      byArrow = next && { typed: box.value.trim(), code: next.dataset.procedure };
    } else if (event.key === "Enter") {
      event.preventDefault();
      clearTimeout(waiting);
      const asPressed = byArrow;
      await search();
      // An arrow pressed while the answer was on its way chooses for the next Enter, not for this one.
      if (byArrow !== asPressed) return;
      const chosen = options().find((option) => option.getAttribute("aria-selected") === "true");
      if (chosen) pick(chosen.dataset.procedure, chosen.dataset.name);
    }
  });
  form.addEventListener("click", (event) => {
    const offered = event.target.closest("[data-procedure]");
    if (offered) pick(offered.dataset.procedure, offered.dataset.name);
    else if (event.target.closest("[data-change]")) typeAgain();
    else if (event.target.closest("[data-all-papers]")) {
      form.querySelectorAll("[name=papers][data-required]").forEach((paper) => (paper.checked = true));
    }
  });

  const readCard = async () => {
    const body = new URLSearchParams({ card: number.value });
    const answer = await fetch(form.dataset.cardUrl, {
      method: "POST",
      credentials: "same-origin",
      headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
      body,
    });
    const card = await answer.json();
    problem.textContent = card.problem;
    problem.hidden = !card.problem;
    if (!answer.ok) {
      number.value = "";
      number.focus();
      return;
    }
    number.value = card.number;
    if (card.name) form.elements.owner_name.value = card.name;
    if (card.address) form.elements.owner_address.value = card.address;
    (card.name ? form.elements.owner_phone : form.elements.owner_name).focus();
  };
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target === box || event.isComposing) return;
    if (!event.target.matches("input:not([type=submit]):not([type=file]), select")) return;
    // A scanner ends with Enter; the dossier is taken in by F9 or the button, never by accident.
    event.preventDefault();
    if (event.target === number && number.value.includes("|")) readCard();
    else {
      const boxes = Array.from(form.querySelectorAll("input, select, textarea, button")).filter(
        (next) => next.getClientRects().length > 0 && next.type !== "hidden",
      );
      boxes[boxes.indexOf(event.target) + 1]?.focus();
    }
  });
  ["receiving_agency", "competent_agency", "support_point", "channel"].forEach((name) => {
    form.elements[name].addEventListener("change", () => {
      if (!picked.hidden) consequences(box.value);
    });
  });
  form.addEventListener("input", () => (dirty = true));
  one("[data-start-over]").addEventListener("click", (event) => {
    if (dirty && !window.confirm(event.currentTarget.dataset.question)) event.preventDefault();
  });

  const promised = one("[data-part=promise] [data-code]");
  if (promised) {
    box.value = promised.dataset.code;
    one("[data-choices]")?.remove();
    showPicked(promised.dataset.code, promised.dataset.name);
  } else {
    // Not left to `autofocus`: after printing the browser may still hold the focus elsewhere.
    box.focus();
    // Fast fingers type before this file has come.
    if (box.value) search();
  }
})();
