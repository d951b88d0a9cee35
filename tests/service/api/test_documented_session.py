"""The Python of docs/api.md runs as it stands."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from starlette.testclient import TestClient

from data.people import Role
from tests.service.serving_world import PASSWORD, Api


def test_the_sessions_of_the_document_run(own_api: Api, repository: Path):
    text = (repository / "docs" / "api.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
    assert len(blocks) >= 5
    own_api.as_(Role.ADMINISTRATOR).post(
        "/v1/consent-notices", json={"version": "1", "text": "您的信息将提供给所选机构。"}
    )
    names = {
        "api": Checked(TestClient(own_api.client.app, base_url="http://127.0.0.1")),
        "LOGIN": own_api.member(Role.EVALUATOR).login,
        "PASSWORD": PASSWORD,
        "FIRM_KEY": own_api.member(Role.FIRM).key,
        "FIRM_ID": own_api.member(Role.FIRM).subject_id,
        "INSTITUTION_KEY": own_api.member(Role.INSTITUTION).key,
        "INSTITUTION_ID": own_api.member(Role.INSTITUTION).subject_id,
        "ADMIN_KEY": own_api.member(Role.ADMINISTRATOR).key,
        "EVALUATOR_KEY": own_api.member(Role.EVALUATOR).key,
        "NOW": own_api.clock().isoformat(),
        "LATER": (own_api.clock() + dt.timedelta(days=30)).isoformat(),
        "print": lambda *_: None,
    }
    for block in blocks:
        exec(block, names)  # the document is ours


class Checked:
    """A client whose answers must all be good ones; each call signs in by its own header."""

    def __init__(self, client) -> None:
        self._client = client

    def __getattr__(self, method: str):
        def call(path: str, **arguments):
            answer = getattr(self._client, method)(path, **arguments)
            assert answer.status_code < 300, f"{method} {path}: {answer.text}"
            return answer

        return call
