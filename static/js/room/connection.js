/**
 * The way to the room: a WebSocket that comes back by itself, and plain HTTP where sockets are
 * blocked. It hands out events in order without gaps and says at any time what the line is worth.
 */

import { Poller } from "./backup.js";
import { RoomHttp } from "./http.js";
import { backoff, Line } from "./line.js";
import { Sequence } from "./sequence.js";

const CONNECT_MS = 4000;
const FIRST_FRAME_MS = 1000;
const PROBE_MS = 1500;
const SOCKET_AGAIN_MS = 15_000;
const TICK_MS = 500;
const HEAL_MS = 2000;
const BLOCKED_AFTER = 2;
/** The house has more sockets of this address, or frames of this one, than it serves at once. */
const CROWDED = 4429;
/** The session is over: the room goes on, watched by nobody in particular. */
const SIGNED_OUT = 4401;
/** Close codes after which coming back is pointless. */
const STOPS = new Map([
  [4403, "not_allowed"],
  [4404, "no_room"],
]);

/**
 * @typedef {{link: import("./line.js").Link, isUsable: boolean, attempt: number, lostMs: number,
 *   rttMs: number|null, stopped: string|null, isGap: boolean}} Status
 *   `isUsable`: nothing is missing and offers can be sent; `stopped`: why none can be sent any more
 * @typedef {{ws: string, api: string, seq: number, WebSocket: typeof WebSocket,
 *   fetch: typeof fetch, ticks: () => number, random: () => number, isOnline: () => boolean,
 *   timers: {after: (ms: number, act: () => void) => () => void}}} Sources
 * @typedef {{onSnapshot: (snapshot: Record<string, any>) => void,
 *   onEvents: (events: import("./state.js").RoomEvent[]) => void,
 *   onAnswer: (answer: Record<string, any>) => void,
 *   onTime: (sentAt: number, serverAt: string, receivedAt: number) => void,
 *   onLine: (isUsable: boolean) => void,
 *   onStatus: (status: Status) => void}} Handlers
 */

export class RoomConnection {
  /** @param {Sources} sources @param {Handlers} handlers */
  constructor(sources, handlers) {
    const { ticks, timers } = sources;
    this.sources = sources;
    this.handlers = handlers;
    this.http = new RoomHttp(sources.api, sources.fetch);
    this.line = new Line(ticks, sources.isOnline);
    this.sequence = new Sequence(sources.seq);
    this.poller = new Poller(this.http, timers, {
      after: () => this.sequence.seq,
      onPage: (page, sentAt) => this.polled(page, sentAt),
      onFailure: () => this.report(),
      ticks,
    });
    /** @type {WebSocket|null} */
    this.socket = null;
    this.isOpen = false;
    this.isReady = false;
    this.attempt = 0;
    this.refusals = 0;
    /** @type {string|null} */
    this.stopped = null;
    this.isSignedOut = false;
    this.wasUsable = false;
    this.isHealing = false;
    this.cancelConnect = () => {};
    this.cancelHeal = () => {};
    this.cancelProbe = () => {};
  }

  start() {
    this.connect();
    this.tick();
  }

  /** The page wakes or the network is back: find out now what the line is worth. */
  wake() {
    if (this.stopped) {
      return;
    }
    if (this.isOpen) {
      this.probe();
    } else if (this.socket === null) {
      this.attempt = 0;
      this.connect();
    }
    if (this.line.isBackup) {
      this.poller.start();
    }
  }

  /** The browser says that there is no network. */
  offline() {
    this.line.lose();
    this.report();
  }

  /** @param {number} sentAt @returns {boolean} whether it could be sent */
  ping(sentAt) {
    return this.write({ type: "ping", t: sentAt });
  }

  /**
   * Puts a command on the socket if there is a sound one.
   * @param {import("./outbox.js").Command} command
   */
  transmit(command) {
    if (!this.isOpen || this.line.isLost || this.isSignedOut) {
      return false;
    }
    const frame = { type: command.kind, client_token: command.token };
    return this.write(command.kind === "offer" ? { ...frame, amount_fen: command.amountFen } : frame);
  }

