/** The line to the room: it comes back by itself, and by plain HTTP where sockets are blocked. */

import assert from "node:assert/strict";
import test from "node:test";

import { RoomConnection } from "../../static/js/room/connection.js";
import { backoff } from "../../static/js/room/line.js";
import { fetcher, socketMaker, Time } from "./worlds.mjs";

const event = (seq) => ({ seq, kind: "announced", at: "x", text: "" });

function world({ seq = 4, answer = () => new Error("no network") } = {}) {
  const time = new Time();
  const sockets = socketMaker();
  const fetch = fetcher(answer);
  const seen = { events: [], snapshots: [], answers: [], lines: [] };
  const connection = new RoomConnection(
    { ws: "ws://h/ws/rooms/X/", api: "/api/rooms/X/", seq, WebSocket: sockets, fetch, ticks: time.ticks,
      random: () => 0.5, isOnline: () => true, timers: time.timers },
    {
      onSnapshot: (snapshot) => seen.snapshots.push(snapshot.seq),
      onEvents: (events) => seen.events.push(...events.map(({ seq: number }) => number)),
      onAnswer: (found) => seen.answers.push(found.type),
      onTime: () => {},
      onLine: (isUsable) => seen.lines.push(isUsable),
      onStatus: () => {},
    },
  );
  connection.start();
  return { time, sockets: sockets.made, fetch, seen, connection };
}

function connected(options) {
  const found = world(options);
  found.sockets[0].open();
  found.sockets[0].say({ type: "events", seq: 4, events: [] });
  return found;
}

test("it asks for what comes after the page's own snapshot", () => {
  assert.equal(world().sockets[0].address, "ws://h/ws/rooms/X/?after=4");
});

test("an open socket counts only once it has said something", () => {
  const { sockets, connection } = world();
  sockets[0].open();
  assert.equal(connection.status.isUsable, false);
  sockets[0].say({ type: "events", seq: 4, events: [] });
  assert.deepEqual([connection.status.isUsable, connection.status.link], [true, "connected"]);
});

test("a broken line turns bidding off, comes back with after= and misses nothing", async () => {
  const { time, sockets, seen, connection } = connected();
  sockets[0].say({ type: "events", seq: 5, events: [event(5)] });
  sockets[0].fail();
  assert.deepEqual([connection.status.isUsable, connection.status.link], [false, "retrying"]);
  await time.pass(600);
  assert.equal(sockets[1].address, "ws://h/ws/rooms/X/?after=5");
  sockets[1].open();
  sockets[1].say({ type: "events", seq: 7, events: [event(6), event(7)] });
  assert.deepEqual(seen.events, [5, 6, 7]);
  assert.deepEqual(seen.lines, [true, false, true]);
});

test("after three seconds it says that it is lost", async () => {
  const { time, sockets, connection } = connected();
  sockets[0].fail();
  await time.pass(3000);
  assert.equal(connection.status.link, "lost");
});

test("eight silent seconds are a lost line even if the socket claims to be open", async () => {
  const { time, connection, sockets } = connected();
  await time.pass(7900);
  assert.equal(connection.status.isUsable, true);
  await time.pass(700);
  assert.equal(connection.status.isUsable, false);
  assert.equal(sockets[0].readyState, 3);
});

test("a gap turns bidding off, asks for a resync, and is healed by it", () => {
  const { sockets, seen, connection } = connected();
  sockets[0].say({ type: "events", seq: 6, events: [event(6)] });
  assert.deepEqual([connection.status.isUsable, connection.status.isGap], [false, true]);
  assert.deepEqual(sockets[0].sent.at(-1), { v: 1, type: "resync", after: 4 });
  sockets[0].say({ type: "events", seq: 6, events: [event(5), event(6)] });
  assert.deepEqual(seen.events, [5, 6]);
  assert.equal(connection.status.isUsable, true);
});

test("a gap that the socket does not heal is healed by HTTP", async () => {
  const { time, sockets, seen, connection } = connected({ answer: () => ({ body: { seq: 6 } }) });
  sockets[0].say({ type: "events", seq: 6, events: [event(6)] });
  await time.pass(2000);
  assert.deepEqual([seen.snapshots, connection.status.isUsable], [[6], true]);
});

