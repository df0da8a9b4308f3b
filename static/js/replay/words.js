/** What the replay says: an event in a sentence, a finding, the verdict. Pure but for the texts it is given. */

import { logLine } from "../room/words.js";

/**
 * @typedef {import("../room/texts.js").Texts} Texts
 * @typedef {import("./recheck.js").Report} Report
 */

/** An instant in full, Beijing time: `2026-11-26 10:03:22.204`. @param {string|null|undefined} at */
export function inFull(at) {
  const ms = Date.parse(at ?? "");
  return Number.isFinite(ms) ? new Date(ms + 8 * 3_600_000).toISOString().slice(0, 23).replace("T", " ") : "—";
}

/** @param {import("../room/state.js").RoomEvent} event @param {Texts} texts @param {import("../room/state.js").RoomState} state */
export function eventLine(event, texts, state) {
  if (event.kind === "offer_placed") {
    return texts.say("log.offer_placed", { plate: event.plate, amount: texts.amount(event.amount_fen) });
  }
  return logLine(event, texts, state) ?? texts.say("log.other", { kind: event.kind });
}

/** Whether a person wrote part of it: such words are Chinese, whoever reads. @param {import("../room/state.js").RoomEvent} event @param {Texts} texts */
export function isQuoted(event, texts) {
  return Boolean(event.text) || Boolean(event.reason && !texts.has(`log.reason.${event.reason}`));
}

/** @param {any} fen @param {Texts} texts */
function amountText(fen, texts) {
  return Number.isInteger(fen) ? texts.amount(fen) : String(fen ?? "—");
}

/** @param {string} phase @param {Texts} texts */
function phaseText(phase, texts) {
  return phase === "closed" ? texts.say("log.closed") : texts.has(`phase.${phase}`) ? texts.say(`phase.${phase}`) : phase;
}

/**
 * A finding in words: amounts in the lot's unit, instants in full.
 * @param {import("./recheck.js").Finding} finding
 * @param {Texts} texts
 */
export function findingText({ seq, code, values }, texts) {
  /** @type {Record<string, string>} */
  const words = { seq: String(seq) };
  for (const [key, value] of Object.entries(values)) {
    if (key.endsWith("_fen")) {
      const name = key.slice(0, -"_fen".length);
      words[name in values ? "amount" : name] = amountText(value, texts);
    } else if (key.endsWith("_at")) {
      words[key] = inFull(value);
    } else if (key === "phase") {
      words.phase = phaseText(String(value), texts);
    } else {
      words[key] = Array.isArray(value) ? texts.list(value) : String(value);
    }
  }
  return texts.say(`finding.${code}`, { amount: "—", ...words });
}

/** The verdict in one sentence. @param {Report} report @param {Texts} texts */
export function verdictText(report, texts) {
  const { findings, outcome, count } = report;
  if (findings.length > 0) {
    return texts.say("verdict.different", { n: findings.length, seq: findings[0].seq });
  }
  const amount = outcome.price_fen === null ? "" : texts.amount(outcome.price_fen);
  return texts.say(`verdict.${outcome.phase}`, { n: count, plate: outcome.plate ?? "", amount });
}

