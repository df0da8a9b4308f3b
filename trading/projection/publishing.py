"""Why a lot cannot be published or changed now, who goes on, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from notices.rules.states import NoticeState
from trading.rules.gates import Blocked
from trading.rules.lot_states import LotState

if TYPE_CHECKING:
    from trading.models import Lot


@dataclass(frozen=True, slots=True)
class Hold:
    """What stands in the way, who goes on, and the page where they do."""

    title: str
    text: str
    href: str = ""
    link: str = ""


def publication_hold(lot: Lot, notice: Any, gates: Sequence[Blocked]) -> Hold | None:
    """None when asking for publication now can succeed."""
    if lot.state != LotState.DRAFT:
        return Hold(_("公告已经发布"), frozen_text(lot))
    if notice is None:
        return Hold(_("这个标的还没有公告"), "")
    to_notice = reverse("notices:review", args=[notice.no]), _("查看公告")
    if notice.state == NoticeState.DRAFT:
        text = _("下一步：在公告页填写完整并提交复核，再由另一人复核。")
        return Hold(_("公告还没有提交复核"), text, *to_notice)
    if notice.state == NoticeState.REVIEW:
        text = _("下一步：由另一人复核公告；复核通过后到时自动发布，不必在这里发布。")
        return Hold(_("公告尚未通过复核"), text, *to_notice)
    if not lot.blocked:
        text = _("公告已通过复核，到时自动发布；届时再次核对全部条件。")
        return Hold(_("不必在这里发布"), text, *to_notice)
    if gates:
        return Hold(_("仍不能发布"), _("下一步：办结上列事项后重新发布。"))
    return None


def change_hold(lot: Lot, notice: Any) -> str:
    """Why the lot's figures cannot be changed now; empty when they can."""
    if lot.state != LotState.DRAFT:
        return frozen_text(lot)
    if notice is None or notice.state != NoticeState.DRAFT:
        return _("公告已提交或已复核，标的不能修改；需要修改的，先由复核人退回公告。")
    return ""


def frozen_text(lot: Lot) -> str:
    """The freeze at publication, and the way on while there is one."""
    if lot.state not in {LotState.ANNOUNCED, LotState.OPEN}:
        return _("标的、竞价条件和适用规则在公告发布时冻结，不能再修改或重新发布。")
    return _(
        "标的、竞价条件和适用规则在公告发布时冻结，不能再修改或重新发布。"
        "竞价结束前确须变更的，由主持人在主持控制台写明理由申请中止本场，经一位监督人员同意后生效，"
        "再另行登记标的、另行公告。"
    )
