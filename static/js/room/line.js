/**
 * What the line to the room is worth at this moment, by what was heard of it and when.
 */

const STALE_MS = 8000;
const DOWN_AFTER_MS = 3000;
const SLOW_MS = 400;

/**
 * @typedef {"connected"|"slow"|"retrying"|"lost"|"fallback"} Link
 */

export class Line {
  /** @param {() => number} ticks @param {() => boolean} isOnline */
  constructor(ticks, isOnline) {
    this.ticks = ticks;
    this.isOnline = isOnline;
    this.isLost = true;
    this.isBackup = false;
    this.lostAt = ticks();
    this.heardAt = ticks();
    /** @type {number[]} */
    this.rtts = [];
  }

  heard() {
    this.heardAt = this.ticks();
  }

  /** @param {number} rttMs */
  answered(rttMs) {
    this.rtts = [...this.rtts, rttMs].slice(-5);
  }

  /** The best of the last round trips, or null. */
  get rttMs() {
    return this.rtts.length ? Math.min(...this.rtts) : null;
  }

  /** Nothing was heard for so long that the price shown may be old. */
  get isStale() {
    return this.ticks() - this.heardAt >= STALE_MS;
  }

  /** @param {number} [since] */
  lose(since = this.ticks()) {
    if (!this.isLost) {
      this.isLost = true;
      this.lostAt = since;
    }
    this.isBackup = false;
  }

  /** @param {boolean} isBackup */
  find(isBackup) {
    this.isLost = false;
    this.isBackup = isBackup;
  }

  get lostMs() {
    return this.isLost ? this.ticks() - this.lostAt : 0;
  }

  /** @returns {Link} */
  get link() {
    if (this.isLost) {
      return this.lostMs >= DOWN_AFTER_MS || !this.isOnline() ? "lost" : "retrying";
    }
    if (this.isBackup) {
      return "fallback";
    }
    return (this.rttMs ?? 0) > SLOW_MS ? "slow" : "connected";
  }
}

/**
 * Waiting time before the next attempt: doubling from half a second, jittered, short for as long
 * as a change of network usually takes.
 * @param {number} attempt from 0
 * @param {number} lostMs since the line broke
 * @param {number} random 0…1
 */
export function backoff(attempt, lostMs, random) {
  const cap = lostMs < 20_000 ? 2500 : 8000;
  const full = Math.min(cap, 500 * 2 ** Math.min(attempt, 5));
  return Math.max(500, full * (0.5 + random / 2));
}
