/**
 * Checks a public record of a room, event by event, against the rules of its own terms, and finds
 * the winner anew. Pure. A finding names the event and what is wrong; an offer that does not count
 * takes no part in what follows.
 */

import * as rules from "./rules.js";

const FINAL = ["hammered", "passed_in", "aborted"];

/**
 * @typedef {import("../room/state.js").RoomEvent} RoomEvent
 * @typedef {import("./rules.js").Room} Room
 * @typedef {import("./rules.js").Shown} Shown
 * @typedef {{seq: number, code: string, values: Record<string, any>}} Finding
 * @typedef {{phase: string|null, plate: string|null, price_fen: number|null}} Outcome
 * @typedef {{kind: string, ends?: number, isOptional?: boolean}} Due what must follow next, by the rules
 * @typedef {{seq: number, phase: string, top_plate: string|null, top_fen: number|null,
 *   preset: string, format: string, terms: Record<string, any>}} Published
 * @typedef {{isKnown: boolean, findings: Finding[], outcome: Outcome, unseen: string[], count: number}} Report
 */

/** An instant for a finding; nothing where the record holds none. @param {number} ms */
const iso = (ms) => (Number.isFinite(ms) ? new Date(ms).toISOString() : "");

class Walk {
  constructor() {
    /** @type {Room|null} */
    this.room = null;
    /** @type {Finding[]} */
    this.findings = [];
    /** @type {Due[]} */
    this.due = [];
    /** @type {Shown[]|null} */
    this.quotes = null;
    /** @type {string|null} */
    this.drawn = null;
    /** @type {RoomEvent|null} */
    this.end = null;
    this.extensions = 0;
    this.lastOffer = 0;
    this.isKnown = true;
    /** @type {Set<string>} what this record cannot show */
    this.unseen = new Set();
    /** @type {Outcome} what the rules lead to */
    this.outcome = { phase: null, plate: null, price_fen: null };
  }

  /** @param {RoomEvent|number} event @param {string} code @param {Record<string, any>} [values] */
  fault(event, code, values = {}) {
    this.findings.push({ seq: typeof event === "number" ? event : event.seq, code, values });
  }

  /** An instant that is not the one the rules give. @param {RoomEvent} event @param {string} code @param {string} found @param {number} expected */
  sameInstant(event, code, found, expected) {
    if (Date.parse(found) !== expected) {
      this.fault(event, code, { found_at: found, expected_at: iso(expected) });
    }
  }

  /** Whose sealed quotes are equal and the best. @returns {string[]} */
  tied() {
    const { room, quotes } = this;
    return room && room.format !== "near_average" && quotes?.length ? rules.bestOf(room, quotes).plates : [];
  }

  /** @returns {import("./rules.js").Winner|null} */
  winner() {
    return this.room && rules.winnerOf(this.room, this.quotes, this.drawn);
  }
}

/** @param {Walk} walk @param {RoomEvent} event */
function opened(walk, event) {
  if (walk.room) return walk.fault(event, "opened_twice");
  const { format, terms } = event;
  walk.isKnown = rules.isKnown(format);
  if (!walk.isKnown) return;
  const ends = rules.plannedEnd(format, terms);
  walk.room = {
    format, terms, phase: event.phase, ends: Date.parse(event.ends_at), began: Date.parse(terms.opens_at),
    top: null, topPlate: null, topRank: null, seats: new Map(), isCapped: false, round: 1, least: null,
    tied: [], halt: null,
  };
  if (!(Date.parse(event.at) >= walk.room.began)) {
    walk.fault(event, "opened_early", { expected_at: terms.opens_at });
  }
  if (event.phase !== rules.firstPhase(format)) walk.fault(event, "phase", { phase: event.phase });
  walk.sameInstant(event, "end", event.ends_at, ends);
}

/** @param {Walk} walk @param {Room} room @param {RoomEvent} event */
function offered(walk, room, event) {
  const { amount_fen, plate } = event;
  const at = Date.parse(event.at);
  if (!rules.isAmount(amount_fen) || typeof plate !== "string") {
    return walk.fault(event, "unreadable");
  }
  if (Number(/-(\d{6,})$/.exec(event.receipt_no ?? "")?.[1]) !== event.seq) {
    walk.fault(event, "receipt", { receipt_no: event.receipt_no ?? "" });
  }
  const late = rules.timeFault(room, at);
  const code = late ?? rules.amountFault(room, event);
  if (code !== null) {
    return walk.fault(event, code, { plate, amount_fen, end_at: iso(room.ends) });
  }
  if (amount_fen === room.top) walk.unseen.add("priority");
  const ends = rules.endAfter(room, at);
  if (ends > room.ends) walk.due.push({ kind: "extended", ends });
  if (rules.reachesCap(room, amount_fen)) walk.due.push({ kind: "cap_reached" });
  if (room.format === "dutch") walk.due.push({ kind: "closed", ends: at });
  room.seats.set(plate, { amount_fen, at });
  room.top = amount_fen;
  room.topPlate = plate;
  room.topRank = event.priority_rank ?? null;
  walk.lastOffer = at;
}

