"""A served demo world, and Chromium to read it with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from service.cli import main
from tests.browser.serving import served
from tests.browser.visiting import AXE, CHROMIUM, Visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Visits = Callable[..., Visit]

DEMO_SIZE = "100"


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server process over a demo world of today."""
    home = tmp_path_factory.mktemp("served")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FINMATCH_ENCODER", "off")
        assert main(["demo", "--home", str(home), "--size", DEMO_SIZE, "--quiet", "--json"]) == 0
    with served(home) as found:
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium without a window, or a skip."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    for needed, remedy in ((CHROMIUM, "apt install chromium"), (AXE, "make setup-dev")):
        if not needed.exists():
            pytest.skip(f"there is no {needed}; {remedy}")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visits]:
    """Begin a visit: ``visit("firm", width=390, language="en", scripts=False)``.

    When the test ends it fails for errors on the console, for failed requests that were not
    expected, and for requests to anywhere but the server.
    """
    visits: list[Visit] = []

    def begin(
        login: str | None = None, *, width: int = 1280, language: str = "zh", scripts: bool = True
    ) -> Visit:
        begun = Visit.begin(browser, address, width=width, language=language, scripts=scripts)
        visits.append(begun)
        if login is not None:
            begun.sign_in(login)
        return begun

    yield begin
    faults = [fault for one in visits for fault in one.end()]
    assert not faults, "\n".join(faults)
