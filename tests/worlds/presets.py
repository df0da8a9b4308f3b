"""A city's own preset, made after the listing of Taicang with a countdown of 300 seconds."""

import copy
from typing import Any

from bidding.data import presets, vectors


def city_row(**changes: Any) -> dict[str, Any]:
    """KS: as TC, but each limited quote leaves 300 seconds."""
    base = presets()["TC"]
    return {
        "preset": "KS",
        "version": "2026.1",
        "title": "挂牌出让（昆山）",
        "format": base.format,
        "required": sorted(base.required),
        "terms": {**base.terms, "countdown_s": 300},
        "citation": [{"rule": "AUC-06", "source": "昆山规则第 9 条", "confidence": "P"}],
        **changes,
    }


def city_vectors() -> list[dict[str, Any]]:
    """Who did not confirm stays out, and the quote a minute after the end leaves 300 seconds."""
    case = copy.deepcopy(dict(vectors()["SIP"][0]))
    ends_at = "2026-04-21T10:06:00.000+08:00"
    case["expect"]["answers"][2]["ends_at"] = ends_at
    case["expect"]["outcome"]["ended_at"] = ends_at
    return [case]
