/**
 * The rules by which a room decides, written a second time for whoever checks its record: which
 * amount counts, when the end moves, which phase follows, who wins. Pure; instants are milliseconds
 * since 1970, amounts whole fen. It takes nothing from the fold that the live room uses (state.js).
 */

import { ratePercent } from "../room/money.js";
import { sha256 } from "./sha256.js";

const FORMATS = [
  "ascending",
  "dutch",
  "fujian",
  "listing",
  "multi_quote",
  "near_average",
  "one_quote",
  "one_quote_low",
  "reverse",
];
/** Offers that go down, one below the other; the price of a Dutch sale falls by itself. */
const FALLING = ["reverse", "one_quote_low"];
const SEALED = ["near_average", "one_quote", "one_quote_low"];
const LISTED = ["listing", "fujian", "multi_quote"];
const FAULTS = ["outage", "clock"];
const NEEDED = 2;
/** The largest amount that the house takes, in fen. */
const LARGEST = 1_000_000_000_000_000;

/**
 * @typedef {{amount_fen: number, at: number}} Quote the last valid one of a plate
 * @typedef {{phase: string, since: number, ends: number, reason: string, resumes: number|null}} Halt
 * @typedef {{
 *   format: string, terms: Record<string, any>, phase: string, ends: number, began: number,
 *   top: number|null, topPlate: string|null, topRank: number|null, seats: Map<string, Quote>,
 *   isCapped: boolean, round: number, least: number|null, tied: string[], halt: Halt|null
 * }} Room
 * @typedef {{plate: string, amount_fen: number}} Shown a sealed quote, opened
 * @typedef {{plate: string, price_fen: number}} Winner
 */

/** Whether these are rules of that format. @param {string} format */
export const isKnown = (format) => FORMATS.includes(format);

/** @param {string} format */
export const isFalling = (format) => FALLING.includes(format);
/** @param {string} format */
export const isSealed = (format) => SEALED.includes(format);

/** A length that the terms name, in milliseconds. @param {Record<string, any>} terms @param {string} name */
function span(terms, name) {
  return (terms[name] ?? 0) * 1000;
}

/** Where the first phase ends as announced: the inquiry is the last part of a listing. @param {string} format @param {Record<string, any>} terms */
export function plannedEnd(format, terms) {
  const end = Date.parse(terms.listing_ends_at ?? terms.ends_at);
  return format === "listing" ? end - span(terms, "inquiry_s") : end;
}

/** @param {string} format */
export function firstPhase(format) {
  return LISTED.includes(format) || isSealed(format) ? "free" : "limited";
}

/** Whole fen, above nothing and within what the house takes. @param {unknown} fen */
export const isAmount = (fen) => typeof fen === "number" && Number.isInteger(fen) && fen > 0 && fen <= LARGEST;

// ── amounts ─────────────────────────────────────────────────────────────────────────────────────

/** The step in force: the auction after a listing may have its own. @param {Room} room @param {string} phase */
function stepOf(room, phase = room.phase) {
  const own = phase === "preparing" || phase === "limited" ? room.terms.auction_step_fen : 0;
  return own || room.terms.step_fen || 0;
}

/** The price of a Dutch sale: a step less each interval, not below its floor; halts do not count. @param {Room} room @param {number} at */
function dutchPrice({ terms, began }, at) {
  const falls = Math.max(0, Math.floor((at - began) / span(terms, "interval_s")));
  const most = Math.floor((terms.start_fen - Math.max(terms.floor_fen ?? 0, 1)) / terms.step_fen);
  return terms.start_fen - Math.min(falls, most) * terms.step_fen;
}

/** The nearest amount that counts in a phase, null where none does. @param {Room} room @param {string} phase */
export function leastIn(room, phase) {
  const { terms, top } = room;
  const sign = isFalling(room.format) ? -1 : 1;
  const least = top === null ? terms.start_fen : top + sign * stepOf(room, phase);
  return (terms.cap_fen && least > terms.cap_fen) || least <= 0 ? null : least;
}

/** @param {Room} room @param {import("../room/state.js").RoomEvent} offer */
function mayEqual(room, { plate, priority_rank: rank }) {
  return Boolean(rank) && plate !== room.topPlate && (room.topRank === null || rank < room.topRank);
}

