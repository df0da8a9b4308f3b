// Small comforts of every page. Nothing here is needed to do anything.
import { keepDrafts } from "./drafts.js";
import { enhanceDisplay } from "./theme.js";
import { startTicking } from "./ticking.js";
import { showToast } from "./toast.js";

const NARROW = "(max-width: 63.99em)";

function focusErrors() {
  const summary = document.querySelector("[data-error-summary]:not([data-sample] *)");
  if (summary instanceof HTMLElement) summary.focus();
}

/** The key / goes to the search box, unless someone is writing. */
function listenForSearch() {
  const box = document.querySelector("[data-search]");
  if (!(box instanceof HTMLInputElement)) return;
  document.addEventListener("keydown", (event) => {
    const isWriting = event.target instanceof Element && event.target.closest("input, textarea, select");
    if (event.key !== "/" || isWriting || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    box.focus();
  });
}

/** @param {HTMLElement} button */
async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  showToast(button.dataset.copied, "lead");
}

function listenForClicks() {
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const copied = target?.closest("[data-copy]");
    if (copied instanceof HTMLElement) copy(copied);
    if (target?.closest("[data-print]")) window.print();
  });
}

function foldSideNavigation() {
  const nav = document.querySelector("[data-side-nav]");
  if (!(nav instanceof HTMLDetailsElement)) return;
  const narrow = window.matchMedia(NARROW);
  const fold = () => {
    nav.open = !narrow.matches;
  };
  fold();
  narrow.addEventListener("change", fold);
}

enhanceDisplay();
startTicking();
keepDrafts();
focusErrors();
listenForSearch();
listenForClicks();
foldSideNavigation();
