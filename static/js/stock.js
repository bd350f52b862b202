// The store's forms: what is on hand afterwards, and counting with big steps. Both work without it.
(function () {
  "use strict";
  // Full-width digits and separators as people type them.
  const number = (text) => {
    const plain = text.normalize("NFKC").replace(/[,\s_]/g, "");
    return /^\d+$/.test(plain) ? Number(plain) : null;
  };

  const after = document.querySelector("[data-stock-after]");
  const quantity = document.querySelector("[data-stock-quantity]");
  function showAfter() {
    const typed = number(quantity.value);
    const left = typed === null ? null : Number(after.dataset.onHand) + Number(after.dataset.direction) * typed;
    after.textContent = left === null ? "–" : String(left);
    after.classList.toggle("text-late", left !== null && left < 0);
  }
  if (after && quantity) {
    quantity.addEventListener("input", showAfter);
    showAfter();
  }

  const stepper = document.querySelector("[data-stepper]");
  if (!stepper) return;
  const value = stepper.querySelector("[data-stepper-value]");
  const difference = stepper.querySelector("[data-difference]");
  const why = stepper.querySelector("[data-why]");
  function showDifference() {
    const typed = number(value.value);
    const differs = typed === null ? 0 : typed - Number(stepper.dataset.expected);
    difference.textContent =
      typed === null ? "" : differs === 0 ? difference.dataset.same : (differs > 0 ? "+" : "−") + Math.abs(differs);
    difference.classList.toggle("text-late", differs < 0);
    difference.classList.toggle("text-soon", differs > 0);
    why.hidden = differs === 0;
  }
  stepper.addEventListener("click", (event) => {
    const button = event.target.closest("[data-step]");
    if (!button) return;
    value.value = String(Math.max(0, (number(value.value) || 0) + Number(button.dataset.step)));
    showDifference();
  });
  value.addEventListener("input", showDifference);
  value.addEventListener("focus", () => value.select());
  showDifference();
})();
