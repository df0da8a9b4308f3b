/**
 * Server time in the browser: the offset from pings, ticking on the monotonic clock.
 * The computer's own clock is never used for anything but the difference that is shown.
 */

const KEPT = 5;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** @typedef {{offset: number, rtt: number}} Sample */

export class RoomClock {
  /** @param {() => number} ticks monotonic milliseconds, `performance.now()` in the browser */
  constructor(ticks) {
    this.ticks = ticks;
    /** @type {Sample[]} */
    this.samples = [];
    /** @type {Sample|null} */
    this.best = null;
    this.isFresh = false;
  }

  /**
   * The page's own snapshot gives a first guess: correct to one page load.
   * @param {number} serverMs
   * @param {number} readAt ticks when the first byte of the page arrived
   */
  seed(serverMs, readAt) {
    this.best = { offset: serverMs - readAt, rtt: Number.POSITIVE_INFINITY };
  }

  /**
   * One exchange; of the last five the one with the lowest round trip counts.
   * @param {number} sentAt ticks
   * @param {number} serverMs
   * @param {number} receivedAt ticks
   */
  sample(sentAt, serverMs, receivedAt) {
    const rtt = Math.max(0, receivedAt - sentAt);
    this.samples = [...this.samples, { offset: serverMs - (sentAt + receivedAt) / 2, rtt }].slice(-KEPT);
    this.best = this.samples.reduce((a, b) => (b.rtt < a.rtt ? b : a));
    this.isFresh = true;
  }

  /** After sleep or a change of network nothing old may be trusted. */
  distrust() {
    this.samples = [];
    this.isFresh = false;
  }

  /** Milliseconds since 1970 by the server's clock. */
  now() {
    return this.ticks() + (this.best?.offset ?? Number.NaN);
  }

  /** Half the round trip: how wrong `now()` can be, in milliseconds; null when unknown. */
  error() {
    return this.best && Number.isFinite(this.best.rtt) ? this.best.rtt / 2 : null;
  }

  /**
   * How far a wall clock of the computer is ahead of the server.
   * @param {number} wallMs `Date.now()`
   */
  ahead(wallMs) {
    return this.best ? wallMs - this.now() : null;
  }

  /**
   * Milliseconds left, never negative.
   * @param {string|null} endsAt
   */
  left(endsAt) {
    return endsAt === null ? null : Math.max(0, Date.parse(endsAt) - this.now());
  }
}

/**
 * Five pings at a time, again every ten seconds and on demand.
 * `send` returns false while nothing can be sent.
 */
export class ClockSync {
  /**
   * @param {RoomClock} clock
   * @param {(sentAt: number) => boolean} send
   * @param {{after: (ms: number, act: () => void) => () => void}} timers
   */
  constructor(clock, send, timers) {
    this.clock = clock;
    this.send = send;
    this.timers = timers;
    this.cancel = () => {};
  }

  /** Starts a round now; the next follows by itself. */
  start(count = KEPT) {
    this.cancel();
    const sent = this.send(this.clock.ticks());
    const wait = !sent || count <= 1 ? 10_000 : 120;
    this.cancel = this.timers.after(wait, () => this.start(!sent || count <= 1 ? KEPT : count - 1));
  }

  stop() {
    this.cancel();
  }
}

/** @param {number} ms since 1970 @returns {Date} whose UTC fields are Beijing's */
function beijing(ms) {
  return new Date(ms + 8 * HOUR);
}

/** `10:03:22` in Beijing. @param {number} ms */
export function timeOfDay(ms) {
  return beijing(ms).toISOString().slice(11, 19);
}

/** `10:02:51.204`, cut and never rounded, from an instant of the protocol. @param {string} at */
export function timeMs(at) {
  return beijing(Date.parse(at)).toISOString().slice(11, 23);
}

/**
 * Time of day, with the date before it when it is not the day of `nowMs`.
 * @param {string} at
 * @param {number} nowMs
 */
export function instant(at, nowMs) {
  const text = beijing(Date.parse(at)).toISOString();
  const isToday = Math.floor((Date.parse(at) + 8 * HOUR) / DAY) === Math.floor((nowMs + 8 * HOUR) / DAY);
  return isToday ? text.slice(11, 19) : `${text.slice(0, 10)} ${text.slice(11, 19)}`;
}

/**
 * When the countdown changes: three minutes or 60 % of a short period, then 30 seconds or 30 %.
 * @param {number|null} periodMs
 * @returns {{warnS: number, lastS: number}}
 */
export function thresholds(periodMs) {
  const period = periodMs ?? Number.POSITIVE_INFINITY;
  return { warnS: Math.min(180_000, period * 0.6) / 1000, lastS: Math.min(30_000, period * 0.3) / 1000 };
}
