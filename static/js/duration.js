// How a remaining time is written. Pure.

/** @param {number} value */
const two = (value) => String(value).padStart(2, "0");

/**
 * `3天 06:56:38`, below a day `06:56:38`; never negative.
 * @param {number} ms
 * @param {string} days the word behind the number of days
 */
export function formatRemaining(ms, days) {
  const left = Math.max(0, Math.ceil(ms / 1000));
  const clock = [Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60, left % 60];
  const whole = Math.floor(left / 86400);
  return (whole ? `${whole}${days} ` : "") + clock.map(two).join(":");
}

/**
 * How pressing it is: "" · "soon" · "last" · "over".
 * @param {number} ms @param {number} warnS @param {number} lastS
 */
export function urgency(ms, warnS, lastS) {
  if (ms <= 0) return "over";
  if (ms <= lastS * 1000) return "last";
  return ms <= warnS * 1000 ? "soon" : "";
}

/**
 * Beijing wall time as `2026-11-26 10:03:22`.
 * @param {number} epochMs
 */
export function formatBeijing(epochMs) {
  return new Date(epochMs + 8 * 3600 * 1000).toISOString().slice(0, 19).replace("T", " ");
}
