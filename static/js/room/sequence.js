/**
 * Puts numbered events in order: each once, none skipped. What came too early waits.
 */

/** @typedef {import("./state.js").RoomEvent} RoomEvent */

export class Sequence {
  /** @param {number} seq the last number already known */
  constructor(seq) {
    this.seq = seq;
    /** @type {Map<number, RoomEvent>} */
    this.early = new Map();
    this.promised = seq;
  }

  /** Something between is missing. */
  get hasGap() {
    return this.promised > this.seq;
  }

  /**
   * The events that follow without a gap, in order; duplicates fall away.
   * @param {RoomEvent[]} events
   * @param {number} [upTo] the number that the frame says it reaches
   * @returns {RoomEvent[]}
   */
  take(events, upTo = 0) {
    for (const event of events) {
      this.promised = Math.max(this.promised, event.seq);
      if (event.seq > this.seq) {
        this.early.set(event.seq, event);
      }
    }
    this.promised = Math.max(this.promised, upTo);
    const fresh = [];
    for (let next = this.early.get(this.seq + 1); next; next = this.early.get(this.seq + 1)) {
      this.early.delete(next.seq);
      this.seq = next.seq;
      fresh.push(next);
    }
    return fresh;
  }

  /** A snapshot replaces everything before it. @param {number} seq */
  restart(seq) {
    this.seq = seq;
    this.promised = seq;
    this.early.clear();
  }
}
