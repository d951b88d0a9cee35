"""Rendered pages have no word of the other language, apart from names and texts of the data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pytest
from fastapi.routing import APIRoute

from data import columns as col
from data.people import Role
from data.records import Base, Firm, Institution, Need, Offer
from service.access.policy import Reach, reach
from service.pages.access import Opens
from service.pages.navigation import NAVIGATION
from service.pages.rendering import STATIC_PATH
from service.pages.views import ROUTERS
from service.settings import Language
from tests.service.pages.conftest import Browse
from tests.service.pages.reading import said, visitor
from tests.service.pages.test_wording import CJK, ENGLISH_IN_CHINESE
from tests.service.serving_world import Api

LATIN = re.compile(r"[A-Za-z][A-Za-z'-]*")
ID = re.compile(
    r"\b(?:firm|need|base|inst|offer|org|person|event|rec|consent|ask|dispute|entry|job|cn|js|demo"
    r"|answer|req|local|rating|model|key|roadshow|thesis|teaser|asked)[._][\w.:@~-]+",
)
CODE = re.compile(r"\b[A-Z]\d[\w.]*\b|\b[\da-f]{12,}\b|\b[\dA-Z]{18}\b|\.(?:csv|xlsx|ics|json)\b")
LOGINS = re.compile(rf"\b(?:{'|'.join(role.value for role in Role)})_(?:own|other)\b")
OUTWARD = ("json", "csv", "xlsx", "ics", "parquet", "zip")
"""How paths end that answer with a file."""


def _action(route: APIRoute) -> Any:
    """Return the action that a view is, ``None`` for a public one."""
    found = [d.call for d in route.dependant.dependencies if isinstance(d.call, Opens)]
    return found[0].action if found else None


def pages() -> list[tuple[Role, str]]:
    """Return every page without a parameter, with every role that may open it."""
    return sorted(
        (role, route.path)
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and "GET" in (route.methods or ())
        if "{" not in route.path and not route.path.endswith(OUTWARD)
        for role in Role
        if (action := _action(route)) is not None and reach(role, action) is not Reach.NONE
    )


def _texts(records: Iterable[object]) -> Iterable[str]:
    names = (
        *(col.NAME, col.PURPOSE, col.TEXT, col.DESCRIPTION, col.STAGE, col.LEGAL_FORM, col.NOTE),
        *(col.PROVINCE, col.CITY, col.DISTRICT, col.OPERATOR, col.COUNTRY, col.METRO),
        *(col.SECTORS, col.FOCUS_SECTORS, col.COLLATERAL, col.REGIONS, col.STAGES),
        *(col.COLLATERAL_ANY, col.PURPOSES),
    )
    for record in records:
        for name in names:
            value = getattr(record, name, None)
            if isinstance(value, str):
                yield value
            elif isinstance(value, tuple):
                yield from (str(one) for one in value)


_FOUND: dict[int, re.Pattern[str]] = {}


def data_of(api: Api) -> re.Pattern[str]:
    """Return what finds any text of the data; made once for a world."""
    if id(api) not in _FOUND:
        _FOUND[id(api)] = _data_of(api)
    return _FOUND[id(api)]


def _data_of(api: Api) -> re.Pattern[str]:
    kinds = (Base, Firm, Institution, Need, Offer)
    records: list[object] = [r for kind in kinds for r in api.state.store.page(kind, limit=5_000)]
    for member in api.members.values():
        records += api.state.store.people.keys_of(member.organisation_id)
        if member.role is Role.FIRM:
            records += api.state.store.events_of(firm_id=member.subject_id)
    texts = {" ".join(text.split()) for text in _texts(records) if text.strip()}
    parts = {part for text in texts for part in re.split(r"[、，,/]", text) if part}
    ordered = sorted(texts | parts, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, ordered)))


def leftovers(text: str, api: Api, language: Language) -> list[str]:
    """Return the words of the wrong language that are no data."""
    for pattern in (CODE, ID, LOGINS, data_of(api)):
        text = pattern.sub(" ", text)
    if language is Language.EN:
        return CJK.findall(text)
    return [word for word in LATIN.findall(text) if not ENGLISH_IN_CHINESE.fullmatch(word)]


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(("role", "path"), pages())
def test_a_page_keeps_to_its_language(
    api: Api, browse: Browse, role: Role, path: str, language: Language
):
    answer = browse(role, language=language).get(path)
    own = path in {entry.path for entry in NAVIGATION[role]}
    assert answer.status_code == 200 or (answer.status_code == 403 and not own)
    assert leftovers(said(answer.text).text, api, language) == []


@pytest.mark.parametrize("language", list(Language))
def test_the_sign_in_and_a_missing_page_keep_to_their_language(api: Api, language: Language):
    guest = visitor(api, language=language)
    for path, status in (("/sign-in", 200), ("/no-such-page", 404)):
        answer = guest.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == status
        assert leftovers(said(answer.text).text, api, language) == []


def test_static_files_are_served(api: Api):
    assert visitor(api).get(f"{STATIC_PATH}/css/tokens.css").status_code == 200
