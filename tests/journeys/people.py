"""A person at a browser: signs in as people do, finds things by their names on the page."""

from collections.abc import Mapping

from axe_playwright_python.sync_playwright import Axe
from django.utils import translation
from playwright.sync_api import Browser, Locator, Page, Response, expect

from config.management.demo.people import PASSWORD

SERIOUS = {"serious", "critical"}
PATIENCE_MS = 20_000


class Person:
    """One browser context; its console must stay clean and its pages accessible."""

    def __init__(
        self, browser: Browser, base: str, username: str | None = None, language: str = "zh-hans"
    ) -> None:
        self.base, self.language = base, language
        self.username = username or "public"
        self.context = browser.new_context(
            viewport={"width": 1280, "height": 900}, locale="zh-CN", accept_downloads=True
        )
        cookie = {"name": "django_language", "value": language, "url": base}
        self.context.add_cookies([cookie])
        self.context.set_default_timeout(PATIENCE_MS)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("console", self.hear)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        if username is not None:
            self.sign_in(username)

    def hear(self, message: object) -> None:
        """Notes errors; a form sent back with its faults (422) is an answer, not an error."""
        text = getattr(message, "text", "")
        if getattr(message, "type", "") == "error" and "status of 422" not in text:
            self.faults.append(f"{self.page.url}: {text}")

    def sign_in(self, username: str) -> None:
        self.go("/accounts/login/")
        self.page.fill("input[name=login]", username)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.locator("form:has(input[name=password]) button[type=submit]").first.click()
        self.page.wait_for_url(lambda url: "/accounts/login/" not in url)

    def go(self, path: str) -> Response:
        response = self.page.goto(path if path.startswith("http") else self.base + path)
        assert response is not None
        return response

    def see(self, path: str) -> Response:
        """Goes there; holds the page to the reader's language and the accessibility rules."""
        response = self.go(path)
        assert response.ok, (path, response.status)
        spoken = self.page.locator("html").get_attribute("lang") or ""
        assert spoken.lower() == self.language, (path, spoken)
        self.check_access()
        return response

    def status(self, path: str) -> int:
        """What the centre would answer there, without going."""
        return self.context.request.get(self.base + path, max_redirects=0).status

    def check_access(self) -> None:
        """No serious finding by axe on the page as it stands."""
        found = Axe().run(self.page).response["violations"]
        serious = [
            f"{item['id']}: {node['target']}"
            for item in found
            if item["impact"] in SERIOUS
            for node in item["nodes"]
        ]
        assert serious == [], (self.page.url, serious)

    def fill(self, values: Mapping[str, str]) -> None:
        """Types into fields by their form names."""
        for name, value in values.items():
            field = self.page.locator(f"[name={name}]").first
            if field.evaluate("element => element.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)

    def press(self, name: str) -> None:
        """Presses the button, or follows the link, of that name."""
        button = self.page.get_by_role("button", name=name, exact=True)
        (button if button.count() else self.page.get_by_role("link", name=name)).first.click()

    def post(self, action: str = "") -> None:
        """Sends the form whose address ends so, or the page's own form."""
        chosen = f"[action$='{action}']" if action else ":not([action])"
        button = ":is(button:not([type]), [type=submit])"
        self.page.locator(f"main form{chosen} {button}").last.click()
        self.page.wait_for_load_state()

    def by_id(self, test_id: str) -> Locator:
        return self.page.get_by_test_id(test_id).first

    def say(self, text: str) -> str:
        """A text of ours in this reader's language; figures and names stay as they are."""
        with translation.override(self.language):
            return translation.gettext(text)

    def reads(self, test_id: str, text: str) -> None:
        """Waits until the part of the page says so, in the reader's language."""
        expect(self.by_id(test_id)).to_contain_text(self.say(text), timeout=PATIENCE_MS)

    def finds(self, text: str) -> None:
        """Waits until the page says so somewhere, in the reader's language."""
        expect(self.page.locator("main")).to_contain_text(self.say(text), timeout=PATIENCE_MS)

    def tell(self) -> str:
        """What is on the screen now, for the report of a failure."""
        main = self.page.locator("main")
        text = main.first.inner_text() if main.count() else self.page.content()
        return f"── {self.username} at {self.page.url}\n{text[:1500]}\n{self.faults}"

    def close(self) -> None:
        self.context.close()
        assert self.faults == []
