import assert from "node:assert/strict";
import { test } from "node:test";

import { pause } from "../../static/js/pace.js";

test("while things happen a page looks as often as it may", () => {
  assert.equal(pause(40, 5, true), 5);
});

test("a quiet page looks less and less often, at last once a minute", () => {
  let wait = 5;
  const waits = Array.from({ length: 12 }, () => (wait = pause(wait, 5, false)));
  assert.deepEqual(waits.slice(0, 3), [7.5, 11.25, 16.875]);
  assert.equal(waits.at(-1), 60);
});

test("a page that asks seldom by itself is not made to ask more often", () => {
  assert.equal(pause(300, 300, false), 300);
});

test("in an hour of quiet a page asks about seventy times, not seven hundred", () => {
  let [wait, seconds, looks] = [5, 0, 0];
  for (; seconds < 3600; looks += 1) {
    seconds += wait;
    wait = pause(wait, 5, false);
  }
  assert.ok(looks < 75, String(looks));
});
