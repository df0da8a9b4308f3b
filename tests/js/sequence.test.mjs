/** Numbered events come out once each, in order, or not at all. */

import assert from "node:assert/strict";
import test from "node:test";

import { Sequence } from "../../static/js/room/sequence.js";

const event = (seq) => ({ seq, kind: "announced", at: "x" });
const numbers = (events) => events.map(({ seq }) => seq);

test("what follows comes out at once", () => {
  const sequence = new Sequence(3);
  assert.deepEqual(numbers(sequence.take([event(4), event(5)])), [4, 5]);
  assert.equal(sequence.hasGap, false);
});

test("a gap holds back and is seen; the missing one releases all", () => {
  const sequence = new Sequence(3);
  assert.deepEqual(numbers(sequence.take([event(5), event(6)])), []);
  assert.equal(sequence.hasGap, true);
  assert.deepEqual(numbers(sequence.take([event(4)])), [4, 5, 6]);
  assert.equal(sequence.hasGap, false);
});

test("a duplicate never comes out twice", () => {
  const sequence = new Sequence(3);
  sequence.take([event(4)]);
  assert.deepEqual(numbers(sequence.take([event(4), event(3), event(5), event(5)])), [5]);
});

test("out of order is put in order", () => {
  assert.deepEqual(numbers(new Sequence(0).take([event(3), event(1), event(2)])), [1, 2, 3]);
});

test("an empty frame that names a later number tells of a gap", () => {
  const sequence = new Sequence(3);
  sequence.take([], 5);
  assert.equal(sequence.hasGap, true);
});

test("a snapshot replaces everything before it", () => {
  const sequence = new Sequence(3);
  sequence.take([event(9)]);
  sequence.restart(9);
  assert.equal(sequence.hasGap, false);
  assert.deepEqual(numbers(sequence.take([event(9), event(10)])), [10]);
});
