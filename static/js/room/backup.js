/** The backup channel: where sockets are blocked the room is read by asking again and again. */

const POLL_MS = 1000;
const AFTER_FAILURE_MS = 2000;

export class Poller {
  /**
   * @param {import("./http.js").RoomHttp} http
   * @param {{after: (ms: number, act: () => void) => () => void}} timers
   * @param {{after: () => number, onPage: (page: Record<string, any>, sentAt: number) => boolean,
   *   onFailure: () => void, ticks: () => number}} handlers
   *   `onPage` says whether to go on
   */
  constructor(http, timers, handlers) {
    this.http = http;
    this.timers = timers;
    this.handlers = handlers;
    this.cancel = () => {};
    this.round = 0;
  }

  start() {
    this.stop();
    void this.ask(this.round);
  }

  stop() {
    this.cancel();
    this.round += 1;
  }

  /** @param {number} round an answer to an earlier round is ignored */
  async ask(round) {
    const sentAt = this.handlers.ticks();
    try {
      const page = await this.http.events(this.handlers.after());
      if (round === this.round && this.handlers.onPage(page, sentAt)) {
        this.again(round, page.more ? 0 : POLL_MS);
      }
    } catch {
      if (round === this.round) {
        this.handlers.onFailure();
        this.again(round, AFTER_FAILURE_MS);
      }
    }
  }

  /** @param {number} round @param {number} ms */
  again(round, ms) {
    if (round === this.round) {
      this.cancel = this.timers.after(ms, () => void this.ask(round));
    }
  }
}
