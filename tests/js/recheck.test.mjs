/** The rules written a second time agree with the engine, and find what was done to a record. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "node:test";

import { recheck } from "../../static/js/replay/recheck.js";
import { averageOf, isKnown } from "../../static/js/replay/rules.js";
import { sha256 } from "../../static/js/replay/sha256.js";
import { fold } from "../../static/js/room/state.js";

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
const FINAL = new Set(["hammered", "passed_in", "aborted"]);
const END = new Set(["closed", ...FINAL]);
const FOLDS = read("../vectors/room_fold.json").cases;
const TAMPERED = read("../vectors/room_recheck.json");
/** Whole records that the caller made with the engine, besides those that stand in the vectors. */
const MADE = process.env.RECORDS ? JSON.parse(readFileSync(process.env.RECORDS, "utf8")) : [];
const BLANK = { seq: 0, phase: "scheduled", top_fen: null, top_plate: null, offers: [], terms: {}, extensions: 0 };

const copy = (value) => JSON.parse(JSON.stringify(value));
const isEnded = (events) => FINAL.has(events.at(-1)?.kind);
const codes = ({ findings }) => findings.map(({ seq, code }) => `${seq} ${code}`);

/** What the room's page has beside the record: here what the live room's own fold amounts to. */
function publishedOf(events) {
  const { seq, phase, top_plate, top_fen, preset, format, terms } = fold(BLANK, events);
  return { seq, phase, top_plate, top_fen, preset, format, terms };
}

/** A record with one change: `set` fields of an event, `drop` or `add` events by their seq. */
function changed(events, { set = {}, drop = [], add = [] }) {
  const left = copy(events).filter((event) => !drop.includes(event.seq));
  const found = left.map((event) => ({ ...event, ...set[event.seq] }));
  return [...found, ...add].sort((a, b) => a.seq - b.seq);
}

// ── the vectors ─────────────────────────────────────────────────────────────────────────────────

for (const { name, events } of Object.values(TAMPERED.records)) {
  test(`lawful: ${name}`, () => {
    const report = recheck(events, publishedOf(events));
    assert.deepEqual(codes(report), []);
    assert.equal(report.count, events.length);
  });
}

for (const { name, record, change, expect } of TAMPERED.cases) {
  test(`tampered: ${name}`, () => {
    const { events } = TAMPERED.records[record];
    const published = { ...publishedOf(events), ...change.published };
    const found = recheck(changed(events, change), published);
    const [first] = found.findings;
    assert.ok(first, "nothing was found");
    assert.deepEqual(copy({ ...first, values: undefined }), { seq: expect.seq, code: expect.code });
    for (const [key, value] of Object.entries(expect.values ?? {})) {
      assert.deepEqual(first.values[key], value, key);
    }
  });
}

test("the vectors hold every format and every kind of finding that was asked for", () => {
  const formats = new Set(Object.values(TAMPERED.records).map(({ events }) =>
    events.find(({ kind }) => kind === "opened").format));
  assert.equal(formats.size, 9);
  const found = new Set(TAMPERED.cases.map(({ expect }) => expect.code));
  for (const code of ["late", "below_minimum", "winner", "price", "gap", "tail", "published", "terms"]) {
    assert.ok(found.has(code), code);
  }
});

// ── every record the engine makes ───────────────────────────────────────────────────────────────

const records = [...Object.values(TAMPERED.records), ...MADE, ...FOLDS.filter(({ events }) => events[0].seq === 1)];

test("no lawful record is found wanting", () => {
  for (const { name, events } of MADE) {
    const report = recheck(events);
    assert.deepEqual(codes(report), isEnded(events) ? [] : [`${events.length + 1} unfinished`], name);
    assert.equal(report.isKnown, true, name);
  }
});

test("the winner found anew is the one of the live room's own fold", () => {
  const sold = records.filter(({ events }) => events.at(-1).kind === "hammered");
  assert.ok(sold.length > 5);
  for (const { name, events } of sold) {
    const { phase, top_plate, top_fen } = fold(BLANK, events);
    assert.deepEqual(recheck(events).outcome, { phase, plate: top_plate, price_fen: top_fen }, name);
  }
});

