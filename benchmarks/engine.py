"""Time of one decision by the pure rules, with few and with many offers before it."""

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bidding.data import presets  # noqa: E402
from bidding.rules.commands import Offer, Tick  # noqa: E402
from bidding.rules.decide import decide  # noqa: E402
from bidding.rules.state import initial  # noqa: E402
from bidding.rules.terms import parse_terms  # noqa: E402

OPENS = datetime(2026, 4, 21, 2, tzinfo=UTC)
PLATES = [f"A{number:02d}" for number in range(32)]
ROUNDS = 5000


def main():
    terms = parse_terms(
        presets()["ASC"],
        {
            **{"start_fen": 100, "step_fen": 1, "step_mode": "at_least", "own_outbid": True},
            **{"opens_at": OPENS.isoformat(), "ends_at": (OPENS + timedelta(hours=1)).isoformat()},
        },
    )
    state = decide(terms, initial(terms, code="BENCHMRK"), Tick(), OPENS).state
    fen = 100
    for past in (0, 50_000):
        while state.book.offers < past:
            fen += 1
            state = decide(terms, state, Offer(PLATES[fen % 32], fen), OPENS).state
        begun = time.process_time()
        for _round in range(ROUNDS):
            fen += 1
            state = decide(terms, state, Offer(PLATES[fen % 32], fen), OPENS).state
        spent = (time.process_time() - begun) / ROUNDS * 1e6
        line = {"bench": "engine.decision", "profile": f"{past} offers before", "unit": "µs"}
        line |= {"value": round(spent, 2), "peer": None, "peer_value": None, "ratio": None}
        print(json.dumps(line, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