  /**
   * Sends a command by POST; the answer, or null while it is unknown.
   * @param {import("./outbox.js").Command} command
   */
  async post(command) {
    const posted = await this.http.post(command);
    if (posted.kind === "signed_out") {
      this.watchOn();
    }
    if (posted.kind === "not_taken") {
      return { type: "refused", client_token: command.token, code: "not_taken" };
    }
    return posted.kind === "answer" ? posted.body : null;
  }

  /** @returns {Status} */
  get status() {
    const { line, attempt } = this;
    const isWhole = this.isReady && !this.sequence.hasGap;
    const stopped = this.stopped ?? (this.isSignedOut ? "signed_out" : null);
    return {
      link: this.stopped ? "lost" : line.link,
      isUsable: isWhole && !line.isLost && !stopped,
      attempt,
      lostMs: line.lostMs,
      rttMs: line.rttMs,
      stopped,
      isGap: this.sequence.hasGap,
    };
  }

  // ── The socket ──────────────────────────────────────────────────────────────────────────────

  connect() {
    this.cancelConnect();
    const as = this.isSignedOut ? "&watch=1" : "";
    const socket = new this.sources.WebSocket(`${this.sources.ws}?after=${this.sequence.seq}${as}`);
    this.socket = socket;
    socket.onopen = () => this.opened(socket);
    socket.onmessage = (message) => this.receive(socket, JSON.parse(message.data));
    socket.onclose = (close) => this.closed(socket, close.code);
    this.cancelConnect = this.sources.timers.after(CONNECT_MS, () => this.closed(socket, 0));
    this.report();
  }

  /** @param {WebSocket} socket */
  opened(socket) {
    if (socket !== this.socket) {
      return;
    }
    this.cancelConnect();
    this.isOpen = true;
    this.isReady = this.line.isBackup;
    this.line.heard();
    // A server that could honour `after` may have nothing to say: then ask.
    this.cancelHeal();
    this.cancelHeal = this.sources.timers.after(FIRST_FRAME_MS, () => this.heal());
    this.report();
  }

  /** @param {WebSocket} socket @param {number} code */
  closed(socket, code) {
    if (socket !== this.socket) {
      return;
    }
    const hadOpened = this.isOpen;
    this.forget();
    if (code === SIGNED_OUT && !this.isSignedOut) {
      this.watchOn();
      return;
    }
    const reason = STOPS.get(code);
    if (reason) {
      this.stop(reason);
      return;
    }
    this.refusals = hadOpened && code !== CROWDED ? 0 : this.refusals + 1;
    if (!this.line.isBackup) {
      this.line.lose();
      if (this.refusals === BLOCKED_AFTER) {
        this.poller.start();
      }
    }
    this.retryLater();
    this.report();
  }

  /** Lets the socket go; whatever it still says is not heard. */
  forget() {
    this.cancelConnect();
    this.cancelHeal();
    this.cancelProbe();
    this.isHealing = false;
    const socket = this.socket;
    this.socket = null;
    this.isOpen = false;
    socket?.close();
  }

  retryLater() {
    const { random, timers } = this.sources;
    const wait = this.line.isBackup
      ? SOCKET_AGAIN_MS * (1 + random())
      : backoff(this.attempt, this.line.lostMs, random());
    this.attempt += 1;
    this.cancelConnect = timers.after(wait, () => this.connect());
  }

  /** An open socket is asked whether it is alive; a silent one is given up. */
  probe() {
    const { ticks, timers } = this.sources;
    const askedAt = ticks();
    this.ping(askedAt);
    this.cancelProbe();
    this.cancelProbe = timers.after(PROBE_MS, () => {
      if (this.line.heardAt < askedAt) {
        this.drop();
      }
    });
  }

  drop() {
    if (this.socket) {
      this.attempt = 0;
      this.closed(this.socket, 0);
    }
  }

