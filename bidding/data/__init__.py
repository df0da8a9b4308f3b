"""The shipped preset rows, read once."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from bidding.rules.presets import Preset, newest, parse_preset


@cache
def preset_rows() -> tuple[Preset, ...]:
    """Returns every version of every preset, oldest first."""
    text = files("bidding.data").joinpath("presets.json").read_text(encoding="utf-8")
    return tuple(parse_preset(row) for row in json.loads(text))


@cache
def presets() -> dict[str, Preset]:
    """Returns the newest version of each preset, by its short name."""
    return newest(preset_rows())


def preset(name: str, version: str) -> Preset:
    """Returns the version frozen into a lot. LookupError if it was never shipped."""
    found = (row for row in preset_rows() if (row.preset, row.version) == (name, version))
    row = next(found, None)
    if row is None:
        raise LookupError(f"no preset {name} of version {version}")
    return row


@cache
def vectors() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Returns the worked rooms that show what each shipped preset does, by its short name."""
    text = files("bidding.data").joinpath("vectors.json").read_text(encoding="utf-8")
    found: Mapping[str, Sequence[Mapping[str, Any]]] = json.loads(text)
    return found
