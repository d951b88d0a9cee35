"""API keys: their form, their bounds, and what they are compared by."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest

from data.errors import ArgumentError
from data.people import Scope
from service.access import keys
from service.access.keys import NewKey, digest_of, holds, is_secret_of, new_key, read_key

NOON = dt.datetime(2026, 9, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def made(**changes: object) -> NewKey:
    arguments: dict[str, object] = {
        "organisation_id": "org_a",
        "person_id": "person_a",
        "name": "nightly",
        "scopes": [Scope.READ],
        "now": NOON,
    }
    return new_key(**{**arguments, **changes})  # type: ignore[arg-type]


def test_a_key_has_its_form_and_its_secret_is_not_kept():
    key, text = made()
    prefix, key_id, secret = text.split("_")
    assert prefix == "fm"
    assert key_id == key.key_id
    assert key.digest == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in repr(key)
    assert len(bytes.fromhex(secret)) == 32
    assert read_key(text) == (key_id, secret)
    assert is_secret_of(key, secret)


def test_keys_differ():
    assert len({made().text for _ in range(50)}) == 50


def test_a_key_lasts_ninety_days_unless_told():
    assert made().key.expires_at == NOON + 90 * DAY
    assert made(days=366).key.expires_at == NOON + 366 * DAY


@pytest.mark.parametrize("days", [0, -1, 367, 10**9])
def test_a_key_does_not_last_for_ever(days: int):
    with pytest.raises(ArgumentError, match="from 1 to 366 days"):
        made(days=days)


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\0b", "a\nb"])
def test_a_key_has_a_name(name: str):
    with pytest.raises(ArgumentError, match="name of a key"):
        made(name=name)


def test_a_key_is_good_for_something_once():
    with pytest.raises(ArgumentError, match="good for something"):
        made(scopes=[])
    assert made(scopes=[Scope.WRITE, Scope.READ, Scope.READ]).key.scopes == ("read", "write")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fm",
        "fm__",
        "fm_1_2",
        "x" * 84,
        "FM_" + "0" * 16 + "_" + "0" * 64,
        "fm_" + "G" * 16 + "_" + "0" * 64,
        "fm_" + "0" * 16 + "_" + "0" * 63,
        "fm_" + "0" * 16 + "_" + "0" * 65,
        "fm_" + "0" * 16 + "_" + "0" * 63 + "\n",
        "fm_" + "0" * 16 + "_" + "0" * 64 + "\n",
        "fm_" + "0" * 15 + "\0_" + "0" * 64,
        "fm_" + "٠" * 16 + "_" + "0" * 64,
        "0" * 10_000_000,
    ],
)
def test_what_is_no_key_is_none(text: str):
    assert read_key(text) is None


def test_another_secret_is_refused_by_a_constant_comparison(monkeypatch: pytest.MonkeyPatch):
    compared: list[tuple[str, str]] = []
    monkeypatch.setattr(keys.hmac, "compare_digest", lambda a, b: compared.append((a, b)) or a == b)
    key, text = made()
    assert not is_secret_of(key, "0" * 64)
    assert is_secret_of(key, text.rpartition("_")[2])
    assert [a for a, _ in compared] == [key.digest] * 2
    assert digest_of("\ud800")  # half a character is nobody's secret, and no error


def test_a_key_holds_until_it_expires_or_is_revoked():
    import dataclasses

    key = made(days=1).key
    assert holds(key, now=NOON + DAY - dt.timedelta(microseconds=1))
    assert not holds(key, now=NOON + DAY)
    assert not holds(dataclasses.replace(key, revoked_at=NOON), now=NOON)
