"""No field takes full-width or Arabic digits for a date or a number (ASCII alone is a figure)."""

from collections.abc import Iterator

import pytest
from django import forms

from accounts import forms as accounts
from approvals import forms as approvals
from config import forms as config
from documents import forms as documents
from notices import forms as notices
from oversight import forms as oversight
from oversight.rules.filters import month_of
from trading import forms as trading

MODULES = (accounts, approvals, config, documents, notices, oversight, trading)
GOOD: dict[type[forms.Field], str] = {
    forms.DateField: "2026-12-20",
    forms.DateTimeField: "2026-12-20T10:00",
    forms.IntegerField: "12",
    forms.RegexField: "1234",
}
FIGURES = tuple(GOOD)


def fields() -> Iterator[tuple[str, forms.Field]]:
    """Every date and number of every form of ours."""
    for module in MODULES:
        for name, found in vars(module).items():
            if isinstance(found, type) and issubclass(found, forms.Form):
                for label, field in found.base_fields.items():
                    if isinstance(field, FIGURES):
                        yield f"{module.__name__}.{name}.{label}", field


FIELDS = dict(fields())


def test_the_fields_are_found() -> None:
    wanted = ("LotForm.opens_at", "ContractForm.signed_on", "ApprovalForm.publish_at")
    assert all(any(name.endswith(end) for name in FIELDS) for end in wanted)


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("zero", ["０", "٠"], ids=["full-width", "arabic"])
def test_other_digits_are_refused(name: str, zero: str) -> None:
    field = FIELDS[name]
    good = next(text for kind, text in GOOD.items() if isinstance(field, kind))
    wide = "".join(chr(ord(zero) + int(c)) if c.isdigit() else c for c in good)
    for text in (wide, wide[0] + good[1:]):
        with pytest.raises(forms.ValidationError):
            field.clean(text)
    if not isinstance(field, forms.RegexField):
        field.clean(good)


def test_a_month_and_an_amount_neither() -> None:
    with pytest.raises(ValueError, match="."):
        month_of("２０２６-11")
    with pytest.raises(forms.ValidationError, match="全角数字"):
        trading.amount_fen("１２.345", "yuan")
