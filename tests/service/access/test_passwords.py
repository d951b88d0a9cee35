"""Passwords: what is accepted, what is kept, and that checking tells nothing else."""

from __future__ import annotations

import threading
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import ArgumentError, OverloadError
from service.access import passwords
from service.access.passwords import (
    COST,
    LEAST_LENGTH,
    MOST_LENGTH,
    Cost,
    check_new_password,
    hash_password,
    needs_rehash,
    nobodys_hash,
    normalised_login,
    verify_password,
)

CHEAP = Cost(passes=1, memory_kib=8, lanes=1)
GOOD = "correct horse battery"


def test_the_default_is_the_second_option_of_rfc_9106():
    kept = hash_password(GOOD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert (COST.memory_kib, COST.passes, COST.lanes) == (64 * 1024, 3, 4)
    assert not needs_rehash(kept)


def test_a_password_is_known_again_and_another_is_not():
    kept = hash_password(GOOD, cost=CHEAP)
    assert verify_password(GOOD, kept, cost=CHEAP)
    assert not verify_password(GOOD + " ", kept, cost=CHEAP)
    assert not verify_password(GOOD.upper(), kept, cost=CHEAP)
    assert not verify_password("", kept, cost=CHEAP)
    assert GOOD not in kept


def test_the_same_password_is_kept_differently():
    assert hash_password(GOOD, cost=CHEAP) != hash_password(GOOD, cost=CHEAP)


def test_the_same_characters_from_another_keyboard_are_the_same_password():
    kept = hash_password("café-horse-１２３-staple", cost=CHEAP)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        typed = unicodedata.normalize(form, "café-horse-１２３-staple")
        assert verify_password(typed, kept, cost=CHEAP)
    assert verify_password("café-horse-123-staple", kept, cost=CHEAP)


@pytest.mark.parametrize("kept", [None, "", "plain", "$argon2id$v=19$broken"])
def test_nothing_matches_where_there_is_nothing_to_match(kept: str | None):
    assert not verify_password(GOOD, kept, cost=CHEAP)
    assert not verify_password("nobody has this password", kept, cost=CHEAP)


@pytest.mark.parametrize("typed", ["x" * (MOST_LENGTH + 1), "x" * 10_000_000, "\ud800" * 20, "\0"])
def test_what_can_be_nobodys_password_is_none(typed: str):
    assert not verify_password(typed, hash_password(GOOD, cost=CHEAP), cost=CHEAP)


def test_work_is_done_also_where_there_is_nothing_to_compare(monkeypatch: pytest.MonkeyPatch):
    verified: list[str] = []
    hasher = passwords._hasher(CHEAP)

    class Watching:
        def verify(self, kept: str, given: bytes) -> bool:
            verified.append(kept)
            return hasher.verify(kept, given)

    nobodys = nobodys_hash(CHEAP)
    kept = hash_password(GOOD, cost=CHEAP)
    monkeypatch.setattr(passwords, "_hasher", lambda _: Watching())
    verify_password(GOOD, None, cost=CHEAP)
    verify_password("x" * 1000, kept, cost=CHEAP)
    verify_password("wrong", kept, cost=CHEAP)
    assert verified == [nobodys, nobodys, kept]


def test_other_parameters_call_for_a_new_hash():
    kept = hash_password(GOOD, cost=CHEAP)
    assert not needs_rehash(kept, cost=CHEAP)
    assert needs_rehash(kept, cost=Cost(passes=2, memory_kib=8, lanes=1))
    assert needs_rehash("plain", cost=CHEAP)
    assert verify_password(GOOD, kept, cost=Cost(passes=2, memory_kib=8, lanes=1))


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "一二三四五六七八九十甲乙",
        "x1Y2z3W4v5U6",
        "a" * 100 + "bcdefghijkl",
        "pass\tword words",
    ],
)
def test_good_passwords_are_accepted(password: str):
    check_new_password(password, login="li.hua")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "shorter than 12"),
        ("abcdefghijk", "shorter than 12"),
        ("é" * 6 + "bcdef", "shorter than 12"),
        ("abcdefgh" * 17, "longer than 128"),
        ("x" * 10_000_000, "longer than 128"),
        ("aaaaaaaaaaaaa", "fewer than 5 different"),
        ("ababababABAB", "fewer than 5 different"),
        ("li.hua.zhang", "the login"),
        ("Li.Hua.Zhang12", "the login"),
        ("li.hua.zhangli.hua.zhang!", "the login"),
        ("correct\0horse", "cannot be stored"),
        ("correct\ud800horse", "cannot be stored"),
    ],
)
def test_passwords_easy_to_guess_are_refused(password: str, reason: str):
    with pytest.raises(ArgumentError, match=reason) as caught:
        check_new_password(password, login="li.hua.zhang")
    assert password not in str(caught.value) or not password


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_whatever_is_accepted_can_be_kept_and_known_again(password: str):
    try:
        check_new_password(password, login="somebody")
    except ArgumentError:
        return
    assert verify_password(password, hash_password(password, cost=CHEAP), cost=CHEAP)
    assert LEAST_LENGTH <= len(unicodedata.normalize("NFKC", password)) <= MOST_LENGTH


def test_too_many_at_once_are_told_to_wait(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(passwords, "_TURNS", threading.BoundedSemaphore(1))
    monkeypatch.setattr(passwords, "_WAIT_S", 0.01)
    with passwords._turn(), pytest.raises(OverloadError, match="Too many people"):
        verify_password(GOOD, hash_password(GOOD, cost=CHEAP), cost=CHEAP)


def test_logins_are_compared_without_regard_to_case_and_width():
    assert normalised_login(" Li.Hua@Example.ORG ") == "li.hua@example.org"
    assert normalised_login("ｌｉ．ｈｕａ") == "li.hua"
    assert normalised_login("李华") == "李华"


@pytest.mark.parametrize(
    "login", ["", "  ", "a b", "a\0b", "a\nb", "x" * 129, "\ud800", "a\u202eb"]
)
def test_logins_that_nobody_can_type_are_refused(login: str):
    with pytest.raises(ArgumentError, match="A login has"):
        normalised_login(login)
