/** The room folded in the browser amounts to what the engine's own fold amounts to. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { dutchPrice, fold, shownPhase, withJoin, withSealedQuote } from "../../static/js/room/state.js";
import { periodMs } from "../../static/js/room/words.js";
import { listing, WAN } from "./worlds.mjs";

const VECTORS = new URL("../vectors/room_fold.json", import.meta.url);
/** A file of cases that the caller made with the engine, besides the ones worked out by hand. */
const more = process.env.FOLD_CASES ? JSON.parse(readFileSync(process.env.FOLD_CASES, "utf8")) : [];
const cases = [...JSON.parse(readFileSync(VECTORS, "utf8")).cases, ...more];

const BLANK = {
  seq: 0, phase: "scheduled", top_fen: null, top_plate: null, min_valid_fen: null, step_fen: null,
  ends_at: null, extensions: 0, offers: [], terms: {}, reason: null, resumes_to: null, reserve_met: null,
  round: 1, tied: [],
};

/** What the page would show at that instant. */
function shown(state, now) {
  const at = Date.parse(now);
  return { ...state, phase: shownPhase(state, at), min_valid_fen: dutchPrice(state, at) };
}

test("there are cases of every kind of event", () => {
  const kinds = new Set(cases.flatMap(({ events }) => events.map((event) => event.kind)));
  for (const kind of ["opened", "offer_placed", "extended", "phase_changed", "paused", "resumed", "announced",
    "cap_reached", "closed", "hammered", "passed_in", "aborted"]) {
    assert.ok(kinds.has(kind), kind);
  }
});

for (const { name, events, now, expect } of cases) {
  test(`folds as the engine: ${name}`, () => {
    const found = shown(fold(BLANK, events), now);
    const { offers, ...fields } = expect;
    for (const [key, value] of Object.entries(fields)) {
      assert.deepEqual(found[key], value, `${name}: ${key}`);
    }
    if (offers) {
      assert.deepEqual(found.offers.map(({ seq, plate, amount_fen }) => [seq, plate, amount_fen]),
        offers.slice(-50).map(({ seq, plate, amount_fen }) => [seq, plate, amount_fen]));
    }
    assert.equal(found.seq, events.at(-1).seq);
  });
}

test("an unknown kind only takes its number", () => {
  const state = listing();
  assert.deepEqual(fold(state, [{ seq: 5, kind: "moon_rose", at: "2026-11-26T09:00:00.000+08:00" }]), { ...state, seq: 5 });
});

test("folding never changes the state it was given", () => {
  const state = Object.freeze({ ...listing(), offers: Object.freeze([]) });
  const after = fold(state, [offer(5, "K27", 8000)]);
  assert.equal(state.top_fen, null);
  assert.equal(after.top_fen, 8000 * WAN);
});

function offer(seq, plate, wan) {
  return { seq, kind: "offer_placed", at: "2026-11-26T09:00:00.000+08:00", plate, amount_fen: wan * WAN };
}

test("my standing follows the offers: nothing, leading, outbid, leading, won", () => {
  let state = listing();
  const standing = [];
  for (const event of [
    offer(5, "K27", 8000), offer(6, "A83", 8020), offer(7, "K27", 8040), offer(8, "A83", 8060),
    { seq: 9, kind: "hammered", at: "x", plate: "A83", price_fen: 8060 * WAN },
  ]) {
    state = fold(state, [event]);
    standing.push(state.me.state);
  }
  assert.deepEqual(standing, ["none", "leading", "outbid", "leading", "won"]);
  assert.equal(state.me.best_fen, 8060 * WAN);
});

test("who offered and did not win has lost; who only watched did not", () => {
  const hammer = { seq: 9, kind: "hammered", at: "x", plate: "K27", price_fen: 8020 * WAN };
  assert.equal(fold(listing(), [offer(5, "A83", 8000), offer(6, "K27", 8020), hammer]).me.state, "lost");
  assert.equal(fold(listing(), [offer(6, "K27", 8020), hammer]).me.state, "none");
  assert.equal(fold(listing({ me: undefined }), [offer(6, "K27", 8020), hammer]).me, undefined);
});

test("at the end the room is closing, not closed, until the server says so", () => {
  const state = listing();
  const end = Date.parse(state.ends_at);
  assert.equal(shownPhase(state, end - 1), "free");
  assert.equal(shownPhase(state, end), "closing");
  assert.equal(shownPhase(fold(state, [{ seq: 5, kind: "passed_in", at: "x", reason: "no_offer" }]), end), "unsold");
});

test("a quote of a tie round is known as one of that round", () => {
  const tie = { seq: 5, kind: "phase_changed", at: "x", from: "free", to: "free", ends_at: "2026-11-26T10:05:00.000+08:00",
    min_valid_fen: 8100 * WAN, round: 2, plates: ["A83", "K27"] };
  const first = withSealedQuote(listing({ format: "one_quote" }), 8100 * WAN, "R-7QH2M9KD-SK27");
  const again = fold(first, [tie]);
  assert.deepEqual([again.phase, again.round, again.tied, again.min_valid_fen], ["free", 2, ["A83", "K27"], 8100 * WAN]);
  const second = withSealedQuote(again, 1, "R-7QH2M9KD-SK27-2");
  assert.deepEqual([first.me.quote_round, again.me.quote_round, second.me.quote_round], [1, 1, 2]);
  const late = withSealedQuote(again, 8100 * WAN, "R-7QH2M9KD-SK27");
  assert.equal(late.me.quote_round, 1, "the first round's answer, come again, closes no later round");
  assert.equal(withSealedQuote(second, 8100 * WAN, "R-7QH2M9KD-SK27"), second);
});

test("a tie round is as long as the terms say, whatever came before it", () => {
  const terms = { ...listing().terms, tie_round_s: 300 };
  assert.equal(periodMs(listing({ format: "one_quote", terms, round: 2 })), 300_000);
  assert.equal(periodMs(listing({ format: "one_quote", terms, round: 1 })), Date.parse(listing().ends_at) - Date.parse(listing().opens_at));
});

test("what only this seat was told becomes part of its state", () => {
  assert.equal(withJoin(listing()).me.joined, true);
  assert.equal(withSealedQuote(listing(), 5, "R-7QH2M9KD-SK27").me.best_fen, 5);
});

test("only the last fifty offers are kept", () => {
  const events = Array.from({ length: 60 }, (_, i) => offer(5 + i, i % 2 ? "A83" : "K27", 8000 + 20 * i));
  const state = fold(listing(), events);
  assert.equal(state.offers.length, 50);
  assert.equal(state.offers.at(-1).seq, 64);
});