test("where sockets are blocked the room is read and answered by HTTP", async () => {
  const pages = [{ seq: 5, events: [event(5)], more: false, server_at: "2026-11-26T09:00:00.000+08:00" }];
  const { time, sockets, seen, connection } = world({
    answer: (address) => address.includes("offers")
      ? { body: { type: "ack", client_token: "t" } }
      : { body: pages.shift() ?? { seq: 5, events: [], more: false } },
  });
  sockets[0].fail();
  await time.pass(1000);
  sockets[1].fail();
  await time.pass(1500);
  assert.deepEqual([connection.status.link, connection.status.isUsable, seen.events], ["fallback", true, [5]]);
  assert.equal(connection.transmit({ token: "t", kind: "offer", amountFen: 5 }), false);
  assert.deepEqual(await connection.post({ token: "t", kind: "offer", amountFen: 5 }), { type: "ack", client_token: "t" });
});

test("from the backup channel it finds back to the socket", async () => {
  const { time, sockets, connection } = world({ answer: () => ({ body: { seq: 4, events: [], more: false } }) });
  sockets[0].fail();
  await time.pass(1000);
  sockets[1].fail();
  await time.pass(31_000);
  sockets.at(-1).open();
  sockets.at(-1).say({ type: "events", seq: 4, events: [] });
  assert.equal(connection.status.link, "connected");
});

for (const [code, reason] of [[4403, "not_allowed"], [4404, "no_room"]]) {
  test(`close code ${code} ends it: ${reason}`, async () => {
    const { time, sockets, connection } = connected();
    sockets[0].fail(code);
    await time.pass(60_000);
    assert.equal(sockets.length, 1);
    assert.deepEqual([connection.status.stopped, connection.status.isUsable], [reason, false]);
  });
}

test("signed out, it goes on as a watcher who cannot offer", async () => {
  const { time, sockets, connection, seen } = connected();
  sockets[0].fail(4401);
  await time.pass(600);
  assert.match(sockets[1].address, /[?&]watch=1/);
  sockets[1].open();
  sockets[1].say({ type: "events", seq: 5, events: [event(5)] });
  assert.deepEqual(seen.events.at(-1), 5);
  assert.deepEqual(
    [connection.status.link, connection.status.stopped, connection.status.isUsable],
    ["connected", "signed_out", false],
  );
  assert.equal(connection.transmit({ token: "token-1", kind: "offer", amountFen: 5 }), false);
});

for (const [status, found] of [[403, "not_taken"], [404, "not_taken"], [413, "not_taken"], [429, undefined], [503, undefined]]) {
  test(`a POST answered ${status} without an answer is ${found ?? "asked again"}`, async () => {
    const { connection } = world({ answer: () => ({ status, body: { error: "x" } }) });
    const answer = await connection.post({ token: "token-1", kind: "offer", amountFen: 5 });
    assert.equal(answer?.code, found);
    assert.equal(answer?.client_token, found && "token-1");
  });
}

test("a POST that says signed out goes on as a watcher", async () => {
  const { sockets, connection } = world({ answer: () => ({ status: 401, body: { error: "signed_out" } }) });
  await connection.post({ token: "token-1", kind: "offer", amountFen: 5 });
  await connection.post({ token: "token-1", kind: "offer", amountFen: 5 });
  assert.match(sockets.at(-1).address, /watch=1/);
  assert.equal(sockets.length, 2);
});

test("a socket that was given up is not heard any more", async () => {
  const { time, sockets, seen } = connected();
  sockets[0].fail();
  await time.pass(600);
  sockets[0].say({ type: "events", seq: 9, events: [event(5)] });
  assert.deepEqual(seen.events, []);
});

test("a slow round trip is said to be slow", () => {
  const { time, sockets, connection } = connected();
  time.now += 450;
  sockets[0].say({ type: "pong", t: 0, server_at: "2026-11-26T09:00:00.000+08:00" });
  assert.equal(connection.status.link, "slow");
});

test("the wait between attempts grows, is jittered, and stays within half and eight seconds", () => {
  for (let attempt = 0; attempt < 12; attempt += 1) {
    for (const random of [0, 0.5, 1]) {
      const wait = backoff(attempt, attempt * 5000, random);
      assert.ok(wait >= 500 && wait <= 8000, `${attempt}: ${wait}`);
    }
  }
  assert.notEqual(backoff(4, 60_000, 0), backoff(4, 60_000, 1));
  assert.ok(backoff(9, 60_000, 1) > backoff(1, 1000, 1));
});
