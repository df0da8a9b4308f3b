/**
 * What is known of the room: the snapshot of the public protocol with events folded into it.
 * Pure: the same vectors as the engine's own fold (tests/vectors/room_fold.json).
 */

export const OFFERS_KEPT = 50;
const OPEN = new Set(["free", "inquiry", "preparing", "limited"]);
const FINAL = new Set(["sold", "unsold", "aborted"]);
const FALLING = new Set(["reverse", "dutch", "one_quote_low"]);
const SEALED = new Set(["near_average", "one_quote", "one_quote_low"]);

/**
 * @typedef {{seq: number, at: string, plate: string, amount_fen: number}} Offer
 * @typedef {{plate: string, joined: boolean, best_fen: number|null, state: string,
 *   quote_round?: number|null}} Seat
 * @typedef {{plate: string|null, price_fen: number|null, rate: string|null, reason: string|null,
 *   ended_at: string|null}} Result
 * @typedef {Record<string, any> & {seq: number, phase: string, top_fen: number|null,
 *   top_plate: string|null, min_valid_fen: number|null, step_fen: number|null,
 *   ends_at: string|null, extensions: number, offers: Offer[], me?: Seat|null,
 *   result?: Result|null, terms: Record<string, any>}} RoomState
 * @typedef {Record<string, any> & {seq: number, kind: string, at: string}} RoomEvent
 */

/** @param {RoomState} state */
export function isOpen(state) {
  return OPEN.has(state.phase);
}

/** @param {RoomState} state */
export function isFinal(state) {
  return FINAL.has(state.phase);
}

/** Prices fall in a purchase and in a Dutch sale. @param {RoomState} state */
export function isFalling(state) {
  return FALLING.has(state.format);
}

/** Quotes nobody sees before the close. @param {RoomState} state */
export function isSealed(state) {
  return SEALED.has(state.format);
}

/** The phase as the page words it: free quotes that nobody sees are sealed ones. @param {RoomState} state @param {string} phase */
export function stageOf(state, phase) {
  return phase === "free" && isSealed(state) ? "sealed" : phase;
}

/** Which round of sealed quotes is on; from the second on only the tied quote. @param {RoomState} state */
export function roundOf(state) {
  return state.round ?? 1;
}

/**
 * The step in force: the auction after a listing may have its own.
 * @param {Record<string, any>} terms
 * @param {string|null} phase
 */
function stepIn(terms, phase) {
  const own = phase === "preparing" || phase === "limited" ? terms.auction_step_fen : null;
  return own || terms.step_fen || null;
}

/**
 * The phase to show: between the end and the `closed` event the room is closing.
 * @param {RoomState} state
 * @param {number} nowMs server time
 */
export function shownPhase(state, nowMs) {
  if (isOpen(state) && state.ends_at !== null && nowMs >= Date.parse(state.ends_at)) {
    return "closing";
  }
  return state.phase;
}

/**
 * The nearest valid amount before any offer.
 * @param {string} format
 * @param {Record<string, any>} terms
 * @returns {number|null}
 */
function firstValid(format, terms) {
  return format === "near_average" ? (Math.floor((terms.guide_fen * 5) / 400) + 1) * 100 : (terms.start_fen ?? null);
}

/**
 * For how long a sale whose end offers cannot move stood still: the end moved by it.
 * @param {RoomState} state
 * @returns {number} milliseconds
 */
function haltedMs(state) {
  return state.halted_ms ?? Date.parse(state.ends_at ?? "") - Date.parse(state.terms.ends_at);
}

/**
 * The price on offer in a Dutch sale: it falls by a step each interval, not below its floor.
 * Halted time does not count. While paused the last known price stands.
 * @param {RoomState} state
 * @param {number} nowMs
 * @returns {number|null}
 */
export function dutchPrice(state, nowMs) {
  const { terms, phase } = state;
  if (state.format !== "dutch" || phase !== "limited" || state.ends_at === null) {
    return state.min_valid_fen;
  }
  const began = Date.parse(terms.opens_at) + haltedMs(state);
  const falls = Math.max(0, Math.floor((nowMs - began) / (terms.interval_s * 1000)));
  const lowest = Math.floor((terms.start_fen - Math.max(terms.floor_fen ?? 0, 1)) / terms.step_fen);
  return terms.start_fen - Math.min(falls, lowest) * terms.step_fen;
}

/** @param {RoomState} state @param {number} topFen */
function minValidAfter(state, topFen) {
  const step = state.step_fen;
  if (step === null || state.format === "dutch") {
    return null;
  }
  if (isFalling(state)) {
    return topFen > step ? topFen - step : null;
  }
  const cap = state.terms.cap_fen;
  return cap && topFen + step > cap ? null : topFen + step;
}

/** @param {RoomState} state @param {Partial<Seat>} change */
function seated(state, change) {
  return state.me ? { ...state.me, ...change } : state.me;
}

/** @param {RoomState} state @param {string|null} leader */
function standing(state, leader) {
  if (!state.me || state.me.best_fen === null) {
    return state.me;
  }
  return seated(state, { state: leader === state.me.plate ? "leading" : "outbid" });
}

/** @param {RoomState} state @param {string|null} winner */
function verdict(state, winner) {
  if (winner !== null && winner === state.me?.plate) {
    return seated(state, { state: "won" });
  }
  return seated(state, { state: state.me?.best_fen == null ? "none" : "lost" });
}

/** @param {RoomState} state @param {string} phase @param {string|null} endsAt */
function inPhase(state, phase, endsAt) {
  return { phase, ends_at: endsAt, step_fen: stepIn(state.terms, phase) };
}

