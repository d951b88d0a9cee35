"""A store with one organisation and one person, and hashes that cost next to nothing."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.people import Organisation, Person, Role
from data.store import Store
from service.access.passwords import Cost, hash_password

NOON = dt.datetime(2026, 9, 1, 12, tzinfo=dt.UTC)
CHEAP = Cost(passes=1, memory_kib=8, lanes=1)
PASSWORD = "correct horse battery"
LOGIN = "li.hua@example.org"


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store without rows, to copy."""
    path = tmp_path_factory.mktemp("people") / "template.db"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def store(empty_file: Path, tmp_path: Path) -> Iterator[Store]:
    """A store in which one person of one bank may sign in."""
    shutil.copyfile(empty_file, tmp_path / "people.db")
    with Store.open(f"sqlite:///{tmp_path / 'people.db'}", lock_wait_s=5) as opened:
        opened.people.add_organisation(
            Organisation(
                organisation_id="org_a",
                name="苏州示范银行",
                role=Role.INSTITUTION,
                subject_id="inst_a",
                created_at=NOON,
            )
        )
        opened.people.add_person(
            Person(
                person_id="person_a",
                organisation_id="org_a",
                login=LOGIN,
                display_name="李华",
                password_hash=hash_password(PASSWORD, cost=CHEAP),
                created_at=NOON,
            )
        )
        yield opened
