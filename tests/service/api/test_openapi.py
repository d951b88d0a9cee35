"""Every route under every role against its own documentation, with generated requests.

Schemathesis sends what the OpenAPI document allows and what it does not; no answer may be a 5xx or
differ from what is documented.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from data.people import Role
from tests.service.serving_world import Api, Member, make_api

EXAMPLES = 4
"""Generated requests for each operation and role; the roles together send six times as many."""

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


@pytest.fixture(scope="module")
def fuzzed(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service that may be written to at will."""
    home = Path(shutil.copytree(demo_home, tmp_path_factory.mktemp("fuzzed") / "home"))
    yield from make_api(home)


@pytest.fixture(scope="module")
def document(fuzzed: Api):
    return schemathesis.openapi.from_asgi("/openapi.json", fuzzed.client.app)


@pytest.fixture(scope="module", params=Role, ids=str)
def member(request: pytest.FixtureRequest, fuzzed: Api) -> Member:
    """Somebody of each role in turn."""
    return fuzzed.member(request.param)


schema = schemathesis.pytest.from_fixture("document")


@pytest.mark.slow
@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
def test_every_operation_keeps_to_its_documentation(case, member: Member):
    response = case.call(headers={"X-API-Key": member.key})
    case.validate_response(response, checks=CHECKS)
