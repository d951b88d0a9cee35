"""Screenshots of the main pages, taken of the demo world for the README.

    python -m tests.browser.screenshots docs/screenshots

``make screenshots`` calls it. It builds a demo of its own, serves it and ends it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import sync_playwright

from service.cli import main as finmatch
from tests.browser.serving import served
from tests.browser.visiting import CHROMIUM, Visit


class Shot(NamedTuple):
    """One picture: who looks at which page, how wide, in which language."""

    file: str
    login: str
    path: str
    width: int = 1280
    language: str = "zh"


SHOTS = (
    Shot("firm-matches.png", "firm", "/firm/matches"),
    Shot("firm-matches-phone.png", "firm", "/firm/matches", width=390),
    Shot("institution-pipeline.png", "bank", "/pipeline"),
    Shot("institution-pipeline-en.png", "bank", "/pipeline", language="en"),
    Shot("institution-board.png", "bank", "/pipeline/board"),
    Shot("organizer-roadshows.png", "organizer", "/roadshows"),
    Shot("evaluator-models.png", "evaluator", "/models"),
    Shot("admin-audit.png", "admin", "/admin/audit"),
)


def take(folder: Path) -> None:
    """Write every picture into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        assert finmatch(["demo", "--home", home, "--quiet", "--json"]) == 0
        with served(Path(home)) as address, sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
            for shot in SHOTS:
                visit = Visit.begin(
                    browser, address, width=shot.width, language=shot.language, scripts=True
                )
                visit.sign_in(shot.login)
                visit.page.goto(f"{address}{shot.path}")
                visit.page.wait_for_load_state("networkidle")
                visit.page.screenshot(path=str(folder / shot.file))
                faults = visit.end()
                if faults:
                    sys.exit("\n".join(faults))
            browser.close()


if __name__ == "__main__":
    take(Path(sys.argv[1]))
