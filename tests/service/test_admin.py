"""``finmatch admin``: the first administrator without a default password, people and keys."""

from __future__ import annotations

import getpass
import io
import sys
from pathlib import Path

import pytest

from data.store import Store
from service.access import passwords
from service.access.keys import digest_of, read_key
from service.access.passwords import Cost, verify_password
from tests.service.conftest import Finmatch, Outcome

LOGIN = "root@example.org"
PASSWORD = "correct horse battery"
OTHER = "another long password"


class Terminal(io.StringIO):
    """A standard input that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a hash cost next to nothing: its parameters have tests of their own."""
    cheap = passwords._hasher(Cost(passes=1, memory_kib=8, lanes=1))
    monkeypatch.setattr(passwords, "_hasher", lambda _: cheap)


@pytest.fixture
def typed(finmatch: Finmatch, monkeypatch: pytest.MonkeyPatch):
    """Run the command with a line on standard input."""

    def run(line: str, *arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "stdin", io.StringIO(line))
        return finmatch(*arguments)

    return run


@pytest.fixture
def root(typed) -> Outcome:
    """The outcome of making the first administrator."""
    made = typed(f"{PASSWORD}\n", "admin", "create", LOGIN, "--password-stdin", "--json")
    assert made.code == 0, made.err
    return made


def store_of(home: Path) -> Store:
    return Store.open(f"sqlite:///{home / 'finmatch.db'}")


def test_the_first_administrator_is_made_with_the_database(root: Outcome, home: Path):
    assert set(root.json) == {"person_id", "login", "organisation_id"}
    with store_of(home) as store:
        person = store.people.get_login(LOGIN)
        organisation = store.people.get_organisation(person.organisation_id)
        log = store.audit.search()
        assert store.audit.verify() is None
    assert organisation.role == "administrator"
    assert verify_password(PASSWORD, person.password_hash)
    assert [row.entry.action for row in log] == ["people.write", "organisations.write"]
    assert log[0].entry.detail["by"] == "command line"
    assert PASSWORD not in root.out + root.err + repr(log)


def test_further_ones_join_the_same_organisation(root: Outcome, typed, home: Path):
    made = typed(OTHER, "admin", "create", "second", "--password-stdin", "--name", "王芳")
    assert made.code == 0
    assert made.out == "Made the administrator second.\n"
    with store_of(home) as store:
        assert len(store.people.organisations()) == 1
        assert store.people.get_login("second").display_name == "王芳"
        assert store.people.get_login(LOGIN).organisation_id == root.json["organisation_id"]


def test_there_is_no_default_password(finmatch: Finmatch, typed):
    refused = typed("", "admin", "create", LOGIN, "--password-stdin")
    assert refused.code == 2
    assert "shorter than 12" in refused.error
    nobody_to_ask = typed("", "admin", "create", LOGIN)
    assert nobody_to_ask.code == 2
    assert "--password-stdin" in nobody_to_ask.error
    as_argument = finmatch("admin", "create", LOGIN, "--password", PASSWORD)
    assert as_argument.code == 2


def test_on_a_terminal_the_password_is_asked_for_twice(
    finmatch: Finmatch, monkeypatch: pytest.MonkeyPatch, home: Path
):
    answers = iter([PASSWORD, PASSWORD, PASSWORD, "something else"])
    asked: list[str] = []
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", lambda text: asked.append(text) or next(answers))
    assert finmatch("admin", "create", LOGIN).code == 0
    assert asked == ["Password: ", "Once more: "]
    unequal = finmatch("admin", "create", "second")
    assert unequal.code == 2
    assert "The two passwords differ." in unequal.error
    with store_of(home) as store:
        assert store.people.find_login("second") is None


@pytest.mark.usefixtures("root")
def test_a_login_is_taken_once(typed):
    again = typed(OTHER, "admin", "create", LOGIN.upper(), "--password-stdin")
    assert again.code == 2
    assert LOGIN in again.error


@pytest.mark.usefixtures("root")
def test_people_are_listed(finmatch: Finmatch):
    shown = finmatch("admin", "list")
    assert LOGIN in shown.out
    assert "active" in shown.out
    listed = finmatch("admin", "list", "--all", "--json").json["people"]
    assert [(one["login"], one["role"], one["disabled"]) for one in listed] == [
        (LOGIN, "administrator", False)
    ]
    assert "argon2" not in finmatch("admin", "list", "--json").out


@pytest.mark.usefixtures("root")
def test_a_disabled_person_is_listed_as_such_and_the_last_one_stays(typed, finmatch: Finmatch):
    last = finmatch("admin", "disable", LOGIN)
    assert last.code == 1
    assert "last administrator" in last.error
    assert typed(OTHER, "admin", "create", "second", "--password-stdin").code == 0
    assert finmatch("admin", "disable", LOGIN).code == 0
    assert "disabled" in finmatch("admin", "list").out


@pytest.mark.usefixtures("root")
def test_a_new_password_replaces_the_old_one(typed, home: Path):
    changed = typed(f"{OTHER}\r\n", "admin", "password", LOGIN, "--password-stdin")
    assert changed.code == 0
    assert OTHER not in changed.out + changed.err
    with store_of(home) as store:
        kept = store.people.get_login(LOGIN).password_hash
    assert verify_password(OTHER, kept)
    assert not verify_password(PASSWORD, kept)


@pytest.mark.usefixtures("root")
def test_a_key_is_printed_once_and_only_its_digest_is_kept(finmatch: Finmatch, home: Path):
    made = finmatch("admin", "key", LOGIN, "--name", "nightly", "--scope", "read", "--days", "30")
    assert made.code == 0
    text = made.out.strip()
    assert "this once only" in made.err
    found = read_key(text)
    assert found is not None
    with store_of(home) as store:
        kept = store.people.get_key(found.key_id)
        assert text not in repr(store.audit.search())
    assert kept.digest == digest_of(found.secret)
    assert (kept.expires_at - kept.created_at).days == 30
    assert kept.scopes == ("read",)
    assert found.secret.encode() not in (home / "finmatch.db").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--name", "k", "--scope", "everything"), "everything"),
        (("--name", "k", "--scope", "read", "--days", "367"), "366"),
        (("--name", "k", "--scope", "read", "--days", "0"), "days"),
        (("--name", "", "--scope", "read"), "name"),
        (("--scope", "read"), "--name"),
        (("--name", "k"), "--scope"),
    ],
)
@pytest.mark.usefixtures("root")
def test_keys_have_bounds(finmatch: Finmatch, arguments: tuple, word: str):
    refused = finmatch("admin", "key", LOGIN, *arguments)
    assert refused.code == 2
    assert word in refused.error


@pytest.mark.parametrize("verb", ["disable", "password", "key"])
@pytest.mark.usefixtures("root")
def test_who_is_not_there_is_not_found(typed, verb: str):
    more = {"password": ["--password-stdin"], "key": ["--name", "k", "--scope", "read"]}
    refused = typed(OTHER, "admin", verb, "nobody", *more.get(verb, []))
    assert refused.code == 2
    assert "There is no login 'nobody'" in refused.error


def test_without_a_database_only_create_makes_one(finmatch: Finmatch, home: Path):
    assert finmatch("admin", "list").code == 2
    assert not home.exists()