/** @param {Walk} walk @param {Room} room @param {RoomEvent} event @param {Due|undefined} due */
function extended(walk, room, event, due) {
  if (!due) {
    walk.fault(event, "moved", { found_at: event.ends_at });
  } else {
    walk.sameInstant(event, "end", event.ends_at, Number(due.ends));
    if (event.cause_seq !== event.seq - 1) walk.fault(event, "cause", { n: event.cause_seq });
  }
  walk.extensions += 1;
  if (event.extensions !== walk.extensions) {
    walk.fault(event, "count", { n: event.extensions, expected: walk.extensions });
  }
  room.ends = Date.parse(event.ends_at);
}

/** @param {Walk} walk @param {Room} room @param {RoomEvent} event */
function changed(walk, room, event) {
  if (!(Date.parse(event.at) >= room.ends)) walk.fault(event, "early", { end_at: iso(room.ends) });
  if (event.round) return nextRound(walk, room, event);
  const { to } = event;
  if (event.from !== room.phase || !rules.mayFollow(room).includes(to)) walk.fault(event, "phase", { phase: to });
  walk.sameInstant(event, "end", event.ends_at, room.ends + rules.lengthOf(room.terms, to));
  const least = rules.leastIn(room, to);
  if (event.min_valid_fen !== least) walk.fault(event, "least", { found_fen: event.min_valid_fen, expected_fen: least });
  if (room.format === "listing") walk.unseen.add("joined");
  room.phase = to;
  room.ends = Date.parse(event.ends_at);
}

/** @param {Walk} walk @param {Room} room @param {RoomEvent} event */
function nextRound(walk, room, event) {
  const isLawful = rules.isSealed(room.format) && event.round === room.round + 1;
  if (!isLawful || room.round > (room.terms.tie_rounds ?? 0)) walk.fault(event, "round", { n: event.round });
  walk.sameInstant(event, "end", event.ends_at, room.ends + rules.roundLength(room));
  room.round = event.round;
  room.least = event.min_valid_fen;
  room.tied = event.plates ?? [];
  room.ends = Date.parse(event.ends_at);
}

/** @param {Walk} walk @param {Room} room @param {RoomEvent} event */
function paused(walk, room, event) {
  const since = Date.parse(event.since);
  const isSound = !room.halt && since <= Date.parse(event.at) && since >= walk.lastOffer;
  if (!isSound || !(since < room.ends)) walk.fault(event, "pause");
  room.halt ??= { phase: room.phase, since, ends: room.ends, reason: event.reason, resumes: null };
  room.phase = "paused";
}

/** @param {Walk} walk @param {Room} room @param {RoomEvent} event */
function scheduled(walk, room, event) {
  if (!room.halt) return walk.fault(event, "not_paused");
  walk.sameInstant(event, "resumes", event.resumes_at, rules.resumesAt(room, room.halt, Date.parse(event.at)));
  room.halt.resumes = Date.parse(event.resumes_at);
}

/** @param {Walk} walk @param {Room} room @param {RoomEvent} event */
function resumed(walk, room, event) {
  const { halt } = room;
  if (!halt) return walk.fault(event, "not_paused");
  const at = Date.parse(event.at);
  const earliest = halt.resumes ?? rules.resumesAt(room, halt, at);
  if (at < earliest) walk.fault(event, "resumed_early", { expected_at: iso(earliest) });
  const { phase, ends } = rules.goesOn(room, halt, at);
  if (event.phase !== phase) walk.fault(event, "phase", { phase: event.phase });
  walk.sameInstant(event, "end", event.ends_at, ends);
  Object.assign(room, { halt: null, phase: event.phase, ends: Date.parse(event.ends_at), began: room.began + at - halt.since });
}

/** @param {Walk} walk @param {Room} room @param {RoomEvent} event @param {Due|undefined} due */
function capped(walk, room, event, due) {
  if (!due || event.amount_fen !== room.top) walk.fault(event, "cap");
  room.isCapped = true;
}

