"""The load client, one process for all designs: bidders in a closed loop, watchers, one counter.

Prints one JSON object. Traffic goes to 127.0.0.1 only and ends by itself."""

import argparse
import asyncio
import itertools
import json
import statistics
import time
import uuid

import websockets


class Load:
    def __init__(self, room, base):
        self.room = room
        self.base = base
        self.amounts = itertools.count(room["start_fen"] + 1000, 1000)
        self.waits = []
        self.refused = 0
        self.seen = []
        self.is_over = False

    def url(self):
        return f"{self.base.replace('http', 'ws')}/ws/rooms/{self.room['code']}/"

    async def connect(self, cookie=None):
        headers = {"Cookie": cookie} if cookie else {}
        return await websockets.connect(
            self.url(),
            additional_headers=headers,
            compression=None,
            max_queue=None,
            open_timeout=60,
        )

    async def bid(self, seat, pause):
        socket = await self.connect(seat.get("cookie"))
        async with socket:
            while not self.is_over:
                token = str(uuid.uuid4())
                frame = {"v": 1, "type": "offer", "client_token": token}
                frame["amount_fen"] = next(self.amounts)
                begun = time.perf_counter()
                await socket.send(json.dumps(frame))
                try:
                    kind = await asyncio.wait_for(self.answer(socket, token), 15)
                except TimeoutError:
                    kind = "unknown"
                if kind == "ack":
                    self.waits.append(time.perf_counter() - begun)
                else:
                    self.refused += 1
                if pause:
                    await asyncio.sleep(pause)

    async def answer(self, socket, token):
        async for text in socket:
            if '"client_token"' not in text[:4000]:
                continue
            frame = json.loads(text)
            if frame.get("client_token") == token:
                return frame["type"]
        return "closed"

    async def watch(self, index):
        seqs = []
        self.seen.append(seqs)
        socket = await self.connect()
        async with socket:
            self.ready += 1
            while True:
                try:
                    text = await asyncio.wait_for(socket.recv(), 3)
                except TimeoutError:
                    if self.is_over:
                        return
                    continue
                frame = json.loads(text)
                if frame.get("type") == "events":
                    seqs += [event["seq"] for event in frame["events"]]

    ready = 0

    async def run(self, seconds, watchers, pause):
        watching = [asyncio.create_task(self.watch(index)) for index in range(watchers)]
        while self.ready < watchers:
            await asyncio.sleep(0.05)
        begun = time.perf_counter()
        bidding = [asyncio.create_task(self.bid(seat, pause)) for seat in self.room["seats"]]
        await asyncio.sleep(seconds)
        self.is_over = True
        spent = time.perf_counter() - begun
        await asyncio.gather(*bidding)
        await asyncio.sleep(1)
        if watching:
            await asyncio.wait(watching, timeout=10)
        for task in watching:
            task.cancel()
        return self.report(spent, watchers)

    def report(self, spent, watchers):
        waits = sorted(self.waits)
        return {
            "accepted": len(waits),
            "refused": self.refused,
            "accepted_per_s": round(len(waits) / spent, 1),
            "p50_ms": round(statistics.median(waits) * 1000, 2) if waits else None,
            "p99_ms": round(waits[int(len(waits) * 0.99) - 1] * 1000, 2) if waits else None,
            "watchers": watchers,
            "deliveries": sum(map(len, self.seen)),
            "lost": self.lost(),
        }

    def lost(self):
        """Deliveries missing against what the best-informed watcher saw."""
        every = set(itertools.chain.from_iterable(self.seen))
        return sum(len(every - set(seqs)) for seqs in self.seen)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--watchers", type=int, default=0)
    parser.add_argument("--pause", type=float, default=0)
    options = parser.parse_args()
    with open(options.file) as stream:
        plan = json.load(stream)
    load = Load(plan["rooms"][0], plan["base_url"])
    print(json.dumps(asyncio.run(load.run(options.seconds, options.watchers, options.pause))))


if __name__ == "__main__":
    main()