/** Every change of one thing that a record may not bear. */
function* faults(events) {
  const { format, terms } = events.find(({ kind }) => kind === "opened") ?? {};
  const beyond = format === "reverse" ? terms.start_fen + 1 : 1;
  for (const [index, event] of events.entries()) {
    yield [`without ${event.seq}`, events.filter((other) => other !== event)];
    const put = (change) => events.map((other, at) => (at === index ? { ...event, ...change } : other));
    if (event.kind === "hammered") {
      yield ["another winner", put({ plate: "ZZZ" })];
      yield ["another price", put({ price_fen: event.price_fen + 1 })];
      yield ["sold, then unsold", put({ kind: "passed_in", reason: "no_offer" })];
    }
    if (event.kind === "passed_in") {
      yield ["unsold, then sold", put({ kind: "hammered", plate: "A83", price_fen: 1000 })];
    }
    if (event.kind === "offer_placed") {
      yield [`an offer beyond the start ${event.seq}`, put({ amount_fen: beyond })];
      yield [`a high offer ${event.seq}`, put({ amount_fen: event.amount_fen + 1e15 })];
      yield [`a late offer ${event.seq}`, put({ at: "2031-01-01T00:00:00.000Z" })];
    }
    if (["opened", "extended", "phase_changed", "resumed", "closed"].includes(event.kind)) {
      const ends_at = new Date(Date.parse(event.ends_at) + 1).toISOString();
      yield [`another end ${event.seq}`, put({ ends_at })];
    }
  }
  yield ["nothing at all", []];
  yield ["its end is missing", events.slice(0, -1)];
}

test("no change of one thing goes unfound", () => {
  let count = 0;
  for (const { name, events } of records.filter((record) => isEnded(record.events))) {
    const published = publishedOf(events);
    for (const [fault, wrong] of faults(events)) {
      count += 1;
      assert.notEqual(recheck(wrong, published).findings.length, 0, `${name}: ${fault}`);
    }
  }
  assert.ok(count > 100);
});

test("what cannot be read is a finding, never an error", () => {
  for (const { events } of Object.values(TAMPERED.records)) {
    for (const [index, event] of events.entries()) {
      for (const key of Object.keys(event)) {
        for (const value of [null, "x", -1, {}, []]) {
          const wrong = events.map((other, at) => (at === index ? { ...other, [key]: value } : other));
          assert.ok(Array.isArray(recheck(wrong, publishedOf(events)).findings));
        }
      }
    }
  }
});

// ── by itself ───────────────────────────────────────────────────────────────────────────────────

test("a format that it does not know is said, not judged", () => {
  const [{ events }] = Object.values(TAMPERED.records);
  const unknown = events.map((event) => (event.kind === "opened" ? { ...event, format: "moon" } : event));
  const report = recheck(unknown);
  assert.equal(report.isKnown, false);
  assert.deepEqual(report.findings, []);
});

test("every format of the house is known", () => {
  for (const { preset, format } of read("../../bidding/data/presets.json")) {
    assert.equal(isKnown(format), true, preset);
  }
});

test("an average is cut half up, exact beyond what a number of the browser holds", () => {
  const average = (...amounts) =>
    averageOf({ format: "near_average" }, amounts.map((amount_fen) => ({ plate: "1", amount_fen })));
  assert.deepEqual([average(1, 2), average(1, 1, 2), average(1, 2, 2)], [2, 1, 2]);
  assert.equal(average(...Array(10).fill(999_999_999_999_999), 1_000_000_000_000_000), 999_999_999_999_999);
});

test("the digest is the one of the standard", () => {
  for (const text of ["", "abc", "阳光", "x".repeat(55), "x".repeat(56), "x".repeat(64), "阳光".repeat(99)]) {
    assert.equal(sha256(text), createHash("sha256").update(text).digest("hex"));
  }
});

test("a room aborted before it opened has nobody to win", () => {
  const events = [{ seq: 1, kind: "aborted", at: "2026-05-11T10:00:00.000+08:00", reason: "court" }];
  const report = recheck(events);
  assert.deepEqual(report.findings, []);
  assert.deepEqual(report.outcome, { phase: "aborted", plate: null, price_fen: null });
});