/** @param {Walk} walk @param {Room} room @param {RoomEvent} event */
function quotesOpened(walk, room, event) {
  /** @type {Shown[]} */
  const quotes = Array.isArray(event.quotes) ? event.quotes : [];
  const amounts = quotes.map((quote) => quote.amount_fen);
  if (!rules.isSealed(room.format) || !amounts.every(rules.isAmount)) {
    return walk.fault(event, "unreadable");
  }
  const isTwice = new Set(quotes.map((quote) => quote.plate)).size < quotes.length;
  const isEqual = room.format === "near_average" && new Set(amounts).size < amounts.length;
  if (isTwice || isEqual) walk.fault(event, "quoted_twice");
  for (const quote of quotes) {
    const code = rules.quoteFault(room, quote);
    if (code !== null) walk.fault(event, code, quote);
  }
  walk.quotes = quotes;
  walk.unseen.add("quotes");
  const average = rules.averageOf(room, quotes);
  if (event.average_fen !== average) walk.fault(event, "average", { found_fen: event.average_fen, expected_fen: average });
  if (room.format !== "near_average" && quotes.length > 0) checkTie(walk, room, event, quotes);
  if (walk.tied().length > 1) walk.due.push({ kind: "drawn", isOptional: true });
  walk.due.push({ kind: "closed" });
}

/** Equal best quotes lead to the rounds that the terms leave. @param {Walk} walk @param {Room} room @param {RoomEvent} event @param {Shown[]} quotes */
function checkTie(walk, room, event, quotes) {
  const sign = rules.isFalling(room.format) ? -1 : 1;
  for (const { plate, amount_fen } of room.least === null ? [] : quotes) {
    const gain = sign * (amount_fen - Number(room.least));
    const isTied = room.tied.includes(plate);
    if (isTied ? gain < 0 : gain >= 0) walk.fault(event, "tie", { plate, amount_fen });
  }
  const plates = walk.tied();
  if (plates.length > 1 && room.round <= (room.terms.tie_rounds ?? 0)) walk.fault(event, "round_missing", { plates });
}

/** @param {Walk} walk @param {Room} room @param {RoomEvent} event @param {Due|undefined} due */
function drawn(walk, room, event, due) {
  walk.unseen.add("seed");
  const plates = walk.tied();
  const isSame = JSON.stringify([...(event.plates ?? [])].sort()) === JSON.stringify(plates);
  if (!due || !isSame) return walk.fault(event, "drawn_among");
  walk.drawn = rules.drawnOf(event.seed, plates);
  if (event.plate !== walk.drawn) walk.fault(event, "drawn", { found: event.plate, expected: walk.drawn });
}

/** @param {Walk} walk @param {Room} room @param {RoomEvent} event @param {Due|undefined} due */
function closed(walk, room, event, due) {
  const isTaken = due?.ends !== undefined;
  if (!isTaken && !(Date.parse(event.at) >= room.ends)) {
    walk.fault(event, "early", { end_at: iso(room.ends) });
  }
  if (rules.isSealed(room.format) && walk.quotes === null) walk.fault(event, "quotes_missing");
  if (!isTaken && !rules.mayFollow(room).includes("closed")) walk.fault(event, "phase", { phase: "closed" });
  if (room.format === "listing" && room.phase !== "limited") walk.unseen.add("joined");
  walk.sameInstant(event, "end", event.ends_at, isTaken ? Number(due.ends) : room.ends);
  walk.due.push({ kind: "result" });
}

/** @param {Walk} walk @param {Room} room @param {RoomEvent} event @param {Due|undefined} due */
function hammered(walk, room, event, due) {
  if (!due) walk.fault(event, "unclosed");
  if (walk.tied().length > 1 && walk.drawn === null) walk.fault(event, "missing_drawn");
  const winner = walk.winner();
  if (event.reserve_met) walk.unseen.add("reserve");
  if (winner === null) return walk.fault(event, "nobody", { found: event.plate });
  walk.outcome = { phase: "sold", ...winner };
  if (event.plate !== winner.plate) walk.fault(event, "winner", { found: event.plate, expected: winner.plate });
  if (event.price_fen !== winner.price_fen) {
    walk.fault(event, "price", { found_fen: event.price_fen, expected_fen: winner.price_fen });
  }
  const [premium, saving] = rules.ratesOf(room, winner.price_fen);
  if ((event.premium_rate ?? null) !== premium || (event.saving_rate ?? null) !== saving) {
    walk.fault(event, "rate", { found: event.premium_rate ?? event.saving_rate ?? "—", expected: premium ?? saving ?? "—" });
  }
}

