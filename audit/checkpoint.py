"""Checkpoints as C2SP texts: tlog-checkpoint bodies, Ed25519 signed notes, verifier keys. Pure.

See docs/adr/0002-checkpoint-module.md.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
KEY_BYTES = 32
KEY_ID_BYTES = 4
SIGNATURE_MARK = "— "


class Verifier(NamedTuple):
    """A public key with the name it signs under."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name ‖ newline ‖ algorithm ‖ key)."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:KEY_ID_BYTES]

    @property
    def vkey(self) -> str:
        """The C2SP verifier key, `<name>+<key id>+<base64 of algorithm and key>`."""
        encoded = b64encode(ED25519 + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"


class Tip(NamedTuple):
    """What a checkpoint says: whose log, how many leaves, their root."""

    origin: str
    size: int
    root: bytes


def is_key_name(name: str) -> bool:
    """Whether a key may bear the name: not empty, no space, no plus."""
    return bool(name) and "+" not in name and not any(character.isspace() for character in name)


def checkpoint_text(tip: Tip) -> str:
    """Returns the body that is signed: three lines."""
    return f"{tip.origin}\n{tip.size}\n{b64encode(tip.root).decode()}\n"


def parse_checkpoint(text: str) -> Tip:
    """Returns what a checkpoint's body says; extension lines are allowed. ValueError."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not lines[0]:
        raise ValueError("a checkpoint has an origin, a size and a root, each a line")
    origin, size, encoded = lines[:3]
    if not (size.isascii() and size.isdigit()) or str(int(size)) != size:
        raise ValueError(f"{size!r} is no tree size")
    root = b64decode(encoded, validate=True)
    if len(root) != KEY_BYTES:
        raise ValueError("a root has 32 bytes")
    return Tip(origin, int(size), root)


def sign_note(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """Returns the signed note: the text, an empty line, one signature line."""
    if not text.endswith("\n") or not is_key_name(name):
        raise ValueError("a note ends with a newline and its key's name has no space or plus")
    verifier = Verifier(name, key.public_key().public_bytes_raw())
    signature = b64encode(verifier.key_id + key.sign(text.encode())).decode()
    return f"{text}\n{SIGNATURE_MARK}{name} {signature}\n"


def open_note(note: str, trusted: Iterable[Verifier]) -> str:
    """Returns the text of a note that one of the trusted keys signed; unknown keys' lines count
    for nothing. ValueError if none did, or if a line of a trusted key does not verify."""
    text, gap, lines = note.rpartition("\n\n")
    if not gap or not lines.endswith("\n"):
        raise ValueError("a note is a text, an empty line and signature lines")
    text += "\n"
    known = {(key.name, key.key_id): key for key in trusted}
    verified = False
    for line in lines.splitlines():
        name, signature = parse_signature(line)
        key = known.get((name, signature[:KEY_ID_BYTES]))
        if key is None:
            continue
        try:
            public = Ed25519PublicKey.from_public_bytes(key.public)
            public.verify(signature[KEY_ID_BYTES:], text.encode())
        except InvalidSignature as error:
            raise ValueError(f"the signature of {name} does not fit the text") from error
        verified = True
    if not verified:
        raise ValueError("no trusted key has signed this")
    return text


def parse_signature(line: str) -> tuple[str, bytes]:
    """Returns the name and the bytes (key id and signature) of a signature line. ValueError."""
    name, gap, encoded = line.removeprefix(SIGNATURE_MARK).partition(" ")
    if not line.startswith(SIGNATURE_MARK) or not gap:
        raise ValueError(f"{line!r} is no signature line")
    return name, b64decode(encoded, validate=True)
