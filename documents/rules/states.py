"""The life of a paper (文书状态): drawn up, then valid until another one or an act ends it."""

from enum import StrEnum

from kernel.machine import Table, Transition


class DocumentState(StrEnum):
    """`drawn` has its number but no signed file yet and is invisible outside."""

    DRAWN = "drawn"
    VALID = "valid"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


TABLE: Table[DocumentState] = {
    (DocumentState.DRAWN, "issue"): Transition(DocumentState.VALID),
    (DocumentState.VALID, "supersede"): Transition(DocumentState.SUPERSEDED),
    (DocumentState.VALID, "revoke"): Transition(DocumentState.REVOKED),
    (DocumentState.SUPERSEDED, "revoke"): Transition(DocumentState.REVOKED),
}
