// Keeps the part of a page marked `data-refresh="seconds"` up to date without reloading the page:
// it asks for the page again and exchanges that part when it has changed. It waits while the page
// is hidden or the reader is inside the part (focus, an open form), so nothing typed is lost.

/** @param {Element} part @returns {boolean} */
const isBusy = (part) =>
  document.hidden || part.contains(document.activeElement) || part.querySelector("details[open]") !== null;

/** @param {Element} part @returns {Promise<Element>} the part that now stands in the page */
async function refreshed(part) {
  if (isBusy(part)) return part;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return part;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById(part.id);
  if (!fresh || isBusy(part) || shown(fresh) === shown(part)) return part;
  const adopted = document.adoptNode(fresh);
  part.replaceWith(adopted);
  return adopted;
}

/** What a reader sees, without what changes at every look; of a countdown the end it counts to.
 * @param {Element} part */
function shown(part) {
  const copy = /** @type {Element} */ (part.cloneNode(true));
  for (const item of copy.querySelectorAll("input[name=csrfmiddlewaretoken]")) item.remove();
  for (const item of copy.querySelectorAll("[data-countdown]")) item.textContent = item.getAttribute("data-ends-at");
  return copy.textContent?.replace(/\s+/g, " ");
}

for (const start of document.querySelectorAll("[data-refresh]")) {
  let part = start;
  setInterval(async () => { part = await refreshed(part); }, Number(start.getAttribute("data-refresh")) * 1000);
}
