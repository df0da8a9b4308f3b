"""The reserve price (底价): committed to in the ledger, kept encrypted outside it until the end.

The key lies in KEY_ROOT, never in the database or its dumps."""

import hashlib
import logging
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

logger = logging.getLogger(__name__)
TAG = b"yangguang reserve v1"
NONCE = 12
SALT = 16


def key() -> bytes:
    """The key, made at first use, readable by the owner alone."""
    path = Path(settings.KEY_ROOT) / "reserve.key"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        fresh = path.with_name(f"reserve.key.{os.getpid()}")
        fresh.write_bytes(AESGCM.generate_key(256))
        fresh.chmod(0o600)
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_bytes()


def seal_box(code: str, fen: int) -> tuple[bytes, str]:
    """Returns the box for the room's row and the commitment for the ledger."""
    salt, nonce = secrets.token_bytes(SALT), secrets.token_bytes(NONCE)
    plain = salt + fen.to_bytes(8, "big")
    box = nonce + AESGCM(key()).encrypt(nonce, plain, code.encode())
    return box, commitment(code, salt, fen)


def commitment(code: str, salt: bytes, fen: int) -> str:
    """SHA-256 over tag, room, salt and amount."""
    return hashlib.sha256(TAG + code.encode() + salt + fen.to_bytes(8, "big")).hexdigest()


def open_box(code: str, box: bytes | None) -> int | None:
    """The reserve in fen; asked for at the close alone. None if there is no box or one that nobody
    here sealed: a room that committed to a reserve then waits for the true one."""
    if box is None:
        return None
    try:
        plain = AESGCM(key()).decrypt(box[:NONCE], box[NONCE:], code.encode())
    except (InvalidTag, ValueError):
        logger.error("the reserve's box does not open", extra={"room": code})
        return None
    return int.from_bytes(plain[SALT:], "big")
