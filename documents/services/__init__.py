"""Issuing, superseding and revoking papers.

Drawing up and recording are two short transactions; rendering and signing happen between them, so
a crash leaves at most a file that no row names, never a row without its file.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string

from audit.services import record
from documents import events
from documents.locks import lock_counter, lock_documents
from documents.models import Document
from documents.rules import commitments, numbers, papers
from documents.rules.papers import PaperContext
from documents.rules.states import TABLE, DocumentState
from documents.services import keys, rendering, seals, vault
from documents.services.examination import BODY_NAME, OPENINGS_NAME, Expected, examine
from documents.services.records import canonical, read_record
from kernel.actors import Actor
from kernel.clock import CHINA, Clock, iso_ms
from kernel.machine import step


@dataclass(frozen=True)
class Order:
    """One paper to be issued."""

    subject: str
    stream: str
    context: PaperContext
    idem: str
    holder_id: int | None


@dataclass(frozen=True)
class Signed:
    """The stored file of a paper and the instant in its signature."""

    sha256: str
    size: int
    key: keys.SealKey
    at: datetime


def issue_document(
    *,
    subject: str,
    stream: str,
    context: PaperContext,
    idem: str,
    holder_id: int | None = None,
    supersedes: str | None = None,
    actor: Actor,
    clock: Clock,
) -> Document:
    """Returns the signed, stored and recorded paper; the same (stream, kind, idem) gives the same.

    Not inside a transaction. Called again after a crash it goes on with the words recorded first.
    Invalid `unprintable` if no font has a character.
    """
    order = Order(subject, stream, context, idem, holder_id)
    return issue_order(order=order, supersedes=supersedes, actor=actor, clock=clock)


def issue_order(
    *, order: Order, supersedes: str | None = None, actor: Actor, clock: Clock
) -> Document:
    """As `issue_document`, of an order made before."""
    rendering.check_glyphs("".join(papers.texts(order.context.content())))
    document = draw_up(order=order, actor=actor, clock=clock)
    if document.state != DocumentState.DRAWN:
        return document
    signed = produce(document, at=clock.now())
    return settle(document=document, signed=signed, supersedes=supersedes, actor=actor, clock=clock)


@transaction.atomic(durable=True)
def draw_up(*, order: Order, actor: Actor, clock: Clock) -> Document:
    """Gives the paper its number and code and records its words. Idempotent."""
    context = order.context
    on = clock.now().astimezone(CHINA).date()
    counter = lock_counter(context.prefix, on.year)
    once = {"stream": order.stream, "kind": context.kind, "idem": order.idem}
    if standing := Document.objects.filter(**once).first():
        return standing
    at = clock.now()
    counter.last += 1
    counter.save(update_fields=["last"])
    content = context.content()
    openings = {
        name: {"salt": secrets.token_hex(16), "value": content[name]} for name in context.sealed
    }
    drawn = events.PaperDrawn(
        number=numbers.serial_number(context.prefix, on, counter.last)
        if context.is_serial
        else numbers.random_number(context.prefix, on, letters(numbers.RANDOM_LENGTH)),
        paper=context.kind,
        code=str(numbers.normalise_code(letters(numbers.CODE_LENGTH))),
        subject=order.subject,
        title=context.heading,
        issuer=context.issuing_organ or settings.CENTRE_NAME,
        content=commitments.seal(content, openings),
    )
    key = f"{drawn.kind}:{context.kind}:{order.idem}"
    entry = record(stream=order.stream, event=drawn, actor=actor, at=at, idem=key)
    return Document.objects.create(
        **once,
        number=drawn.number,
        code=drawn.code,
        title=drawn.title,
        subject=order.subject,
        audience=context.audience,
        holder_id=order.holder_id,
        drawn_seq=entry.seq,
        drawn_hash=entry.hash.hex(),
        drawn_at=at,
        openings=openings,
    )


def letters(count: int) -> str:
    """Returns so many random Crockford characters."""
    return "".join(secrets.choice(numbers.CROCKFORD) for _ in range(count))


def produce(document: Document, *, at: datetime) -> Signed:
    """Renders, signs, checks and stores the paper from its recorded words. No transaction."""
    entry = read_record(document.stream, document.drawn_seq)
    body, openings = canonical(entry.body), document.openings
    rendered = rendering.render(
        page_of(document, entry.body), attached=files_of(body, openings), at=document.drawn_at
    )
    key = keys.load_seal_key()
    said = seals.Seal(
        qr_text=numbers.qr_text(
            settings.PUBLIC_ORIGIN, document.code, document.number, document.drawn_hash
        ),
        reason=f"{document.title} {document.number}",
        at=at,
    )
    pdf = seals.sign(rendered, said, key)

    def is_good(written: bytes) -> bool:
        expected = Expected(
            sha256=vault.fingerprint(pdf),
            body=body,
            fingerprint=key.fingerprint,
            signed_at=at,
            roots=key.roots,
            has_openings=bool(openings),
        )
        return examine(written, expected).is_intact

    return Signed(vault.keep(pdf, is_good), len(pdf), key, at)


def files_of(body: bytes, openings: commitments.Openings) -> list[rendering.Attached]:
    """Returns what is attached: the recorded words, and what opens their sealed fields."""
    files = [rendering.Attached(BODY_NAME, body, "台账记载原文")]
    if openings:
        content = canonical(dict(openings))
        files.append(rendering.Attached(OPENINGS_NAME, content, "密封字段的明文与盐值"))
    return files


def page_of(document: Document, body: dict[str, Any]) -> str:
    """Returns the paper's HTML, made from its recorded words alone."""
    content = commitments.unseal(body["content"], document.openings)
    return render_to_string(
        f"documents/{document.kind}.html",
        {
            "paper": content,
            "words": papers.DEAL_WORDS.get(content.get("procedure", "")),
            "title": body["title"],
            "issuer": body["issuer"],
            "number": document.number,
            "code": document.code,
            "ledger_digits": document.drawn_hash[: numbers.HASH_DIGITS],
            "centre_name": settings.CENTRE_NAME,
            "drawn_at": iso_ms(document.drawn_at),
            "issued_on": document.drawn_at.astimezone(CHINA).date().isoformat(),
            "verify_url": f"{settings.PUBLIC_ORIGIN.rstrip('/')}/verify/",
        },
    )


