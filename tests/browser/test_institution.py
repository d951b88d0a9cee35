"""The journey of an institution: find a firm, take it up, move it on, ask, and set the rules."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import Visits

pytestmark = pytest.mark.slow

BANK = "bank"
PAGES = (
    "/pipeline",
    "/pipeline/board",
    "/pipeline/theses",
    "/pipeline/insights",
    "/offers",
    "/offers/new",
)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_read_well(visit: Visits, language: str):
    reader = visit(BANK, language=language)
    for path in PAGES:
        page = reader.open(path)
        page.wait_for_load_state("networkidle")
        reader.assert_fits()
        reader.axe()
    page.locator("nav.nav a[href='/offers']").click()
    page.locator("tbody th a").first.click()
    reader.axe()
    page.locator(".page-head a.button").click()
    reader.axe()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_firm_is_found_opened_and_asked_by_keyboard(visit: Visits, language: str):
    reader = visit(BANK, language=language)
    page = reader.open("/pipeline")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("x")
    assert page.locator("input[name=pick]:checked").count() == 1
    assert page.locator("[data-count]").inner_text() == "1"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/pipeline/candidates/"))
    reader.axe()
    opener = page.locator("a[data-opens=ask-dialog]")
    if opener.count():
        reader.tab_to(opener)
        page.keyboard.press("Enter")
        dialog = page.locator("#ask-dialog")
        dialog.wait_for()
        reader.axe()
        page.keyboard.press("Escape")
        assert not dialog.is_visible()


def test_search_follows_the_keys_and_the_address(visit: Visits):
    page = visit(BANK).open("/pipeline")
    before = page.locator("tr[data-row]").count()
    with page.expect_response(lambda answer: "q=" in answer.url):
        page.locator("#q").press_sequentially("苏州", delay=20)
    page.wait_for_url(re.compile("q=%E8%8B%8F"))
    assert page.locator("tr[data-row]").count() <= before
    with page.expect_response(lambda answer: "sort=amount" in answer.url):
        page.locator("th a", has_text=re.compile("金额")).click()
    page.wait_for_url(re.compile("sort=amount"))
    assert page.locator("th[aria-sort]").count() == 1


def test_a_card_is_dragged_and_moved_by_its_form(visit: Visits):
    reader = visit(BANK)
    page = reader.open("/pipeline/board")
    card = page.locator("[data-stage=new] [data-deal]").first
    name = card.get_attribute("data-deal")
    card.drag_to(page.locator("[data-stage=screening] h2"))
    page.locator(f"[data-stage=screening] [data-deal={name}]").wait_for()
    moved = page.locator(f"[data-deal={name}]")
    moved.locator("summary").click()
    moved.locator("select[name=to]").select_option("passed")
    reader.expected.add(422)
    moved.locator("button").click()
    page.locator(f"[data-deal={name}] .fault").wait_for()
    reader.axe()
    again = page.locator(f"[data-deal={name}]")
    again.locator("input[name=reason]").fill("行业不符")
    again.locator("select[name=to]").select_option("passed")
    again.locator("button").click()
    page.wait_for_url(re.compile("said=moved"))
    assert page.locator(f"[data-stage=passed] [data-deal={name}]").count() == 1


def test_counts_follow_the_editors(visit: Visits):
    reader = visit(BANK)
    page = reader.open("/pipeline/theses")
    count = page.locator("#count b")
    before = count.inner_text()
    with page.expect_response(lambda answer: "/theses/count" in answer.url):
        page.locator("input[name=size][value=medium]").check()
    page.wait_for_function("before => document.querySelector('#count b').innerText !== before",
                           arg=before)  # fmt: skip
    page = reader.open("/offers/new")
    before = page.locator("#count b").inner_text()
    with page.expect_response(lambda answer: answer.url.endswith("/offers/count")):
        page.locator("#regions").fill("没有这个省")
    page.wait_for_function("before => document.querySelector('#count b').innerText !== before",
                           arg=before)  # fmt: skip
    reader.expected.add(422)
    page.locator("button.primary").click()
    page.locator("#e-name").wait_for()
    assert page.locator("#regions").input_value() == "没有这个省"


def test_everything_works_without_a_script(visit: Visits):
    reader = visit(BANK, scripts=False)
    page = reader.open("/pipeline")
    page.locator("#q").fill("苏州")
    page.locator(".filter-line button").click()
    assert "q=" in page.url
    page = reader.open("/pipeline")
    page.locator("input[name=pick]").nth(1).check()
    page.locator("button[value=add]").click()
    page.wait_for_url(re.compile("said=added"))
    page = reader.open("/pipeline/board")
    card = page.locator("[data-deal]").first
    card.locator("summary").click()
    assert card.locator("form").is_visible()
    page = reader.open("/pipeline/insights")
    assert page.locator("table").count() > 1
