"""A served demo world, and Chromium to read it with."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from service.cli import main
from tests.browser.visiting import AXE, CHROMIUM, Visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Visits = Callable[..., Visit]

DEMO_SIZE = "100"
_ADDRESS = re.compile(r"http://[\w.:\[\]]+")
STOP_S = 20


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server process over a demo world of today."""
    home = tmp_path_factory.mktemp("served")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FINMATCH_ENCODER", "off")
        assert main(["demo", "--home", str(home), "--size", DEMO_SIZE, "--quiet", "--json"]) == 0
    process = _start(home)
    try:
        yield _address_of(process)
    finally:
        process.terminate()
        process.wait(STOP_S)
        assert process.stdout is not None
        process.stdout.close()


def _start(home: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "service.cli", "serve", "--demo", "--port", "0"]
    settings = {"FINMATCH_ENCODER": "off", "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [*command, "--home", str(home), "--lang", "en", "--log-level", "error"],
        stdout=subprocess.PIPE,
        env={**os.environ, **settings},
        text=True,
    )


def _address_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        found = _ADDRESS.search(line)
        if found is not None:
            return found[0].replace("127.0.0.1", "localhost")
    raise AssertionError("the server ended before it listened")


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
