"""Who asks: keys and sessions that hold, and everything that somebody might try instead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from data.errors import SignInError
from data.people import Role, Scope
from data.store import Store
from service.access import authentication, keys, sign_in
from service.access.authentication import TRUSTED_S, authenticate
from service.access.keys import NewKey, new_key
from service.access.passwords import Cost
from service.access.principal import Principal
from service.access.sign_in import Attempt, NewSession

NOON = dt.datetime(2026, 9, 1, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
CHEAP = Cost(passes=1, memory_kib=8, lanes=1)


class Ticks:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture(autouse=True)
def _nobody_known() -> Iterator[None]:
    authentication._TRUSTED.clear()
    yield
    authentication._TRUSTED.clear()


@pytest.fixture
def key(store: Store) -> NewKey:
    made = new_key(
        organisation_id="org_a",
        person_id="person_a",
        name="k",
        scopes=[Scope.READ],
        now=NOON,
        days=1,
    )
    store.people.add_key(made.key)
    return made


@pytest.fixture
def begun(store: Store) -> NewSession:
    attempt = Attempt(login="li.hua@example.org", password="correct horse battery")
    return sign_in.sign_in(store, attempt, now=NOON, cost=CHEAP)


def by_key(store: Store, text: str, now: dt.datetime = NOON) -> Principal:
    found = authenticate(store, key=text, cookie=None, now=now)
    assert found is not None
    return found


def by_cookie(store: Store, token: str, now: dt.datetime = NOON) -> Principal:
    found = authenticate(store, key=None, cookie=token, now=now)
    assert found is not None
    return found


def refused_key(store: Store, text: str, now: dt.datetime = NOON) -> None:
    with pytest.raises(SignInError, match=r"key is not valid, or not any more\. Ask for"):
        by_key(store, text, now)


def refused_cookie(store: Store, token: str, now: dt.datetime = NOON) -> None:
    with pytest.raises(SignInError, match=r"session is not valid, or not any more\. Sign in"):
        by_cookie(store, token, now)


def test_nobody_is_none(store: Store):
    assert authenticate(store, key=None, cookie=None, now=NOON) is None
    assert authenticate(store, key=None, cookie="", now=NOON) is None


# -- keys ------------------------------------------------------------------------------------------


def test_a_key_stands_for_its_person_with_its_scopes(store: Store, key: NewKey):
    found = by_key(store, key.text)
    assert found.organisation_id == "org_a"
    assert found.role is Role.INSTITUTION
    assert found.institution_id == "inst_a"
    assert found.person_id == "person_a"
    assert found.key_id == key.key.key_id
    assert found.scopes == {Scope.READ}
    assert found.csrf_token == ""


def test_keys_that_are_none_are_refused(store: Store, key: NewKey):
    wrong_secret = key.text[:-1] + ("0" if key.text[-1] != "0" else "1")
    unknown_id = f"fm_{'0' * 16}_{key.text.rpartition('_')[2]}"
    for text in (
        "",
        "fm",
        wrong_secret,
        unknown_id,
        key.text + " ",
        key.text + "\0",
        key.text.upper(),
        "\ud800",
        "x" * 10_000_000,
        key.key.digest,
    ):
        refused_key(store, text)


def test_an_unknown_key_is_compared_as_any_other(
    store: Store, key: NewKey, monkeypatch: pytest.MonkeyPatch
):
    compared: list[str] = []
    original = keys.is_secret_of

    def watching(given: object, secret: str) -> bool:
        compared.append(given.key_id)  # type: ignore[attr-defined]
        return original(given, secret)  # type: ignore[arg-type]

    monkeypatch.setattr(keys, "is_secret_of", watching)
    refused_key(store, f"fm_{'0' * 16}_{'0' * 64}")
    refused_key(store, f"fm_{key.key.key_id}_{'0' * 64}")
    assert compared == ["", key.key.key_id]


def test_a_key_expires_to_the_instant(store: Store, key: NewKey):
    by_key(store, key.text, NOON + DAY - dt.timedelta(microseconds=1))
    refused_key(store, key.text, NOON + DAY)


def test_a_key_that_is_remembered_expires_all_the_same(store: Store, key: NewKey):
    by_key(store, key.text)
    refused_key(store, key.text, NOON + DAY)


def test_a_revoked_key_is_refused_at_once(store: Store, key: NewKey):
    by_key(store, key.text)
    store.people.revoke_key(key.key.key_id, at=NOON)
    refused_key(store, key.text)


def test_keys_and_sessions_of_the_disabled_and_closed_are_refused(
    store: Store, key: NewKey, begun: NewSession
):
    by_key(store, key.text)
    by_cookie(store, begun.token)
    store.people.disable_person("person_a", at=NOON)
    refused_key(store, key.text)
    refused_cookie(store, begun.token)
    store.people.enable_person("person_a")
    refused_key(store, key.text)
    refused_cookie(store, begun.token)


def test_a_closed_organisation_has_nobody(store: Store, key: NewKey, begun: NewSession):
    store.people.close_organisation("org_a", at=NOON)
    refused_key(store, key.text)
    refused_cookie(store, begun.token)


def test_a_key_wins_over_a_cookie_also_when_it_is_wrong(
    store: Store, key: NewKey, begun: NewSession
):
    both = authenticate(store, key=key.text, cookie=begun.token, now=NOON)
    assert both is not None
    assert both.key_id == key.key.key_id
    with pytest.raises(SignInError):
        authenticate(store, key="wrong", cookie=begun.token, now=NOON)


def test_the_last_use_of_a_key_is_noted_now_and_then(store: Store, key: NewKey, ticks: Ticks):
    used = []
    for minutes in (0, 5, 10):
        ticks.now += 10
        now = NOON + minutes * MINUTE
        authenticate(store, key=key.text, cookie=None, now=now, ticks=ticks)
        used.append(store.people.get_key(key.key.key_id).last_used_at)
    assert used == [NOON, NOON, NOON + 10 * MINUTE]


# -- sessions --------------------------------------------------------------------------------------


def test_a_session_stands_for_its_person_with_every_scope(store: Store, begun: NewSession):
    found = by_cookie(store, begun.token)
    assert (found.person_id, found.key_id, found.scopes) == ("person_a", None, frozenset(Scope))
    assert found.csrf_token == begun.session.csrf_token
    assert found.csrf_token not in repr(found)


def test_cookies_that_are_none_are_refused(store: Store, begun: NewSession):
    for token in (
        "x",
        begun.token + "x",
        begun.token[:-1],
        begun.session.digest,
        begun.session.csrf_token,
        "\0",
        "\ud800",
        "x" * 10_000_000,
    ):
        refused_cookie(store, token)


def test_a_token_that_somebody_chose_never_becomes_a_session(store: Store):
    refused_cookie(store, "chosen by an attacker")
    attempt = Attempt(login="li.hua@example.org", password="correct horse battery")
    begun = sign_in.sign_in(store, attempt, now=NOON, cost=CHEAP)
    assert begun.token != "chosen by an attacker"
    refused_cookie(store, "chosen by an attacker")


def test_an_idle_session_is_refused(store: Store, begun: NewSession):
    by_cookie(store, begun.token)
    refused_cookie(store, begun.token, NOON + 30 * MINUTE)


def test_a_used_session_goes_on_until_its_last_hour(store: Store, begun: NewSession, ticks: Ticks):
    now = NOON
    while now < NOON + 12 * 60 * MINUTE:
        ticks.now += 10
        assert authenticate(store, key=None, cookie=begun.token, now=now, ticks=ticks)
        now += 20 * MINUTE
    ticks.now += 10
    with pytest.raises(SignInError):
        authenticate(store, key=None, cookie=begun.token, now=now, ticks=ticks)


def test_an_ended_session_is_refused_at_once(store: Store, begun: NewSession):
    by_cookie(store, begun.token)
    sign_in.sign_out(store, begun.token, person=begun.person, now=NOON)
    refused_cookie(store, begun.token)


# -- what is remembered ----------------------------------------------------------------------------


def test_a_caller_is_looked_up_once_a_second(
    store: Store, key: NewKey, ticks: Ticks, monkeypatch: pytest.MonkeyPatch
):
    looked_up: list[str] = []
    people = type(store.people)
    original = people.find_key_holder

    def watching(self: object, key_id: str) -> object:
        looked_up.append(key_id)
        return original(self, key_id)  # type: ignore[arg-type]

    monkeypatch.setattr(people, "find_key_holder", watching)
    for after in (0.0, TRUSTED_S / 2, TRUSTED_S / 2 - 0.01, 0.02):
        ticks.now += after
        authenticate(store, key=key.text, cookie=None, now=NOON, ticks=ticks)
    assert len(looked_up) == 2
    assert TRUSTED_S <= 1


def test_what_another_process_revokes_holds_no_longer_than_a_second(
    store: Store, key: NewKey, ticks: Ticks
):
    def ask() -> object:
        return authenticate(store, key=key.text, cookie=None, now=NOON, ticks=ticks)

    ask()
    with Store.open(store._engine.url.render_as_string(hide_password=False)) as other:
        other.people.revoke_key(key.key.key_id, at=NOON)
    assert ask()
    ticks.now += TRUSTED_S
    with pytest.raises(SignInError):
        ask()


def test_a_remembered_key_is_not_taken_for_a_cookie(store: Store, key: NewKey):
    by_key(store, key.text)
    refused_cookie(store, key.text)


def test_another_store_knows_nothing_of_it(store: Store, key: NewKey, tmp_path: object):
    by_key(store, key.text)
    with Store.open(f"sqlite:///{tmp_path}/other.db") as other:
        refused_key(other, key.text)


def test_the_memory_is_bounded(store: Store, key: NewKey, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(authentication, "MOST_TRUSTED", 2)
    for n in range(5):
        made = new_key(
            organisation_id="org_a", person_id="person_a", name=f"k{n}",
            scopes=[Scope.READ], now=NOON,
        )  # fmt: skip
        store.people.add_key(made.key)
        by_key(store, made.text)
        by_key(store, key.text)
    assert len(authentication._TRUSTED[store].callers) <= 2


def test_a_busy_database_does_not_hold_up_a_caller(store: Store, key: NewKey):
    with store._engine.connect() as connection:
        connection.execution_options(finmatch_writes=True)
        with connection.begin():
            assert by_key(store, key.text).key_id == key.key.key_id
    assert store.people.get_key(key.key.key_id).last_used_at is None
