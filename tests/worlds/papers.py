"""Papers that were issued: in the ledger, signed and stored in a folder of the test's own."""

import io
from functools import cache
from pathlib import Path

import pytest
from django.test import Client
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from documents import services
from documents.models import Document
from documents.rules.papers import PaperContext
from documents.services import keys, vault
from kernel.actors import SYSTEM
from kernel.clock import FixedClock
from tests.worlds import documents as world
from tests.worlds import prints

CLOCK = FixedClock(world.AT)


def use_folder(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Keeps stored papers in the folder, and signs with the session's one key."""
    key = session_key()
    patch.setattr("django.conf.settings.DOCUMENT_ROOT", folder)
    patch.setattr(keys, "load_seal_key", lambda: key)


@cache
def session_key() -> keys.SealKey:
    import tempfile

    return prints.seal_key(Path(tempfile.mkdtemp(prefix="yg-keys-")) / "documents")


def issue(context: PaperContext | None = None, *, idem: str = "1", **more: object) -> Document:
    """A paper of the lot, signed now."""
    return services.issue_document(
        subject="510600-2026-03-00001-001",
        stream="lot/510600-2026-03-00001-001",
        context=context or world.deal_confirmation(),
        idem=idem,
        actor=SYSTEM,
        clock=CLOCK,
        **more,  # type: ignore[arg-type]
    )


def bytes_of(paper: Document) -> bytes:
    data = vault.read(paper.sha256)
    assert data is not None
    return data


def upload(content: bytes, code: str = "", name: str = "x.pdf", **more: str) -> object:
    """Posts a file to the verification page."""
    file = io.BytesIO(content)
    file.name = name
    return Client().post("/verify/", {"file": file, "code": code}, **more)


def rewritten(data: bytes, change: str) -> bytes:
    """The paper as a forger gives it on: with a page, a script or a file more, or a password."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    if change == "page":
        writer.add_blank_page()
    elif change == "script":
        script = {"/S": NameObject("/JavaScript"), "/JS": TextStringObject("app.alert('x')")}
        action = DictionaryObject({NameObject(key): value for key, value in script.items()})
        writer.root_object[NameObject("/OpenAction")] = action
    elif change == "attachment":
        writer.add_attachment("document.json", b"{}")
    elif change == "password":
        writer.encrypt("secret")
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()
