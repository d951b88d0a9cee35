"""An organizer's day, in both languages: from a workbook to outcomes told on a phone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import Visits
from tests.service.pages.roadshow_files import small_event, workbook

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("language", ["zh", "en"])
def test_from_a_workbook_to_the_day(visit: Visits, tmp_path: Path, language: str) -> None:
    workbook(tmp_path, small_event())
    here = visit("organizer", language=language)
    page = here.open("/roadshows")
    here.axe()
    page = here.open("/roadshows/new")
    here.axe()
    page.set_input_files("#file", tmp_path / "event.xlsx")
    page.click("form[action='/roadshows/new/file'] button")
    page.wait_for_url("**/roadshows/drafts/**")
    page.click("button[hx-get]")
    page.wait_for_selector("#dial-figures table")
    page.focus("#dial")
    page.keyboard.press("ArrowRight")
    assert page.input_value("#dial") == "2"
    here.axe()
    page.click("form[action^='/roadshows/drafts'] button.primary")
    page.wait_for_selector("[data-bars] canvas")
    place = page.url.removeprefix(here.address).partition("?")[0]
    here.axe()
    for view in ("matches", "institutions", "firms", "slots", "people", "versions"):
        here.open(f"{place}?view={view}")
        here.axe()
        here.assert_fits()
    here.open(f"{place}?view=matches")
    page.click("td a.button >> nth=0")
    page.wait_for_url("**/meeting?**")
    here.axe()
    page.click("button[value=rule_out]")
    page.wait_for_url("**view=changes")
    assert page.locator("tbody .mark.bad").count() == 1
    here.axe()
    page.click("form[action$='/restore'] button")
    page.wait_for_selector("tbody .mark.good")
    for _ in ("published", "running"):
        here.open(place)
        page.click("form[action$='/state'] button")
        page.wait_for_load_state()
    phone = visit("organizer", width=390, language=language)
    page = phone.open(f"{place}/day")
    phone.assert_fits()
    report = page.locator("form.report").first
    report.locator("input[value=attended]").check()
    report.locator("select").select_option("interested")
    report.locator("button").click()
    page.wait_for_selector("form.report .mark.good")
    phone.axe()


def test_the_way_to_a_plan_needs_no_mouse_and_no_script(visit: Visits, tmp_path: Path) -> None:
    workbook(tmp_path, small_event())
    here = visit("organizer", scripts=False)
    page = here.open("/roadshows/new")
    page.set_input_files("#file", tmp_path / "event.xlsx")
    here.tab_to(page.locator("form[action='/roadshows/new/file'] button"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/roadshows/drafts/**")
    here.tab_to(page.locator("form[action^='/roadshows/drafts'] button.primary"))
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/roadshows/roadshow_" in url)
    assert page.locator("h1").is_visible()
