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

LATE_SECONDS = 5.0
DOORS = 20  # who enter at a time: the peer's Redis pool refuses more than a hundred at once


class Load:
    def __init__(self, room, base):
        self.room = room
        self.base = base
        self.amounts = itertools.count(room["start_fen"] + 1000, 1000)
        self.waits = []
        self.refused = 0
        self.accepted = {}
        self.seen = []
        self.is_over = False
        self.doors = asyncio.Semaphore(DOORS)

    def url(self):
        return f"{self.base.replace('http', 'ws')}/ws/rooms/{self.room['code']}/"

    async def connect(self, cookie=None):
        headers = {"Cookie": cookie, "Origin": self.base} if cookie else {}
        async with self.doors:
            return await websockets.connect(
                self.url(),
                additional_headers=headers,
                compression=None,
                max_queue=None,
                open_timeout=60,
            )

    async def bid(self, seat, turns):
        """A bidder in a closed loop; with `turns` it waits for its turn before each offer."""
        socket = await self.connect(seat.get("cookie"))
        async with socket:
            while not self.is_over:
                if turns and await turns.get() is None:
                    return
                await self.offer(socket)

    async def offer(self, socket):
        token = str(uuid.uuid4())
        frame = {"v": 1, "type": "offer", "client_token": token}
        frame["amount_fen"] = next(self.amounts)
        begun = time.perf_counter()
        await socket.send(json.dumps(frame))
        try:
            answer = await asyncio.wait_for(self.answer(socket, token), 15)
        except TimeoutError:
            answer = {"type": "unknown"}
        if answer["type"] == "ack":
            self.waits.append(time.perf_counter() - begun)
            self.accepted[answer["seq"]] = time.perf_counter()
        else:
            self.refused += 1

    async def answer(self, socket, token):
        async for text in socket:
            if '"client_token"' not in text[:4000]:
                continue
            frame = json.loads(text)
            if frame.get("client_token") == token:
                return frame
        return {"type": "closed"}

    async def pace(self, turns, per_second, seconds):
        """One offer at a time, evenly spaced: each makes one frame for every watcher."""
        begun, count = time.perf_counter(), int(per_second * seconds)
        for index in range(count):
            await asyncio.sleep(max(0, begun + index / per_second - time.perf_counter()))
            turns.put_nowait(index)
        for _seat in self.room["seats"]:
            turns.put_nowait(None)

    async def watch(self):
        """Notes each event number with the instant of its first arrival."""
        seen = Seen()
        self.seen.append(seen)
        socket = await self.connect()
        async with socket:
            self.ready += 1
            async for text in socket:
                frame = json.loads(text)
                if frame.get("type") == "events":
                    seen.note([event["seq"] for event in frame["events"]])

    ready = 0

    async def run(self, seconds, watchers, per_second):
        watching = [asyncio.create_task(self.watch()) for _index in range(watchers)]
        while self.ready < watchers:
            for task in watching:
                if task.done():
                    task.result()  # raises what kept it from watching
                    raise SystemExit("a watcher was sent away")
            await asyncio.sleep(0.05)
        turns = asyncio.Queue() if per_second else None
        begun = time.perf_counter()
        bidding = [asyncio.create_task(self.bid(seat, turns)) for seat in self.room["seats"]]
        if turns:
            await self.pace(turns, per_second, seconds)
        else:
            await asyncio.sleep(seconds)
        self.is_over = True
        spent = time.perf_counter() - begun
        await asyncio.gather(*bidding)
        if watching:
            await asyncio.sleep(LATE_SECONDS)
        for task in watching:
            task.cancel()
        return self.report(spent, watchers)

    def report(self, spent, watchers):
        waits = sorted(self.waits)
        found = {
            "accepted": len(waits),
            "refused": self.refused,
            "accepted_per_s": round(len(waits) / spent, 1),
            "p50_ms": milliseconds(waits, 0.5),
            "p99_ms": milliseconds(waits, 0.99),
        }
        return found | self.deliveries(spent, watchers) if watchers else found

    def deliveries(self, spent, watchers):
        """What of the acknowledged offers reached each watcher, and how long after the bidder's
        own acknowledgement (below zero: before it). Lost: not within LATE_SECONDS of it."""
        lags, lost = [], 0
        for seen in self.seen:
            for seq, at in self.accepted.items():
                lag = seen.at.get(seq, at + LATE_SECONDS) - at
                lost += lag >= LATE_SECONDS
                lags.append(lag)
        lags.sort()
        return {
            "watchers": watchers,
            "frames_per_s": round(statistics.mean(seen.frames for seen in self.seen) / spent, 2),
            "deliveries_per_s": round((len(lags) - lost) / spent, 1),
            "lost": lost,
            "twice": sum(seen.twice for seen in self.seen),
            "lag_p50_ms": milliseconds(lags, 0.5),
            "lag_p99_ms": milliseconds(lags, 0.99),
        }


class Seen:
    def __init__(self):
        self.at = {}
        self.frames = 0
        self.twice = 0

    def note(self, seqs):
        now = time.perf_counter()
        self.frames += 1
        for seq in seqs:
            self.twice += seq in self.at
            self.at.setdefault(seq, now)


def milliseconds(ordered, part):
    return round(ordered[max(0, int(len(ordered) * part) - 1)] * 1000, 2) if ordered else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--watchers", type=int, default=0)
    parser.add_argument("--pace", type=float, default=0, help="offers a second")
    options = parser.parse_args()
    with open(options.file) as stream:
        plan = json.load(stream)
    load = Load(plan["rooms"][0], plan["base_url"])
    print(json.dumps(asyncio.run(load.run(options.seconds, options.watchers, options.pace))))


if __name__ == "__main__":
    main()
