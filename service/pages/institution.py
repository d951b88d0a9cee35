"""What the pages of an institution share: whose they are, its people and offers, what was done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pyarrow.compute as pc
from fastapi import Response
from fastapi.responses import RedirectResponse

from data import columns as col
from data.people import Person
from data.records import Offer
from matcher.latest import Latest
from service.access.sight import Sight
from service.pages.rendering import Page, render

if TYPE_CHECKING:
    from data.catalogue import Side

MOST_OFFERS = 200
MOST_BASES = 200
MOST_WORDS = 300
"""Suggestions of one field."""


def sight_of(page: Page) -> Sight:
    """Return the sight of a page that nobody opens without one."""
    assert page.sight is not None
    return page.sight


def institution_of(page: Page) -> str | None:
    """Return the institution that the reader stands for; an administrator stands for none."""
    return sight_of(page).principal.institution_id


def nobodys(page: Page) -> Response:
    """Return the page for somebody who stands for no institution."""
    return render(page, "institution/nobody.html.jinja")


def colleagues(page: Page) -> list[Person]:
    """Return the people of the reader's organisation who may be given work."""
    sight = sight_of(page)
    people = sight.store.people.people_of(sight.principal.organisation_id)
    return [person for person in people if person.disabled_at is None]


def names_of(page: Page) -> dict[str, str]:
    """Return what colleagues are called, those who left as well, by person id."""
    sight = sight_of(page)
    people = sight.store.people.people_of(sight.principal.organisation_id)
    return {person.person_id: person.display_name for person in people}


def own_offers(page: Page) -> list[Offer]:
    """Return the offers of the reader's institution, by name."""
    mine = sight_of(page).offers({col.INSTITUTION_ID: institution_of(page) or ""}, n=MOST_OFFERS)
    return sorted(mine.items, key=lambda offer: (offer.name, offer.offer_id))


def bases_of(page: Page) -> dict[str, str]:
    """Return the names of bases by id."""
    return {one.base_id: one.name for one in sight_of(page).bases(n=MOST_BASES).items}


_SUGGESTIONS: Latest[dict[str, list[str]]] = Latest()


def suggestions(page: Page) -> Mapping[str, list[str]]:
    """Return words that the fields of filters suggest: what firms and needs say most often."""
    live = page.state.live.loaded
    return _SUGGESTIONS.get((live.bundle_name, page.state.clock().date()), lambda: _words(page))


def _words(page: Page) -> dict[str, list[str]]:
    catalogue = page.state.live.matcher.market.catalogue
    cities = _most(catalogue.firms, col.PROVINCE) + _most(catalogue.firms, col.CITY)
    return {
        "region": list(dict.fromkeys(cities)),
        "sector": _most(catalogue.firms, col.SECTORS),
        "stage": _most(catalogue.needs, col.STAGE),
    }


def _most(side: Side, name: str) -> list[str]:
    column = side.table.column(name)
    if name == col.SECTORS:
        column = pc.list_flatten(column)
    counts = pc.value_counts(column.combine_chunks()).to_pylist()
    found = [(-one["counts"], one["values"]) for one in counts if one["values"]]
    return [text for _, text in sorted(found)[:MOST_WORDS]]


def done(path: str, said: str, **values: Any) -> RedirectResponse:
    """Lead to a page that says what was done."""
    mark = "&" if "?" in path else "?"
    query = urlencode({"said": said, **{k: v for k, v in values.items() if v is not None}})
    return RedirectResponse(f"{path}{mark}{query}", status_code=303)


SAID = {
    "added", "assigned", "moved", "noted", "reminded", "finished", "asked", "thesis_saved",
    "thesis_removed", "offer_saved", "offer_removed", "rule_saved", "rule_ended", "nothing",
}  # fmt: skip


def said(page: Page) -> str | None:
    """Return the sentence for what was just done."""
    key, count = page.request.query_params.get("said"), page.request.query_params.get("n", "")
    if key not in SAID:
        return None
    return page.say(f"said.{key}", n=count if count.isdigit() else "")
