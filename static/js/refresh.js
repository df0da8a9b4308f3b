// Keeps the part of a page marked `data-refresh="seconds"` up to date without reloading the page:
// it asks for the page again and exchanges that part when it has changed. It waits while the page
// is hidden or the reader is inside the part (focus, an open form), so nothing typed is lost. A
// part in which nothing happens is asked for less and less often, at last once a minute. A page
// that no longer has the part has moved on and is loaded as it is now, unless somebody writes.

import { pause } from "./pace.js";

const FIELDS = "input, textarea, select";
const SAME = "same";
const CHANGED = "changed";
const MOVED_ON = "moved on";

/** @param {Element} part @returns {boolean} */
const isBusy = (part) =>
  document.hidden || part.contains(document.activeElement) || part.querySelector("details[open]") !== null;

const isWriting = () => document.activeElement?.matches(FIELDS) ?? false;

/** @param {Element} part @returns {Promise<{part: Element, outcome: string}>} what now stands in the page */
async function refreshed(part) {
  const kept = { part, outcome: SAME };
  if (isBusy(part)) return kept;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return kept;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById(part.id);
  if (!fresh) return { part, outcome: MOVED_ON };
  if (isBusy(part) || shown(fresh) === shown(part)) return kept;
  const adopted = document.adoptNode(fresh);
  part.replaceWith(adopted);
  return { part: adopted, outcome: CHANGED };
}

/** What a reader sees, without what changes at every look; of a countdown the end it counts to.
 * @param {Element} part */
function shown(part) {
  const copy = /** @type {Element} */ (part.cloneNode(true));
  for (const item of copy.querySelectorAll("input[name=csrfmiddlewaretoken]")) item.remove();
  for (const item of copy.querySelectorAll("[data-countdown]")) item.textContent = item.getAttribute("data-ends-at");
  return copy.textContent?.replace(/\s+/g, " ");
}

/** @param {Element} start */
function keep(start) {
  const shortest = Number(start.getAttribute("data-refresh"));
  let part = start;
  let wait = shortest;
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  const look = async () => {
    const found = await refreshed(part);
    part = found.part;
    if (found.outcome === MOVED_ON && !isWriting()) {
      location.reload();
      return;
    }
    wait = document.hidden ? shortest : pause(wait, shortest, found.outcome === CHANGED);
    timer = setTimeout(look, wait * 1000);
  };
  timer = setTimeout(look, wait * 1000);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    wait = shortest;
    clearTimeout(timer);
    timer = setTimeout(look, 0);
  });
}

document.querySelectorAll("[data-refresh]").forEach(keep);
