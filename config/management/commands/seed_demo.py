"""Loads a demo or test world through the services: `seed_demo --profile demo|e2e|bench`."""

import json
import os
import sys
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from approvals.selectors import list_items
from audit.clock import system_clock
from config.management.demo import bench, sales, world
from config.management.demo.diary import Diary
from kernel.clock import iso_ms
from trading.selectors import list_public_lots

PROFILES = ("demo", "e2e", "bench")
LONG_AGO = timedelta(days=120)
MOST_SEATS = 9999
LISTING = ("free", "inquiry", "limited", "start", "step")
E2E_BIDDERS = ("bidA", "bidB", "bidC")


class Command(BaseCommand):
    """Idempotent: what is there is left alone. Refused in production."""

    help = "Loads the demo world; with --lot NAME makes one fresh lot and prints it as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--profile", choices=PROFILES, default="demo")
        parser.add_argument("--lot")
        parser.add_argument("--start", type=int, default=8000, help="start price, in 万元")
        parser.add_argument("--step", type=int, default=20, help="step, in 万元")
        parser.add_argument("--free", type=int, default=45, help="seconds of free quoting")
        parser.add_argument("--inquiry", type=int, default=15)
        parser.add_argument("--limited", type=int, default=20)
        parser.add_argument("--rooms", type=int, default=1)
        parser.add_argument("--seats", type=int, default=32)
        parser.add_argument("--out")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("a real centre takes no demo data")
        self.refuse_bad_input(options)
        long_ago = Diary.of(system_clock().now() - LONG_AGO).last(9)
        world.settle_people(long_ago)
        if not list_items():
            world.publish_items(long_ago)
        if options["profile"] == "bench":
            self.bench(options)
        elif options["lot"]:
            self.one_lot(options)
        elif options["profile"] == "demo":
            self.living_centre()

    def refuse_bad_input(self, options: dict[str, Any]) -> None:
        """CommandError before anything is made."""
        for name in ("rooms", "seats", "start", "step", "free", "inquiry", "limited"):
            if options[name] < 1:
                raise CommandError(f"--{name} must be at least 1, not {options[name]}.")
        if options["seats"] > MOST_SEATS:
            raise CommandError(f"--seats must be at most {MOST_SEATS}, not {options['seats']}.")
        if options["profile"] != "bench":
            return
        if not options["out"]:
            raise CommandError("--profile bench needs --out FILE")
        out = Path(options["out"])
        if out.is_dir() or not os.access(out if out.exists() else out.parent, os.W_OK):
            raise CommandError(f"{out} cannot be written: name a file in a folder that exists.")

    def say(self, text: str) -> None:
        """Progress goes to the terminal, results to standard output."""
        sys.stderr.write(f"{text}\n")

    def living_centre(self) -> None:
        """The whole demo, once; a later start only makes a fresh live sale."""
        now = system_clock().now()
        if not list_public_lots().exists():
            self.say("Preparing a living centre …")
            sales.living_centre(now)
        sales.live_asset(system_clock().now())

    def one_lot(self, options: dict[str, Any]) -> None:
        """A fresh land listing with three paid-up bidders, for one test."""
        now = system_clock().now()
        stages = sales.Listing(*(options[name] for name in LISTING))
        title = f"LOT-E2E-{options['lot']}"
        plan = sales.land_plan(title, now, stages=stages, opened=timedelta(days=11))
        lot = world.publish(plan)
        world.pay_in(lot, E2E_BIDDERS, now - timedelta(days=5))
        found = {
            "lot": lot.no,
            "room": lot.room_code,
            "url": f"/rooms/{lot.room_code}/",
            "opens_at": iso_ms(lot.opens_at),
            "ends_at": iso_ms(lot.ends_at),
        }
        self.stdout.write(json.dumps(found, ensure_ascii=False))

    def bench(self, options: dict[str, Any]) -> None:
        """Rooms with live session cookies, for load clients."""
        found = bench.make_rooms(options["rooms"], options["seats"], run=uuid.uuid4().hex[:6])
        Path(options["out"]).write_text(json.dumps(found, ensure_ascii=False))
        self.say(f"{options['rooms']} rooms with {options['seats']} seats each: {options['out']}")
