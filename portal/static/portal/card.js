/* Fills boxes about a person with what the QR code of an identity card says: before the camera where the browser reads
   codes itself, else on a photograph, which is read here and goes nowhere. Each box says by `data-card` whose card it
   takes, and what of it. An address that a later page asks for waits in this window. Without this file all is typed. */
"use strict";
(() => {
  const sheet = document.querySelector("template[data-format]");
  const draft = location.pathname.split(":")[0];
  const people = {};
  for (const box of document.querySelectorAll("[data-card]")) {
    const [word, part] = box.dataset.card.split(" ");
    const owner = word + (/-\d+-/.exec(box.name) || "");
    people[owner] = people[owner] || { first: box };
    people[owner][part] = box.form.elements[box.name];
  }
  const put = (own, facts) => {
    for (const [part, text] of Object.entries(facts)) if (own[part] && text) own[part].value = text;
  };
  let store = {};
  try {
    store = sessionStorage || store;
  } catch {
    // Blocked by the browser: then an address is typed.
  }
  const plain = (text = "") => text.trim().toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/g, "d");
  const bare = (text) => plain(text).replace(/^(tinh|thanh pho|tp\.?|xa|phuong|thi tran|dac khu) /, "");
  const read = (code) => {
    const texts = code.normalize("NFC").split("|");
    const parts = sheet.dataset.format.split("|").map((part, at) => [part, (texts[at] || "").trim()]);
    const { number, name, born, sex, address } = Object.fromEntries(parts);
    if (!/^\d{12}$/.test(number) || !/^[\p{L} '-]+$/u.test(name)) return null;
    const [, day, month, year] = /^(\d\d)(\d\d)(\d{4})$/.exec(born) || [];
    return { name, id_number: number, sex: plain(sex), "born-ngay": day, "born-thang": month, "born-nam": year, address };
  };
  const detect = async (source) => {
    const { BarcodeDetector } = window.BarcodeDetector ? window : await import(sheet.dataset.reader);
    const [seen] = await new BarcodeDetector({ formats: ["qr_code"] }).detect(source);
    return seen ? read(seen.rawValue) : null;
  };
  // The one choice that is called so now or was; nothing for several.
  const choice = ({ options, list }, name) => {
    const called = (one) => bare((one.text || one.value).split(" → ")[0]);
    const alike = [...(options || list?.options || [])].filter((one) => called(one) === bare(name));
    return new Set(alike.map((one) => one.value)).size === 1 ? alike[0].value : "";
  };
  // Only in this province. Before July 2025 a district stood behind the commune; its name is not taken for one.
  const fillAddress = (own, address) => {
    const places = address.split(",");
    if (!own.commune || bare(places.pop()) !== bare(sheet.dataset.here)) return false;
    const at = places.length - (/^(xa|phuong|dac khu) /.test(plain(places[places.length - 1])) ? 1 : 2);
    const commune = choice(own.commune, places[at]);
    if (!commune) return false;
    own.first.closest("fieldset").querySelector(".mc-same [value='']")?.click();
    const detail = places.slice(0, at).join(",").trim();
    put(own, { province: choice(own.province || {}, sheet.dataset.here), commune, detail });
    return true;
  };
  for (const [owner, own] of Object.entries(people)) {
    const place = sheet.content.firstElementChild.cloneNode(true);
    const [scan, press, video, other, input, status] = place.querySelectorAll("[data-at]");
    const say = (name) => (status.textContent = status.dataset[name]);
    const stop = () => {
      video.srcObject?.getTracks().forEach((track) => track.stop());
      [video.srcObject, video.hidden] = [null, true];
    };
    const use = (card) => {
      stop();
      say(card ? "filled" : "unread");
      if (card) put(own, card);
      if (card && own.commune) fillAddress(own, card.address);
      else if (card) store.card = JSON.stringify({ draft, owner, address: card.address });
    };
    press.onclick = async () => {
      if (video.srcObject) return stop();
      if (!window.BarcodeDetector) return input.click();
      video.srcObject = await navigator.mediaDevices?.getUserMedia({ video: { facingMode: "environment" } }).catch(() => null);
      [video.hidden, other.hidden] = [!video.srcObject, false];
      if (video.hidden) say("dark");
      for (let card; video.srcObject; await new Promise((next) => setTimeout(next, 200))) {
        card = await detect(video).catch(() => null);
        if (card) use(card);
      }
    };
    other.onclick = () => stop() || input.click();
    input.onchange = async () => {
      say("reading");
      use(await createImageBitmap(input.files[0], { resizeWidth: 2400 }).then(detect).catch(() => null));
      input.value = "";
    };
    if (!own.name) {
      const old = JSON.parse(store.card || "{}");
      const isOpen = old.draft === draft && old.owner === owner && !own.commune.value && !own.detail.value;
      if (!isOpen || !fillAddress(own, old.address)) continue;
      delete store.card;
      scan.remove();
      say("moved");
    }
    own.first.closest(".govuk-form-group").before(place);
  }
})();
