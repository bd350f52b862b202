// The visit report: how many answers of a folded section are new, and photos made small before they travel.
(function () {
  "use strict";
  const form = document.getElementById("report-form");
  const count = () =>
    form.querySelectorAll("[data-section]").forEach((section) => {
      const badge = section.querySelector("[data-changed-count]");
      if (!badge) return;
      const changed = section.querySelectorAll(".report-field.is-changed").length;
      badge.hidden = !changed;
      badge.textContent = `▲ ${changed}`;
    });
  if (form) document.addEventListener("input", () => setTimeout(count, 0));

  async function shrink(file, side) {
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, side / Math.max(picture.width, picture.height));
      if (scale === 1 && file.size < 600000) return file;
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((give) => canvas.toBlob(give, "image/jpeg", 0.85));
      return blob ? new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" }) : file;
    } catch (problem) {
      return file; // The server reads it or says why not.
    }
  }
  document.addEventListener("change", async (event) => {
    const input = event.target.closest && event.target.closest("[data-photos] [data-shrink]");
    if (!input || !input.files.length) return;
    const box = new DataTransfer();
    for (const file of input.files) box.items.add(await shrink(file, Number(input.dataset.shrink)));
    input.files = box.files;
    sendPhotos(input.form);
  });

  // Photos that could not be sent stay chosen and go as soon as there is a connection.
  const say = (form, unsent) => {
    form.querySelector("[data-unsent]").hidden = !unsent;
    form.classList.toggle("is-unsent", unsent);
  };
  function sendPhotos(form) {
    if (!navigator.onLine) return say(form, true);
    say(form, false);
    if (window.htmx) window.htmx.trigger(form, "shrunk");
  }
  document.addEventListener("htmx:sendError", (event) => {
    const form = event.target.closest && event.target.closest("form[data-photos]");
    if (form) say(form, true);
  });
  addEventListener("online", () => document.querySelectorAll("form[data-photos].is-unsent").forEach(sendPhotos));
})();
