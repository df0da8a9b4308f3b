/** A room that is followed: the state, the server's time, the line. The pages only show it. */

import { ClockSync, RoomClock } from "./clock.js";
import { RoomConnection } from "./connection.js";
import { embedded } from "./dom.js";
import { dutchPrice, fold, withSeatOf } from "./state.js";
import { Texts } from "./texts.js";

const TICK_MS = 200;

/**
 * @typedef {import("./state.js").RoomState} RoomState
 * @typedef {import("./state.js").RoomEvent} RoomEvent
 * @typedef {{onState: () => void, onTick: () => void, onStatus: () => void,
 *   onEvents: (events: RoomEvent[], before: RoomState) => void,
 *   onAnswer?: (answer: Record<string, any>) => void, onLine?: (isUsable: boolean) => void}} Handlers
 */

export const timers = {
  /** @param {number} ms @param {() => void} act @returns {() => void} */
  after(ms, act) {
    const id = setTimeout(act, ms);
    return () => clearTimeout(id);
  },
};

/** @param {string} path @returns {string} the address of a socket on this host */
function socketAddress(path) {
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${path}`;
}

/** When the page's first byte came, on the monotonic clock. */
function arrivedAt() {
  const [entry] = performance.getEntriesByType("navigation");
  return entry instanceof PerformanceNavigationTiming ? entry.responseStart : performance.now();
}

export class Live {
  /** @param {Handlers} handlers */
  constructor(handlers) {
    this.handlers = handlers;
    this.setup = embedded("room-setup");
    /** @type {RoomState} */
    this.state = embedded("room-snapshot");
    this.texts = Texts.of(document, this.setup.unit);
    this.clock = new RoomClock(() => performance.now());
    this.clock.seed(Date.parse(this.state.server_at), arrivedAt());
    this.connection = new RoomConnection(this.sources(), {
      onSnapshot: (snapshot) => this.restart(snapshot),
      onEvents: (events) => this.advance(events),
      onAnswer: (answer) => this.handlers.onAnswer?.(answer),
      onTime: (sentAt, serverAt, receivedAt) => this.clock.sample(sentAt, Date.parse(serverAt), receivedAt),
      onLine: (isUsable) => this.lineChanged(isUsable),
      onStatus: () => this.handlers.onStatus(),
    });
    this.sync = new ClockSync(this.clock, (sentAt) => this.connection.ping(sentAt), timers);
  }

  /** @returns {import("./connection.js").Sources} */
  sources() {
    const { urls } = this.setup;
    return {
      ws: socketAddress(urls.ws),
      api: urls.api,
      seq: this.state.seq,
      WebSocket: window.WebSocket,
      fetch: (address, options) => window.fetch(address, options),
      ticks: () => performance.now(),
      random: Math.random,
      isOnline: () => navigator.onLine,
      timers,
    };
  }

  start() {
    this.connection.start();
    this.sync.start();
    window.addEventListener("online", () => this.wake());
    window.addEventListener("offline", () => this.connection.offline());
    window.addEventListener("pageshow", (event) => event.persisted && this.wake());
    document.addEventListener("visibilitychange", () => !document.hidden && this.wake());
    this.handlers.onState();
    this.tick();
  }

  /** After sleep nothing old may be trusted: first the time and the line, then the price. */
  wake() {
    this.clock.distrust();
    this.connection.wake();
    this.sync.start();
  }

  /** @returns {number} server time in milliseconds */
  get nowMs() {
    return this.clock.now();
  }

  tick() {
    if (this.state.format === "dutch") {
      this.fall();
    }
    this.handlers.onTick();
    setTimeout(() => this.tick(), TICK_MS);
  }

  /** The price on offer in a Dutch sale falls by itself. */
  fall() {
    const price = dutchPrice(this.state, this.nowMs);
    if (price !== this.state.min_valid_fen) {
      this.state = { ...this.state, min_valid_fen: price };
      this.handlers.onState();
    }
  }

  /** @param {Record<string, any>} snapshot */
  restart(snapshot) {
    this.state = withSeatOf(this.state, /** @type {RoomState} */ (snapshot));
    this.handlers.onState();
  }

  /** @param {RoomEvent[]} events */
  advance(events) {
    const before = this.state;
    this.state = fold(before, events);
    this.handlers.onEvents(events, before);
    this.handlers.onState();
  }

  /** @param {(state: RoomState) => RoomState} change what only this seat was told */
  learn(change) {
    this.state = change(this.state);
    this.handlers.onState();
  }

  /** @param {boolean} isUsable */
  lineChanged(isUsable) {
    if (isUsable) {
      this.sync.start();
    }
    this.handlers.onLine?.(isUsable);
  }
}
