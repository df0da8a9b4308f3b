"""What the verification page answers, decided from facts alone."""

from enum import StrEnum

from documents.rules.states import DocumentState


class Verdict(StrEnum):
    """有效 · 已被替代 · 已撤销 · 查无此码 · and for files: altered, another paper, not ours."""

    VALID = "valid"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    UNKNOWN_CODE = "unknown_code"
    ALTERED = "altered"
    OTHER_PAPER = "other_paper"
    NOT_OURS = "not_ours"
    DAMAGED = "damaged"


BY_STATE = {
    DocumentState.VALID: Verdict.VALID,
    DocumentState.SUPERSEDED: Verdict.SUPERSEDED,
    DocumentState.REVOKED: Verdict.REVOKED,
}


def judge(state: DocumentState, *, is_intact: bool, is_upload: bool) -> Verdict:
    """A broken file decides before any state: an upload is altered, our own copy damaged."""
    if not is_intact:
        return Verdict.ALTERED if is_upload else Verdict.DAMAGED
    return BY_STATE[state]
