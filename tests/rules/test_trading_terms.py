"""What the notice prints of a lot's bidding rules, by the preset it is sold under."""

import pytest

from bidding.data import presets
from kernel.errors import Invalid
from trading.rules.procedures import PROCEDURES
from trading.rules.terms import room_terms, rules_text

VALUES = {
    "start_fen": 100_000_000,
    "step_fen": 1_000_000,
    "opens_at": "2026-05-11T10:00:00.000+08:00",
    "ends_at": "2026-05-20T10:00:00.000+08:00",
}


def printed(preset: str, **overrides: object) -> str:
    row = presets()[preset]
    return rules_text(row, room_terms(row, VALUES, overrides))


@pytest.mark.parametrize(
    ("preset", "says"),
    [
        ("OQ", ("密封报价一次", "不低于起始价，高出部分为 10,000.00 元的整数倍", "最高价者得")),
        ("OQL", ("密封报价一次", "不高于最高限价，低于部分为 10,000.00 元的整数倍", "最低价者得")),
    ],
)
def test_a_one_quote_notice_tells_the_whole_rule(preset: str, says: tuple[str, ...]) -> None:
    text = printed(preset)
    for words in (*says, "每轮 5 分钟，最多 1 轮", "随机抽取", "截止时刻及以后到达的报价无效"):
        assert words in text
    for words in ("每次加价", "每次降价", "限时竞价", "顺延"):
        assert words not in text


def test_without_tie_rounds_the_notice_names_the_draw_alone() -> None:
    text = printed("OQ", tie_rounds=0)
    assert "最高价相同的，由系统" in text
    assert "轮" not in text


def test_a_notice_cannot_promise_that_a_sealed_quote_moves_the_end() -> None:
    with pytest.raises(Invalid) as refused:
        printed("OQ", soft_close_s=300)
    assert refused.value.fields == {"soft_close_s": "a_sealed_quote_moves_no_end"}


def test_every_preset_a_procedure_offers_prints_its_rules() -> None:
    for procedure in PROCEDURES.values():
        offered = [row.preset for row in presets().values() if row.format in procedure.formats]
        assert offered
        for preset in offered:
            assert "报价一经受理不得撤回" in printed(preset), preset
