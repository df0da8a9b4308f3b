"""A service's refusal put into the form that caused it: nothing that was typed is lost."""

from typing import Any

from django.utils.translation import gettext as _

from accounts.middleware import ActorRequest
from kernel.errors import Conflict, DomainError, Invalid


def words_of(error: DomainError) -> str:
    """The refusal for people. A state table refuses by code alone."""
    bare = error.message == error.code
    return str(_("当前状态下不能这样做") if bare else error.message)


def tell(form: Any, error: DomainError, request: ActorRequest | None = None) -> int:
    """Puts the refusal beside the fields it means, or on top of the form; returns the status of
    the answer: 409 when another was faster, 422 when the input is wrong. With the request, a
    conflict is kept as a refused attempt, as if the view had let it through."""
    if request is not None and isinstance(error, Conflict):
        request.refusal = error
    fields = error.fields if isinstance(error, Invalid) else {}
    for name, message in fields.items():
        known = (name, name.removesuffix("_fen"), f"notice_{name}")
        found = next((key for key in known if key in form.fields), None)
        form.add_error(found, str(message))
    if not fields:
        form.add_error(None, words_of(error))
    return 409 if isinstance(error, Conflict) else 422
