"""A passkey in a real browser: added, used alone, used after the password."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.centre import Centre

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def page(browser: Browser, centre: Centre) -> Iterator[Page]:
    """A browser with a fingerprint reader; passkeys belong to a name, never to an address."""
    context = browser.new_context(base_url=centre.url.replace("127.0.0.1", "localhost"))
    made = context.new_page()
    devices = context.new_cdp_session(made)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    yield made
    context.close()


def give_password(page: Page) -> None:
    page.goto("/accounts/login/")
    page.fill("input[name=login]", "bidE")
    page.fill("input[name=password]", "yangguang-demo")
    page.locator("form:has(input[name=password]) button").click()


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/")


def test_a_passkey_is_added_and_opens_the_door_both_ways(page: Page) -> None:
    give_password(page)
    page.wait_for_url("**/my/")
    page.goto("/accounts/2fa/webauthn/add/")
    page.fill("input[name=password]", "yangguang-demo")
    page.locator("main button[type=submit]").click()
    page.fill("input[name=name]", "办公室电脑")
    page.check("input[name=passwordless]")
    page.locator("main form[data-passkey] button").click()
    page.wait_for_url("**/recovery-codes/")
    page.goto("/accounts/security/")
    assert "办公室电脑" in page.inner_text("main")

    sign_out(page)
    page.goto("/accounts/login/")
    page.locator("form[data-passkey] button").click()
    page.wait_for_url("**/my/")

    sign_out(page)
    give_password(page)
    page.wait_for_url("**/accounts/2fa/authenticate/")
    page.locator("form[data-passkey] button").click()
    page.wait_for_url("**/my/")
