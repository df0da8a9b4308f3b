"""Bidders and watchers in a process of their own: they write down what they did and what they were
told, and know nothing of the product but its protocol. `python clients.py PLAN.json LOG.jsonl`;
with `-` for the plan they take orders from standard input, a line of JSON each."""

import asyncio
import json
import random
import socket as sockets
import sys
import threading
import time
import uuid
from pathlib import Path

import websockets

OVER = {"hammered", "passed_in", "aborted"}
ENDED = {"sold", "unsold", "aborted"}
ANSWER_SECONDS = 2.5
GIVE_UP_SECONDS = 40
ONLY_FOR_A_WHILE = {"too_fast"}
LOST = (OSError, EOFError, websockets.WebSocketException, ValueError)


class Ears:
    """What one client knows of a room, folded from the frames; everything goes into the log."""

    def __init__(self, name, code, log, plate=None):
        self.name, self.code, self.log, self.plate = name, code, log, plate
        self.seq = 0
        self.top_fen = self.top_plate = None
        self.phase = "scheduled"
        self.is_over = False
        self.tokens = {}

    def note(self, what, **more):
        line = {"what": what, "room": self.code, "client": self.name, "t": time.monotonic_ns()}
        self.log.write(json.dumps({**line, **more}) + "\n")
        self.log.flush()

    def wall(self):
        """The machine's clock."""
        return time.time_ns()

    def hear(self, frame):
        kind = frame["type"]
        if kind == "snapshot":
            self.seq, self.top_fen = frame["seq"], frame["top_fen"]
            self.top_plate, self.phase = frame["top_plate"], frame["phase"]
            self.is_over = frame["phase"] in ENDED
            self.note("seen", seq=self.seq, top_fen=self.top_fen)
        elif kind == "events":
            for event in frame["events"]:
                self.follow(event)
        elif frame.get("client_token") in self.tokens:
            self.settle(frame)

    def follow(self, event):
        if event["seq"] != self.seq + 1:
            self.note("gap", seq=event["seq"], before=self.seq)
        self.seq, kind = event["seq"], event["kind"]
        told = {"plate": event.get("plate"), "fen": event.get("amount_fen")}
        self.note("heard", seq=self.seq, kind=kind, at=event["at"], **told)
        if kind == "offer_placed":
            self.top_fen, self.top_plate = event["amount_fen"], event["plate"]
        self.phase = event.get("to") or event.get("phase") or self.phase
        self.is_over = self.is_over or kind in OVER

    def intend(self, fen=None, token=None):
        """A new intended offer, or a join: its frame, written down before it is sent."""
        token = token or str(uuid.uuid4())
        self.note("sent", token=token, plate=self.plate, fen=fen, wall=self.wall())
        self.tokens[token] = asyncio.get_running_loop().create_future()
        frame = {"v": 1, "type": "offer" if fen is not None else "join", "client_token": token}
        return frame if fen is None else {**frame, "amount_fen": fen}

    def settle(self, frame):
        """An answer, the first or another copy of it."""
        token, answer = frame["client_token"], self.tokens[frame["client_token"]]
        if frame["type"] == "unknown":
            self.note("unknown", token=token)
            return  # not settled: it is sent again under its token
        if frame["type"] == "ack":
            told = {name: frame[name] for name in ("stream", "seq", "hash", "sig")}
            self.note("ack", token=token, wall=self.wall(), **told)
        else:
            self.note("refused", token=token, code=frame["code"])
        if not answer.done():
            answer.set_result(frame)