/** @param {RoomState} state @param {Partial<Result>} found */
function ended(state, found) {
  const nothing = { plate: null, price_fen: null, rate: null, reason: null, ended_at: state.ends_at };
  const step_fen = stepIn(state.terms, null);
  return { min_valid_fen: null, step_fen, resumes_to: null, resumes_at: null, result: { ...nothing, ...found } };
}

/** @type {Record<string, (state: RoomState, event: RoomEvent) => Partial<RoomState>>} */
const FOLD = {
  opened: (state, event) => ({
    preset: event.preset,
    preset_version: event.preset_version,
    format: event.format,
    terms: event.terms,
    min_valid_fen: firstValid(event.format, event.terms),
    ...inPhase({ ...state, terms: event.terms }, event.phase, event.ends_at),
  }),
  offer_placed: (state, event) => {
    const { seq, at, plate, amount_fen } = event;
    const own = state.me?.plate === plate ? seated(state, { best_fen: amount_fen }) : state.me;
    return {
      top_fen: amount_fen,
      top_plate: plate,
      min_valid_fen: minValidAfter(state, amount_fen),
      offer_count: (state.offer_count ?? state.offers.length) + 1,
      offers: [...state.offers, { seq, at, plate, amount_fen }].slice(-OFFERS_KEPT),
      me: standing({ ...state, me: own }, plate),
    };
  },
  extended: (state, event) => ({ ends_at: event.ends_at, extensions: event.extensions }),
  phase_changed: (state, event) => ({
    ...inPhase(state, event.to, event.ends_at),
    min_valid_fen: event.min_valid_fen,
    ...(event.round ? { round: event.round, tied: event.plates } : {}),
  }),
  paused: (state, event) => ({
    phase: "paused",
    min_valid_fen: dutchPrice(state, Date.parse(event.since)),
    ends_at: null,
    stood_at: state.ends_at ?? state.stood_at ?? null,
    resumes_to: state.phase === "paused" ? state.resumes_to : state.phase,
    resumes_at: null,
    reason: event.reason,
  }),
  resume_scheduled: (state, event) => ({ resumes_at: event.resumes_at }),
  resumed: (state, event) => ({
    ...inPhase(state, event.phase, event.ends_at),
    resumes_to: null,
    resumes_at: null,
    reason: null,
  }),
  // An acceptance ends a falling sale early: from then on its end tells nothing of halts.
  closed: (state, event) => ({
    ends_at: event.ends_at,
    ...(state.format === "dutch" ? { halted_ms: haltedMs(state) } : {}),
  }),
  hammered: (state, event) => ({
    ...ended(state, {
      plate: event.plate,
      price_fen: event.price_fen,
      rate: event.premium_rate ?? event.saving_rate ?? null,
    }),
    phase: "sold",
    top_fen: event.price_fen,
    top_plate: event.plate,
    reason: null,
    reserve_met: event.reserve_met ?? null,
    me: verdict(state, event.plate),
  }),
  passed_in: (state, event) => ({
    ...ended(state, { reason: event.reason }),
    phase: "unsold",
    reason: event.reason,
    reserve_met: event.reserve_met ?? null,
    me: verdict(state, null),
  }),
  aborted: (state, event) => ({
    ...ended(state, { reason: event.reason, ended_at: event.at }),
    phase: "aborted",
    ends_at: state.ends_at ?? state.stood_at ?? null,
    reason: event.reason,
    me: verdict(state, null),
  }),
};

/**
 * The state after one event; a kind it does not know only takes its number.
 * @param {RoomState} state
 * @param {RoomEvent} event
 * @returns {RoomState}
 */
export function evolve(state, event) {
  const change = FOLD[event.kind]?.(state, event) ?? {};
  return /** @type {RoomState} */ ({ ...state, ...change, seq: event.seq });
}

/** @param {RoomState} state @param {RoomEvent[]} events */
export function fold(state, events) {
  return events.reduce(evolve, state);
}

/** The seat takes part in limited bidding; only its own answer says so. @param {RoomState} state */
export function withJoin(state) {
  return /** @type {RoomState} */ ({ ...state, me: seated(state, { joined: true }) });
}

/**
 * A sealed quote is known to its own seat alone. Its receipt says for which round it was made
 * (`R-<room>-S<plate>-<round>`, no number in the first): an answer that was lost may come again when
 * the next round runs, in which the seat may quote once more.
 * @param {RoomState} state
 * @param {number} amountFen
 * @param {string} receiptNo
 */
export function withSealedQuote(state, amountFen, receiptNo) {
  const round = Number(/-S[^-]+-(\d+)$/.exec(receiptNo)?.[1] ?? 1);
  if (round < (state.me?.quote_round ?? 0)) return state;
  return /** @type {RoomState} */ ({ ...state, me: seated(state, { best_fen: amountFen, quote_round: round }) });
}

/**
 * A snapshot that was given to a watcher says nothing of a seat: what this page knew of its own
 * goes on, as the price now stands.
 * @param {RoomState} before
 * @param {RoomState} snapshot
 * @returns {RoomState}
 */
export function withSeatOf(before, snapshot) {
  if (snapshot.me || !before.me) {
    return snapshot;
  }
  const known = { ...snapshot, me: before.me };
  const winner = snapshot.phase === "sold" ? snapshot.top_plate : null;
  const me = isFinal(snapshot) ? verdict(known, winner) : standing(known, snapshot.top_plate);
  return /** @type {RoomState} */ ({ ...known, me });
}

/**
 * The viewer's standing as the page words it; null for a watcher.
 * @param {RoomState} state
 * @returns {"none"|"leading"|"outbid"|"won"|"lost"|null}
 */
export function myState(state) {
  return /** @type {any} */ (state.me?.state ?? null);
}
