"""What the people of the slice do, each by the pages of their own desk."""

import csv
import io
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from config.management.demo.world import LAND_FIELDS
from kernel.clock import CHINA
from tests.journeys.centre import Centre
from tests.journeys.people import Person

START_WAN, STEP_WAN, DEPOSIT_WAN = "8000.00", "20.00", "1600.00"
RESULT_ENDING = "-N1201"
PLATE = re.compile(r"[A-HJ-NP-Z][0-9]{2}")
BANK_HEADER = "booked_at,amount,currency,payer_name,payer_account,payee_account,reference".split(
    ","
)


@dataclass(frozen=True)
class Times:
    """The lawful instants of the sale: twenty days of notice, ten of listing and a little."""

    opens_at: datetime
    ends_at: datetime

    @classmethod
    def after(cls, now: datetime) -> "Times":
        opens_at = (now + timedelta(days=22)).replace(hour=9, minute=0, second=0, microsecond=0)
        return cls(opens_at, opens_at + timedelta(days=12, hours=1))


def legal_now(centre: Centre) -> datetime:
    """What the centre's legal clock says."""
    return datetime.fromisoformat(centre.manage("test_clock", "show").split()[0]).astimezone(CHINA)


def move_to(centre: Centre, at: datetime) -> None:
    """Moves the legal clock forward to an instant."""
    seconds = int((at - legal_now(centre)).total_seconds())
    days, rest = divmod(seconds, 86_400)
    if days:
        centre.manage("test_clock", f"+{days}d")
    if rest > 0:
        centre.manage("test_clock", f"+{rest}s")


