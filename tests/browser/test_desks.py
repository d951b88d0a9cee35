"""An evaluator and an administrator at work, in both languages."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Visits

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_evaluator_checks_the_data_and_looks_at_models(visit: Visits, language: str) -> None:
    here = visit("evaluator", language=language)
    for path in ("/evaluations", "/evaluations/compare", "/models", "/jobs"):
        here.open(path)
        here.axe()
        here.assert_fits()
    page = here.open("/quality")
    here.axe()
    start = page.locator("form[action='/jobs'] button")
    if start.count():
        here.tab_to(start)
        page.keyboard.press("Enter")
        page.wait_for_load_state()
    here.open("/jobs")
    page.wait_for_function("() => !document.querySelector('#job-rows progress')", timeout=120_000)
    page.click("#job-rows tbody a >> nth=0")
    page.wait_for_selector("#job-state")
    here.axe()
    here.open("/quality")
    assert page.locator(".board > li").count() > 10
    here.axe()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_administrator_looks_after_people_and_privacy(visit: Visits, language: str) -> None:
    here = visit("admin", language=language)
    for path in (
        "/admin/people",
        "/admin/people/org_demo_evaluator",
        "/admin/privacy",
        "/admin/privacy?part=provisions",
        "/admin/privacy?part=disputes",
        "/admin/privacy?part=notices",
        "/admin/ledger",
        "/admin/audit?check=true",
        "/models",
        "/jobs",
        "/roadshows",
    ):
        here.open(path)
        here.axe()
        here.assert_fits()
    page = here.open("/admin/people")
    page.fill("#name", f"Evaluators {language}")
    page.select_option("#role", "evaluator")
    page.press("#name", "Enter")
    page.wait_for_url("**/admin/people/org_*")
    page.fill("#login", f"tester_{language}")
    page.fill("#display_name", "Tester")
    page.fill("#password", "a long enough passphrase")
    page.press("#password", "Enter")
    page.wait_for_selector(".notice.good")
    page.click("form:has(input[value=disable]) button")
    page.wait_for_selector("form:has(input[value=enable]) button")
    here.axe()
