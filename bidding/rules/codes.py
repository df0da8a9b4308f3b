"""Why an attempt is refused: the words of the public protocol, in the order they are decided."""

from enum import StrEnum


class Code(StrEnum):
    """The order of the members is the order of the checks."""

    MALFORMED = "malformed"
    NOT_SEATED = "not_seated"
    TOKEN_REUSED = "token_reused"  # noqa: S105
    TOO_FAST = "too_fast"
    NOT_OPEN = "not_open"
    PAUSED = "paused"
    NOT_JOINED = "not_joined"
    BELOW_START = "below_start"
    EQUAL_OFFER = "equal_offer"
    BELOW_MINIMUM = "below_minimum"
    OFF_STEP = "off_step"
    ABOVE_CAP = "above_cap"
    ALREADY_LEADING = "already_leading"


class StaffCode(StrEnum):
    """What a host, an officer or the clock itself may hear instead."""

    NOT_OPEN = "not_open"
    PAUSED = "paused"
    NOT_PAUSED = "not_paused"
    ALREADY_DECLARED = "already_declared"
    REASON_REQUIRED = "reason_required"
    RESERVE_ALREADY_SET = "reserve_already_set"
    RESERVE_UNKNOWN = "reserve_unknown"
    TOO_EARLY = "too_early"
    CLOCK_UNSURE = "clock_unsure"
    NAMELESS = "nameless"
    ALREADY_ASKED = "already_asked"
    NO_REQUEST = "no_request"
    SAME_PERSON = "same_person"
    NOT_THE_ASKER = "not_the_asker"
    REQUEST_EXPIRED = "request_expired"


UNCHAINED = frozenset({Code.MALFORMED, Code.NOT_SEATED, Code.TOO_FAST})
"""Refusals that are logged or counted, but leave no entry in the ledger."""
