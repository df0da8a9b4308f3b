"""The whole slice, as people do it: from an approved project to an auditor who verifies offline.

A clerk, a window, a reviewer, a section chief, finance, two bidders, a host, an auditor and the
public, each at a browser: in Chinese on the default profile, in English on that of production. The
lawful twenty and ten days between notice and the end of the listing are passed by moving the legal
clock; nothing else is shortened."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from accounts.rules.uscc import check_character, inner_character
from config.management.demo.people import COMPANIES
from tests.journeys import acts, audit_acts, room_acts
from tests.journeys.acts import Times, legal_now, move_to
from tests.journeys.centre import Centre
from tests.journeys.people import Person

PAYERS = {company.key: company.name for company in COMPANIES}
DEPOSIT_YUAN = "16000000.00"
Sit = Callable[..., Person]


def code_of(key: str) -> str:
    """The whole credit code of a demo organisation, by its key."""
    body = next(company.body for company in COMPANIES if company.key == key)
    inner = body + inner_character(body[8:16])
    return inner + check_character(inner)


def publish(centre: Centre, person: Sit) -> tuple[str, Times]:
    """Project, approval, lot, notice; returns the lot and its instants."""
    clerk, second, public = person("clerk1"), person("clerk2"), person()
    project = acts.register_project(clerk, code_of("land"))
    times = Times.after(legal_now(centre))
    lot, notice = acts.draft_lot(clerk, project, times)
    clerk.see(f"/staff/lots/{lot}/")
    clerk.reads("gates", "LK-1")  # nothing is published before the approval
    acts.submit_notice(clerk, notice)
    acts.approve_notice(second, notice)
    wait_for_block(clerk, lot)
    assert public.status(f"/notices/{notice}/") == 404
    approve_project(person, project)
    clerk.see(f"/staff/lots/{lot}/publish/")
    clerk.post("/publish/")
    acts.wait_for_notice(public, notice)
    return lot, times


def wait_for_block(clerk: Person, lot: str) -> None:
    """The timekeeper tries, the gate is shut, the clerk reads why."""
    for _try in range(100):
        clerk.go(f"/staff/lots/{lot}/")
        if clerk.page.get_by_test_id("blocked").count():
            break
        clerk.page.wait_for_timeout(200)
    clerk.reads("blocked", "LK-1")


def approve_project(person: Sit, project: str) -> None:
    window, reviewer, chief = person("window"), person("reviewer1"), person("chief")
    case = acts.file_case(window, project, code_of("land"))
    acts.grant_case(window, reviewer, chief, case)
    public = person()
    public.see("/cases/track/")
    public.fill({"no": case, "last4": "1234"})
    public.post()
    expect(public.page.locator("main")).to_contain_text(case)
    public.check_access()


def seat_bidders(centre: Centre, person: Sit, lot: str, folder: Path) -> tuple[Person, Person]:
    """Two register and pay; a third pays from somebody else's account and gets no plate."""
    alice, bob, carol, finance = person("bidA"), person("bidB"), person("bidC"), person("finance")
    accounts = [acts.register(who, lot, "联系人") for who in (alice, bob, carol)]
    at = legal_now(centre) - timedelta(minutes=5)
    rows = [
        acts.bank_row(account, PAYERS[payer], DEPOSIT_YUAN, at, f"R{payer}")
        for account, payer in zip(accounts, "ABD", strict=True)
    ]
    bad = acts.bank_row(accounts[0], PAYERS["A"], "壹仟陆佰万", at, "R9")
    acts.import_bank(finance, folder, [*rows, bad])
    finance.reads("bank-faults", "5")  # the line of the bad row; nothing was taken
    assert plate_of(alice, lot) is None
    acts.import_bank(finance, folder, rows)
    assert plate_of(carol, lot) is None
    carol.finds("金额不符")
    plates = {plate_of(alice, lot), plate_of(bob, lot)}
    assert len(plates) == 2
    assert all(acts.PLATE.fullmatch(plate or "") for plate in plates)
    return alice, bob


def plate_of(bidder: Person, lot: str) -> str | None:
    """The plate on the bidder's own page, if there is one."""
    bidder.see(f"/lots/{lot}/register/")
    found = bidder.page.get_by_test_id("plate")
    return found.inner_text().strip() if found.count() else None


