/**
 * Making an offer, without the page: which amounts, why not now, and the steps of one intention
 * from the first press to its answer. Pure.
 */

import { isFalling, isSealed, roundOf, shownPhase } from "./state.js";

const JUMP_STEPS = 10;
const JUMP_PERCENT = 20;
/** A second press of the same double click must not reach the next button. */
export const SETTLE_MS = 400;
/** How many steps each button goes beyond the price in force. */
export const STEPS = [1, 2, 5];

/**
 * @typedef {import("./state.js").RoomState} RoomState
 * @typedef {{step: "idle"|"invalid"|"confirm"|"sending"|"unknown"|"accepted"|"refused",
 *   kind: "offer"|"join", amountFen: number|null, basisFen: number|null, minFen: number|null,
 *   openedAt: number, isMoved: boolean, isJump: boolean, isRetyped: boolean, token: string|null,
 *   code: string|null, message: string|null, suggestionFen: number|null,
 *   receipt: Record<string, any>|null}} Bid
 */

/** @type {Bid} */
export const IDLE = Object.freeze({
  step: "idle",
  kind: "offer",
  amountFen: null,
  basisFen: null,
  minFen: null,
  openedAt: 0,
  isMoved: false,
  isJump: false,
  isRetyped: false,
  token: null,
  code: null,
  message: null,
  suggestionFen: null,
  receipt: null,
});

// ── Amounts ───────────────────────────────────────────────────────────────────────────────────

/** What an offer is compared with: the price in force, before any offer the start price. @param {RoomState} state */
export function basis(state) {
  return state.top_fen ?? state.terms.start_fen ?? null;
}

/**
 * What the words name that an offer is compared with: before any offer there is no price in force.
 * @param {RoomState} state
 * @returns {"price"|"start"|"ceiling"}
 */
export function compared(state) {
  if (state.top_fen !== null) return "price";
  return isFalling(state) && state.format !== "dutch" ? "ceiling" : "start";
}

/** @param {RoomState} state @param {number} amountFen */
function isInRange(state, amountFen) {
  const cap = isFalling(state) ? null : state.terms.cap_fen;
  return Number.isSafeInteger(amountFen) && amountFen > 0 && (!cap || amountFen <= cap);
}

/**
 * The amounts of the step buttons: +1 is the least valid offer, the others lie further on.
 * @param {RoomState} state
 * @returns {{steps: number, fen: number}[]}
 */
export function choices(state) {
  const { min_valid_fen: min, step_fen: step } = state;
  if (min === null) {
    return [];
  }
  const wanted = step === null || isSealed(state) || state.format === "dutch" ? [1] : STEPS;
  const sign = isFalling(state) ? -1 : 1;
  return wanted
    .map((steps) => ({ steps, fen: min + sign * (steps - 1) * (step ?? 0) }))
    .filter(({ fen }) => isInRange(state, fen));
}

/** How far an amount goes beyond the price in force, in the direction of the sale. @param {RoomState} state @param {number} amountFen */
function gain(state, amountFen) {
  const from = basis(state);
  return from === null ? 0 : (isFalling(state) ? -1 : 1) * (amountFen - from);
}

/**
 * Why an amount cannot be valid, in the words of the protocol; null when it is worth sending.
 * Only what is certain here; the server decides.
 * @param {RoomState} state
 * @param {number} amountFen
 */
export function fault(state, amountFen) {
  const { min_valid_fen: min, step_fen: step, terms } = state;
  if (state.format === "near_average" || state.format === "dutch") {
    return null;
  }
  if (min !== null && (isFalling(state) ? amountFen > min : amountFen < min)) {
    return state.top_fen === null && roundOf(state) === 1 ? "below_start" : "below_minimum";
  }
  if (step && terms.step_mode === "multiple" && gain(state, amountFen) % step !== 0) {
    return "off_step";
  }
  return isInRange(state, amountFen) ? null : "above_cap";
}

/**
 * A valid amount near the intended one, never going further than it unless it must.
 * @param {RoomState} state
 * @param {number|null} amountFen
 */
export function suggestion(state, amountFen) {
  const { min_valid_fen: min, step_fen: step, terms } = state;
  const from = basis(state);
  if (min === null || amountFen === null || from === null) {
    return min;
  }
  const sign = isFalling(state) ? -1 : 1;
  const cap = isFalling(state) ? null : terms.cap_fen;
  const wanted = cap ? Math.min(amountFen, cap) : amountFen;
  if (!step || sign * (wanted - min) <= 0) {
    return min;
  }
  return terms.step_mode === "multiple" ? min + sign * Math.floor((sign * (wanted - min)) / step) * step : wanted;
}

/**
 * A jump of more than ten steps or 20 % must be typed twice; the least valid offer never. A sealed
 * quote may lie many steps from the start, but one far beyond it is more likely a slip.
 * @param {RoomState} state
 * @param {number} amountFen
 */
export function isJump(state, amountFen) {
  const from = basis(state);
  if (from === null || amountFen === state.min_valid_fen || state.format === "near_average") {
    return false;
  }
  const size = gain(state, amountFen);
  const isManySteps = state.step_fen !== null && !isSealed(state) && size > JUMP_STEPS * state.step_fen;
  return isManySteps || size > (from / 100) * JUMP_PERCENT;
}

