"""The one way out of a room: what an audience sees of it. Plates only, never a count of people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from bidding.rules.snapshot import seat_fields, snapshot_fields
from bidding.rules.state import Quote
from bidding.selectors import Attempt
from bidding.sequencer.shown import View
from kernel.clock import iso_ms

if TYPE_CHECKING:
    from bidding.models import Room, Seat

OFFERS_SHOWN = 50


def snapshot(
    room: Room, book: View, seat: Seat | None, now: datetime, recent: list[dict[str, Any]]
) -> dict[str, Any]:
    """The room as this actor may see it (contract: snapshot)."""
    found: dict[str, Any] = {
        "v": 1,
        "seq": book.state.seq,
        "server_at": iso_ms(now),
        "title": room.title,
        **snapshot_fields(book.terms, book.state, now),
        "offers": recent[-OFFERS_SHOWN:],
    }
    if seat is not None:
        found["me"] = seat_fields(book.terms, book.state, seat.plate)
    return found


def events_frame(events: list[dict[str, Any]], seq: int, now: datetime) -> dict[str, Any]:
    """One frame of numbered events; an empty one is a sign of life."""
    return {
        "v": 1,
        "type": "events",
        "seq": events[-1]["seq"] if events else seq,
        "server_at": iso_ms(now),
        "events": events,
    }


def desk_fields(quotes: Iterable[tuple[str, Quote]], attempts: Iterable[Attempt]) -> dict[str, Any]:
    """What the host sees of those who have offered: last offers by plate, refused attempts."""
    refused = [
        {
            "at": iso_ms(item.at),
            "plate": item.plate,
            "amount_fen": item.amount_fen,
            "message": refusal_message(item.code),
        }
        for item in attempts
    ]
    plates = [
        {"plate": plate, "amount_fen": quote.amount_fen, "at": iso_ms(quote.at)}
        for plate, quote in quotes
    ]
    return {"plates": plates, "refused": refused}


def malformed_message(what: str) -> str:
    """What is wrong with a frame (protocol.Malformed), in the reader's language."""
    texts = {
        "frame": _("报文格式不正确：须为文本形式的一个 JSON 对象，键不重复，不含 NaN。"),
        "size": _("报文过大：不得超过 16 KB。"),
        "version": _("报文版本不受支持：v 须为 1。"),
        "type": _("报文类型不明：type 须为 offer、join、resync 或 ping。"),
        "token": _("报价编号不正确：client_token 须为 8 至 64 个字母、数字或连字符。"),
        "amount": _("报价格式不正确：金额须为整数分，不能用汉字、全角数字、小数或负数。"),
        "too_large": _("金额过大：不得超过十万亿元，请核对单位。"),
        "after": _("after 须为 0 至 9007199254740991 的整数：上次收到的最后一个序号。"),
        "ping": _("ping 的 t 须为数字。"),
    }
    return str(texts[what])


def act_refusal_message(code: str) -> str:
    """Why an act of the console is refused, in the reader's language, and what to do."""
    texts = {
        "not_open": _("本场不在进行中，不能进行这项操作。"),
        "clock_unsure": _(
            "系统时钟异常，暂不能恢复：请运维人员校准数据库服务器时钟，正常数秒后再恢复。"
        ),
        "already_asked": _("已有一项中止申请等待答复，不能重复提出。"),
        "no_request": _("这项中止申请已经答复、撤回或更换，请核对本页现在的内容。"),
        "same_person": _("中止须由另一人同意，提出申请的人不能答复。"),
        "not_the_asker": _("只有提出申请的人才能撤回。"),
        "request_expired": _("这项中止申请已过时限；确须中止的，请主持人重新提出。"),
    }
    return str(texts.get(code, _("现在不能进行这项操作。")))


def refusal_message(code: str) -> str:
    """A refusal in the reader's language; the codes are the contract's."""
    texts = {
        "not_seated": _("您在本竞价室没有席位。"),
        "token_reused": _("同一报价编号已用于另一金额。"),
        "too_fast": _("操作过快，请稍候再试。"),
        "not_open": _("现在不接受报价。"),
        "paused": _("竞价已暂停。"),
        "not_joined": _("您不参加本阶段：询问期未确认参加，或本轮只由报价相同的竞买人再报。"),
        "below_start": _("首次报价无效：增价竞价不得低于起始价，反向竞价不得高于最高限价。"),
        "equal_offer": _("与当前报价相同，先报者有效。"),
        "below_minimum": _("报价无效：未达到最低有效价（反向竞价为超过最高有效价）。"),
        "off_step": _("与当前价之差不是加价（降价）幅度的整数倍。"),
        "above_cap": _("超过最高限价。"),
        "already_leading": _("您已领先，不必再报价。"),
    }
    return str(texts.get(code, code))
