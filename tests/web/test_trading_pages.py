"""The pages of a sale: what they show, what stays typed, what they cost."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.events import AttemptRefused
from audit.models import Entry
from kernel.actors import Role
from kernel.clock import CHINA
from notices import services as notices
from tests.worlds.city import organisation, person
from tests.worlds.market import Market, auction, bank_file, beijing, publish_result, reverse
from trading.forms import InstantField
from trading.models import Award, BankCredit, BankFile, Deposit, Lot, Project, Refund, Registration
from trading.services import awards

pytestmark = pytest.mark.django_db
REFUND = {"bank_reference": "B-1", "amount_fen": "4000000"}
BACKEND = "django.contrib.auth.backends.ModelBackend"


def browser(username: str) -> Client:
    client = Client()
    client.force_login(get_user_model().objects.get(username=username), BACKEND)
    return client


def text(response: Any) -> str:
    content: str = response.content.decode()
    return content


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def award(market: Market) -> Lot:
    return market.awarded()[0]


# ── the public lot ────────────────────────────────────────────────────────────────────────────


def test_a_lot_shows_its_money_in_three_forms_and_no_bidder(market: Market) -> None:
    lot = market.published()
    market.paid_up(lot, market.alice, market.bob)
    page = text(Client().get(f"/lots/{lot.no}/"))
    for part in ("12,000.00", "120,000,000.00", "壹亿贰仟万元整", "LD-01", "登录后报名"):
        assert part in page
    for secret in ("蓉城置业", "锦江城建", *Deposit.objects.values_list("account_no", flat=True)):
        assert secret not in page


def test_a_sold_lot_shows_price_premium_and_what_is_left_to_do(market: Market) -> None:
    lot = award(market)
    page = text(Client().get(f"/lots/{lot.no}/"))
    for part in ("37.50", "375,000.00", "叁拾柒万伍仟元整", "4.17%", "2026-04-02", "EQ-09"):
        assert part in page
    assert "蓉城置业" not in page


def test_the_paper_s_address_is_public_only_once_the_winner_is(market: Market) -> None:
    """The page that verifies a deal confirmation names the winner, and anybody may open it."""
    lot = award(market)
    awards.note_confirmation(lot_no=lot.no, code="KGM4-W4HX", clock=market.clock)
    page = text(Client().get(f"/lots/{lot.no}/"))
    assert "成交确认书签发" in page
    assert "KGM4-W4HX" not in page
    found = Award.objects.get(lot=lot)
    awards.disclose_award(lot_no=lot.no, notice_no=found.result_notice_no, clock=market.clock)
    assert text(Client().get(f"/lots/{lot.no}/")).count("/v/KGM4-W4HX") == 2


def test_a_lot_page_in_english_holds_no_chinese_words_of_ours(market: Market) -> None:
    lot = market.published()
    client = Client(headers={"accept-language": "en"})
    client.cookies["django_language"] = "en"
    page = text(client.get(f"/lots/{lot.no}/"))
    assert "Start price" in page
    assert "Bidding opens in" in page
    assert "起始价" not in page


# ── the bidder ────────────────────────────────────────────────────────────────────────────────


def test_registering_leads_to_the_account(market: Market) -> None:
    lot = market.published()
    client = browser("alice")
    form = {"contact": "陈安", "phone": "13800005678", "has_agreed": "on"}
    response = client.post(f"/lots/{lot.no}/register/", form, follow=True)
    page = text(response)
    account = Deposit.objects.get().account_no
    assert f'data-copy="{account}"' in page
    assert "待付" in page


def test_a_withdrawal_that_comes_too_late_is_told_to_the_bidder_alone(market: Market) -> None:
    """The ledger's readers see refused attempts at once, but not who bids in a running lot."""
    lot = market.published()
    (mine,) = market.paid_up(lot, market.alice)
    response = browser("alice").post(f"/my/registrations/{mine.no}/withdraw/", follow=True)
    assert response.redirect_chain == [(f"/lots/{lot.no}/register/", 302)]
    assert [str(item) for item in response.context["messages"]] == [
        "当前状态下不能这样做：现为“已取得竞买资格”，没有可以办理的操作。"
    ]
    mine.refresh_from_db()
    assert mine.state == "qualified"
    assert not Entry.objects.filter(stream__startswith="attempts/").exists()


