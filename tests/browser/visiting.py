"""One visit of a browser to the service, and what it must not meet."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.demo_people import DEMO_PASSWORD
from service.pages.language import LANGUAGE_COOKIE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page
    from playwright.sync_api import Request as Asked
    from playwright.sync_api import Response as Answer

CHROMIUM = Path("/usr/bin/chromium")
REPOSITORY = Path(__file__).resolve().parents[2]
AXE = REPOSITORY / "requirements" / "web" / "node_modules" / "axe-core" / "axe.min.js"

HEIGHT = 900
WAIT_MS = 60_000
"""How long to wait for what a page should show: the machine may be busy."""
SERIOUS = ("serious", "critical")
LOADING_FAILED = "Failed to load resource"
"""How Chromium tells the console of an answer; the status of each is looked at itself."""


@dataclass
class Visit:
    """A browser with its own cookies and one tab.

    Attributes
    ----------
    expected
        Statuses of 400 and above that the test provokes.
    """

    address: str
    context: BrowserContext
    page: Page
    faults: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)

    @classmethod
    def begin(
        cls, browser: Browser, address: str, *, width: int, language: str, scripts: bool
    ) -> Visit:
        """Open a tab."""
        context = browser.new_context(
            viewport={"width": width, "height": HEIGHT},
            java_script_enabled=scripts,
            reduced_motion="reduce",
            has_touch=width < 600,
            locale="zh-CN" if language == "zh" else "en-GB",
        )
        context.set_default_timeout(WAIT_MS)
        cookie: Any = {"name": LANGUAGE_COOKIE, "value": language, "url": address}
        context.add_cookies([cookie])
        page = context.new_page()
        visit = cls(address, context, page)
        page.on("console", visit._heard)
        page.on("pageerror", lambda error: visit.faults.append(f"{page.url}: {error}"))
        page.on("request", visit._asked)
        page.on("response", visit._answered)
        return visit

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and LOADING_FAILED not in message.text:
            self.faults.append(f"{self.page.url}: {message.type}: {message.text}")

    def _asked(self, request: Asked) -> None:
        if not request.url.startswith((f"{self.address}/", "data:", "blob:")):
            self.faults.append(f"{self.page.url}: leaves the machine: {request.url}")

    def _answered(self, answer: Answer) -> None:
        if answer.status >= 400 and answer.status not in self.expected:
            self.faults.append(f"{answer.url}: {answer.status}")

    def end(self) -> list[str]:
        """Close the browser; return what went wrong."""
        self.context.close()
        return self.faults

    def sign_in(self, login: str) -> None:
        """Sign in as a person of the demo."""
        self.page.goto(f"{self.address}/sign-in")
        self.page.fill("#login", login)
        self.page.fill("#password", DEMO_PASSWORD)
        self.page.press("#password", "Enter")
        self.page.wait_for_url(lambda url: not url.endswith("/sign-in"))

    def open(self, path: str) -> Page:
        """Open a page of the service."""
        self.page.goto(f"{self.address}{path}")
        return self.page

    def tab_to(self, target: Locator, *, most: int = 80) -> None:
        """Reach an element by the Tab key alone; fail where that takes too long."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            if target.evaluate("element => element === document.activeElement"):
                return
        raise AssertionError(f"Tab does not reach {target}")

    def assert_fits(self) -> None:
        """Fail where the page is wider than the window."""
        measure = "() => [document.documentElement.scrollWidth, window.innerWidth]"
        content, window = self.page.evaluate(measure)
        assert content <= window, f"{self.page.url} is {content} wide in a window of {window}"

    def axe(self) -> None:
        """Fail for serious problems of accessibility on the page as it is now."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        serious = [one for one in found["violations"] if one["impact"] in SERIOUS]
        assert not serious, f"{self.page.url}: {_told(serious)}"


def _told(violations: list[dict[str, Any]]) -> str:
    lines = []
    for one in violations:
        places = [json.dumps(node["target"], ensure_ascii=False) for node in one["nodes"][:5]]
        lines.append(f"{one['id']}: {one['help']} at {', '.join(places)}")
    return "\n".join(lines)
