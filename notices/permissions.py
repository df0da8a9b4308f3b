"""Who may do what to a notice. An action missing here is nobody's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from kernel.actors import Actor, Role
from kernel.errors import Forbidden

if TYPE_CHECKING:
    from notices.models import Notice

TABLE: Mapping[str, frozenset[Role]] = {
    "draft_notice": frozenset({Role.NOTICE_CLERK}),
    "edit_notice": frozenset({Role.NOTICE_CLERK}),
    "submit_notice": frozenset({Role.NOTICE_CLERK}),
    "approve_notice": frozenset({Role.NOTICE_REVIEWER}),
    "return_notice": frozenset({Role.NOTICE_REVIEWER}),
    "publish_notice": frozenset({Role.NOTICE_REVIEWER}),
    "see_unpublished": frozenset(
        {Role.NOTICE_CLERK, Role.NOTICE_REVIEWER, Role.SUPERVISOR, Role.AUDITOR}
    ),
}


def may(actor: Actor, action: str) -> bool:
    """Whether the actor's roles allow the action."""
    return actor.is_system or actor.has(*TABLE[action])


def require(actor: Actor, action: str) -> None:
    """Raises Forbidden unless the actor may do it."""
    if not may(actor, action):
        raise Forbidden("not_allowed", _("您的岗位不能进行这项操作。"), params={"action": action})


def is_writer(actor: Actor, notice: Notice) -> bool:
    """Whether the actor had a hand in the wording: drafted, edited or submitted it."""
    return actor.id in notice.writers


def require_second_person(actor: Actor, notice: Notice) -> None:
    """Raises Forbidden when the reviewer had a hand in the notice."""
    if is_writer(actor, notice):
        raise Forbidden("own_notice", _("公告须由另一人复核，不能复核自己起草或修改过的公告。"))
