import assert from "node:assert/strict";
import { test } from "node:test";

import { best, clock, line, worst } from "../../static/js/room/verdicts.js";

const T = 1_800_000_000_000;
const trip = (ms, off = 0) => ({ sentAt: 1000, receivedAt: 1000 + ms, serverMs: T, localMs: T + off });

for (const [ms, verdict] of [[20, "good"], [300, "good"], [301, "weak"], [1500, "weak"], [1501, "bad"]]) {
  test(`a round trip of ${ms} ms is ${verdict}`, () => {
    assert.deepEqual(line([trip(ms)]), { ms, verdict });
  });
}

test("of several round trips the one in the middle counts", () => {
  assert.equal(line([trip(9000), trip(50), trip(60)]).ms, 60);
});

for (const [off, verdict, seconds] of [[0, "good", "0.0"], [-1900, "good", "1.9"], [2100, "weak", "2.1"], [-3_600_000, "weak", "3600.0"]]) {
  test(`a clock ${off} ms off is ${verdict}`, () => {
    assert.deepEqual(clock([trip(40, off)]), { verdict, seconds });
  });
}

test("half the round trip is not held against the clock", () => {
  assert.equal(clock([trip(1000, 2400)]).verdict, "good");
});

test("the shortest round trip tells most", () => {
  assert.equal(best([trip(900), trip(30), trip(200)]).receivedAt, 1030);
});

test("without an answer there is nothing to say", () => {
  assert.equal(line([]), null);
  assert.equal(clock([]), null);
});

test("the whole is as bad as its worst", () => {
  assert.equal(worst(["good", "good"]), "good");
  assert.equal(worst(["good", "weak"]), "weak");
  assert.equal(worst(["weak", "bad", "good"]), "bad");
});
