/** One token for one intention, whatever the line does. */

import assert from "node:assert/strict";
import test from "node:test";

import { Outbox } from "../../static/js/room/outbox.js";
import { settled, Time } from "./worlds.mjs";

function store(content = {}) {
  return {
    content,
    getItem: (key) => content[key] ?? null,
    setItem: (key, value) => { content[key] = value; },
    removeItem: (key) => { delete content[key]; },
  };
}

function world({ isOpen = true, answers = [] } = {}) {
  const time = new Time();
  const seen = { sent: [], posted: [], answered: [] };
  let number = 0;
  const kept = store();
  const handlers = {
    transmit: (command) => { if (seen.isOpen) { seen.sent.push(command.token); } return seen.isOpen; },
    post: async (command) => { seen.posted.push(command.token); return answers.shift() ?? null; },
    onAnswer: (command, answer) => seen.answered.push([command.token, answer.type]),
    onChange: () => {},
  };
  seen.isOpen = isOpen;
  const sources = { store: kept, key: "k", newToken: () => `token-${(number += 1)}`, ticks: time.ticks, timers: time.timers };
  return { time, seen, kept, outbox: new Outbox(sources, handlers), again: () => new Outbox(sources, handlers) };
}

test("an open socket gets it, and nothing else does", async () => {
  const { seen, outbox } = world();
  outbox.intend("offer", 5);
  await settled();
  assert.deepEqual([seen.sent, seen.posted], [["token-1"], []]);
});

test("without a socket it goes by POST, and the answer settles it", async () => {
  const { seen, outbox } = world({ isOpen: false, answers: [{ type: "ack", client_token: "token-1" }] });
  outbox.intend("offer", 5);
  await settled();
  assert.deepEqual(seen.answered, [["token-1", "ack"]]);
  assert.equal(outbox.isWaiting, false);
});

test("silence makes it doubtful, and it is asked again under the same token", async () => {
  const { time, seen, outbox } = world();
  outbox.intend("offer", 5);
  await time.pass(2000);
  assert.equal([...outbox.pending.values()][0].state, "unknown");
  await time.pass(6000);
  assert.ok(seen.posted.length >= 2);
  assert.deepEqual(new Set([...seen.sent, ...seen.posted]), new Set(["token-1"]));
});

test("when the line is back it is asked for again under the same token", async () => {
  const { seen, outbox } = world();
  outbox.intend("offer", 5);
  outbox.doubt();
  outbox.resend();
  assert.deepEqual(seen.sent, ["token-1", "token-1"]);
});

for (const damaged of ["{", "null", "7", '{"a":1}', '[null,7,{"token":1}]', '[{"token":"t","kind":"offer","amountFen":"5"}]']) {
  test(`a damaged memory is nothing to wait for: ${damaged}`, () => {
    const { kept, again } = world();
    kept.content.k = damaged;
    assert.equal(again().isWaiting, false);
  });
}

test("the second answer to one token is not heard", () => {
  const { seen, outbox } = world();
  outbox.intend("offer", 5);
  outbox.settle({ type: "ack", client_token: "token-1" });
  outbox.settle({ type: "refused", client_token: "token-1" });
  outbox.settle({ type: "ack", client_token: "of-somebody-else" });
  assert.deepEqual(seen.answered, [["token-1", "ack"]]);
});

test("a reload takes the open question along; an answered one leaves nothing", () => {
  const { outbox, again, kept } = world();
  outbox.intend("offer", 5);
  const [command] = again().pending.values();
  assert.deepEqual([command.token, command.amountFen, command.state], ["token-1", 5, "unknown"]);
  outbox.settle({ type: "ack", client_token: "token-1" });
  assert.deepEqual(kept.content, {});
});
