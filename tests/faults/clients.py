"""Bidders and watchers in a process of their own: they write down what they did and what they were
told, and know nothing of the product but its protocol. `python clients.py PLAN.json LOG.jsonl`."""

import asyncio
import json
import random
import sys
import time
import uuid
from pathlib import Path

import websockets

OVER = {"hammered", "passed_in", "aborted"}
ANSWER_SECONDS = 2.5
GIVE_UP_SECONDS = 40


class Client:
    """One socket's life; it comes back with `after=` whenever it is cut off."""

    def __init__(self, name, plan, log, cookie=None):
        self.name, self.plan, self.log, self.cookie = name, plan, log, cookie
        self.seq = 0
        self.top_fen = None
        self.is_over = False
        self.pending = None
        self.dice = random.Random(name)

    def note(self, what, **more):
        line = {"what": what, "client": self.name, "t": time.monotonic_ns(), **more}
        self.log.write(json.dumps(line) + "\n")
        self.log.flush()

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
        except (OSError, websockets.WebSocketException):
            await asyncio.sleep(self.dice.uniform(0.1, 0.4))

    async def visit(self):
        url = f"{self.plan['ws']}/ws/rooms/{self.plan['code']}/"
        if self.seq:
            url += f"?after={self.seq}"
        origin = self.plan["ws"].replace("ws", "http", 1)
        headers = {"Cookie": self.cookie, "Origin": origin} if self.cookie else {}
        async with websockets.connect(
            url, additional_headers=headers, compression=None, open_timeout=4, close_timeout=1
        ) as socket:
            bidding = asyncio.create_task(self.bid(socket)) if self.cookie else None
            try:
                while not self.is_over:
                    self.hear(json.loads(await socket.recv()))
            finally:
                if bidding:
                    bidding.cancel()

    def hear(self, frame):
        kind = frame["type"]
        if kind == "snapshot":
            self.seq, self.top_fen = frame["seq"], frame["top_fen"]
            self.is_over = frame["phase"] in {"sold", "unsold", "aborted"}
        elif kind == "events":
            for event in frame["events"]:
                self.follow(event)
        elif frame.get("client_token") == (self.pending or {}).get("client_token"):
            self.settle(frame)

    def follow(self, event):
        if event["seq"] != self.seq + 1:
            self.note("gap", seq=event["seq"], before=self.seq)
        self.seq = event["seq"]
        if event["kind"] == "offer_placed":
            self.top_fen = event["amount_fen"]
        self.is_over = self.is_over or event["kind"] in OVER

    def settle(self, frame):
        token = frame["client_token"]
        if frame["type"] == "unknown":
            return  # not settled: it is sent again under its token
        if frame["type"] == "ack":
            told = {name: frame[name] for name in ("stream", "seq", "hash")}
            self.note("ack", token=token, **told)
        else:
            self.note("refused", token=token, code=frame["code"])
        self.pending = None

    async def bid(self, socket):
        """One offer at a time; what was not answered is sent again under its token."""
        while True:
            if self.pending is None:
                await asyncio.sleep(self.dice.uniform(0.0, 0.06))
                least = (self.top_fen or self.plan["start_fen"]) + self.plan["step_fen"]
                fen = least + self.dice.randrange(5) * self.plan["step_fen"]
                token = str(uuid.uuid4())
                self.note("sent", token=token, fen=fen)
                self.pending = {
                    **{"v": 1, "type": "offer", "client_token": token, "amount_fen": fen}
                }
            mine = self.pending
            await socket.send(json.dumps(mine))
            deadline = time.monotonic() + ANSWER_SECONDS
            while self.pending is mine and time.monotonic() < deadline:
                await asyncio.sleep(0.005)


async def main(plan, log):
    clients = [
        Client(f"bidder-{index}", plan, log, seat["cookie"])
        for index, seat in enumerate(plan["seats"])
    ]
    clients += [Client(f"watcher-{index}", plan, log) for index in range(plan["watchers"])]
    await asyncio.gather(*(client.live() for client in clients))


if __name__ == "__main__":
    with Path(sys.argv[2]).open("a") as stream:
        asyncio.run(main(json.loads(Path(sys.argv[1]).read_text()), stream))
