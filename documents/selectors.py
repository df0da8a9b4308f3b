"""Reading papers: by code, by subject, by file. Outcomes of verification."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import Q, QuerySet

from documents import permissions
from documents.models import Document
from documents.rules import numbers
from documents.rules.lists import ListFinding
from documents.rules.papers import Audience
from documents.rules.states import DocumentState
from documents.rules.verdicts import Verdict, judge
from documents.services import keys, vault
from documents.services.examination import Check, Examination, Expected, examine, examine_inside
from documents.services.records import Life, canonical, read_life
from kernel.actors import Actor
from kernel.errors import NotFound

REFERENCES: list[Callable[[str], str | None]] = []
"""Other things that can be typed into the verification page, filled by config/wiring.py: each
takes the text and returns the address that verifies it, or None (receipt numbers)."""

LIST_CHECKS: list[Callable[[bytes], ListFinding | None]] = []
"""Exported lists that can be checked, filled by config/wiring.py: each takes the file's bytes and
returns what it found, or None if this is no list of its kind."""


@dataclass(frozen=True)
class Finding:
    """What verification found: the verdict, the paper it speaks of, its words, the checks."""

    verdict: Verdict
    document: Document | None = None
    body: dict[str, Any] | None = None
    signer: str = ""
    passed: tuple[Check, ...] = ()
    failed: Check | None = None


def issued() -> QuerySet[Document]:
    """Papers with a signed file; a drawn one does not exist outside."""
    return Document.objects.exclude(state=DocumentState.DRAWN).select_related("superseded_by")


def find_document(code: str) -> Document | None:
    """Returns the paper with that verification code, however it was typed."""
    normal = numbers.normalise_code(code)
    return issued().filter(code=normal).first() if normal else None


def list_documents(actor: Actor, subject: str) -> list[Document]:
    """The papers about a lot or case that this actor may fetch, oldest first."""
    mine = Q(audience=Audience.PUBLIC) | Q(kind__in=permissions.readable_kinds(actor))
    if actor.organisation_id is not None:
        mine |= Q(holder_id=actor.organisation_id)
    return list(issued().filter(mine, subject=subject).order_by("signed_at", "pk"))


def access_document(actor: Actor, code: str) -> Document:
    """Returns the paper if the actor may have its bytes, else NotFound."""
    document = find_document(code)
    if document is None or not may_fetch(actor, document):
        raise NotFound("no_such_document")
    return document


def may_fetch(actor: Actor, document: Document) -> bool:
    """Whether the actor may have this paper's bytes."""
    return permissions.may_fetch(
        actor,
        kind=document.kind,
        audience=document.audience,
        holder_id=document.holder_id,
    )


def read_file(document: Document) -> bytes:
    """Returns the signed bytes. NotFound if the file is gone or is no longer what was stored."""
    data = vault.read(document.sha256)
    if data is None or vault.fingerprint(data) != document.sha256:
        raise NotFound("file_missing")
    return data


# ── verification ────────────────────────────────────────────────────────────────────────────────
def verify_code(code: str) -> Finding:
    """What a code leads to; the centre's own copy is put through all four checks."""
    document = find_document(code)
    if document is None:
        return Finding(Verdict.UNKNOWN_CODE)
    life = read_life(document)
    if life is None:
        return Finding(Verdict.DAMAGED)
    expected = expected_of(life)
    data = vault.read(expected.sha256)
    is_same = data is not None and vault.fingerprint(data) == expected.sha256
    outcome = inside(expected) if is_same else Examination((), Check.FILE_HASH)
    return found(document, life, outcome, is_upload=False)


def verify_file(data: bytes, code: str = "") -> Finding:
    """What a file is. With a code it must be that paper; unknown bytes are never parsed."""
    named = find_document(code) if code else None
    if code and named is None:
        return Finding(Verdict.UNKNOWN_CODE)
    document = issued().filter(sha256=vault.fingerprint(data)).first()
    if document is None:
        altered = Finding(Verdict.ALTERED, named, failed=Check.FILE_HASH)
        return altered if named else Finding(Verdict.NOT_OURS, failed=Check.FILE_HASH)
    life = read_life(document)
    if life is None:
        return Finding(Verdict.DAMAGED)
    if named is not None and named.pk != document.pk:
        return Finding(Verdict.OTHER_PAPER, document, life.drawn, signer_of(life))
    return found(document, life, examine(data, expected_of(life)), is_upload=True)


def found(document: Document, life: Life, outcome: Examination, *, is_upload: bool) -> Finding:
    verdict = judge(life.state, is_intact=outcome.is_intact, is_upload=is_upload)
    passed, failed = outcome.passed, outcome.failed
    return Finding(verdict, document, life.drawn, signer_of(life), passed, failed)


def expected_of(life: Life) -> Expected:
    """Returns what the paper's file must be, by the ledger."""
    return Expected(
        sha256=life.issued["sha256"],
        body=canonical(life.drawn),
        fingerprint=life.issued["signer"],
        signed_at=life.signed_at,
        roots=keys.load_seal_key().roots,
        has_openings=any(isinstance(item, dict) for item in life.drawn["content"].values()),
    )


def signer_of(life: Life) -> str:
    """Returns whose certificate signed: its name, of one that is not in use any more its digits."""
    key, signer = keys.load_seal_key(), str(life.issued["signer"])
    return key.name if key.fingerprint == signer else f"SHA-256 {signer}"


@lru_cache(maxsize=512)
def inside(expected: Expected) -> Examination:
    """The checks that parse our own copy, made once per process: same bytes, same outcome."""
    return examine_inside(vault.read(expected.sha256) or b"", expected)


def resolve_reference(text: str) -> str | None:
    """Returns the address that verifies something other than a paper, if any app knows it."""
    addresses = (resolve(text) for resolve in REFERENCES)
    return next((address for address in addresses if address), None)


def verify_list(data: bytes) -> ListFinding | None:
    """Returns what the first app that knows this kind of list found; None if none does."""
    findings = (check(data) for check in LIST_CHECKS)
    return next((finding for finding in findings if finding is not None), None)