class Client(Ears):
    """One socket's life; it comes back with `after=` whenever it is cut off."""

    def __init__(self, name, plan, log, seat=None):
        super().__init__(name, plan["code"], log, (seat or {}).get("plate"))
        self.plan, self.cookie = plan, (seat or {}).get("cookie")
        self.dice = random.Random(f"{name} {plan['code']}")
        self.quits_at = time.monotonic() + plan.get("bids_for", 3600)
        self.socket = self.pending = None
        self.times = 1
        self.has_joined = False

    async def live(self):
        try:
            async with asyncio.timeout(self.plan["seconds"] + GIVE_UP_SECONDS):
                while not self.is_over:
                    await self.come()
        except TimeoutError:
            self.note("gave_up")
        self.note("state", seq=self.seq, top_fen=self.top_fen)

    async def come(self):
        try:
            await self.visit()
        except LOST:
            await asyncio.sleep(self.dice.uniform(0.1, 0.4))

    async def visit(self):
        url = f"{self.plan['ws']}/ws/rooms/{self.code}/"
        if self.seq:
            url += f"?after={self.seq}"
        origin = self.plan.get("origin") or self.plan["ws"].replace("ws", "http", 1)
        headers = {"Cookie": self.cookie, "Origin": origin} if self.cookie else {}
        async with websockets.connect(
            url, additional_headers=headers, compression=None, open_timeout=4, close_timeout=1
        ) as self.socket:
            bidding = asyncio.create_task(self.bid()) if self.cookie else None
            try:
                while not self.is_over:
                    async with asyncio.timeout(self.plan.get("silence_s", 20)):
                        self.hear(json.loads(await self.socket.recv()))
            except TimeoutError:
                await (
                    self.socket.close()
                )  # no sign of life: a line that is dead and does not say so
            finally:
                if bidding:
                    bidding.cancel()

    # ── bidding ───────────────────────────────────────────────────────────────────────────────
    async def bid(self):
        """One intention at a time; what was not answered is sent again under its token."""
        while self.pending or time.monotonic() < self.quits_at:
            if self.pending is None:
                await asyncio.sleep(self.dice.uniform(*self.plan.get("pace", (0.0, 0.06))))
                self.pending = self.next_frame()
                continue
            frame = self.pending
            for _copy in range(self.copies()):
                await self.socket.send(json.dumps(frame))
            if frame["type"] == "offer" and self.dice.random() < self.plan.get("post", 0.0):
                await self.post(frame)
            answered = self.tokens[frame["client_token"]]
            done, _late = await asyncio.wait({answered}, timeout=ANSWER_SECONDS)
            if not done:
                continue
            self.pending = None
            if answered.result().get("code") in ONLY_FOR_A_WHILE:
                await asyncio.sleep(0.5)

    def copies(self):
        if self.times > 1:
            return self.times
        return self.dice.choice((2, 3)) if self.dice.random() < self.plan.get("twice", 0.0) else 1

    def next_frame(self):
        """What this bidder wants next; None: to wait."""
        if self.phase == "inquiry":
            if self.has_joined or self.dice.random() < 0.5:
                return None
            self.has_joined = True
            return self.intend()
        leads = self.top_plate is not None and self.top_plate == self.plate
        if leads and not self.plan.get("own_outbid", True) and self.dice.random() < 0.9:
            return None
        return self.intend(self.amount())

    def amount(self):
        """Mostly a valid one; now and then too little, the same again, or off the step."""
        start, step = self.plan["start_fen"], self.plan["step_fen"]
        least = start if self.top_fen is None else self.top_fen + step
        if self.dice.random() >= self.plan.get("wrong", 0.0):
            return least + self.dice.randrange(5) * step
        return max(1, least + self.dice.choice((-step, -1, 1, -2 * step)))

    async def post(self, frame):
        """The same intention over HTTP, as a page does whose socket is blocked."""
        host, _colon, port = self.plan["ws"].removeprefix("ws://").partition(":")
        body = json.dumps({name: frame[name] for name in ("client_token", "amount_fen")})
        head = [f"POST /api/rooms/{self.code}/offers HTTP/1.1", f"Host: {host}:{port}"]
        head += [f"Cookie: {self.cookie}", f"Origin: {self.plan['origin']}"]
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        text = "\r\n".join([*head, "Connection: close", "", body])
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                reader, writer = await asyncio.open_connection(host, int(port))
                writer.write(text.encode())
                answer = (await reader.read()).decode()
                writer.close()
            found = json.loads(answer.partition("\r\n\r\n")[2])
        except (*LOST, TimeoutError):
            return
        if found.get("client_token") in self.tokens:
            self.settle({"type": "refused", **found} if "code" in found else found)


# ── orders ────────────────────────────────────────────────────────────────────────────────────