  /** Signed out: nothing can be offered any more, but the room is still there to be seen. */
  watchOn() {
    if (!this.isSignedOut) {
      this.isSignedOut = true;
      this.forget();
      this.connect();
    }
  }

  /** @param {string} reason */
  stop(reason) {
    this.stopped = reason;
    this.forget();
    this.poller.stop();
    this.line.lose();
    this.report();
  }

  /** @param {Record<string, unknown>} frame */
  write(frame) {
    if (!this.isOpen || this.socket?.readyState !== 1) {
      return false;
    }
    this.socket.send(JSON.stringify({ v: 1, ...frame }));
    return true;
  }

  // ── What comes in ───────────────────────────────────────────────────────────────────────────

  /** @param {WebSocket} socket @param {Record<string, any>} frame */
  receive(socket, frame) {
    if (socket !== this.socket) {
      return;
    }
    this.line.heard();
    if (frame.type === "pong") {
      this.line.answered(this.line.heardAt - frame.t);
      this.handlers.onTime(frame.t, frame.server_at, this.line.heardAt);
    } else if (frame.type === "snapshot") {
      this.restart(frame);
    } else if (frame.type === "events") {
      this.advance(frame);
    } else if (frame.type === "ack" || frame.type === "refused") {
      this.handlers.onAnswer(frame);
    }
    this.settle();
  }

  /** @param {Record<string, any>} snapshot */
  restart(snapshot) {
    this.sequence.restart(snapshot.seq);
    this.isReady = true;
    this.handlers.onSnapshot(snapshot);
  }

  /** @param {Record<string, any>} frame */
  advance(frame) {
    this.isReady = true;
    const fresh = this.sequence.take(frame.events, frame.seq ?? 0);
    if (fresh.length) {
      this.handlers.onEvents(fresh);
    }
    if (this.sequence.hasGap && !frame.more) {
      this.heal();
    }
  }

  /** Asks for what is missing; if no answer comes, by HTTP. */
  heal() {
    if (this.isHealing) {
      return;
    }
    this.isHealing = true;
    this.write({ type: "resync", after: this.sequence.seq });
    this.cancelHeal();
    this.cancelHeal = this.sources.timers.after(HEAL_MS, () => void this.healByHttp());
  }

  async healByHttp() {
    try {
      const snapshot = await this.http.snapshot();
      if (this.isHealing && snapshot.seq >= this.sequence.seq) {
        this.restart(snapshot);
      }
    } catch {
      this.report();
    }
    this.settle();
    if (this.isHealing) {
      this.isHealing = false;
      this.heal();
    }
  }

  /** When nothing is missing any more the line counts as found. */
  settle() {
    if (this.isReady && !this.sequence.hasGap) {
      this.cancelHeal();
      this.isHealing = false;
      if (this.isOpen) {
        this.poller.stop();
        this.line.find(false);
        this.attempt = 0;
        this.refusals = 0;
      }
    }
    this.report();
  }

  /** @param {Record<string, any>} page @param {number} sentAt */
  polled(page, sentAt) {
    if (this.isOpen && !this.line.isLost) {
      return false;
    }
    this.line.heard();
    this.line.find(true);
    if (page.server_at) {
      this.handlers.onTime(sentAt, page.server_at, this.line.heardAt);
    }
    this.advance(page);
    this.settle();
    return true;
  }

  // ── What the line is worth ──────────────────────────────────────────────────────────────────

  tick() {
    if (this.stopped) {
      return;
    }
    if (this.line.isStale) {
      this.line.lose(this.line.heardAt);
      if (this.isOpen) {
        this.drop();
      }
    }
    this.report();
    this.sources.timers.after(TICK_MS, () => this.tick());
  }

  report() {
    const status = this.status;
    if (status.isUsable !== this.wasUsable) {
      this.wasUsable = status.isUsable;
      this.handlers.onLine(status.isUsable);
    }
    this.handlers.onStatus(status);
  }
}
