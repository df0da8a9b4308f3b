"""The self-test of browser and line: says what is well, what is blocked and what is slow."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from playwright.sync_api import Page, Route, expect

from tests.browser.looks import Reader

PATIENT = 20_000
NO_SOCKETS = """
window.WebSocket = class extends EventTarget {
  constructor() { super(); setTimeout(() => this.dispatchEvent(new Event("error"))); }
  close() {}
};
"""


def verdict(page: Page, key: str) -> str:
    shown = page.locator(f"[data-check={key}] [data-verdict]:visible")
    return shown.get_attribute("data-verdict") or ""


def wait_for(page: Page, words: str) -> None:
    expect(page.get_by_test_id("check-summary")).to_contain_text(words, timeout=PATIENT)


def test_a_sound_browser_may_bid(visit: Callable[..., Reader]) -> None:
    reader = visit()
    reader.go("/rooms/check/")
    page = reader.page
    expect(page.get_by_role("button", name="重新检查")).to_be_enabled(timeout=PATIENT)
    for key in ("script", "backup", "clock", "socket", "store"):
        assert verdict(page, key) == "good", key
    assert "毫秒" in page.inner_text("[data-check=line]")
    assert "{" not in page.inner_text("main")


def test_what_is_blocked_is_named_and_looked_at_again(visit: Callable[..., Reader]) -> None:
    """A proxy that lets no socket through; then a clock an hour slow."""
    reader = visit()
    page = reader.page
    page.add_init_script(NO_SOCKETS)
    page.route("**/rooms/check/now", an_hour_ahead)
    reader.go("/rooms/check/")
    wait_for(page, "有需要留意之处")
    assert verdict(page, "socket") == "weak"
    assert "备用通道" in page.inner_text("[data-check=socket]")
    assert verdict(page, "clock") == "weak"
    assert "3600" in page.inner_text("[data-check=clock]")
    page.unroute("**/rooms/check/now")
    page.get_by_role("button", name="重新检查").press("Enter")
    expect(page.locator("[data-check=clock] [data-verdict=good]")).to_be_visible(timeout=PATIENT)


def an_hour_ahead(route: Route) -> None:
    answer = route.fetch()
    at = datetime.fromisoformat(json.loads(answer.text())["server_at"]) + timedelta(hours=1)
    route.fulfill(response=answer, body=json.dumps({"server_at": at.isoformat()}))