def test_a_bad_form_keeps_what_was_typed_and_names_the_fields(market: Market) -> None:
    lot = market.published()
    response = browser("alice").post(
        f"/lots/{lot.no}/register/", {"contact": "陈安", "phone": "一二三"}
    )
    page = text(response)
    assert response.status_code == 422
    assert 'value="陈安"' in page
    assert 'value="一二三"' in page
    assert "data-error-summary" in page
    assert 'href="#id_phone"' in page
    assert not Registration.objects.exists()


def test_too_late_is_said_on_the_page(market: Market) -> None:
    lot = market.published()
    market.clock.set(lot.deposit_cutoff_at)
    form = {"contact": "陈安", "phone": "13800005678", "has_agreed": "on"}
    response = browser("alice").post(f"/lots/{lot.no}/register/", form)
    assert response.status_code == 422
    assert "报名和交纳保证金的时间已过" in text(response)
    assert not Registration.objects.exists()


def test_the_five_words_for_a_deposit(market: Market) -> None:
    lot = market.published(auction())
    item = market.register(lot, market.alice)
    client, url = browser("alice"), f"/lots/{lot.no}/register/"

    def word() -> str:
        return str(client.get(url).context["deposit"].state_name)

    assert word() == "待付"
    market.pay(item, amount="1.00")
    assert word() == "金额不符"
    market.pay(item, amount="39999.00")
    assert word() == "已到账"
    awards.record_unsold(lot_no=lot.no, reason="no_offer", ended_at=lot.ends_at, clock=market.clock)
    assert word() == "退还中"
    browser("gao").post(f"/staff/deposits/{item.deposit.pk}/refund/", REFUND)
    assert word() == "已退"


def test_the_desk_puts_the_most_urgent_first(market: Market) -> None:
    later = market.published(auction(title="后截止", cutoff_at=beijing("2026-03-29 16:00")))
    market.clock.set(auction().notice_at)
    sooner = market.published(auction(title="先截止", cutoff_at=beijing("2026-03-27 16:00")))
    market.register(sooner, market.alice)
    market.register(later, market.alice)
    rows = browser("alice").get("/my/").context["rows"]
    assert [row.lot.title for row in rows] == ["先截止", "后截止"]
    assert [row.todo.words for row in rows] == ["交纳保证金"] * 2


def test_an_empty_desk_says_what_to_do(market: Market) -> None:
    assert "还没有报名" in text(browser("bob").get("/my/"))


def test_who_paid_for_a_running_lot_is_told_to_no_watcher(market: Market) -> None:
    """An auditor or a supervisor at the deposits' desk would know every bidder of a live room."""
    market.paid_up(market.published(), market.alice, market.bob)
    page = text(browser("sun").get("/staff/deposits/"))
    for secret in ("蓉城置业", "锦江城建", *Deposit.objects.values_list("account_no", flat=True)):
        assert secret not in page
    assert "在结束后才可查阅" in page
    assert "蓉城置业" in text(browser("gao").get("/staff/deposits/"))
    lot = Lot.objects.get()
    lot.state = "won"
    lot.save(update_fields=["state"])
    assert "蓉城置业" in text(browser("sun").get("/staff/deposits/"))