/** @param {Walk} walk @param {Room} room @param {RoomEvent} event @param {Due|undefined} due */
function passedIn(walk, room, event, due) {
  if (!due) walk.fault(event, "unclosed");
  const winner = walk.winner();
  walk.outcome = { phase: "unsold", plate: null, price_fen: null };
  if (event.reason === "below_reserve") walk.unseen.add("reserve");
  const isBelow = event.reason === "below_reserve" && event.reserve_met === false;
  if (winner !== null && !isBelow) {
    walk.outcome = { phase: "sold", ...winner };
    walk.fault(event, "sold", { expected: winner.plate, expected_fen: winner.price_fen });
  } else if (winner === null && event.reason !== "no_offer") {
    walk.fault(event, "no_offer");
  }
}

/** @type {Record<string, (walk: Walk, room: Room, event: RoomEvent, due?: Due) => void>} */
const CHECKS = {
  offer_placed: offered,
  extended,
  phase_changed: changed,
  paused,
  resume_scheduled: scheduled,
  resumed,
  cap_reached: capped,
  quotes_opened: quotesOpened,
  drawn,
  closed,
  hammered,
  passed_in: passedIn,
};

/** What had to come now and came not; what came and was due. @param {Walk} walk @param {RoomEvent|null} event @param {number} seq */
function settle(walk, event, seq) {
  const isSkipped = walk.due[0]?.isOptional && walk.due[0].kind !== event?.kind;
  const [due, ...later] = isSkipped ? walk.due.slice(1) : walk.due;
  if (!due) return undefined;
  const isIt = event?.kind === due.kind || (due.kind === "result" && FINAL.slice(0, 2).includes(event?.kind ?? ""));
  walk.due = isIt ? later : [];
  if (isIt) return due;
  walk.fault(event ?? seq, `missing_${due.kind}`, { kind: event?.kind ?? "" });
  return undefined;
}

/** @param {Walk} walk @param {RoomEvent} event */
function step(walk, event) {
  if (walk.end) walk.fault(event, "after_end");
  if (FINAL.includes(event.kind)) walk.end ??= event;
  if (!walk.isKnown) return;
  const due = settle(walk, event, event.seq);
  if (event.kind === "opened") opened(walk, event);
  else if (event.kind === "aborted") walk.outcome = { phase: "aborted", plate: null, price_fen: null };
  else if (Object.hasOwn(CHECKS, event.kind)) {
    if (walk.room) CHECKS[event.kind](walk, walk.room, event, due);
    else walk.fault(event, "unopened");
  }
}

/** A record may hold anything; what cannot be read is a finding, too. @param {Walk} walk @param {RoomEvent} event */
function tryStep(walk, event) {
  try {
    step(walk, event);
  } catch {
    walk.fault(event, "unreadable");
  }
}

/** The same JSON whatever the order of its keys. @param {any} value @returns {string} */
function canonical(value) {
  return JSON.stringify(value, (_key, part) =>
    part && typeof part === "object" && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).sort()) : part,
  );
}

/** What the room's page says beside its record. @param {Walk} walk @param {RoomEvent[]} events @param {Published} published */
function compare(walk, events, published) {
  const last = events.at(-1)?.seq ?? 0;
  const opening = events.find((event) => event.kind === "opened");
  const conditions = (/** @type {any} */ { preset, format, terms }) => canonical({ preset, format, terms });
  if (last < published.seq) walk.fault(last + 1, "tail", { n: published.seq });
  if (opening && conditions(opening) !== conditions(published)) walk.fault(opening, "terms");
  const { phase, plate, price_fen } = walk.outcome;
  const isSale = published.phase === "sold";
  const isSame = phase === published.phase && (!isSale || (plate === published.top_plate && price_fen === published.top_fen));
  if (!isSame) walk.fault(walk.end ?? last, "published", { found: published.top_plate ?? "—", found_fen: isSale ? published.top_fen : null, phase: published.phase });
}

/**
 * @param {RoomEvent[]} events as the public feed gives them, from the first
 * @param {Published} [published] the outcome as the room's page has it
 * @returns {Report}
 */
export function recheck(events, published) {
  const walk = new Walk();
  let [seq, at] = [0, Number.NEGATIVE_INFINITY];
  for (const event of events) {
    if (event.seq > seq + 1) walk.fault(seq + 1, "gap", { n: event.seq - 1 });
    if (!(event.seq > seq)) walk.fault(event, "order");
    if (!(Date.parse(event.at) >= at)) walk.fault(event, "time");
    [seq, at] = [event.seq, Date.parse(event.at)];
    tryStep(walk, event);
  }
  settle(walk, null, seq + 1);
  if (!walk.end) walk.fault(seq + 1, "unfinished");
  if (published && walk.isKnown) compare(walk, events, published);
  return {
    isKnown: walk.isKnown,
    findings: walk.findings,
    outcome: walk.outcome,
    unseen: [...walk.unseen],
    count: events.length,
  };
}
