"""The centre's own Ed25519 keys: `log` signs checkpoints, `receipt` acknowledgements.

Each is a file in KEY_ROOT, readable by its owner only and made at first use. The document keys
belong to `documents`; it adds them to the auditor's list through KEY_SOURCES.
"""

import json
import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from audit.checkpoint import Verifier
from audit.clock import database_now
from kernel.clock import iso_ms

LOG = "log"
RECEIPT = "receipt"
PRIVATE = 0o600
KEY_SOURCES: list[Callable[[], list[dict[str, Any]]]] = []
"""Wired by config: functions that return further rows of TRUSTED.json."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with the name and the instant from which it signs."""

    role: str
    verifier: Verifier
    made_at: str
    private: Ed25519PrivateKey


def origin() -> str:
    """Returns the name of this centre's log, `<centre code>/log`."""
    return f"{settings.CENTRE_CODE}/log"


def signing_key(role: str) -> SigningKey:
    """Returns the centre's key of a role, made at first use."""
    return _load(role, Path(settings.KEY_ROOT) / f"{role}.json", f"{settings.CENTRE_CODE}/{role}")


@lru_cache(maxsize=16)
def _load(role: str, path: Path, name: str) -> SigningKey:
    if not path.exists():
        _make(path, name)
    stored = json.loads(path.read_text())
    private = Ed25519PrivateKey.from_private_bytes(b64decode(stored["seed"], validate=True))
    verifier = Verifier(stored["name"], private.public_key().public_bytes_raw())
    return SigningKey(role, verifier, stored["made_at"], private)


def _make(path: Path, name: str) -> None:
    """Writes a fresh key; when several do, the first stands and everybody reads it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    seed = Ed25519PrivateKey.generate().private_bytes_raw()
    stored = {"name": name, "made_at": iso_ms(database_now()), "seed": b64encode(seed).decode()}
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "w") as file:
        json.dump(stored, file)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def sign_receipt(entry_hash: bytes) -> str:
    """Returns the base64 Ed25519 signature over the 32 bytes of an entry's hash."""
    return b64encode(signing_key(RECEIPT).private.sign(entry_hash)).decode()


def trusted_keys() -> dict[str, Any]:
    """Returns TRUSTED.json: the public keys an auditor keeps, from a copy he was given. `attested`
    says that every whole export of this log carries a signed list of its streams."""
    rows = [_row(signing_key(role)) for role in (LOG, RECEIPT)]
    for source in KEY_SOURCES:
        rows += source()
    return {"v": 1, "origin": origin(), "attested": True, "keys": rows}


def _row(key: SigningKey) -> dict[str, Any]:
    verifier = key.verifier
    named = {"name": verifier.name, "role": key.role, "vkey": verifier.vkey}
    return {**named, "from": key.made_at, "until": None}
