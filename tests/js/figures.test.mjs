/** Time and money as the page writes them. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { layout, staircase } from "../../static/js/room/chart.js";
import { ClockSync, instant, RoomClock, thresholds, timeMs } from "../../static/js/room/clock.js";
import { formatRemaining } from "../../static/js/duration.js";
import * as money from "../../static/js/room/money.js";
import { Time, WAN } from "./worlds.mjs";

const VECTORS = JSON.parse(readFileSync(new URL("../vectors/money.json", import.meta.url), "utf8"));

test("of five pings the one with the lowest round trip counts", () => {
  const clock = new RoomClock(() => 0);
  for (const [sent, server, received] of [[0, 1100, 200], [300, 1310, 320], [400, 1600, 800]]) {
    clock.sample(sent, server, received);
  }
  assert.equal(clock.now(), 1000);
  assert.equal(clock.error(), 10);
  assert.equal(clock.isFresh, true);
});

test("what is left is never negative, and the computer's own clock plays no part", () => {
  let ticks = 0;
  const clock = new RoomClock(() => ticks);
  clock.seed(Date.parse("2026-11-26T09:59:59.000+08:00"), 0);
  const ends = "2026-11-26T10:00:00.000+08:00";
  assert.equal(clock.left(ends), 1000);
  ticks = 5000;
  assert.equal(clock.left(ends), 0);
  assert.equal(formatRemaining(-5, "d"), "00:00:00");
});

test("after sleep the time is doubtful until five new pings", async () => {
  const time = new Time();
  const clock = new RoomClock(time.ticks);
  const sent = [];
  const sync = new ClockSync(clock, (at) => { sent.push(at); clock.sample(at, at, at); return true; }, time.timers);
  sync.start();
  await time.pass(1000);
  assert.equal(sent.length, 5);
  clock.distrust();
  assert.equal(clock.isFresh, false);
  sync.start();
  assert.equal(clock.isFresh, true);
  await time.pass(11_000);
  assert.ok(sent.length > 10);
});

test("instants are Beijing's, cut and never rounded", () => {
  assert.equal(timeMs("2026-11-26T02:02:51.204Z"), "10:02:51.204");
  const now = Date.parse("2026-11-26T10:00:00+08:00");
  assert.equal(instant("2026-11-26T10:07:51.999+08:00", now), "10:07:51");
  assert.equal(instant("2026-11-27T10:00:00.000+08:00", now), "2026-11-27 10:00:00");
});

test("the countdown warns at three minutes, in a short period earlier", () => {
  assert.deepEqual(thresholds(null), { warnS: 180, lastS: 30 });
  assert.deepEqual(thresholds(20_000), { warnS: 12, lastS: 6 });
});

for (const [fen, text] of VECTORS.capitals) {
  test(`${fen} fen in capitals`, () => {
    if (!Number.isSafeInteger(fen)) {
      assert.throws(() => money.capitalsBare(fen), RangeError);
      return;
    }
    assert.equal(money.capitalsBare(fen), text);
    assert.equal(money.capitals(fen), `人民币${text}`);
  });
}

for (const text of VECTORS.not_an_amount) {
  test(`${JSON.stringify(text)} is no amount in yuan`, () => assert.throws(() => money.parseYuan(text)));
}

test("what the server reads the browser reads", () => {
  for (const [text, fen] of VECTORS.yuan) {
    assert.equal(money.parseYuan(text), fen);
  }
  for (const [text, fen] of VECTORS.wan) {
    assert.equal(money.parseWan(text), fen);
  }
});

test("what the server writes the browser writes", () => {
  for (const { fen, yuan, wan } of VECTORS.forms) {
    assert.deepEqual([money.formatYuan(fen), money.formatWan(fen)], [yuan, wan]);
  }
});

for (const text of ["", "一千", "８０００", "1e9", "8,0000", "1.2345678"]) {
  test(`${JSON.stringify(text)} is no amount in the box`, () => assert.equal(money.parseIn(text, "万元"), null));
}

test("digits that say too much are told from what is no number", () => {
  for (const [text, unit] of [["99999999999999", "元"], ["10000000000000.01", "元"], ["1000000001", "万元"]]) {
    assert.equal(money.parseIn(text, unit), null);
    assert.equal(money.faultOf(text, unit), "too_large");
  }
  assert.equal(money.parseIn("10000000000000", "元"), 1e15);
  for (const text of ["一千", "８０００", "1e99", "1.234"]) assert.equal(money.faultOf(text, "元"), "unreadable");
});

test("amounts are read in the lot's unit, to the fen", () => {
  assert.equal(money.parseIn("8,160.00", "万元"), 8160 * WAN);
  assert.equal(money.parseIn("8160.000001", "万元"), 8160 * WAN + 1);
  assert.equal(money.parseIn("360000.5", "元"), 36000050);
});

test("the staircase is level for each offer and ends at the highest", () => {
  const points = layout([1, 2, 4], { width: 318, height: 134 });
  assert.deepEqual(points.map(({ y }) => Math.round(y)), [114, 81, 14]);
  assert.match(staircase(points), /^M8\.0 114\.0H108\.0V80\.7H208\.0V14\.0H308\.0$/);
});