/**
 * Why an amount is no valid offer now, null where it is one.
 * @param {Room} room
 * @param {import("../room/state.js").RoomEvent} offer
 */
export function amountFault(room, offer) {
  const { terms, format, top } = room;
  const { amount_fen: amount, plate } = offer;
  if (format === "dutch") {
    return amount === dutchPrice(room, Date.parse(offer.at)) ? null : "off_price";
  }
  const sign = isFalling(format) ? -1 : 1;
  if (sign * (amount - terms.start_fen) < 0) return "below_start";
  if (top !== null && amount === top) {
    if (!mayEqual(room, offer)) return "equal_offer";
  } else {
    const step = stepOf(room);
    const gain = sign * (amount - (top ?? terms.start_fen));
    if (top !== null && gain < step) return "below_minimum";
    if (terms.step_mode === "multiple" && gain % step) return "off_step";
    if (amount % (terms.unit_fen ?? 1)) return "off_step";
  }
  if (sign > 0 && terms.cap_fen && amount > terms.cap_fen) return "above_cap";
  return plate === room.topPlate && !terms.own_outbid ? "already_leading" : null;
}

/**
 * Why no offer is taken at this instant, null where one is.
 * @param {Room} room
 * @param {number} at
 */
export function timeFault(room, at) {
  if (room.phase === "paused") return "paused";
  if (room.phase !== "free" && room.phase !== "limited") return "not_open";
  if (isSealed(room.format)) return "exposed";
  if (!(at < room.ends)) return "late";
  if (room.format !== "listing" || room.phase !== "free") return null;
  const stops = room.ends + span(room.terms, "inquiry_s") - span(room.terms, "free_stop_s");
  return at < stops ? null : "free_stopped";
}

/** Whether no higher offer is possible after this one. @param {Room} room @param {number} amount */
export function reachesCap(room, amount) {
  const cap = isFalling(room.format) ? 0 : room.terms.cap_fen;
  return Boolean(cap) && !room.isCapped && amount + stepOf(room) > cap;
}

// ── time ────────────────────────────────────────────────────────────────────────────────────────

/** The end that a valid offer leaves. @param {Room} room @param {number} at */
export function endAfter({ format, terms, phase, ends }, at) {
  if (LISTED.includes(format)) {
    return phase === "limited" ? Math.max(ends, at + span(terms, "countdown_s")) : ends;
  }
  return format === "dutch" ? ends : Math.max(ends, at + span(terms, "soft_close_s"));
}

/**
 * What may follow once the end of the phase has passed: phases, or `closed`. Who joined in an
 * inquiry is not public, so both ways out of it may be right.
 * @param {Room} room
 * @returns {string[]}
 */
export function mayFollow({ format, terms, phase, ends, seats }) {
  if (format === "listing" && phase === "free" && terms.inquiry_s) return ["inquiry"];
  if (format === "listing" && phase !== "limited") return ["limited", "closed"];
  if (format === "multi_quote" && phase === "free") return ["limited"];
  if (format === "fujian" && phase === "free") {
    const since = ends - span(terms, "contest_s");
    const late = [...seats.values()].filter((quote) => quote.at >= since).length;
    return [late >= NEEDED ? "preparing" : "closed"];
  }
  return [phase === "preparing" ? "limited" : "closed"];
}

/** How long a phase lasts that follows another. @param {Record<string, any>} terms @param {string} phase */
export function lengthOf(terms, phase) {
  return span(terms, { inquiry: "inquiry_s", preparing: "prep_s" }[phase] ?? "countdown_s");
}

/** How long a further round of sealed quotes lasts. @param {Room} room */
export const roundLength = (room) => span(room.terms, "tie_round_s");

/**
 * Where a halted room goes on and until when: a countdown starts anew, any other end moves on by
 * the time lost and never to less than the window of the last minutes.
 * @param {Room} room
 * @param {Halt} halt
 * @param {number} at
 */
