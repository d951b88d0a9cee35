"""Pages of the served demo world, opened by somebody of every role."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from data.people import Role
from service.settings import Language
from tests.service.pages.reading import Reader, sign_in
from tests.service.serving_world import Api

Browse = Callable[..., Reader]


@pytest.fixture(scope="session")
def browse(api: Api) -> Browse:
    """Open pages of the shared world: ``browse(Role.FIRM, language=Language.EN)``; read only."""
    signed_in: dict[tuple[Role, str, Language], Reader] = {}

    def open_as(role: Role, side: str = "own", *, language: Language = Language.ZH) -> Reader:
        key = role, side, language
        if key not in signed_in:
            signed_in[key] = sign_in(api, role, side, language=language)
        return signed_in[key]

    return open_as


@pytest.fixture
def own_browse(own_api: Api) -> Browse:
    """Open pages of a world that the test may change."""

    def open_as(role: Role, side: str = "own", *, language: Language = Language.ZH) -> Reader:
        return sign_in(own_api, role, side, language=language)

    return open_as
