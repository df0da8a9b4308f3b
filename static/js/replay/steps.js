/** What a replay shows after each event of a record. Pure: the fold is the live room's own. */

import { evolve } from "../room/state.js";

/**
 * @typedef {import("../room/state.js").RoomEvent} RoomEvent
 * @typedef {import("../room/state.js").RoomState} RoomState
 * @typedef {{n: number, cause: number, plate: string, from: string|null, to: string}} Moved the last move of the end
 * @typedef {{event: RoomEvent, state: RoomState, moved: Moved|null}} Step
 * @typedef {{seq: number, at: string, plate: string, amount_fen: number}} Row an offer, or a quote that was opened
 */

/** The room before its first event. @param {Record<string, any>} published @returns {RoomState} */
function blank(published) {
  const { preset, format, terms, opens_at } = published;
  const unknown = { top_fen: null, top_plate: null, min_valid_fen: null, step_fen: null, ends_at: null };
  const start = { seq: 0, phase: "scheduled", extensions: 0, offer_count: 0, offers: [], round: 1, tied: [] };
  return /** @type {any} */ ({ ...unknown, ...start, preset, format, terms, opens_at });
}

/**
 * @param {RoomEvent[]} events
 * @param {Record<string, any>} published
 * @returns {Step[]}
 */
export function stepsOf(events, published) {
  let state = blank(published);
  /** @type {Moved|null} */
  let moved = null;
  return events.map((event) => {
    const from = state.ends_at;
    state = evolve(state, event);
    if (event.kind === "extended") {
      const { extensions, cause_seq, ends_at } = event;
      const cause = events.find(({ seq }) => seq === cause_seq);
      moved = { n: extensions, cause: cause_seq, plate: cause?.plate ?? "—", from, to: ends_at };
    }
    return { event, state, moved };
  });
}

/** Every offer of the record, and where quotes were sealed those opened at its end. @param {RoomEvent[]} events @returns {Row[]} */
export function rowsOf(events) {
  return events.flatMap(({ kind, seq, at, plate, amount_fen, quotes }) => {
    if (kind === "offer_placed") {
      return [{ seq, at, plate, amount_fen }];
    }
    return kind === "quotes_opened" ? quotes.map((/** @type {any} */ quote) => ({ seq, at, ...quote })) : [];
  });
}
