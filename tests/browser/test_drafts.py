"""What was typed outlives the session, the network and the server's refusal, for its writer."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looks import Reader
from tests.journeys.centre import Centre
from tests.worlds.city import code_of

NEW_PROJECT = "/staff/projects/new/"
LINE = "已恢复您未提交的内容"


@pytest.fixture
def clerk(browser: Browser, centre: Centre) -> Iterator[Reader]:
    """A clerk whose console may tell of refusals: this is what the test is about."""
    reader = Reader(browser, centre.url, "clerk1")
    yield reader
    reader.context.close()


def end_session(reader: Reader) -> None:
    """As if the session had run out: the browser has no key to it any more."""
    reader.context.clear_cookies(name="sessionid")


def write(page: Page) -> None:
    page.fill("[name=name]", "城北污水管网改造")
    page.select_option("[name=category]", "05")
    page.fill("[name=funds_note]", "财政资金，已落实")


def send(page: Page) -> None:
    page.locator("main form[data-draft] button[type=submit]").click()
    page.wait_for_load_state()


def sign_in_from_here(reader: Reader, username: str) -> None:
    page = reader.page
    page.locator("main").get_by_role("link", name="登录", exact=True).click()
    page.fill("input[name=login]", username)
    page.fill("input[name=password]", "yangguang-demo")
    page.locator("form:has(input[name=password]) button[type=submit]").first.click()
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


def test_the_writer_signs_in_again_and_finds_the_text(clerk: Reader) -> None:
    page = clerk.page
    clerk.go(NEW_PROJECT)
    write(page)
    end_session(clerk)
    send(page)
    assert "保留在这个浏览器标签页里" in page.inner_text("main")
    sign_in_from_here(clerk, "clerk1")
    assert page.url.endswith(NEW_PROJECT)
    expect(page.get_by_test_id("draft-line")).to_contain_text(LINE)
    assert page.input_value("[name=name]") == "城北污水管网改造"
    assert page.input_value("[name=category]") == "05"
    assert page.input_value("[name=funds_note]") == "财政资金，已落实"


def test_nothing_is_sent_and_one_key_discards_it(clerk: Reader) -> None:
    page = clerk.page
    clerk.go(NEW_PROJECT)
    write(page)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    clerk.go(NEW_PROJECT)
    expect(page.get_by_test_id("draft-line")).to_contain_text(LINE)
    assert "POST" not in sent
    page.get_by_role("button", name="放弃并还原").press("Enter")
    assert page.input_value("[name=name]") == ""
    assert page.evaluate("document.activeElement.name") == "name"
    clerk.go(NEW_PROJECT)
    assert page.input_value("[name=name]") == ""
    assert page.get_by_test_id("draft-line").count() == 0


def test_another_person_finds_nothing(clerk: Reader) -> None:
    page = clerk.page
    clerk.go(NEW_PROJECT)
    write(page)
    end_session(clerk)
    send(page)
    sign_in_from_here(clerk, "clerk2")
    clerk.go(NEW_PROJECT)
    assert page.input_value("[name=name]") == ""
    assert page.evaluate("Object.keys(sessionStorage).length") == 0


def test_whoever_signs_out_leaves_nothing(clerk: Reader) -> None:
    page = clerk.page
    clerk.go(NEW_PROJECT)
    write(page)
    page.get_by_role("button", name="退出", exact=True).first.click()
    page.wait_for_url("**/")
    assert page.evaluate("Object.keys(sessionStorage).length") == 0


def test_a_lost_network_loses_nothing(clerk: Reader) -> None:
    page = clerk.page
    clerk.go(NEW_PROJECT)
    write(page)
    clerk.context.route("**/*", lambda route: route.abort())
    page.locator("main form[data-draft] button[type=submit]").click()
    page.wait_for_url("chrome-error://**")
    clerk.context.unroute("**/*")
    clerk.go(NEW_PROJECT)
    assert page.input_value("[name=funds_note]") == "财政资金，已落实"


def test_what_the_server_took_does_not_come_back(clerk: Reader, centre: Centre) -> None:
    page = clerk.page
    clerk.go(NEW_PROJECT)
    write(page)
    send(page)
    assert "有内容需要更正" in page.inner_text("main")
    assert page.get_by_test_id("draft-line").count() == 0
    assert page.input_value("[name=name]") == "城北污水管网改造"
    page.fill("[name=unit_code]", code_of("11510600MB0T0001"))
    send(page)
    assert page.url.rstrip("/") != centre.url + NEW_PROJECT.rstrip("/"), page.inner_text("main")
    clerk.go(NEW_PROJECT)
    assert page.input_value("[name=name]") == ""


def test_a_folded_form_opens(browser: Browser, centre: Centre) -> None:
    reader = Reader(browser, centre.url, "window")
    page = reader.page
    reader.go("/staff/cases/")
    page.locator("main table a").first.click()
    page.wait_for_load_state()
    page.locator("main details summary", has_text="撤回").click()
    page.locator("main details[open] textarea").first.fill("申请人来电撤回")
    page.reload()
    expect(page.locator("main details[open] textarea").first).to_have_value("申请人来电撤回")
    reader.context.close()