def local(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M")


# ── the project and its approval ──────────────────────────────────────────────────────────────


def register_project(clerk: Person, unit_code: str) -> str:
    """Returns the project's number."""
    clerk.see("/staff/projects/new/")
    clerk.fill(
        {
            "name": "城东新区 2026-11 号地块",
            "category": "03",
            "unit_code": unit_code,
            "funds_note": "净地出让，前期费用已落实",
        }
    )
    clerk.post()
    clerk.page.wait_for_url("**/staff/projects/*-*/")
    return clerk.page.url.rstrip("/").rpartition("/")[2]


def file_case(window: Person, project_no: str, unit_code: str) -> str:
    """The unit applies at the window; returns the case's number."""
    window.see("/staff/cases/new/SG-XK/")
    window.fill(
        {
            "organisation_code": unit_code,
            "project_no": project_no,
            "project_name": "城东新区 2026-11 号地块",
            "contact": "石磊",
            "phone": "13800001234",
        }
    )
    for box in window.page.locator("[name=handed_in]").all():
        box.check()
    window.post()
    window.page.wait_for_url("**/staff/cases/SL*/")
    return window.page.url.rstrip("/").rpartition("/")[2]


def grant_case(window: Person, reviewer: Person, chief: Person, no: str) -> None:
    """Accepted at the window, proposed by the reviewer, granted by the section chief."""
    window.see(f"/staff/cases/{no}/")
    window.post("/accept/")
    reviewer.see(f"/staff/cases/{no}/")
    reviewer.post("/start_review/")
    reviewer.page.locator("[name=proposal][value=grant]").check()
    reviewer.fill({"opinion": "材料齐全，符合规划和集体决策程序，拟准予。"})
    reviewer.post("/propose/")
    chief.see(f"/staff/cases/{no}/")
    chief.page.locator("[name=decision][value=grant]").check()
    chief.page.locator("main form:has([name=decision]) [type=submit]").click()
    chief.page.wait_for_load_state()


# ── lot and notice ────────────────────────────────────────────────────────────────────────────


def draft_lot(clerk: Person, project_no: str, times: Times) -> tuple[str, str]:
    """Drafts the land listing; returns the numbers of lot and notice."""
    clerk.see(f"/staff/projects/{project_no}/lots/listing/")
    clerk.fill(
        {
            "title": "城东新区 2026-11 号地块",
            "preset": "TC",
            "unit": "wan",
            "start": START_WAN,
            "step": STEP_WAN,
            "deposit": DEPOSIT_WAN,
            "opens_at": local(times.opens_at),
            "ends_at": local(times.ends_at),
            "deposit_cutoff_at": local(times.ends_at - timedelta(days=4)),
            **{f"notice_{name}": text for name, text in LAND_FIELDS.items()},
        }
    )
    clerk.post()
    clerk.page.wait_for_url("**/staff/lots/*/")
    lot_no = clerk.page.url.rstrip("/").rpartition("/")[2]
    link = clerk.page.locator("main a[href^='/staff/notices/']").first.get_attribute("href") or ""
    return lot_no, link.strip("/").rpartition("/")[2]


def submit_notice(clerk: Person, notice_no: str) -> None:
    clerk.see(f"/staff/notices/{notice_no}/edit/")
    clerk.page.locator("[name=action][value=submit], [name=submit]").first.click()
    clerk.page.wait_for_load_state()


def approve_notice(reviewer: Person, notice_no: str) -> None:
    """Approves it; near a year's end dates reach into one whose calendar is not published."""
    reviewer.see(f"/staff/notices/{notice_no}/")
    box = reviewer.page.locator("[name=confirms_provisional]")
    if box.count():
        box.check()
    reviewer.post("/approve/")


def wait_for_notice(public: Person, notice_no: str) -> None:
    """The timekeeper publishes; nobody presses anything."""
    for _try in range(100):
        if public.status(f"/notices/{notice_no}/") == 200:
            break
        public.page.wait_for_timeout(200)
    public.see(f"/notices/{notice_no}/")


# ── registration and deposit ──────────────────────────────────────────────────────────────────


def register(bidder: Person, lot_no: str, contact: str) -> str:
    """Registers for the lot; returns the deposit's sub-account."""
    bidder.see(f"/lots/{lot_no}/register/")
    bidder.fill({"contact": contact, "phone": "13900005678"})
    bidder.page.locator("[name=has_agreed]").check()
    bidder.post()
    account = bidder.by_id("deposit-account").inner_text().strip()
    bidder.check_access()
    return account


def bank_row(payee: str, payer: str, yuan: str, at: datetime, reference: str) -> list[str]:
    booked = at.isoformat(timespec="seconds")
    return [booked, yuan, "CNY", payer, "6222000011112222", payee, reference]


def import_bank(finance: Person, folder: Path, rows: list[list[str]]) -> None:
    """Uploads a bank's file at the deposit desk."""
    text = io.StringIO()
    csv.writer(text).writerows([BANK_HEADER, *rows])
    path = folder / f"bank-{rows[0][-1]}.csv"
    path.write_text(text.getvalue(), encoding="utf-8-sig")
    finance.see("/staff/deposits/")
    finance.page.locator("input[type=file]").set_input_files(path)
    finance.page.get_by_role("button", name=finance.say("导入"), exact=True).click()
    finance.page.wait_for_load_state()


# ── after the hammer ──────────────────────────────────────────────────────────────────────────


def result_notice_of(clerk: Person, lot: str) -> str:
    """The result notice that the award drafted by itself."""
    for _try in range(100):
        clerk.go("/staff/notices/")
        links = clerk.page.locator(f"main a[href^='/staff/notices/{lot}-N']")
        found = [link.get_attribute("href") or "" for link in links.all()]
        numbers = {href.strip("/").split("/")[2] for href in found}
        if drafts := [no for no in numbers if no.endswith(RESULT_ENDING)]:
            return drafts[0]
        clerk.page.wait_for_timeout(200)
    raise AssertionError("no result notice was drafted")


def confirmation_of(winner: Person, lot: str) -> str:
    """Waits for the signed deal confirmation, downloads it; returns its verification page."""
    for _try in range(200):
        winner.go(f"/lots/{lot}/")
        links = winner.page.locator("main a[href^='/v/']")
        for link in links.all():
            if "成交确认书" in link.inner_text():
                path = link.get_attribute("href") or ""
                code = path.strip("/").split("/")[1]
                answer = winner.context.request.get(f"{winner.base}/v/{code}/file")
                assert answer.body().startswith(b"%PDF-")
                return f"/v/{code}"
        winner.page.wait_for_timeout(300)
    raise AssertionError("no deal confirmation was signed")
