"""Signing in: one answer for everything that is wrong, pauses that grow, sessions that end."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter

import pytest

from data.errors import ArgumentError, SignInError, SignInPausedError
from data.people import Person, SignedIn
from data.store import Store
from service.access import passwords, sign_in
from service.access.keys import digest_of
from service.access.passwords import Cost
from service.access.sign_in import Attempt, NewSession, change_password, extended, goes_on

NOON = dt.datetime(2026, 9, 1, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
CHEAP = Cost(passes=1, memory_kib=8, lanes=1)
PASSWORD = "correct horse battery"
LOGIN = "li.hua@example.org"
NEW = "another long password"


def try_in(
    store: Store, password: str = PASSWORD, *, login: str = LOGIN, now: dt.datetime = NOON
) -> NewSession:
    return sign_in.sign_in(store, Attempt(login=login, password=password), now=now, cost=CHEAP)


def refusal(store: Store, password: str, *, login: str = LOGIN, now: dt.datetime = NOON) -> str:
    with pytest.raises(SignInError) as caught:
        try_in(store, password, login=login, now=now)
    return f"{caught.value.code}: {caught.value}"


def account(store: Store) -> Person:
    return store.people.get_person("person_a")


# -- in --------------------------------------------------------------------------------------------


def test_the_right_password_begins_a_session(store: Store):
    begun = try_in(store, login=" LI.HUA@example.org ")
    assert begun.person.person_id == "person_a"
    assert begun.organisation.organisation_id == "org_a"
    assert begun.session.digest == digest_of(begun.token)
    assert store.people.find_session(begun.session.digest) == begun.session
    assert begun.session.expires_at == NOON + 30 * MINUTE
    assert store.audit.search()[0].entry.action == "session.sign_in"


def test_every_session_has_tokens_of_its_own(store: Store):
    sessions = [try_in(store) for _ in range(5)]
    tokens = {one.token for one in sessions} | {one.session.csrf_token for one in sessions}
    assert len(tokens) == 10
    assert all(one.token not in repr(one.session) for one in sessions)


@pytest.mark.parametrize(
    ("login", "password"),
    [
        (LOGIN, "wrong"),
        (LOGIN, ""),
        (LOGIN, "x" * 1_000_000),
        (LOGIN, "correct horse battery\0"),
        (LOGIN, "\ud800"),
        ("unknown", PASSWORD),
        ("", PASSWORD),
        ("a\0b", PASSWORD),
        ("\ud800", PASSWORD),
        ("x" * 1_000_000, PASSWORD),
        ("' OR 1=1 --", PASSWORD),
        (LOGIN + "%", PASSWORD),
    ],
)
def test_everything_wrong_gets_the_same_answer(store: Store, login: str, password: str):
    expected = "not_signed_in: Login or password are wrong. Check both, or ask an administrator."
    assert refusal(store, password, login=login) == expected


def test_who_may_not_come_in_gets_the_same_answer(store: Store):
    wrong = refusal(store, "wrong")
    store.people.disable_person("person_a", at=NOON)
    assert refusal(store, PASSWORD) == wrong
    store.people.enable_person("person_a")
    store.people.close_organisation("org_a", at=NOON)
    assert refusal(store, PASSWORD) == wrong


def test_an_unknown_login_costs_the_same_work(store: Store, monkeypatch: pytest.MonkeyPatch):
    done: Counter[str] = Counter()

    def watch(owner: type, name: str) -> None:
        original = getattr(owner, name)

        def counting(*arguments: object, **named: object) -> object:
            done[name] += 1
            return original(*arguments, **named)

        monkeypatch.setattr(owner, name, counting)

    people, audit = type(store.people), type(store.audit)
    for name in ("count_attempt", "find_login", "find_organisation"):
        watch(people, name)
    watch(audit, "append")
    hasher = type(passwords._hasher(CHEAP))
    watch(hasher, "verify")
    refusal(store, "wrong")
    known = Counter(done)
    done.clear()
    refusal(store, "wrong", login="unknown")
    assert done == known
    assert known["verify"] == known["append"] == 1


def test_a_failure_is_logged_without_what_was_typed(store: Store):
    refusal(store, "secret typed password", login="typed into the wrong field")
    refusal(store, "secret typed password")
    rows = store.audit.search()
    assert [row.entry.action for row in rows] == ["session.failed"] * 2
    assert [row.entry.person_id for row in rows] == ["person_a", None]
    assert "typed" not in repr(rows)


def test_a_hash_of_old_parameters_is_renewed(store: Store):
    before = account(store).password_hash
    dearer = Cost(passes=2, memory_kib=8, lanes=1)
    attempt = Attempt(login=LOGIN, password=PASSWORD)
    sign_in.sign_in(store, attempt, now=NOON, cost=dearer)
    after = account(store).password_hash
    assert after != before
    assert after is not None
    assert ",t=2," in after
    try_in(store)


# -- pauses ----------------------------------------------------------------------------------------


def test_five_failures_are_free_and_then_pauses_double():
    waits = [sign_in.pause_after(n).total_seconds() for n in (0, 4, 5, 6, 7, 8, 9, 10, 10**6)]
    assert waits == [0, 0, 30, 60, 120, 240, 480, 900, 900]


@pytest.mark.parametrize("login", [LOGIN, "unknown"])
def test_a_pause_comes_for_known_and_unknown_logins(store: Store, login: str):
    answers = [refusal(store, "wrong", login=login) for _ in range(6)]
    assert len(set(answers[:5])) == 1
    assert answers[5].startswith("sign_in_paused: Too many attempts")
    assert "12:00:30 UTC" in answers[5]


def test_during_a_pause_the_right_password_does_not_help(store: Store):
    for _ in range(5):
        refusal(store, "wrong")
    with pytest.raises(SignInPausedError):
        try_in(store)
    with pytest.raises(SignInPausedError):
        try_in(store, now=NOON + 29 * SECOND)
    try_in(store, now=NOON + 30 * SECOND)
    assert refusal(store, "wrong", now=NOON + 31 * SECOND).startswith("not_signed_in")


def test_knocking_during_a_pause_does_not_prolong_it(store: Store):
    for _ in range(5):
        refusal(store, "wrong")
    for n in range(10):
        assert refusal(store, "wrong", now=NOON + n * SECOND).startswith("sign_in_paused")
    try_in(store, now=NOON + 30 * SECOND)


def test_parallel_guesses_gain_nothing(store: Store):
    outcomes: Counter[str] = Counter()

    def guess() -> None:
        try:
            try_in(store, "wrong")
        except SignInError as error:
            outcomes[error.code] += 1

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {"not_signed_in": 5, "sign_in_paused": 7}


def test_other_logins_are_not_held_up(store: Store):
    for _ in range(6):
        refusal(store, "wrong", login="somebody")
    try_in(store)


# -- sessions --------------------------------------------------------------------------------------


def session(**changes: object) -> SignedIn:
    fields: dict[str, object] = {
        "digest": "d",
        "person_id": "p",
        "csrf_token": "t",
        "created_at": NOON,
        "expires_at": NOON + 30 * MINUTE,
    }
    return SignedIn(**{**fields, **changes})  # type: ignore[arg-type]


def test_a_session_ends_when_idle_and_at_last_in_any_case():
    assert goes_on(session(), now=NOON + 30 * MINUTE - SECOND)
    assert not goes_on(session(), now=NOON + 30 * MINUTE)
    assert not goes_on(session(ended_at=NOON), now=NOON)
    used = session(expires_at=NOON + 13 * HOUR)
    assert goes_on(used, now=NOON + 12 * HOUR - SECOND)
    assert not goes_on(used, now=NOON + 12 * HOUR)


def test_use_extends_a_session_now_and_then_and_never_for_ever():
    assert extended(session(), now=NOON + 4 * MINUTE) is None
    assert extended(session(), now=NOON + 5 * MINUTE) == NOON + 35 * MINUTE
    late = session(expires_at=NOON + 11 * HOUR + 45 * MINUTE)
    assert extended(late, now=NOON + 11 * HOUR + 40 * MINUTE) == NOON + 12 * HOUR
    last = session(expires_at=NOON + 12 * HOUR)
    assert extended(last, now=NOON + 12 * HOUR - SECOND) is None


def test_signing_out_ends_this_session_only(store: Store):
    first, second = try_in(store), try_in(store)
    sign_in.sign_out(store, first.token, person=first.person, now=NOON + MINUTE)
    ended = store.people.find_session(first.session.digest)
    other = store.people.find_session(second.session.digest)
    assert ended is not None
    assert other is not None
    assert (ended.ended_at, other.ended_at) == (NOON + MINUTE, None)
    assert store.audit.search()[0].entry.action == "session.sign_out"


# -- one's own password ----------------------------------------------------------------------------


def change(store: Store, old: str = PASSWORD, new: str = NEW) -> NewSession:
    return change_password(store, account(store), old=old, new=new, now=NOON, cost=CHEAP)


def test_a_changed_password_ends_every_session_and_begins_one(store: Store):
    before = try_in(store)
    begun = change(store)
    ended = store.people.find_session(before.session.digest)
    assert ended is not None
    assert ended.ended_at == NOON
    assert store.people.find_session(begun.session.digest) == begun.session
    assert refusal(store, PASSWORD).startswith("not_signed_in")
    try_in(store, NEW)


@pytest.mark.parametrize("new", ["short", PASSWORD, LOGIN + "1"])
def test_the_new_password_must_be_a_good_one_and_new(store: Store, new: str):
    with pytest.raises(ArgumentError):
        change(store, new=new)
    try_in(store)


def test_who_took_over_a_session_cannot_guess_the_password(store: Store):
    for _ in range(5):
        with pytest.raises(SignInError, match="old password is wrong"):
            change(store, old="wrong")
    with pytest.raises(SignInPausedError):
        change(store)
    assert store.audit.verify() is None
