"""API keys: ``fm_<key_id>_<secret>``, shown once, kept as a digest.

The secret has 256 random bits, so that a plain SHA-256 is enough: there is nothing to guess.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from typing import NamedTuple

from data.errors import ArgumentError
from data.people import ApiKey, Scope

PREFIX = "fm"
DEFAULT_DAYS = 90
MOST_DAYS = 366
MOST_NAME = 100
ID_BYTES = 8
SECRET_BYTES = 32

_FORM = re.compile(rf"{PREFIX}_([0-9a-f]{{{2 * ID_BYTES}}})_([0-9a-f]{{{2 * SECRET_BYTES}}})")
_LENGTH = len(PREFIX) + 2 + 2 * ID_BYTES + 2 * SECRET_BYTES


class NewKey(NamedTuple):
    """A key and the text that is shown once."""

    key: ApiKey
    text: str


class KeyText(NamedTuple):
    """The two parts of what somebody sent."""

    key_id: str
    secret: str


def new_key(
    *,
    organisation_id: str,
    person_id: str,
    name: str,
    scopes: Collection[Scope],
    now: dt.datetime,
    days: int = DEFAULT_DAYS,
) -> NewKey:
    """Make a key.

    Raises
    ------
    ArgumentError
        It would last too long, be good for nothing, or have no name.
    """
    if not 1 <= days <= MOST_DAYS:
        raise ArgumentError(
            f"A key lasts from 1 to {MOST_DAYS} days; got {days}.",
            field="days",
            remedy="Make a new one when it expires.",
        )
    if not scopes:
        raise ArgumentError(
            "A key is good for something.",
            field="scopes",
            remedy=f"Name one or more of {', '.join(Scope)}.",
        )
    if not 1 <= len(name.strip()) <= MOST_NAME or not name.isprintable():
        raise ArgumentError(
            f"The name of a key has 1 to {MOST_NAME} characters.",
            field="name",
            remedy="Say what it is for.",
        )
    key_id, secret = secrets.token_hex(ID_BYTES), secrets.token_hex(SECRET_BYTES)
    key = ApiKey(
        key_id=key_id,
        organisation_id=organisation_id,
        person_id=person_id,
        name=name.strip(),
        digest=digest_of(secret),
        scopes=tuple(sorted(set(scopes))),
        created_at=now,
        expires_at=now + dt.timedelta(days=days),
    )
    return NewKey(key, f"{PREFIX}_{key_id}_{secret}")


def read_key(text: str) -> KeyText | None:
    """Take a key apart; ``None`` for what is none."""
    found = _FORM.fullmatch(text) if len(text) == _LENGTH else None
    return None if found is None else KeyText(found[1], found[2])


def digest_of(secret: str) -> str:
    """Return what is kept of a secret: its SHA-256 in hexadecimal."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def is_secret_of(key: ApiKey, secret: str) -> bool:
    """Return whether ``secret`` is the key's, in a time that does not depend on the answer."""
    return hmac.compare_digest(key.digest, digest_of(secret))


def holds(key: ApiKey, *, now: dt.datetime) -> bool:
    """Return whether a key may be used: neither revoked nor expired."""
    return key.revoked_at is None and now < key.expires_at
