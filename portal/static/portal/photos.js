/* Makes photographs of papers smaller on the device before they are sent: a line in the hills is slow, and no reader
   needs more than A4 at 200 dots an inch. Without this file the page works as ever. Nothing is sent from here. */
"use strict";
(() => {
  const LONGEST = 2400;
  const SMALL_ENOUGH = 900000;
  const QUALITY = 0.82;

  const smaller = async (file) => {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const sheet = document.createElement("canvas");
    sheet.width = Math.round(picture.width * scale);
    sheet.height = Math.round(picture.height * scale);
    sheet.getContext("2d").drawImage(picture, 0, 0, sheet.width, sheet.height);
    picture.close();
    const blob = await new Promise((done) => sheet.toBlob(done, "image/jpeg", QUALITY));
    if (!blob || blob.size >= file.size) return file;
    return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
  };

  document.addEventListener("change", async ({ target }) => {
    const file = target.type === "file" && target.files[0];
    if (!file || !file.type.startsWith("image/") || file.size <= SMALL_ENOUGH) return;
    const buttons = [...target.form.querySelectorAll("button")];
    for (const button of buttons) button.disabled = true;
    try {
      const files = new DataTransfer();
      files.items.add(await smaller(file));
      target.files = files.files;
    } catch {
      // A format that this browser cannot draw: it goes as it is.
    }
    for (const button of buttons) button.disabled = false;
  });
})();
