"""A service's refusal put into the form that caused it: nothing that was typed is lost."""

from typing import Any

from django.utils.translation import gettext as _

from accounts.middleware import ActorRequest
from accounts.views.states import ACTIONS, STATES
from kernel.errors import Conflict, DomainError, Invalid
from kernel.machine import WrongState


def words_of(error: DomainError) -> str:
    """The refusal for people. A state table refuses by code alone: here it gets its words."""
    if isinstance(error, WrongState):
        return state_words(error)
    bare = error.message == error.code
    return str(_("当前状态下不能这样做") if bare else error.message)


def state_words(error: WrongState) -> str:
    """The state in force, and what people may do in it."""
    machine = type(error.state).__name__
    state = _(STATES[machine][error.state])
    if not error.possible:
        text = _("当前状态下不能这样做：现为“%(state)s”，没有可以办理的操作。")
        return str(text % {"state": state})
    text = _("当前状态下不能这样做：现为“%(state)s”，这时可以：%(acts)s（由有相应岗位的人办理）。")
    acts = " / ".join(str(_(ACTIONS[machine][action])) for action in error.possible)
    return str(text % {"state": state, "acts": acts})


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
