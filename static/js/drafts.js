// Keeps what is typed into a form marked `data-draft` until the server has taken it. When the
// session ends, the network fails or the server refuses, the same person who comes back to the page
// in the same tab finds the form filled again, told so, with a button that discards it. Nothing is
// ever sent by itself.
//
// The browser keeps it, not the server: so it also outlives a lost network and a server that
// restarts, and what nobody has handed in never reaches the centre. It lies in `sessionStorage`:
// it ends with the tab, with signing out, with the first page that another person opens in that tab,
// and after three days. Each draft bears its writer's mark (`data-person`, a keyed hash made by the
// server) and goes back to that person alone. Passwords, files, consents (`data-draft-never`) and hidden
// values are not kept, but for a hidden one marked `data-draft-with`, which says on which state of
// the record the text was written.

import { tabMemory } from "./store.js";

const PREFIX = "draft:";
const KEPT_MS = 3 * 24 * 3600 * 1000;
const SILENT = new Set(["hidden", "password", "file", "submit", "button", "image", "reset"]);

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Control */
/** @typedef {Record<string, string[]>} Values */
/** @typedef {{person: string, at: number, page: string, isSent: boolean, values: Values}} Draft */

/** @param {string} address @returns {string} path and query */
function place(address) {
  const found = new URL(address, location.href);
  return found.pathname + found.search;
}

/** @param {HTMLFormElement} form */
const keyOf = (form) => `${PREFIX}${place(location.href)} ${place(form.getAttribute("action") ?? location.href)}`;

/** @param {HTMLFormElement} form @returns {Control[]} what a draft holds */
function controls(form) {
  return /** @type {Control[]} */ ([...form.elements]).filter(
    ({ name, type, dataset }) =>
      name && dataset.draftNever === undefined && (!SILENT.has(type) || dataset.draftWith !== undefined),
  );
}

/** @param {Control} control */
const isTick = (control) => control.type === "checkbox" || control.type === "radio";

/** @param {HTMLFormElement} form @returns {Values} */
function valuesOf(form) {
  /** @type {Values} */
  const found = {};
  for (const control of controls(form)) {
    const list = (found[control.name] ??= []);
    if (!isTick(control) || /** @type {HTMLInputElement} */ (control).checked) list.push(control.value);
  }
  return found;
}

/** @param {HTMLFormElement} form @param {Values} values */
function fill(form, values) {
  for (const control of controls(form)) {
    const kept = values[control.name];
    if (!kept) continue;
    if (isTick(control)) /** @type {HTMLInputElement} */ (control).checked = kept.includes(control.value);
    else if (!(control instanceof HTMLSelectElement) || [...control.options].some((item) => item.value === kept[0]))
      control.value = kept[0] ?? "";
  }
}

/** @param {HTMLFormElement} form @param {Values} kept @returns {boolean} a reader would see a difference */
function differs(form, kept) {
  const shown = valuesOf(form);
  return controls(form).some(
    ({ name, type }) => type !== "hidden" && kept[name] && kept[name].join("\n") !== shown[name].join("\n"),
  );
}

/** @param {string} key @returns {Draft | null} */
function read(key) {
  try {
    return JSON.parse(tabMemory.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** @param {string} key @param {Draft} draft */
const write = (key, draft) => tabMemory.setItem(key, JSON.stringify(draft));

const keys = () => tabMemory.keys().filter((key) => key.startsWith(PREFIX));

function forgetAll() {
  for (const key of keys()) tabMemory.removeItem(key);
}

/** The server took it: the page that follows came from the form's page by a redirect, or is the
 * form again with its faults beside the fields. @param {Draft} draft */
function isTaken(draft) {
  if (!draft.isSent || !document.referrer || place(document.referrer) !== draft.page) return false;
  const [entry] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  return (entry?.redirectCount ?? 0) > 0 || document.querySelector("[data-error-summary]") !== null;
}

/** Drops what is old, another's, or was taken; what was sent in vain waits again.
 * @param {string} person @param {boolean} isRefused */
function sort(person, isRefused) {
  for (const key of keys()) {
    const draft = read(key);
    if (!draft || Date.now() - draft.at > KEPT_MS || (person && draft.person !== person)) tabMemory.removeItem(key);
    else if (person && !isRefused && isTaken(draft)) tabMemory.removeItem(key);
    else if (draft.isSent) write(key, { ...draft, isSent: false });
  }
}

/** @param {HTMLFormElement} form @param {string} key @param {Values} before what the page came with */
function tell(form, key, before) {
  const template = document.getElementById("draft-template");
  if (!(template instanceof HTMLTemplateElement)) return;
  const line = /** @type {HTMLElement} */ (template.content.firstElementChild.cloneNode(true));
  line.querySelector("button").addEventListener("click", () => {
    tabMemory.removeItem(key);
    form.reset();
    fill(form, before);
    line.remove();
    controls(form).find((control) => control.type !== "hidden")?.focus();
  });
  form.prepend(line);
}

/** @param {HTMLFormElement} form @param {string} person */
function keep(form, person) {
  const key = keyOf(form);
  const draft = read(key);
  if (draft && differs(form, draft.values)) {
    const before = valuesOf(form);
    fill(form, draft.values);
    for (let part = form.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
    tell(form, key, before);
  } else tabMemory.removeItem(key);
  /** @param {boolean} isSent */
  const save = (isSent) =>
    write(key, { person, at: Date.now(), page: place(location.href), isSent, values: valuesOf(form) });
  form.addEventListener("input", () => save(false));
  form.addEventListener("submit", () => save(true));
}

export function keepDrafts() {
  const mark = document.getElementById("drafts");
  if (!mark) return;
  const person = mark.dataset.person ?? "";
  sort(person, document.querySelector("[data-refused]") !== null);
  const told = document.querySelector("[data-draft-kept]");
  const from = document.referrer && place(document.referrer);
  if (told instanceof HTMLElement) told.hidden = !keys().some((key) => read(key)?.page === from);
  if (!person) return;
  for (const form of document.querySelectorAll("form[data-draft]"))
    if (form instanceof HTMLFormElement) keep(form, person);
  for (const form of document.querySelectorAll("form[data-ends-drafts]")) form.addEventListener("submit", forgetAll);
}