@pytest.mark.parametrize("text", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_a_time_of_another_age_is_named(text: str) -> None:
    with pytest.raises(ValidationError, match="请核对年份"):
        InstantField().clean(text)


# ── finance ───────────────────────────────────────────────────────────────────────────────────


def upload(client: Client, content: bytes, **more: str) -> Any:
    file = SimpleUploadedFile("bank.csv", content, "text/csv")
    return client.post("/staff/deposits/import/", {"file": file, **more})


def test_a_bad_file_is_shown_line_by_line(market: Market) -> None:
    item = market.register(market.published(), market.alice)
    response = upload(browser("gao"), bank_file(market.row(item, amount="１００")))
    page = text(response)
    assert response.status_code == 422
    assert 'data-testid="bank-faults"' in page
    assert "１００" in page
    assert not BankFile.objects.exists()


def test_checking_shows_the_counts_and_imports_nothing(market: Market) -> None:
    item = market.register(market.published(), market.alice)
    page = text(upload(browser("gao"), bank_file(market.row(item)), check="1"))
    assert "检查通过，尚未导入：1 行" in page
    assert not BankFile.objects.exists()


def test_importing_tells_what_it_did(market: Market) -> None:
    item = market.register(market.published(), market.alice)
    client = browser("gao")
    content = bank_file(market.row(item))
    assert upload(client, content).status_code == 302
    assert "1 个账户到账" in text(client.get("/staff/deposits/"))
    again = upload(client, content)
    assert again.status_code == 409
    assert "已经导入过" in text(again)
    assert BankFile.objects.count() == 1


def test_no_file_is_said(market: Market) -> None:
    response = browser("gao").post("/staff/deposits/import/", {})
    assert response.status_code == 422
    assert "data-error-summary" in text(response)


def test_a_refund_is_asked_twice(market: Market) -> None:
    """The list leads to a page that names the sum, the account and the rule; only that one acts."""
    award(market)
    client = browser("gao")
    desk = text(client.get("/staff/deposits/"))
    (row,) = client.get("/staff/deposits/").context["refunds"]
    url = f"/staff/deposits/{row.pk}/refund/"
    assert url in desk
    page = text(client.get(url))
    for part in ("40,000.00", "5100", "2026-04-02", "EQ-09"):
        assert part in page
    assert not Refund.objects.exists()
    assert 'name="amount_fen" value="4000000"' in page
    changed = client.post(url, {**REFUND, "amount_fen": "3999999"})
    assert changed.status_code == 409
    assert "应退金额已变为 40,000.00 元" in text(changed)
    assert 'value="B-1"' in text(changed)
    assert 'name="amount_fen" value="4000000"' in text(changed)
    empty = client.post(url, {**REFUND, "bank_reference": " "})
    assert empty.status_code == 422
    assert not Refund.objects.exists()
    assert client.post(url, REFUND).status_code == 302
    assert Refund.objects.get().amount_fen == 4_000_000
    twice = client.post(url, {**REFUND, "bank_reference": "B-2"})
    assert twice.status_code == 409


def test_a_long_queue_has_pages_and_loses_nothing(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trading.views.finance.PAGE", 2)
    lot = market.published()
    rows = [
        market.row(
            market.register(lot, market.alice) if not n else Registration.objects.get(),
            payee_account=f"9999{n:04d}",
            reference=f"X-{n}",
        )
        for n in range(5)
    ]
    market.import_rows(*rows)
    client = browser("gao")
    desk = text(client.get("/staff/deposits/"))
    assert "查看全部 5 笔" in desk
    assert "X-4" in desk
    assert "X-0" not in desk
    last = text(client.get("/staff/deposits/?queue=unknown&page=3"))
    assert "X-0" in last
    assert 'data-testid="refunds"' not in last
    assert client.get("/staff/deposits/?queue=nonsense&page=x").status_code == 200


def test_unknown_money_is_returned_on_a_page_of_its_own(market: Market) -> None:
    item = market.register(market.published(), market.alice)
    market.import_rows(market.row(item, payee_account="99990000", reference="X-1"))
    client = browser("gao")
    credit = BankCredit.objects.get()
    url = f"/staff/credits/{credit.pk}/return/"
    assert url in text(client.get("/staff/deposits/"))
    assert "原路退回" in text(client.get(url))
    assert client.post(url, {"bank_reference": ""}).status_code == 422
    assert client.post(url, {"bank_reference": "B-7"}).status_code == 302
    desk = text(client.get("/staff/deposits/"))
    assert "B-7" in desk
    assert url not in desk
    assert client.post(url, {"bank_reference": "B-8"}).status_code == 409


def test_the_contract_is_noted_from_the_lot(market: Market) -> None:
    lot, _found = market.awarded()
    client = browser("wang")
    url = f"/staff/lots/{lot.no}/contract/"
    assert client.get(url).status_code == 404
    publish_result(market, lot)
    no = Award.objects.get().result_notice_no
    awards.disclose_award(lot_no=lot.no, notice_no=no, clock=market.clock)
    awards.note_confirmation(lot_no=lot.no, code="ABCD-EFGH", clock=market.clock)
    assert url in text(client.get(f"/staff/lots/{lot.no}/"))
    assert client.post(url, {"signed_on": "2027-01-01"}).status_code == 422
    assert client.post(url, {"signed_on": "2026-03-30"}).status_code == 302
    page = text(client.get(f"/staff/lots/{lot.no}/"))
    assert url not in page
    assert "合同签订" in page


def test_one_notice_on_the_english_home_is_a_notice(market: Market) -> None:
    market.published()
    client = Client()
    client.cookies["django_language"] = "en"
    row = text(client.get("/")).split('class="listing__row"')[1].split("<h3")[0]
    assert "Notice<" in row


@pytest.mark.parametrize(
    ("plan", "unit", "other"),
    [(reverse(), "采购人", "出让（委托）单位"), (auction(), "出让（委托）单位", "采购人")],
)
def test_a_purchase_has_a_purchaser_and_no_seller(
    market: Market, plan: Any, unit: str, other: str
) -> None:
    lot = market.published(plan)
    pages = [Client().get(f"/lots/{lot.no}/"), browser("wang").get(f"/staff/lots/{lot.no}/")]
    for page in map(text, pages):
        assert f"<dt>{unit}</dt>" in page
        assert f"<dt>{other}</dt>" not in page


def test_a_purchase_falls_from_a_ceiling_in_every_table(market: Market) -> None:
    lot, (alice, *_rest) = market.sold(reverse())
    market.clock.set(lot.ends_at)
    awards.record_award(
        lot_no=lot.no,
        plate=alice.plate,
        price_fen=47_000_000,
        ended_at=lot.ends_at,
        clock=market.clock,
    )
    publish_result(market, lot)
    notice = Award.objects.get().result_notice_no
    awards.disclose_award(lot_no=lot.no, notice_no=notice, clock=market.clock)
    all_deals, purchases = (
        text(Client().get(f"/stats/{asked}")) for asked in ("", "?kind=purchase")
    )
    project = text(browser("wang").get(f"/staff/projects/{lot.project.no}/"))
    for page in (all_deals, purchases, project):
        assert 'data-label="最高限价"' in page
        assert 'data-label="起始价"' not in page
    for page in (all_deals, project):
        assert "起始价 / 最高限价" in page
    assert "起始价 / 最高限价" not in purchases


# ── staff ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_a_start_page(market: Market, role: Role) -> None:
    person("worker", organisation("某单位", 88), role)
    assert browser("worker").get("/staff/").status_code == 200


def typed_lot(lot: Lot, **changes: str) -> dict[str, str]:
    form = browser("wang").get(f"/staff/lots/{lot.no}/edit/").context["form"]
    shown = {name: form[name].value() for name in form.fields}
    stamps = {
        name: value.astimezone(CHINA).strftime("%Y-%m-%dT%H:%M")
        for name, value in shown.items()
        if hasattr(value, "astimezone")
    }
    return {**{name: str(value or "") for name, value in shown.items()}, **stamps, **changes}


def test_a_lot_under_review_keeps_what_was_typed_and_says_why(market: Market) -> None:
    """Wang had the form open while a colleague handed the notice in."""
    lot = market.draft(auction())
    client, url = browser("wang"), f"/staff/lots/{lot.no}/edit/"
    typed = typed_lot(lot, title="改过的名称", has_reserve="")
    assert url in text(client.get(f"/staff/lots/{lot.no}/"))
    notices.submit_notice(no=lot.notice_no, actor=market.wang, clock=market.clock)

    response = client.post(url, typed)

    assert response.status_code == 409
    assert "改过的名称" in text(response)
    assert "当前状态下不能这样做" in text(response)
    assert Lot.objects.get().title == lot.title
    assert Entry.objects.filter(kind=AttemptRefused.kind).count() == 1
    desk = text(client.get(f"/staff/lots/{lot.no}/"))
    assert url not in desk
    assert 'data-testid="locked"' in desk


def test_a_blocked_lot_says_why_and_asks_before_it_publishes(market: Market) -> None:
    lot = market.draft(project=market.project())
    market.approve(lot, beijing("2026-03-20 09:00"))
    market.clock.set(beijing("2026-03-20 09:00"))
    market.publish(lot)
    client = browser("wang")
    page = text(client.get(f"/staff/lots/{lot.no}/"))
    assert 'data-testid="blocked"' in page
    assert "LK-1" in page
    assert "仍不能发布" in text(client.get(f"/staff/lots/{lot.no}/publish/"))
    lot.refresh_from_db()
    assert lot.publish_due_at is None
    client.post(f"/staff/lots/{lot.no}/publish/")
    lot.refresh_from_db()
    assert lot.publish_due_at is not None


def test_a_lot_whose_notice_waits_offers_no_publication(market: Market) -> None:
    lot = market.draft(auction())
    client, url = browser("wang"), f"/staff/lots/{lot.no}/publish/"
    assert "再由另一人复核" in text(client.get(url))
    notices.submit_notice(no=lot.notice_no, actor=market.wang, clock=market.clock)

    page, refused = client.get(url), client.post(url)

    for response in (page, refused):
        assert "公告尚未通过复核" in text(response)
        assert "由另一人复核" in text(response)
        assert "确认发布" not in text(response)
        assert f"/staff/notices/{lot.notice_no}/" in text(response)
    assert (page.status_code, refused.status_code) == (200, 409)
    assert Entry.objects.filter(kind=AttemptRefused.kind).count() == 1


def test_a_gate_that_is_shut_takes_the_button_away(market: Market) -> None:
    lot = market.draft(project=market.project())
    market.approve(lot, beijing("2026-03-20 09:00"))
    market.clock.set(beijing("2026-03-20 09:00"))
    market.publish(lot)
    page = text(browser("wang").get(f"/staff/lots/{lot.no}/publish/"))
    assert "LK-1" in page
    assert "确认发布" not in page


def test_a_published_lot_says_why_it_cannot_be_changed(market: Market) -> None:
    lot = market.published()
    client = browser("wang")
    for act in ("edit", "publish"):
        page = text(client.get(f"/staff/lots/{lot.no}/{act}/", follow=True))
        assert "在公告发布时冻结" in page
        assert "另行公告" in page
        assert 'type="submit">保存' not in page
        assert "确认发布" not in page
    edit = client.get(f"/staff/lots/{lot.no}/edit/")
    assert (edit.status_code, edit.headers["Location"]) == (302, f"/staff/lots/{lot.no}/")


def test_a_bad_lot_keeps_what_was_typed(market: Market) -> None:
    project = market.project()
    form = {"title": "地块", "start": "１２", "unit": "wan", "notice_location": "城北"}
    response = browser("wang").post(f"/staff/projects/{project.no}/lots/listing/", form)
    page = text(response)
    assert response.status_code == 422
    for kept in ('value="地块"', 'value="１２"', "城北"):
        assert kept in page
    assert "不能用汉字或全角数字" in page
    assert not Lot.objects.exists()


def test_a_bad_project_keeps_what_was_typed(market: Market) -> None:
    form = {"name": "新项目", "category": "03", "unit_code": "123", "funds_note": "财政资金"}
    response = browser("wang").post("/staff/projects/new/", form)
    page = text(response)
    assert response.status_code == 422
    assert 'value="新项目"' in page
    assert "统一社会信用代码有误" in page
    assert not Project.objects.exists()


# ── what pages cost ───────────────────────────────────────────────────────────────────────────


def one_more(market: Market, index: int) -> None:
    """One more project, lot, registration and deposit that is owed."""
    market.clock.set(auction().notice_at)
    lot = market.published(auction(title=f"第 {index} 件"))
    item = market.paid_up(lot, market.alice)[0]
    market.pay(item, amount="1.00")
    market.import_rows(market.row(item, payee_account=f"62289999{index:04d}"))


@pytest.mark.parametrize(
    ("who", "url"),
    [
        ("alice", lambda: "/my/"),
        ("wang", lambda: "/staff/"),
        ("wang", lambda: "/staff/projects/"),
        ("gao", lambda: "/staff/deposits/"),
        ("alice", lambda: f"/lots/{first().no}/"),
        ("alice", lambda: f"/lots/{first().no}/register/"),
        ("wang", lambda: f"/staff/lots/{first().no}/"),
        ("wang", lambda: f"/staff/projects/{first().project.no}/"),
    ],
    ids=["my", "staff", "projects", "deposits", "lot", "register", "staff-lot", "project"],
)
def test_a_page_costs_the_same_for_many_rows(
    market: Market, who: str, url: Callable[[], str]
) -> None:
    one_more(market, 0)
    client = browser(who)
    client.get(url())
    before = queries(client, url())
    for index in (1, 2):
        one_more(market, index)
    assert queries(client, url()) == before
    assert before <= 25


def first() -> Lot:
    return Lot.objects.select_related("project").earliest("pk")
