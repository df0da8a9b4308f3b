"""A wrong lot or project is told beside its fields, with what to type; what was typed stays."""

import re
from typing import Any

import pytest
from django.test import Client

from kernel.errors import Invalid
from tests.worlds.market import Market, auction, reverse
from tests.worlds.pages import browser
from trading.forms import amount_fen
from trading.models import Lot, Project
from trading.services import lots

pytestmark = pytest.mark.django_db
TYPED = {
    "title": "旧办公设备一批",
    "preset": "ASC",
    "unit": "wan",
    "start": "36",
    "step": "0.5",
    "deposit": "4",
    "opens_at": "2026-04-01T10:00",
    "ends_at": "2026-04-01T11:00",
    "deposit_cutoff_at": "2026-03-31T17:00",
    "notice_contact_phone": "0838-2200000",
}


def faults(page: str) -> dict[str, str]:
    """The error beside each field."""
    found = re.findall(r'id="id_(\w+)_error">.*?<span>(.*?)</span></span>', page, re.DOTALL)
    return dict(found)


@pytest.fixture
def clerk(market: Market) -> Client:
    return browser(market.wang)


def text_of(client: Client, path: str) -> str:
    content: str = client.get(path).content.decode()
    return content


def post(client: Client, market: Market, **changes: str) -> Any:
    project = market.project("05")
    return client.post(f"/staff/projects/{project.no}/lots/auction/", {**TYPED, **changes})


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"deposit": "36.01"}, "deposit", "保证金（360,100.00 元）不能高于起始价（360,000.00 元）"),
        ({"deposit": "-3"}, "deposit", "金额不能是负数，请填写大于零的数字，例如 8160.00"),
        ({"start": "−3"}, "start", "金额不能是负数"),
        ({"start": "0"}, "start", "起始价必须大于零"),
        ({"step": "三万"}, "step", "请填写数字金额，例如 8160.00"),
        ({"step": "0.1234567"}, "step", "最多六位小数"),
        ({"unit": "yuan", "step": "0.123"}, "step", "最多两位小数"),
        ({"opens_at": ""}, "opens_at", "时间是空的：请填写年月日和时分，例如 2026-11-26 09:00"),
        ({"ends_at": "2026-04-01 25:00"}, "ends_at", "时间不完整或不存在：请填写年月日和时分"),
        ({"notice_contact_phone": "张三"}, "notice_contact_phone", "7 至 12 位数字的电话号码"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_on_top(
    market: Market, clerk: Client, changes: dict[str, str], field: str, words: str
) -> None:
    response = post(clerk, market, **changes)
    page = response.content.decode()
    assert response.status_code == 422
    assert words in faults(page)[field]
    summary = page[page.index("data-error-summary") : page.index("</ul>", page.index("data-error"))]
    assert words in summary
    assert f'href="#id_{field}"' in summary
    assert f'value="{changes[field]}"' in page
    assert 'value="旧办公设备一批"' in page
    assert not Lot.objects.exists()


@pytest.mark.parametrize(
    ("procedure", "category", "preset", "start", "way", "others"),
    [
        ("auction", "05", "ASC", "起始价", "加价幅度", ("最高限价", "降价幅度")),
        ("reverse", "02", "REV", "最高限价", "降价幅度", ("起始价", "加价幅度")),
    ],
)
def test_a_form_calls_the_figures_as_the_notice_does(
    market: Market,
    clerk: Client,
    procedure: str,
    category: str,
    preset: str,
    start: str,
    way: str,
    others: tuple[str, str],
) -> None:
    address = f"/staff/projects/{market.project(category).no}/lots/{procedure}/"
    labels = re.findall(r'class="field__label"[^>]*>([^<]*)<', text_of(clerk, address))
    assert {start, way} <= set(labels)
    assert not set(others) & set(labels)
    wrong = {**TYPED, "preset": preset, "start": "0", "step": "0"}
    found = faults(clerk.post(address, wrong).content.decode())
    assert (found["start"], found["step"]) == (f"{start}必须大于零。", f"{way}必须大于零。")
    high = {**TYPED, "preset": preset, "deposit": "36.01"}
    assert f"不能高于{start}（" in faults(clerk.post(address, high).content.decode())["deposit"]


def test_all_faults_are_told_at_once(market: Market, clerk: Client) -> None:
    wrong = {"deposit": "40", "step": "-3", "notice_contact_phone": "1", "title": ""}
    page = post(clerk, market, **wrong).content.decode()
    assert set(faults(page)) == set(wrong)


def test_a_deposit_as_high_as_the_start_price_is_no_fault_of_form(
    market: Market, clerk: Client
) -> None:
    assert post(clerk, market, deposit="36").status_code == 302
    assert Lot.objects.get().deposit_fen == 36_000_000


@pytest.mark.parametrize("plan", [auction(), reverse()])
def test_the_service_refuses_a_deposit_above_the_start_price(market: Market, plan: Any) -> None:
    """Whether prices rise from it or fall from it."""
    entry = market.lot_entry(plan)
    high = market.lot_entry(plan, deposit_fen=entry.start_fen + 1)
    project = market.project(plan.category)
    with pytest.raises(Invalid) as refused:
        lots.draft_lot(
            project_no=project.no, entry=high, fields={}, actor=market.wang, clock=market.clock
        )
    assert "deposit_fen" in refused.value.fields


def test_a_project_code_that_is_none_is_told(market: Market, clerk: Client) -> None:
    form = {
        "name": "城北污水管网改造",
        "category": "05",
        "unit_code": "91510600",
        "funds_note": "财政资金",
        "investment_code": "2606-5106",
    }
    page = clerk.post("/staff/projects/new/", form).content.decode()
    assert "例如 2606-510600-04-01-123456" in faults(page)["investment_code"]
    assert 'value="2606-5106"' in page
    assert not Project.objects.exists()
    lawful = market.project("05", investment_code=" 2606-510600-04-01-123456 ")
    assert lawful.investment_code == "2606-510600-04-01-123456"


def test_amounts_are_read_in_their_unit() -> None:
    assert amount_fen(" 8,160.00 ", "wan") == 8_160_000_000
    assert amount_fen("8160", "yuan") == 816_000


@pytest.mark.parametrize(
    ("procedure", "category", "preset", "best"),
    [("auction", "05", "OQ", "最高价者得"), ("reverse", "02", "OQL", "最低价者得")],
)
def test_a_clerk_sells_by_one_quote_and_the_notice_says_how(
    market: Market, clerk: Client, procedure: str, category: str, preset: str, best: str
) -> None:
    project = market.project(category)
    address = f"/staff/projects/{project.no}/lots/{procedure}/"
    assert f'value="{preset}"' in clerk.get(address).content.decode()
    answer = clerk.post(address, {**TYPED, "preset": preset})
    assert answer.status_code == 302, faults(answer.content.decode())
    lot = Lot.objects.get()
    assert (lot.preset, lot.terms["tie_rounds"], lot.terms["tie_round_s"]) == (preset, 1, 300)
    shown = clerk.get(f"/staff/lots/{lot.no}/").content.decode()
    assert "一次报价" in shown
    notice = clerk.get(f"/staff/notices/{lot.notice_no}/").content.decode()
    assert best in notice
    assert "密封报价一次" in notice
