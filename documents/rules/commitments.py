"""Sealed fields: the ledger holds a salted hash, the holder's copy opens it, erasure is possible.

`SHA-256("yangguang-sealed-field-v1" ‖ 0x00 ‖ salt (16 bytes) ‖ field ‖ 0x00 ‖ text)`.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

TAG = b"yangguang-sealed-field-v1\x00"
Openings = Mapping[str, Mapping[str, str]]
"""Field → {"salt": 32 hex digits, "value": the text}."""


def commit(field: str, value: str, salt: str) -> str:
    """Returns the commitment in hex. `salt` is 32 hex digits."""
    material = TAG + bytes.fromhex(salt) + field.encode() + b"\x00" + value.encode()
    return hashlib.sha256(material).hexdigest()


def seal(content: Mapping[str, Any], openings: Openings) -> dict[str, Any]:
    """Returns the content with each opened field replaced by its commitment."""
    hidden = {
        field: {"sealed": commit(field, item["value"], item["salt"])}
        for field, item in openings.items()
    }
    return {**content, **hidden}


def unseal(content: Mapping[str, Any], openings: Openings) -> dict[str, Any]:
    """Returns the content with the plain texts put back. ValueError if one does not fit."""
    if not does_open(content, openings):
        raise ValueError("an opening does not fit its commitment")
    return {**content, **{field: item["value"] for field, item in openings.items()}}


def does_open(content: Mapping[str, Any], openings: Openings) -> bool:
    """Whether the openings are exactly those of the sealed fields, and each fits."""
    sealed = {
        field: value["sealed"]
        for field, value in content.items()
        if isinstance(value, Mapping) and "sealed" in value
    }
    return sealed == {
        field: commit(field, item["value"], item["salt"]) for field, item in openings.items()
    }
