"""Who asks: from a key or a session's cookie to the one on whose behalf a request is answered.

What was found is trusted for :data:`TRUSTED_S`, so that a request usually costs no query: a key
that another process revokes holds that much longer. What this process itself writes counts at once
(:attr:`data.store.credential_store.CredentialStore.version`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from data.errors import SignInError
from data.people import ApiKey, Organisation, Person, Scope, SignedIn
from service.access import keys, sign_in
from service.access.principal import Principal

if TYPE_CHECKING:
    from data.store import Store

SESSION_COOKIE = "finmatch_session"
TRUSTED_S = 1.0
MOST_TRUSTED = 10_000
"""Callers remembered at a time; with more, all are looked up again."""
MOST_COOKIE = 200
"""Characters of a cookie; ours are far shorter."""
NOTE_USE_AFTER = dt.timedelta(minutes=10)
"""The last use of a key is noted at most so often: it is a write."""

_NOBODYS = ApiKey(
    key_id="",
    organisation_id="",
    person_id="",
    name="",
    digest="0" * 64,
    scopes=(),
    created_at=dt.datetime.min.replace(tzinfo=dt.UTC),
    expires_at=dt.datetime.min.replace(tzinfo=dt.UTC),
)
"""Compared with where there is no such key, so that the time tells nothing."""


class _Known(NamedTuple):
    """One caller, and until when nothing about it can change by itself."""

    principal: Principal
    until: dt.datetime
    seen: float


@dataclass(slots=True)
class _Trusted:
    """Callers of one store, by the digest of what they sent."""

    version: int
    callers: dict[bytes, _Known]


_TRUSTED: WeakKeyDictionary[Store, _Trusted] = WeakKeyDictionary()


def authenticate(
    store: Store,
    *,
    key: str | None,
    cookie: str | None,
    now: dt.datetime,
    ticks: Callable[[], float] = time.monotonic,
) -> Principal | None:
    """Return who asks, ``None`` where neither a key nor a cookie came.

    A key wins over a cookie, also where it is not valid.

    Parameters
    ----------
    key
        Text of the header ``X-API-Key``.
    cookie
        Value of the cookie :data:`SESSION_COOKIE`.
    ticks
        A clock that never goes back, in seconds.

    Raises
    ------
    SignInError
        What came is not valid: unknown, expired, revoked, ended, or of a person or organisation
        that may not come in any more. It does not say which.
    """
    if key is None and not cookie:
        return None
    sent = f"key:{key}" if key is not None else f"cookie:{cookie}"
    digest = hashlib.sha256(sent.encode("utf-8", "surrogatepass")).digest()
    trusted, seen = _trusted(store), ticks()
    known = trusted.callers.get(digest)
    if known is not None and 0 <= seen - known.seen < TRUSTED_S and now < known.until:
        return known.principal
    found = _by_key(store, key, now) if key is not None else _by_cookie(store, cookie or "", now)
    if len(trusted.callers) >= MOST_TRUSTED:
        trusted.callers.clear()
    trusted.callers[digest] = found._replace(seen=seen)
    return found.principal


def _trusted(store: Store) -> _Trusted:
    version = store.people.version
    trusted = _TRUSTED.get(store)
    if trusted is None or trusted.version != version:
        trusted = _TRUSTED[store] = _Trusted(version, {})
    return trusted


def _by_key(store: Store, text: str, now: dt.datetime) -> _Known:
    given = keys.read_key(text)
    if given is None:
        raise _refused("key")
    holder = store.people.find_key_holder(given.key_id)
    right = keys.is_secret_of(_NOBODYS if holder is None else holder.key, given.secret)
    if holder is None or not right or not keys.holds(holder.key, now=now):
        raise _refused("key")
    _assert_welcome(holder.person, holder.organisation, "key")
    last = holder.key.last_used_at
    if last is None or not dt.timedelta(0) <= now - last < NOTE_USE_AFTER:
        store.people.note_key_used(holder.key.key_id, at=now)
    principal = _principal(holder.person, holder.organisation, key=holder.key)
    return _Known(principal, holder.key.expires_at, 0.0)


def _by_cookie(store: Store, token: str, now: dt.datetime) -> _Known:
    if len(token) > MOST_COOKIE:
        raise _refused("session")
    holder = store.people.find_session_holder(keys.digest_of(token))
    if holder is None or not sign_in.goes_on(holder.session, now=now):
        raise _refused("session")
    _assert_welcome(holder.person, holder.organisation, "session")
    until = sign_in.extended(holder.session, now=now)
    if until is not None:
        store.people.extend_session(holder.session.digest, expires_at=until)
    principal = _principal(holder.person, holder.organisation, session=holder.session)
    return _Known(principal, holder.session.expires_at, 0.0)


def _assert_welcome(person: Person, organisation: Organisation, what: str) -> None:
    if person.disabled_at is not None or organisation.closed_at is not None:
        raise _refused(what)


def _principal(
    person: Person,
    organisation: Organisation,
    *,
    key: ApiKey | None = None,
    session: SignedIn | None = None,
) -> Principal:
    return Principal(
        organisation_id=organisation.organisation_id,
        organisation_name=organisation.name,
        role=organisation.role,
        subject_id=organisation.subject_id,
        person_id=person.person_id,
        display_name=person.display_name,
        key_id=None if key is None else key.key_id,
        scopes=frozenset(Scope) if key is None else frozenset(key.scopes),
        csrf_token="" if session is None else session.csrf_token,
    )


def _refused(what: str) -> SignInError:
    return SignInError(
        f"The {what} is not valid, or not any more.",
        remedy="Sign in again." if what == "session" else "Ask for a new key.",
    )
