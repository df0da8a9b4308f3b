// Server clock and countdowns of ordinary pages: server time plus the time since the answer came,
// counted on performance.now(), never the computer's clock. Rooms have a finer clock of their own.
import { formatBeijing, formatRemaining, urgency } from "./duration.js";

/** @returns {(() => number) | null} the server's time in epoch ms, if the page carries one */
function serverClock() {
  /** @type {HTMLElement} */
  const clock = document.querySelector("[data-server-clock]");
  if (!(clock instanceof HTMLTimeElement)) return null;
  const served = Date.parse(clock.dateTime);
  const [entry] = performance.getEntriesByType("navigation");
  const arrived = entry instanceof PerformanceNavigationTiming ? entry.responseStart : 0;
  return () => served + performance.now() - arrived;
}

/** @param {HTMLElement} element @param {number} now @param {DOMStringMap} words what it lacks itself */
function tick(element, now, words) {
  const left = Date.parse(element.dataset.endsAt) - now;
  /** @type {DOMStringMap} */
  const said = { ...words, ...element.dataset };
  const { days, over, warnS = "180", lastS = "30" } = said;
  element.textContent = left <= 0 ? over : formatRemaining(left, days);
  element.dataset.urgency = urgency(left, Number(warnS), Number(lastS));
}

/** Starts the one timer that moves all clocks of the page, once a second. */
export function startTicking() {
  const now = serverClock();
  if (!now) return;
  /** @type {HTMLElement} */
  const clock = document.querySelector("[data-server-clock]");
  const run = () => {
    const at = now();
    clock.textContent = formatBeijing(at);
    /** @type {NodeListOf<HTMLElement>} */
    const countdowns = document.querySelectorAll("[data-countdown]");
    for (const element of countdowns) {
      tick(element, at, clock.dataset);
    }
    setTimeout(run, 1000 - (at % 1000));
  };
  run();
}
