/** A replay: the record is read as a whole, its steps are the live room's own, its player goes where it is told. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { readRecord } from "../../static/js/replay/feed.js";
import { Player } from "../../static/js/replay/player.js";
import { recheck } from "../../static/js/replay/recheck.js";
import { rowsOf, stepsOf } from "../../static/js/replay/steps.js";
import { eventLine, findingText, inFull, isQuoted, verdictText } from "../../static/js/replay/words.js";
import { Texts } from "../../static/js/room/texts.js";
import { Time } from "./worlds.mjs";

const { records } = JSON.parse(readFileSync(new URL("../vectors/room_recheck.json", import.meta.url), "utf8"));
const SALE = records.TC.events;
const OPENING = SALE[0];
const PUBLISHED = { ...OPENING, opens_at: OPENING.terms.opens_at };

// ── the record ──────────────────────────────────────────────────────────────────────────────────

/** A feed that gives so many events at once, and fails at the page that starts after `broken`. */
function feed(events, size, broken = null) {
  const asked = [];
  const ask = async (address) => {
    const after = Number(/after=(\d+)$/.exec(address)[1]);
    asked.push(after);
    const left = events.filter((event) => event.seq > after);
    const body = { events: left.slice(0, size), more: left.length > size };
    return { ok: after !== broken, json: async () => body };
  };
  return { ask, asked };
}

test("every page of the record is read", async () => {
  const { ask, asked } = feed(SALE, 4);
  assert.deepEqual(await readRecord("/events", ask), SALE);
  assert.deepEqual(asked, [0, 4, 8]);
});

test("half a record never passes for the whole", async () => {
  await assert.rejects(readRecord("/events", feed(SALE, 4, 4).ask));
});

test("a feed that promises more and gives nothing ends", async () => {
  const ask = async () => ({ ok: true, json: async () => ({ events: [], more: true }) });
  assert.deepEqual(await readRecord("/events", ask), []);
});

// ── the steps ───────────────────────────────────────────────────────────────────────────────────

test("each step is the room after one event, with the last move of its end and its cause", () => {
  const steps = stepsOf(SALE, PUBLISHED);
  assert.deepEqual(steps.map(({ state }) => state.phase), ["free", "free", "limited", "limited", "limited",
    "limited", "limited", "limited", "sold"]);
  assert.deepEqual(steps.map(({ state }) => state.top_plate), [null, "5", "5", "8", "8", "5", "5", "5", "5"]);
  assert.deepEqual(steps[4].moved, { n: 1, cause: 4, plate: "8", from: SALE[2].ends_at, to: SALE[4].ends_at });
  assert.equal(steps[3].moved, null);
  assert.equal(steps[8].moved.n, 2);
});

test("offers are rows, and so are sealed quotes once they are opened", () => {
  assert.deepEqual(rowsOf(SALE).map(({ seq, plate }) => [seq, plate]), [[2, "5"], [4, "8"], [6, "5"]]);
  assert.deepEqual(rowsOf(records.OQL.events).map(({ seq, plate }) => [seq, plate]), [[2, "A83"], [2, "K27"], [2, "P05"]]);
});

// ── the player ──────────────────────────────────────────────────────────────────────────────────

function playing(count) {
  const [time, shown] = [new Time(), []];
  const player = new Player(count, (step, isPlaying) => shown.push(isPlaying ? step : `${step}.`), time.timers);
  return { time, shown, player };
}

test("it plays to the end and stands there; played again it begins anew", async () => {
  const { time, shown, player } = playing(3);
  player.toggle();
  await time.pass(5000);
  assert.deepEqual(shown, [1, 2, "3."]);
  player.toggle();
  assert.deepEqual([player.step, player.isPlaying], [1, true]);
});

test("a pause holds it, a hand stops it, and it never leaves the record", async () => {
  const { time, shown, player } = playing(5);
  player.toggle();
  await time.pass(1000);
  player.toggle();
  await time.pass(5000);
  assert.deepEqual(shown, [1, 2, "2."]);
  player.toggle();
  player.move("last");
  await time.pass(5000);
  for (const where of ["on", "back", "first", "back"]) player.move(where);
  player.go(Number.NaN);
  assert.deepEqual(shown.slice(3), [2, "5.", "5.", "4.", "1.", "1.", "1."]);
});

test("another pace holds from the next step", async () => {
  const { time, shown, player } = playing(9);
  player.toggle();
  player.setPace(10);
  await time.pass(500);
  assert.equal(shown.length, 6);
  player.setPace(0.5);
  await time.pass(1999);
  assert.equal(shown.length, 6);
  await time.pass(1);
  assert.equal(shown.length, 7);
});

test("a record of one event has nothing to play", () => {
  const { shown, player } = playing(1);
  player.toggle();
  assert.deepEqual(shown, ["1."]);
});

// ── the words ───────────────────────────────────────────────────────────────────────────────────

const texts = new Texts(new Map([
  ["log.offer_placed", "{plate} offers {amount}"], ["log.other", "other {kind}"], ["log.closed", "end"],
  ["unit.元", "CNY"], ["phase.sold", "sold"], ["verdict.sold", "{n} events, {plate}, {amount}"],
  ["verdict.different", "{n} faults, first {seq}"], ["finding.late", "{plate} {amount} after {end_at}"],
  ["finding.price", "{found} not {expected}"], ["finding.published", "{phase} {found} {amount}"],
  ["finding.phase", "no {phase}"], ["word.comma", "、"], ["finding.round_missing", "{plates} once more"],
]), "元");

test("an event is a sentence, and one that nobody knows is told as such", () => {
  const [{ state }] = stepsOf(SALE, PUBLISHED);
  assert.equal(eventLine(SALE[1], texts, state), "5 offers 140,000,000.00 CNY");
  assert.equal(eventLine({ seq: 2, kind: "moon_rose", at: "x" }, texts, state), "other moon_rose");
});

test("only what a person wrote is called Chinese for whoever reads", () => {
  const own = new Texts(new Map([["log.reason.outage", "outage"]]), "元");
  const told = (change) => isQuoted({ seq: 1, kind: "paused", at: "x", ...change }, own);
  assert.deepEqual([told({}), told({ reason: "outage" }), told({ reason: "核对" }), told({ text: "请看" })],
    [false, false, true, true]);
});

test("a finding names amounts, instants, phases and plates as people read them", () => {
  const say = (code, values) => findingText({ seq: 6, code, values }, texts);
  const late = { plate: "8", amount_fen: 100, end_at: "2026-04-21T02:07:30.000Z" };
  assert.equal(say("late", late), "8 1.00 CNY after 2026-04-21 10:07:30.000");
  assert.equal(say("price", { found_fen: 100, expected_fen: null }), "1.00 CNY not —");
  assert.equal(say("published", { phase: "sold", found: "8", found_fen: 100 }), "sold 8 1.00 CNY");
  assert.equal(say("phase", { phase: "closed" }), "no end");
  assert.equal(say("round_missing", { plates: ["A", "B"] }), "A、B once more");
  assert.equal(inFull("no instant"), "—");
});

test("the verdict says what was found, or where the record fails", () => {
  assert.equal(verdictText(recheck(SALE), texts), "9 events, 5, 154,000,000.00 CNY");
  const wrong = SALE.map((event) => (event.kind === "hammered" ? { ...event, plate: "8" } : event));
  assert.equal(verdictText(recheck(wrong), texts), "1 faults, first 9");
});
