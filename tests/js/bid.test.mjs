/** One intention to bid: amounts, why not now, the second look, the answer. */

import assert from "node:assert/strict";
import test from "node:test";

import * as bids from "../../static/js/room/bid.js";
import { fold } from "../../static/js/room/state.js";
import { listing, WAN } from "./worlds.mjs";

const led = (wan, plate = "K27", change = {}) =>
  fold(listing(change), [{ seq: 5, kind: "offer_placed", at: "x", plate, amount_fen: wan * WAN }]);
const NOW = { isUsable: true, isClockFresh: true, stopped: null, nowMs: Date.parse("2026-11-26T09:00:00+08:00"), seat: "A83", isPriority: false };
const REVERSE = { format: "reverse", phase: "limited", step_fen: 5000 * 100, min_valid_fen: 48 * WAN,
  terms: { start_fen: 48 * WAN, step_fen: 5000 * 100, step_mode: "at_least", soft_close_s: 60 } };

test("the first step button is always the least valid amount", () => {
  assert.deepEqual(bids.choices(listing()).map(({ fen }) => fen / WAN), [8000, 8020, 8080]);
  assert.deepEqual(bids.choices(led(8060)).map(({ fen }) => fen / WAN), [8080, 8100, 8160]);
  assert.deepEqual(bids.choices(listing(REVERSE)).map(({ fen }) => fen / 100), [480_000, 475_000, 460_000]);
});

for (const [name, state, said] of [
  ["nobody has offered", listing(), "start"], ["somebody has", led(8060), "price"],
  ["a reverse auction has no quote", listing(REVERSE), "ceiling"], ["it has one", listing({ ...REVERSE, top_fen: 47 * WAN }), "price"],
  ["a falling price is not accepted yet", listing({ format: "dutch" }), "start"],
]) {
  test(`an amount is compared with the ${said} when ${name}`, () => {
    assert.equal(bids.compared(state), said);
  });
}

const SEALED = { format: "one_quote", terms: { start_fen: 8000 * WAN, step_fen: 20 * WAN, step_mode: "multiple", tie_rounds: 1, tie_round_s: 300 } };
const quoted = (round, change = {}) => listing({ ...SEALED, me: { ...listing().me, best_fen: 8100 * WAN, quote_round: round }, ...change });
const TIED = { round: 2, tied: ["A83", "K27"], min_valid_fen: 8100 * WAN };

for (const [name, state, reason] of [
  ["I have not quoted", listing(SEALED), null],
  ["I have quoted", quoted(1), "quoted"],
  ["my quote was one of the equal best", quoted(1, TIED), null],
  ["I quoted in the tie round", quoted(2, TIED), "quoted"],
  ["others quote again", quoted(1, { ...TIED, tied: ["K27", "P05"] }), "not_tied"],
  ["others quote again and I never did", listing({ ...SEALED, ...TIED, tied: ["K27", "P05"] }), "not_tied"],
]) {
  test(`a sealed quote is ${reason ?? "possible"} when ${name}`, () => {
    assert.equal(bids.barrier(state, NOW), reason);
  });
}

for (const [wan, change, code] of [
  [7980, {}, "below_start"], [8010, {}, "off_step"], [8000, {}, null], [9600, {}, null],
  [8080, TIED, "below_minimum"], [8100, TIED, null],
  [8020, { format: "one_quote_low" }, "below_start"], [7980, { format: "one_quote_low" }, null], [8100, { format: "one_quote_low", ...TIED, min_valid_fen: 7900 * WAN }, "below_minimum"],
]) {
  test(`a sealed quote of ${wan} is ${code ?? "worth sending"} ${JSON.stringify(change)}`, () => {
    assert.equal(bids.fault(listing({ ...SEALED, ...change }), wan * WAN), code);
  });
}

test("a sealed quote has one quick amount, and one far beyond the start must be typed twice", () => {
  assert.deepEqual(bids.choices(listing(SEALED)).map(({ fen }) => fen / WAN), [8000]);
  assert.equal(bids.isJump(listing(SEALED), 9600 * WAN), false);
  assert.equal(bids.isJump(listing(SEALED), 80_000 * WAN), true);
  assert.equal(bids.compared(listing({ ...SEALED, format: "one_quote_low" })), "ceiling");
});

test("no step button goes above the ceiling or below one fen", () => {
  const capped = listing({ terms: { ...listing().terms, cap_fen: 8030 * WAN } });
  assert.deepEqual(bids.choices(capped).map(({ steps }) => steps), [1, 2]);
  assert.deepEqual(bids.choices(listing({ min_valid_fen: null })), []);
});

