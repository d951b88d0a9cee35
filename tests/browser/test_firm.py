"""The journeys of a firm: phone and desktop, both languages, with and without scripts."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Visits

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_matches_read_well(visit: Visits, width: int, language: str):
    guest = visit("firm", width=width, language=language)
    guest.open("/firm/matches")
    guest.assert_fits()
    guest.axe()