export function goesOn({ format, terms }, halt, at) {
  if (format === "fujian" && (halt.phase === "preparing" || halt.phase === "limited")) {
    return { phase: "preparing", ends: at + span(terms, "prep_s") };
  }
  if (halt.phase === "limited" && (format === "listing" || format === "multi_quote")) {
    return { phase: "limited", ends: at + span(terms, "countdown_s") };
  }
  return { phase: halt.phase, ends: at + Math.max(halt.ends - halt.since, span(terms, "soft_close_s")) };
}

/** When a room that was repaired at this instant may go on: after a long fault notice comes first. @param {Room} room @param {Halt} halt @param {number} at */
export function resumesAt({ terms }, halt, at) {
  const isLong = terms.repair_limit_s !== undefined && at - halt.since > span(terms, "repair_limit_s");
  return FAULTS.includes(halt.reason) && isLong ? at + span(terms, "resume_notice_s") : at;
}

// ── sealed quotes ───────────────────────────────────────────────────────────────────────────────

/** Why an opened quote is no valid one, null where it is. @param {Room} room @param {Shown} quote */
export function quoteFault({ format, terms }, { amount_fen: amount }) {
  if (format === "near_average") {
    if (amount * 4 <= terms.guide_fen * 5) return "below_start";
    if (amount % 100) return "off_step";
    return amount * 2 > terms.guide_fen * 3 ? "above_cap" : null;
  }
  const gain = (isFalling(format) ? -1 : 1) * (amount - terms.start_fen);
  if (gain < 0) return "below_start";
  if (terms.step_mode === "multiple" && terms.step_fen && gain % terms.step_fen) return "off_step";
  if (amount % (terms.unit_fen ?? 1)) return "off_step";
  return terms.cap_fen && amount > terms.cap_fen ? "above_cap" : null;
}

/** The mean of the quotes, half up to the fen; null where it decides nothing. @param {Room} room @param {Shown[]} quotes */
export function averageOf(room, quotes) {
  if (room.format !== "near_average" || quotes.length === 0) return null;
  const sum = quotes.reduce((total, quote) => total + BigInt(quote.amount_fen), 0n);
  const count = BigInt(quotes.length);
  return Number((2n * sum + count) / (2n * count));
}

/** The best price and whose quotes are equal to it. @param {Room} room @param {Shown[]} quotes */
export function bestOf(room, quotes) {
  const amounts = quotes.map((quote) => quote.amount_fen);
  const price = isFalling(room.format) ? Math.min(...amounts) : Math.max(...amounts);
  const plates = quotes.filter((quote) => quote.amount_fen === price).map((quote) => quote.plate);
  return { plates: plates.sort(), price };
}

/** Who is drawn among equals: the smallest digest with the seed. @param {string} seed @param {string[]} plates */
export function drawnOf(seed, plates) {
  const lots = plates.map((plate) => ({ plate, lot: sha256(`${seed} ${plate}`) }));
  return lots.reduce((first, other) => (other.lot < first.lot ? other : first)).plate;
}

/**
 * Who wins, by the offers of the room or the quotes that were opened.
 * @param {Room} room
 * @param {Shown[]|null} quotes
 * @param {string|null} drawn
 * @returns {Winner|null}
 */
export function winnerOf(room, quotes, drawn) {
  if (!isSealed(room.format)) {
    return room.topPlate === null ? null : { plate: room.topPlate, price_fen: Number(room.top) };
  }
  if (!quotes?.length) return null;
  const average = averageOf(room, quotes);
  if (average === null) {
    const { plates, price } = bestOf(room, quotes);
    return { plate: drawn ?? plates[0], price_fen: price };
  }
  const far = (/** @type {Shown} */ quote) => Math.abs(quote.amount_fen - average);
  const isNearer = (/** @type {Shown} */ a, /** @type {Shown} */ b) =>
    far(a) < far(b) || (far(a) === far(b) && a.amount_fen < b.amount_fen);
  const { plate, amount_fen } = quotes.reduce((best, other) => (isNearer(other, best) ? other : best));
  return { plate, price_fen: amount_fen };
}

/** Premium over the start price and saving under the ceiling, per cent; null where there is none. @param {Room} room @param {number} price */
export function ratesOf({ format, terms }, price) {
  const start = terms.start_fen;
  if (!start) return [null, null];
  return isFalling(format) ? [null, ratePercent(start - price, start)] : [ratePercent(price - start, start), null];
}