for (const [wan, state, code] of [
  [8050, listing(), "off_step"], [7980, listing(), "below_start"], [8000, listing(), null],
  [8060, led(8060), "below_minimum"], [8070, led(8060), "below_minimum"], [8090, led(8060), "off_step"], [8100, led(8060), null],
]) {
  test(`typing ${wan} over ${state.top_fen ? state.top_fen / WAN : "nothing"} is ${code ?? "worth sending"}`, () => {
    assert.equal(bids.fault(state, wan * WAN), code);
  });
}

test("a refused amount comes with a valid one that goes no further", () => {
  assert.equal(bids.suggestion(listing(), 8050 * WAN) / WAN, 8040);
  assert.equal(bids.suggestion(listing(), 7980 * WAN) / WAN, 8000);
  assert.equal(bids.suggestion(led(8060), 8050 * WAN) / WAN, 8080);
});

test("a jump of more than ten steps or a fifth must be typed twice; the least valid amount never", () => {
  assert.equal(bids.isJump(led(8000), 8200 * WAN), false);
  assert.equal(bids.isJump(led(8000), 8220 * WAN), true);
  assert.equal(bids.isJump(listing(), 12800 * WAN), true);
  assert.equal(bids.isJump(listing(), 8000 * WAN), false);
});

test("a jump cannot be confirmed before the same amount was typed again", () => {
  const bid = bids.propose(listing(), 12800 * WAN, 0);
  assert.equal(bids.canConfirm(bid, 1000), false);
  assert.equal(bids.canConfirm(bids.retype(bid, 1280 * WAN), 1000), false);
  assert.equal(bids.canConfirm(bids.retype(bid, 12800 * WAN), 1000), true);
});

test("the second press of a double click confirms nothing", () => {
  const bid = bids.propose(listing(), 8000 * WAN, 1000);
  assert.equal(bids.canConfirm(bid, 1000 + bids.SETTLE_MS - 1), false);
  assert.equal(bids.canConfirm(bid, 1000 + bids.SETTLE_MS), true);
});

test("a price that moved turns the confirmation off and offers a new amount", () => {
  const bid = bids.follow(bids.propose(led(8160), 8200 * WAN, 0), led(8220));
  assert.equal(bids.canConfirm(bid, 5000), false);
  assert.deepEqual([bid.isMoved, bid.code, bid.suggestionFen / WAN], [true, "below_minimum", 8240]);
});

test("a price that moved below my amount asks for a new look, too", () => {
  const bid = bids.follow(bids.propose(led(8160), 8300 * WAN, 0), led(8200));
  assert.equal(bids.canConfirm(bid, 5000), false);
  assert.deepEqual([bid.code, bid.suggestionFen / WAN], [null, 8300]);
});

for (const [name, state, change, reason] of [
  ["all is well", listing(), {}, null],
  ["signed out", listing(), { stopped: "signed_out" }, "signed_out"],
  ["the line is lost", listing(), { isUsable: false }, "offline"],
  ["the clock is not known", listing(), { isClockFresh: false }, "syncing"],
  ["not open yet", listing({ phase: "scheduled" }), {}, "scheduled"],
  ["paused", listing({ phase: "paused", ends_at: null }), {}, "paused"],
  ["the end has come", listing(), { nowMs: Date.parse("2026-11-26T10:00:00+08:00") }, "closing"],
  ["I lead", led(8000, "A83"), {}, "leading"],
  ["I may outbid myself here", led(8000, "A83", { terms: { ...listing().terms, own_outbid: true } }), {}, null],
  ["I did not join", listing({ phase: "limited" }), {}, "not_joined"],
  ["I joined", listing({ phase: "limited", me: { ...listing().me, joined: true } }), {}, null],
  ["it is over", listing({ phase: "sold" }), { stopped: "signed_out" }, "ended"],
  ["the ceiling is reached", listing({ min_valid_fen: null }), {}, "capped"],
]) {
  test(`bidding is ${reason ? "off" : "on"} when ${name}`, () => {
    assert.equal(bids.barrier(state, { ...NOW, ...change }), reason);
  });
}

test("an answer ends the intention: receipt or reason with an amount", () => {
  const command = { token: "t", kind: "offer", amountFen: 8000 * WAN, state: "sending", since: 0 };
  const accepted = bids.answered(listing(), command, { type: "ack", client_token: "t", receipt_no: "R-X-000005" });
  assert.deepEqual([accepted.step, accepted.receipt.receipt_no], ["accepted", "R-X-000005"]);
  const refused = bids.answered(led(8000), command, { type: "refused", code: "equal_offer", min_valid_fen: 8020 * WAN });
  assert.deepEqual([refused.step, refused.code, refused.suggestionFen / WAN], ["refused", "equal_offer", 8020]);
});
