/* Makes photographs of papers smaller on the device before they are sent: a line in the hills is slow, and no reader
   needs more than A4 at 200 dots an inch. A sharp one is sent at once; of a blurred one the page says so and waits.
   Without this file the page works as ever. */
"use strict";
(() => {
  const LONGEST = 2400;
  const SMALL_ENOUGH = 900000;
  const QUALITY = 0.82;
  const LOOKED_AT = 480;
  // Printed letters in focus give several hundred; a shaken or distant sheet less than this.
  const SHARP = 60;

  const drawn = (picture, longest) => {
    const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
    const sheet = document.createElement("canvas");
    sheet.width = Math.round(picture.width * scale);
    sheet.height = Math.round(picture.height * scale);
    sheet.getContext("2d").drawImage(picture, 0, 0, sheet.width, sheet.height);
    return sheet;
  };

  const smaller = async (picture, file) => {
    if (file.size <= SMALL_ENOUGH) return file;
    const blob = await new Promise((done) => drawn(picture, LONGEST).toBlob(done, "image/jpeg", QUALITY));
    if (!blob || blob.size >= file.size) return file;
    return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
  };

  // The variance of the Laplacian: how much neighbouring points differ.
  const sharpness = (picture) => {
    const sheet = drawn(picture, LOOKED_AT);
    const { width, height } = sheet;
    const { data } = sheet.getContext("2d").getImageData(0, 0, width, height);
    const light = (at) => data[4 * at] * 0.3 + data[4 * at + 1] * 0.6 + data[4 * at + 2] * 0.1;
    let sum = 0;
    let squares = 0;
    const points = (width - 2) * (height - 2);
    for (let y = 1; y < height - 1; y += 1) {
      for (let x = 1; x < width - 1; x += 1) {
        const at = y * width + x;
        const edge = 4 * light(at) - light(at - 1) - light(at + 1) - light(at - width) - light(at + width);
        sum += edge;
        squares += edge * edge;
      }
    }
    return points > 0 ? squares / points - (sum / points) ** 2 : SHARP;
  };

  document.addEventListener("change", async ({ target }) => {
    const file = target.type === "file" && target.files[0];
    const place = file && target.closest("[data-photo]");
    if (!place) return;
    const [warning, sending, send] = ["blurred", "sending", "send"].map((one) => place.querySelector(`[data-${one}]`));
    const buttons = [...target.form.querySelectorAll("button")];
    for (const button of buttons) button.disabled = true;
    sending.hidden = false;
    let isSharp = true;
    try {
      if (file.type.startsWith("image/")) {
        const picture = await createImageBitmap(file);
        isSharp = sharpness(picture) >= SHARP;
        const files = new DataTransfer();
        files.items.add(await smaller(picture, file));
        picture.close();
        target.files = files.files;
      }
    } catch {
      // A format that this browser cannot draw: it goes as it is.
    }
    for (const button of buttons) button.disabled = false;
    sending.hidden = !isSharp;
    warning.hidden = send.hidden = isSharp;
    if (isSharp) send.firstChild.click();
  });

  // The browser's own words about what was chosen, in its own language, would stand beside ours.
  for (const box of document.querySelectorAll(".mc-file")) box.classList.add("govuk-visually-hidden");
  // What is chosen is sent by itself: a button to send it, or the name of what was sent, would say that it was not.
  for (const place of document.querySelectorAll("[data-send]")) place.hidden = true;
  window.addEventListener("pageshow", ({ persisted }) => persisted && window.location.reload());
})();