class Crowd:
    """Every client of this process, and what happens to them all at once."""

    def __init__(self, log):
        self.log = log
        self.clients, self.tasks = [], set()

    def spawn(self, work):
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def enter(self, plan):
        """A room's bidders and watchers come."""
        seats = enumerate(plan["seats"])
        came = [Client(f"bidder-{index}", plan, self.log, seat) for index, seat in seats]
        came += [Client(f"watcher-{n}", plan, self.log) for n in range(plan["watchers"])]
        self.clients += came
        for client in came:
            self.spawn(client.live())

    def repeat(self, order):
        """For a while every request is sent so many times."""
        for client in self.clients:
            client.times = order["times"]

    def drop(self, _order):
        """Everybody's line breaks at once, without a goodbye."""
        for client in self.clients:
            if client.socket is not None and not client.is_over:
                client.socket.transport.abort()

    def storm(self, order):
        self.spawn(self.come_all(order))

    async def come_all(self, order):
        """So many watchers at once; each stays until all came, or its patience ends."""
        everybody = asyncio.Event()
        came = 0

        async def come():
            nonlocal came
            url = f"{order['ws']}/ws/rooms/{order['code']}/"
            while not everybody.is_set():
                try:
                    async with websockets.connect(url, compression=None, open_timeout=10) as one:
                        await asyncio.wait_for(one.recv(), 10)
                        came += 1
                        if came == order["sockets"]:
                            everybody.set()
                        await everybody.wait()
                except (*LOST, TimeoutError):
                    await asyncio.sleep(random.uniform(0.1, 0.5))

        try:
            async with asyncio.timeout(60):
                await asyncio.gather(*(come() for _n in range(order["sockets"])))
        except TimeoutError:
            everybody.set()
        self.say(order, came=came)

    def slow(self, order):
        self.spawn(self.never_read(order))

    async def never_read(self, order):
        """Watchers that come and then read nothing."""
        host, _colon, port = order["ws"].removeprefix("ws://").partition(":")
        key = "dGhlIHNhbXBsZSBub25jZQ=="
        head = f"GET /ws/rooms/{order['code']}/ HTTP/1.1\r\nHost: {host}:{port}\r\n"
        head += "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        head += f"Sec-WebSocket-Key: {key}\r\n\r\n"
        held = []
        for _n in range(order["sockets"]):
            one = sockets.socket()
            one.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 2048)
            one.setblocking(False)
            held.append(one)
            try:
                await asyncio.get_running_loop().sock_connect(one, (host, int(port)))
                await asyncio.get_running_loop().sock_sendall(one, head.encode())
            except OSError:
                continue
        await asyncio.sleep(order["seconds"])
        for one in held:
            one.close()
        self.say(order, came=len(held))

    def say(self, order, **more):
        line = {"what": "done", "order": order["id"], "t": time.monotonic_ns(), **more}
        self.log.write(json.dumps(line) + "\n")
        self.log.flush()

    async def obey(self, orders):
        """Follows orders until there are no more, then until every client has seen its end."""
        while (order := await orders.get()) is not None:
            if order["do"] == "enter":
                self.enter(order["plan"])
            else:
                getattr(self, order["do"])(order)
        while self.tasks:
            await asyncio.wait(set(self.tasks))


async def take_orders(log):
    loop, orders = asyncio.get_running_loop(), asyncio.Queue()

    def read():
        for line in sys.stdin:
            loop.call_soon_threadsafe(orders.put_nowait, json.loads(line))
        loop.call_soon_threadsafe(orders.put_nowait, None)

    threading.Thread(target=read, daemon=True).start()
    await Crowd(log).obey(orders)


async def follow_plan(plan, log):
    crowd = Crowd(log)
    crowd.enter(plan)
    while crowd.tasks:
        await asyncio.wait(set(crowd.tasks))


if __name__ == "__main__":
    with Path(sys.argv[2]).open("a") as stream:
        if sys.argv[1] == "-":
            asyncio.run(take_orders(stream))
        else:
            asyncio.run(follow_plan(json.loads(Path(sys.argv[1]).read_text()), stream))
