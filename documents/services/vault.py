"""Where signed papers lie: DOCUMENT_ROOT/<first two>/<sha256>.pdf, written once, never changed."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from django.conf import settings


class UnverifiedError(Exception):
    """What was read back is not what should be kept; nothing is stored."""


def place(sha256: str) -> Path:
    """Returns the path of the file with that hash."""
    root: Path = settings.DOCUMENT_ROOT
    return root / sha256[:2] / f"{sha256}.pdf"


def keep(data: bytes, is_good: Callable[[bytes], bool]) -> str:
    """Stores the bytes under their SHA-256, which it returns.

    Temporary file, synced, read back, checked, renamed: a crash leaves no half file under a name.
    """
    sha256 = fingerprint(data)
    target = place(sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".draft-", suffix=".pdf")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        written = draft.read_bytes()
        if fingerprint(written) != sha256 or not is_good(written):
            raise UnverifiedError(sha256)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(target.parent)
    return sha256


def sync_folder(folder: Path) -> None:
    """Makes the rename itself durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read(sha256: str) -> bytes | None:
    """Returns the stored bytes, None if the file is gone."""
    try:
        return place(sha256).read_bytes()
    except FileNotFoundError:
        return None


def fingerprint(data: bytes) -> str:
    """Returns the SHA-256 in hex: the name under which bytes are kept."""
    return hashlib.sha256(data).hexdigest()