@transaction.atomic(durable=True)
def settle(
    *, document: Document, signed: Signed, supersedes: str | None, actor: Actor, clock: Clock
) -> Document:
    """Records the signed file; the first one counts. Ends the superseded paper with it."""
    wanted = [document.number, *([supersedes] if supersedes else [])]
    locked = lock_documents(*wanted)
    document = locked[document.number]
    if document.state != DocumentState.DRAWN:
        return document
    issued = events.DocumentIssued(
        number=document.number,
        paper=document.kind,
        code=document.code,
        subject=document.subject,
        sha256=signed.sha256,
        size=signed.size,
        drawn_seq=document.drawn_seq,
        drawn_hash=document.drawn_hash,
        signer=signed.key.fingerprint,
        signed_at=signed.at,
    )
    key = f"{issued.kind}:{document.number}"
    at = clock.now()
    entry = record(stream=document.stream, event=issued, actor=actor, at=at, idem=key)
    document.entry_seq, document.entry_hash = entry.seq, entry.hash.hex()
    document.sha256, document.size = signed.sha256, signed.size
    document.signer, document.signed_at = signed.key.name, signed.at
    document.state = step(TABLE, DocumentState.DRAWN, "issue").next
    document.save(
        update_fields=[
            "entry_seq", "entry_hash", "sha256", "size", "signer", "signed_at", "state",
        ]
    )  # fmt: skip
    if supersedes:
        end_old(locked[supersedes], document, actor, at)
    return document


def end_old(old: Document, new: Document, actor: Actor, at: datetime) -> None:
    old.state = step(TABLE, DocumentState(old.state), "supersede").next
    old.superseded_by, old.ended_at = new, at
    old.save(update_fields=["state", "superseded_by", "ended_at"])
    event = events.DocumentSuperseded(number=old.number, by=new.number)
    record(stream=old.stream, event=event, actor=actor, at=at)


@transaction.atomic
def revoke_document(*, number: str, reason: str, actor: Actor, clock: Clock) -> Document:
    """Ends a paper (撤销). The caller has checked who may; may run inside its transaction.

    NotFound without such a paper, Conflict if it is revoked already.
    """
    document = lock_documents(number)[number]
    document.state = step(TABLE, DocumentState(document.state), "revoke").next
    document.ended_at, document.ended_reason = clock.now(), reason
    document.save(update_fields=["state", "ended_at", "ended_reason"])
    event = events.DocumentRevoked(number=number, reason=reason)
    record(stream=document.stream, event=event, actor=actor, at=document.ended_at)
    return document


def document_keys() -> list[dict[str, str | None]]:
    """Returns the rows of role `document` for the auditor's list of trusted keys."""
    key = keys.load_seal_key()
    name = f"{settings.CENTRE_CODE}/document"
    return [
        {
            "name": name,
            "role": "document",
            "vkey": keys.verifier_key(name, key.certificate),
            "from": keys.starts_on(key.certificate),
            "until": keys.ends_on(key.certificate),
            "certificate": key.certificate.decode(),
        }
    ]
