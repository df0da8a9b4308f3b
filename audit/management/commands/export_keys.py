"""The public keys that an auditor keeps: `export_keys --out TRUSTED.json`."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.services.keys import trusted_keys


class Command(BaseCommand):
    help = "Writes the public keys of the log, the receipts and the papers for auditors to keep."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", required=True, metavar="TRUSTED.json")

    def handle(self, *args: Any, **options: Any) -> None:
        keys = trusted_keys()
        text = json.dumps(keys, ensure_ascii=False, indent=1)
        try:
            Path(options["out"]).write_text(f"{text}\n", encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{options['out']} cannot be written: {error.strerror}.") from None
        for key in keys["keys"]:
            self.stdout.write(f"{key['role']:8} {key['vkey']}")
