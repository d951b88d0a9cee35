"""The journeys of a firm: phone and desktop, both languages, with and without scripts."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import Visits

pytestmark = pytest.mark.slow

WIDTHS = (390, 1280)
PAGES = (
    "/firm/matches",
    "/firm/profile",
    "/firm/contacts",
    "/firm/checkup",
    "/firm/ledger",
    "/firm/consents",
    "/account",
)


@pytest.mark.parametrize(("width", "language"), [(390, "zh"), (1280, "en")])
def test_every_page_reads_well(visit: Visits, width: int, language: str):
    guest = visit("firm", width=width, language=language)
    for path in PAGES:
        guest.open(path)
        guest.assert_fits()
        guest.axe()


@pytest.mark.parametrize(("width", "language"), [(390, "en"), (1280, "zh")])
def test_from_matches_to_consent_and_back(visit: Visits, width: int, language: str):
    guest = visit("firm", width=width, language=language)
    page = guest.open("/firm/matches")
    page.locator("input[name=offer]").nth(0).check()
    assert page.locator("#compare-hint").inner_text()
    page.locator("input[name=offer]").nth(1).check()
    page.locator("input[name=offer]").nth(2).check()
    page.locator("#compare-bar button").click()
    page.wait_for_url("**/firm/compare?*")
    assert page.locator("table.compare thead th").count() == 4
    guest.assert_fits()
    guest.axe()
    page.locator("table.compare thead a").first.click()
    page.wait_for_url("**/firm/offers/*")
    guest.axe()
    page.locator("[data-opens=contact-dialog]").click()
    dialog = page.locator("#contact-dialog")
    assert dialog.evaluate("element => element.open")
    guest.assert_fits()
    guest.axe()
    page.keyboard.press("Escape")
    assert not dialog.evaluate("element => element.open")
    page.locator("[data-opens=contact-dialog]").click()
    dialog.locator("input[value=financials]").check()
    dialog.locator("button.primary").click()
    page.wait_for_url("**/firm/contacts?done=contacted*")
    guest.axe()
    guest.open("/firm/consents")
    given = page.locator("button.danger.small")
    before = given.count()
    assert before
    given.first.click()
    page.wait_for_url("**/firm/consents?done=revoked")
    assert page.locator("button.danger.small").count() == before - 1


def test_by_keyboard_alone(visit: Visits):
    guest = visit("firm", width=1280)
    page = guest.open("/firm/matches")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "skip"
    offer = page.locator("h3 a").first
    guest.tab_to(offer)
    page.keyboard.press("Enter")
    page.wait_for_url("**/firm/offers/*")
    guest.tab_to(page.locator("[data-opens=contact-dialog]"))
    page.keyboard.press("Enter")
    dialog = page.locator("#contact-dialog")
    assert dialog.evaluate("element => element.open")
    guest.tab_to(dialog.locator("button.primary"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/firm/contacts?done=contacted*")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_form_checks_keeps_a_draft_and_saves(visit: Visits, language: str):
    guest = visit("firm", width=390, language=language)
    guest.expected.add(422)
    page = guest.open("/firm/profile")
    with page.expect_response("**/firm/profile/check"):
        page.locator("#firm_company_code").fill("911101")
        page.locator("#firm_employees").fill("9")
    page.locator("#checks .warn-text").wait_for()
    page.locator("#draft-state").filter(has_text=re.compile(r"\S")).wait_for()
    page.reload()
    page.locator("[data-draft-take]").click()
    assert page.locator("#firm_company_code").input_value() == "911101"
    page.locator("#firm_company_code").fill("")
    page.locator("#need_amount").fill("tons of money")
    page.locator(".compare-bar button.primary").click()
    page.locator("#need_amount-fault").wait_for()
    guest.axe()
    page.locator("#need_amount").fill("120万元")
    page.locator(".compare-bar button.primary").click()
    page.wait_for_url("**/firm/profile?done=saved")
    guest.assert_fits()


def test_a_finished_service_is_rated_once(visit: Visits):
    guest = visit("firm", width=390)
    page = guest.open("/firm/ledger")
    forms = page.locator("form[action$='/rating']")
    before = forms.count()
    assert before
    forms.first.locator("input[value='5']").check()
    forms.first.locator("button").click()
    page.wait_for_url("**/firm/ledger?done=rated")
    assert forms.count() == before - 1


@pytest.mark.parametrize("width", WIDTHS)
def test_without_scripts_search_results_and_contact_work(visit: Visits, width: int):
    guest = visit("firm", width=width, scripts=False)
    page = guest.open("/firm/matches")
    page.locator(".chip").nth(2).click()
    page.wait_for_url("**/firm/matches?kind=equity*")
    page.locator("input[name=strict]").check()
    page.locator("form:has(input[name=strict]) button").click()
    page.wait_for_url("**strict=true*")
    page.locator(".chip").first.click()
    guest.open("/firm/matches")
    page.locator("input[name=offer]").nth(0).check()
    page.locator("input[name=offer]").nth(1).check()
    page.locator("#compare-bar button").click()
    page.wait_for_url("**/firm/compare?*")
    page.locator("table.compare thead a").first.click()
    page.wait_for_url("**/firm/offers/*")
    page.locator("[data-opens=contact-dialog]").click()
    page.wait_for_url("**/contact*")
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize(("width", "language"), [(390, "en"), (1280, "zh")])
def test_the_operator_of_a_base(visit: Visits, width: int, language: str):
    guest = visit("base", width=width, language=language)
    page = guest.open("/base/residents")
    guest.assert_fits()
    guest.axe()
    page.locator("details.card summary").click()
    page.locator("#firm_name").fill("新来的企业")
    page.locator("details.card button.primary").click()
    page.wait_for_url("**/base/residents?done=added")
    page = guest.open("/base/ledger")
    guest.axe()
    page.locator("details.card summary").click()
    page.locator("#firm_id").select_option(index=1)
    page.locator("#offer_id").select_option(index=1)
    page.locator("#subject").fill("辅导")
    page.locator("details.card button.primary").click()
    page.wait_for_url("**/base/ledger?done=opened")
    page.locator("form[action$='/close'] button").last.click()
    page.wait_for_url("**/base/ledger?done=closed")
    guest.assert_fits()


def test_a_key_is_shown_once(visit: Visits):
    guest = visit("evaluator", language="en")
    page = guest.open("/account")
    page.locator("#key_name").fill("notebook")
    page.locator("form[action='/account/keys'] button").click()
    assert page.locator("code.secret").inner_text().startswith("fm_")
    guest.axe()
    guest.open("/account")
    assert page.locator("code.secret").count() == 0
