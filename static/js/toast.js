// Short notices at the edge of the page; read out politely, gone after eight seconds.

const STAY_MS = 8000;

/** @param {string} text @param {"info"|"lead"|"warn"|"error"} [kind] */
export function showToast(text, kind = "info") {
  const place = document.getElementById("toasts");
  const template = document.getElementById("toast-template");
  if (!place || !(template instanceof HTMLTemplateElement)) return;
  const toast = /** @type {HTMLElement} */ (template.content.firstElementChild.cloneNode(true));
  toast.classList.add(`toast--${kind}`);
  toast.querySelector(".toast__text").textContent = text;
  toast.querySelector("button").addEventListener("click", () => toast.remove());
  place.append(toast);
  if (kind !== "error") setTimeout(() => toast.remove(), STAY_MS);
}
