"""Moves the legal clock of a test or demo centre: `test_clock +31d`, `reset` or `show`."""

from datetime import timedelta

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.clock import offset, parse_shift, set_offset, system_clock
from kernel.clock import iso_ms


class Command(BaseCommand):
    help = "Moves the clock of a test centre: +31d, -2h, +15m, +90s, reset or show."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("shift", nargs="?", default="show", help="+31d | reset | show")

    def handle(self, *_args: object, **options: str) -> None:
        if not settings.TEST_CLOCK:
            raise CommandError("The clock moves only where TEST_CLOCK=1 is set.")
        shift = options["shift"]
        try:
            if shift == "reset":
                set_offset(timedelta(0))
            elif shift != "show":
                set_offset(offset() + parse_shift(shift))
        except ValueError as error:
            raise CommandError(f"{error}.") from error
        self.stdout.write(f"{iso_ms(system_clock().now())} (offset {offset()})")
