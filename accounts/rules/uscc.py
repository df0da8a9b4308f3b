"""The unified social credit code (统一社会信用代码): GB 32100-2015, inner check GB 11714."""

from dataclasses import dataclass
from enum import StrEnum

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = tuple(pow(3, index, 31) for index in range(17))
INNER_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
LENGTH = 18


class OrganisationKind(StrEnum):
    """What the first two characters of a code say (GB 32100-2015, table 2)."""

    GOVERNMENT = "government"
    INSTITUTION = "institution"
    SOCIAL = "social"
    ENTERPRISE = "enterprise"
    SOLE_TRADER = "sole_trader"
    COOPERATIVE = "cooperative"
    OTHER = "other"


KINDS = {
    "11": OrganisationKind.GOVERNMENT,
    "12": OrganisationKind.INSTITUTION,
    "13": OrganisationKind.SOCIAL,
    "51": OrganisationKind.SOCIAL,
    "52": OrganisationKind.SOCIAL,
    "53": OrganisationKind.SOCIAL,
    "91": OrganisationKind.ENTERPRISE,
    "92": OrganisationKind.SOLE_TRADER,
    "93": OrganisationKind.COOPERATIVE,
}


@dataclass(frozen=True, slots=True)
class UsccCheck:
    """`code` is normalised; a wrong inner check is a warning only (DX-05)."""

    code: str
    is_valid: bool
    is_inner_valid: bool


def check_character(first17: str) -> str:
    """The 18th character. ValueError if one of the 17 is not in the alphabet."""
    total = sum(
        ALPHABET.index(char) * weight for char, weight in zip(first17, WEIGHTS, strict=True)
    )
    return ALPHABET[(31 - total % 31) % 31]


def inner_character(body8: str) -> str:
    """The check of the organisation's inner code (GB 11714)."""
    total = sum(int(char, 36) * weight for char, weight in zip(body8, INNER_WEIGHTS, strict=True))
    return {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))


def normalise(text: str) -> str:
    """Upper case, without the spaces people type between groups."""
    return "".join(text.split()).upper()


def check_uscc(text: str) -> UsccCheck:
    """Checks a code as it was typed."""
    code = normalise(text)
    if len(code) != LENGTH or any(char not in ALPHABET for char in code):
        return UsccCheck(code, is_valid=False, is_inner_valid=False)
    is_valid = check_character(code[:17]) == code[17]
    return UsccCheck(code, is_valid, inner_character(code[8:16]) == code[16])


def kind_of(code: str) -> OrganisationKind:
    """What kind of organisation a code belongs to."""
    return KINDS.get(code[:2], OrganisationKind.OTHER)
