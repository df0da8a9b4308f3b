#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys
from importlib import import_module

PURE = frozenset({"evaluate", "clock_eval"})
"""Commands that ask nothing but rules: no app is loaded for them, so they answer at once."""


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if len(sys.argv) > 1 and sys.argv[1] in PURE:
        import_module(f"config.management.commands.{sys.argv[1]}").Command().run_from_argv(sys.argv)
        return
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except Exception as error:
        from config.management.plain import sentence

        said = None if "--traceback" in sys.argv else sentence(error)
        if said is None:
            raise
        sys.stderr.write(f"{said}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