def run_room(
    centre: Centre, person: Sit, seats: tuple[Person, Person], lot: str, times: Times
) -> str:
    """Free quoting, inquiry, limited bidding with an extension, the hammer; returns the room."""
    alice, bob = seats
    move_to(centre, times.opens_at + timedelta(hours=1))
    room = room_acts.room_of(alice, lot)
    watcher, host = person(), person("host")
    for who in (alice, bob, watcher):
        room_acts.enter(who, room)
        who.reads("phase", "自由报价")
    room_acts.step_up(alice)
    alice.reads("my-state", "您领先")
    room_acts.offer(bob, "8060")
    alice.reads("my-state", "您已被超过")
    watcher.reads("current-price", "8,060.00")
    room_acts.pause_and_resume(host, room, [alice, bob])
    move_to(centre, times.ends_at - timedelta(seconds=290))
    for who in seats:
        room_acts.enter(who, room)
        who.reads("phase", "询问")
        room_acts.join(who)
    move_to(centre, times.ends_at + timedelta(seconds=2))
    for who in (*seats, watcher):
        room_acts.enter(who, room)
        who.reads("phase", "限时竞价")
    ended = alice.by_id("countdown").get_attribute("data-ends-at")
    room_acts.step_up(alice)
    bob.reads("my-state", "您已被超过")
    expect(bob.by_id("ext-banner")).to_contain_text(room_acts.extension(bob, 1))
    assert alice.by_id("countdown").get_attribute("data-ends-at") != ended
    centre.manage("test_clock", "+240s")
    for who, text in ((alice, "您已竞得"), (bob, "未竞得")):
        room_acts.enter(who, room)
        who.reads("phase", "已成交")
        who.reads("my-state", text)
    return room


def settle(person: Sit, seats: tuple[Person, Person], lot: str) -> None:
    """The result notice by two people, the signed paper, the loser's refund by its rule."""
    alice, bob = seats
    clerk, second, public, finance = (
        person("clerk1"),
        person("clerk2"),
        person(language="en"),
        person("finance"),
    )
    result = acts.result_notice_of(clerk, lot)
    acts.submit_notice(clerk, result)
    acts.approve_notice(second, result)
    acts.wait_for_notice(public, result)
    public.see(f"/lots/{lot}/")
    expect(public.page.locator("main")).to_contain_text("80,800,000.00")
    expect(public.page.locator("main")).to_contain_text("1.00%")
    paper = acts.confirmation_of(alice, lot)
    public.see(paper)
    public.check_access()
    bob.see(f"/lots/{lot}/register/")
    bob.finds("最晚退还")
    finance.see("/staff/deposits/")
    expect(finance.page.locator("main")).to_contain_text("LD-04")


def verify_offline(centre: Centre, person: Sit, lot: str, room: str, folder: Path) -> None:
    """The auditor filters, downloads everything and trusts nobody."""
    auditor = person("auditor")
    auditor.see(f"/audit/ledger/?lot={lot}")
    assert auditor.page.get_by_test_id("ledger-row").count() > 0
    files = {form: audit_acts.export(auditor, lot, form, folder) for form in audit_acts.EXPORTS}
    assert "8060" in files["csv"].read_text(encoding="utf-8-sig").replace(",", "")
    keys = folder / "TRUSTED.json"
    centre.manage("export_keys", "--out", str(keys))
    intact = audit_acts.verify(files["bundle"], keys)
    assert intact.returncode == 0, intact.stdout + intact.stderr
    forged, seq = audit_acts.change_one_amount(files["bundle"], folder / "forged.zip")
    found = audit_acts.verify(forged, keys)
    assert found.returncode == 1, found.stdout
    assert f"room/{room}" in found.stdout
    assert str(seq) in found.stdout
    whole = folder / "whole.zip"
    centre.manage("export_bundle", "--lot", lot, "--out", str(whole))
    assert audit_acts.verify(whole, keys).returncode == 0
    assert audit_acts.verify(whole, audit_acts.no_keys(folder)).returncode == 2


@pytest.mark.timeout(1500)
def test_from_project_to_offline_verification(centre: Centre, person: Sit, tmp_path: Path) -> None:
    lot, times = publish(centre, person)
    seats = seat_bidders(centre, person, lot, tmp_path)
    room = run_room(centre, person, seats, lot, times)
    settle(person, seats, lot)
    verify_offline(centre, person, lot, room, tmp_path)