// ── Why not now ───────────────────────────────────────────────────────────────────────────────

/**
 * The first reason why this seat cannot offer now, or null.
 * @param {RoomState} state
 * @param {{isUsable: boolean, isClockFresh: boolean, stopped: string|null, nowMs: number,
 *   seat: string, isPriority: boolean}} now
 */
export function barrier(state, now) {
  const phase = shownPhase(state, now.nowMs);
  if (phase === "sold" || phase === "unsold" || phase === "aborted") {
    return "ended";
  }
  if (now.stopped) {
    return now.stopped;
  }
  if (!now.isUsable) {
    return "offline";
  }
  if (!now.isClockFresh) {
    return "syncing";
  }
  if (phase !== "free" && phase !== "limited") {
    return phase;
  }
  return barrierInStage(state, phase, now);
}

/** @param {RoomState} state @param {string} phase @param {{nowMs: number, seat: string}} now */
function barrierInStage(state, phase, now) {
  const { terms, me } = state;
  if (phase === "free" && terms.free_stop_s) {
    const end = Date.parse(state.ends_at ?? "") + ((terms.inquiry_s ?? 0) - terms.free_stop_s) * 1000;
    if (now.nowMs >= end) {
      return "free_stopped";
    }
  }
  if (phase === "limited" && asksWhoJoins(state) && !me?.joined) {
    return "not_joined";
  }
  if (isSealed(state)) {
    const sealed = sealedBarrier(state, now.seat);
    if (sealed) return sealed;
  }
  if (state.top_plate === now.seat && !terms.own_outbid) {
    return "leading";
  }
  return state.min_valid_fen === null ? "capped" : null;
}

/** One quote a seat and round; in a tie round only of those whose quotes were equal. @param {RoomState} state @param {string} seat */
function sealedBarrier(state, seat) {
  const { me, tied } = state;
  if (roundOf(state) > 1 && !tied?.includes(seat)) {
    return "not_tied";
  }
  return me?.best_fen != null && (me.quote_round ?? 1) === roundOf(state) ? "quoted" : null;
}

/** Formats with an inquiry: who does not answer takes no part. @param {RoomState} state */
export function asksWhoJoins(state) {
  return state.format === "listing";
}

// ── One intention ─────────────────────────────────────────────────────────────────────────────

/**
 * First press: to the confirmation, or back with the reason.
 * @param {RoomState} state
 * @param {number} amountFen
 * @param {number} ticks
 * @returns {Bid}
 */
export function propose(state, amountFen, ticks) {
  const code = fault(state, amountFen);
  if (code) {
    return { ...IDLE, step: "invalid", amountFen, code, suggestionFen: suggestion(state, amountFen) };
  }
  return {
    ...IDLE,
    step: "confirm",
    amountFen,
    basisFen: state.top_fen,
    minFen: state.min_valid_fen,
    openedAt: ticks,
    isJump: isJump(state, amountFen),
  };
}

/**
 * The room changed: a confirmation for another price turns off and offers a new amount.
 * @param {Bid} bid
 * @param {RoomState} state
 * @returns {Bid}
 */
export function follow(bid, state) {
  const isSame = bid.basisFen === state.top_fen && bid.minFen === state.min_valid_fen;
  if (bid.step !== "confirm" || isSame) {
    return bid;
  }
  const code = fault(state, bid.amountFen ?? 0);
  return { ...bid, isMoved: true, code, suggestionFen: suggestion(state, bid.amountFen) };
}

/** @param {Bid} bid @param {number|null} typedFen @returns {Bid} */
export function retype(bid, typedFen) {
  return { ...bid, isRetyped: typedFen !== null && typedFen === bid.amountFen };
}

/** @param {Bid} bid @param {number} ticks */
export function canConfirm(bid, ticks) {
  const isSettled = ticks - bid.openedAt >= SETTLE_MS;
  return bid.step === "confirm" && !bid.isMoved && (!bid.isJump || bid.isRetyped) && isSettled;
}

/** @param {Bid} bid @param {string} token @returns {Bid} */
export function sent(bid, token) {
  return { ...bid, step: "sending", token };
}

/** @param {Bid} bid @returns {Bid} */
export function doubted(bid) {
  return bid.step === "sending" ? { ...bid, step: "unknown" } : bid;
}

/**
 * The answer is known. One that belongs to an earlier intention stands as well.
 * @param {RoomState} state
 * @param {import("./outbox.js").Command} command
 * @param {Record<string, any>} answer
 * @returns {Bid}
 */
export function answered(state, command, answer) {
  const { kind, amountFen, token } = command;
  if (answer.type === "ack") {
    return { ...IDLE, step: "accepted", kind, amountFen, token, receipt: answer };
  }
  const min = answer.min_valid_fen ?? state.min_valid_fen;
  return {
    ...IDLE,
    step: "refused",
    kind,
    amountFen,
    token,
    code: answer.code,
    message: answer.message ?? null,
    // What the server does not even take is not helped by another amount.
    suggestionFen: kind === "offer" && answer.code !== "not_taken" ? suggestion({ ...state, min_valid_fen: min }, amountFen) : null,
  };
}
