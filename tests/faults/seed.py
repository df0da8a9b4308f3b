"""Makes one room for a fault test, in a process of its own: `python seed.py SECONDS SEATS`."""

import json
import os
import sys
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from audit.clock import system_clock  # noqa: E402
from kernel.clock import iso_ms  # noqa: E402
from tests.worlds.rooms import lay_table, terms_of  # noqa: E402


def main(seconds: float, seats: int) -> None:
    ends_at = system_clock().now() + timedelta(seconds=seconds)
    terms = terms_of(ends_at=iso_ms(ends_at), soft_close_s=0, own_outbid=True, step_mode="at_least")
    table = lay_table(*(f"bidder{index}" for index in range(seats)), terms=terms)
    plan = {
        "code": table.code,
        "seats": [{"cookie": one.cookie, "plate": one.plate} for one in table.seats.values()],
        "start_fen": 1000,
        "step_fen": 100,
        "seconds": seconds,
    }
    sys.stdout.write(json.dumps(plan))


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
