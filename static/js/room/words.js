/** What the state of a room reads like: next step, log lines. Pure but for the texts it is given. */

import { instant } from "./clock.js";
import { isFalling, isSealed, roundOf, shownPhase, stageOf } from "./state.js";

/**
 * @typedef {import("./state.js").RoomState} RoomState
 * @typedef {import("./texts.js").Texts} Texts
 */

/** @param {RoomState} state */
function firstPhase(state) {
  return ["ascending", "reverse", "dutch"].includes(state.format) ? "limited" : "free";
}

/** @param {RoomState} state */
function freeKey(state) {
  if (state.terms.inquiry_s) {
    return "listing";
  }
  if (state.format === "fujian") {
    return "fujian";
  }
  if (state.format === "near_average") {
    return "sealed";
  }
  if (isSealed(state)) {
    return roundOf(state) > 1 ? "tied" : `one_quote.${isFalling(state) ? "lowest" : "highest"}`;
  }
  return state.terms.countdown_s ? "then_limited" : "only";
}

/** @param {RoomState} state @returns {[string, number]} */
function limitedKey(state) {
  const { countdown_s, soft_close_s, interval_s } = state.terms;
  if (state.format === "dutch") {
    return ["dutch", interval_s];
  }
  if (countdown_s) {
    return ["rolling", countdown_s];
  }
  return soft_close_s ? ["soft", soft_close_s] : ["fixed", 0];
}

/**
 * What happens next, and when.
 * @param {RoomState} state
 * @param {number} nowMs
 * @param {Texts} texts
 */
export function next(state, nowMs, texts) {
  const phase = shownPhase(state, nowMs);
  const when = (/** @type {string|null|undefined} */ at) => (at ? instant(at, nowMs) : texts.say("word.none"));
  const at = when(state.ends_at);
  if (phase === "scheduled") {
    return texts.say("next.scheduled", {
      at: when(state.opens_at),
      phase: texts.say(`phase.${stageOf(state, firstPhase(state))}`),
    });
  }
  if (phase === "free") {
    const key = freeKey(state);
    const seconds = key === "fujian" ? state.terms.contest_s : state.terms.inquiry_s;
    const plates = texts.list(state.tied ?? []);
    return texts.say(`next.free.${key}`, { at, span: texts.span(seconds ?? 0), n: roundOf(state), plates });
  }
  if (phase === "limited") {
    const [key, seconds] = limitedKey(state);
    return texts.say(`next.limited.${key}`, { at, span: texts.span(seconds) });
  }
  if (phase === "paused" && state.resumes_at) {
    return texts.say("next.paused.until", { at: when(state.resumes_at) });
  }
  return texts.say(`next.${phase}`, { at });
}

/**
 * A reason as it is read: the host's own words, or ours for what the system decided.
 * @param {string|null|undefined} reason
 * @param {Texts} texts
 */
export function reasonText(reason, texts) {
  const key = `log.reason.${reason}`;
  return texts.has(key) ? texts.say(key) : (reason ?? "");
}

/** An opened quote with its plate. @param {Texts} texts @returns {(quote: {plate: string, amount_fen: number}) => string} */
function quoteText(texts) {
  return ({ plate, amount_fen }) => `${plate} ${texts.amount(amount_fen)}`;
}

/**
 * One line of the room's log, or null for an event that is no news of its own.
 * @param {import("./state.js").RoomEvent} event
 * @param {Texts} texts
 * @param {RoomState} state
 */
export function logLine(event, texts, state) {
  const key = event.round ? "log.tied" : `log.${event.kind}`;
  if (!texts.has(key)) {
    return null;
  }
  return texts.say(key, {
    n: event.extensions ?? event.round ?? "",
    end: texts.time(event.ends_at ?? null),
    at: texts.time(event.resumes_at ?? null),
    phase: texts.say(`phase.${stageOf(state, event.to ?? event.phase)}`),
    reason: reasonText(event.reason, texts),
    text: event.text ?? "",
    plate: event.plate ?? "",
    plates: texts.list(event.plates ?? []),
    quotes: texts.list((event.quotes ?? []).map(quoteText(texts))) || texts.say("price.nobody"),
    amount: event.price_fen ? texts.amount(event.price_fen) : "",
  });
}

/**
 * How long the phase in force lasts at most from now on, for the bar under the countdown.
 * @param {RoomState} state
 * @returns {number|null} milliseconds
 */
export function periodMs(state) {
  const { terms, phase } = state;
  if (phase === "free" && roundOf(state) > 1) {
    return terms.tie_round_s * 1000;
  }
  if (phase === "limited" && terms.countdown_s) {
    return terms.countdown_s * 1000;
  }
  const seconds = { inquiry: terms.inquiry_s, preparing: terms.prep_s }[/** @type {any} */ (phase)];
  if (seconds) {
    return seconds * 1000;
  }
  if (phase === "scheduled" || !state.opens_at || !state.ends_at) {
    return null;
  }
  return Math.max(1, Date.parse(state.ends_at) - Date.parse(state.opens_at));
}

/** The rate shown beside the price: premium over the start, or saving under the ceiling. @param {RoomState} state */
export function rateKey(state) {
  return isFalling(state) ? "rate.saving" : "rate.premium";
}
