/** What measurements of a browser and its line mean for somebody who wants to bid. Pure. */

/** @typedef {"good"|"weak"|"bad"} Verdict */
/** @typedef {{sentAt: number, serverMs: number, receivedAt: number, localMs: number}} Exchange */

export const QUICK_MS = 300;
export const SLOW_MS = 1500;
export const CLOCK_MS = 2000;

/** The exchange with the shortest round trip tells most. @param {Exchange[]} exchanges */
export function best(exchanges) {
  if (exchanges.length === 0) return null;
  return exchanges.reduce((a, b) => (b.receivedAt - b.sentAt < a.receivedAt - a.sentAt ? b : a));
}

/** @param {Exchange[]} exchanges @returns {{verdict: Verdict, ms: number}|null} */
export function line(exchanges) {
  const trips = exchanges.map((item) => item.receivedAt - item.sentAt).sort((a, b) => a - b);
  if (trips.length === 0) return null;
  const ms = Math.round(trips[Math.floor(trips.length / 2)]);
  return { ms, verdict: ms <= QUICK_MS ? "good" : ms <= SLOW_MS ? "weak" : "bad" };
}

/**
 * How far the computer's clock is from the server's; half a round trip stays unknown.
 * @param {Exchange[]} exchanges
 * @returns {{verdict: Verdict, seconds: string}|null}
 */
export function clock(exchanges) {
  const found = best(exchanges);
  if (found === null) return null;
  const off = found.localMs - found.serverMs;
  const unsure = (found.receivedAt - found.sentAt) / 2;
  return { seconds: (Math.abs(off) / 1000).toFixed(1), verdict: Math.abs(off) - unsure <= CLOCK_MS ? "good" : "weak" };
}

/**
 * The whole: as bad as its worst.
 * @param {Verdict[]} verdicts
 * @returns {Verdict}
 */
export function worst(verdicts) {
  if (verdicts.includes("bad")) return "bad";
  return verdicts.includes("weak") ? "weak" : "good";
}
