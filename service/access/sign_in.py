"""Signing in with a password: attempts, pauses, and sessions that end.

An unknown login, a wrong password, a disabled person and a closed organisation get the same answer
after the same work. Attempts are counted by login before they are checked, whether or not anybody
has it, so that guessing in parallel gains nothing and a pause tells nothing.
"""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from data.audit import Entry
from data.errors import ArgumentError, SignInError, SignInPausedError
from data.people import Organisation, Person, SignedIn
from service.access.keys import digest_of
from service.access.passwords import (
    COST,
    Cost,
    check_new_password,
    hash_password,
    needs_rehash,
    normalised_login,
    verify_password,
)

if TYPE_CHECKING:
    from data.store import Store

FREE_FAILURES = 5
"""Failures without a pause: people mistype."""
FIRST_PAUSE = dt.timedelta(seconds=30)
LONGEST_PAUSE = dt.timedelta(minutes=15)
"""The pause doubles up to this: 100 guesses a day, and nobody is locked out for good
(NIST SP 800-63B, 5.2.2: at most 100 consecutive failures)."""

IDLE = dt.timedelta(minutes=30)  # NIST SP 800-63B, 4.2.3
ABSOLUTE = dt.timedelta(hours=12)  # NIST SP 800-63B, 4.2.3
EXTEND_AFTER = dt.timedelta(minutes=5)
"""A session is extended in the store at most so often."""

TOKEN_BYTES = 32

SIGN_IN, SIGN_OUT, SIGN_IN_FAILED = "session.sign_in", "session.sign_out", "session.failed"
CHANGE_PASSWORD = "people.password"


class NewSession(NamedTuple):
    """A session that has begun, and the text of its cookie, which is not kept."""

    session: SignedIn
    token: str
    person: Person
    organisation: Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What somebody gave to sign in."""

    login: str
    password: str
    request_id: str | None = None


def sign_in(store: Store, attempt: Attempt, *, now: dt.datetime, cost: Cost = COST) -> NewSession:
    """Begin a session; its token is new, whatever the caller sent before.

    Raises
    ------
    SignInPausedError
        Too many attempts have failed; the message says until when.
    SignInError
        Login or password are wrong, or the person may not sign in (any more).
    """
    try:
        login = normalised_login(attempt.login)
    except ArgumentError:
        login = None  # nobody's; the same work and answer follow
    counted = digest_of(login if login is not None else attempt.login)
    _count(store, counted, now=now)
    person = None if login is None or not _storable(login) else store.people.find_login(login)
    kept = None if person is None else person.password_hash
    right = verify_password(attempt.password, kept, cost=cost)
    organisation = store.people.find_organisation("" if person is None else person.organisation_id)
    if person is None or organisation is None or not right or not _welcome(person, organisation):
        _note_failure(store, attempt, person, now=now)
        raise _refused()
    store.people.clear_attempts(counted)
    if kept is not None and needs_rehash(kept, cost=cost):
        renewed = hash_password(attempt.password, cost=cost)
        store.people.renew_hash(person.person_id, before=kept, password_hash=renewed)
    return _begin(store, person, organisation, request_id=attempt.request_id, now=now)


def sign_out(
    store: Store, token: str, *, person: Person, now: dt.datetime, request_id: str | None = None
) -> None:
    """End the session of a cookie."""
    entry = _entry(SIGN_OUT, person, now=now, request_id=request_id)
    store.people.end_session(digest_of(token), at=now, entry=entry)


def change_password(
    store: Store,
    person: Person,
    *,
    old: str,
    new: str,
    now: dt.datetime,
    request_id: str | None = None,
    cost: Cost = COST,
) -> NewSession:
    """Replace one's own password; every session ends, and a new one begins.

    Raises
    ------
    SignInPausedError, SignInError
        As for signing in: who took over a session must not be able to guess the old one.
    ArgumentError
        The new password is too easy to guess, or the old one.
    """
    counted = digest_of(person.login)
    _count(store, counted, now=now)
    if not verify_password(old, person.password_hash, cost=cost):
        raise SignInError(
            "The old password is wrong.", field="old_password", remedy="Type it again."
        )
    store.people.clear_attempts(counted)
    check_new_password(new, login=person.login)
    if hmac.compare_digest(old.encode("utf-8"), new.encode("utf-8")):
        raise ArgumentError(
            "The new password is the old one.", field="password", remedy="Choose another one."
        )
    organisation = store.people.get_organisation(person.organisation_id)
    store.people.set_password(
        person.person_id,
        password_hash=hash_password(new, cost=cost),
        at=now,
        entry=_entry(CHANGE_PASSWORD, person, now=now, request_id=request_id),
    )
    return _begin(store, person, organisation, request_id=request_id, now=now)


def pause_after(failures: int) -> dt.timedelta:
    """Return how long to wait after so many failures in a row."""
    if failures < FREE_FAILURES:
        return dt.timedelta(0)
    doublings = min(failures - FREE_FAILURES, 16)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def goes_on(session: SignedIn, *, now: dt.datetime) -> bool:
    """Return whether a session may be used: not ended, not idle for long, not too old."""
    oldest = session.created_at + ABSOLUTE
    return session.ended_at is None and now < session.expires_at and now < oldest


def extended(session: SignedIn, *, now: dt.datetime) -> dt.datetime | None:
    """Return the instant until which use extends a session, ``None`` where it is not due yet."""
    until = min(now + IDLE, session.created_at + ABSOLUTE)
    return until if until - session.expires_at >= EXTEND_AFTER else None


def _count(store: Store, counted: str, *, now: dt.datetime) -> None:
    until = store.people.count_attempt(counted, at=now, pause=pause_after)
    if until is not None:
        raise SignInPausedError(
            f"Too many attempts to sign in have failed; wait until {until:%H:%M:%S} UTC.",
            remedy="Then try again, or ask an administrator for a new password.",
        )


def _begin(
    store: Store,
    person: Person,
    organisation: Organisation,
    *,
    request_id: str | None,
    now: dt.datetime,
) -> NewSession:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session = SignedIn(
        digest=digest_of(token),
        person_id=person.person_id,
        csrf_token=secrets.token_urlsafe(TOKEN_BYTES),
        created_at=now,
        expires_at=now + IDLE,
    )
    entry = _entry(SIGN_IN, person, now=now, request_id=request_id)
    store.people.open_session(session, entry=entry)
    return NewSession(session, token, person, organisation)


def _welcome(person: Person, organisation: Organisation) -> bool:
    return person.disabled_at is None and organisation.closed_at is None


def _storable(login: str) -> bool:
    """Return whether a database could hold this text at all."""
    return "\0" not in login and login.isprintable()


def _refused() -> SignInError:
    return SignInError(
        "Login or password are wrong.", remedy="Check both, or ask an administrator."
    )


def _note_failure(
    store: Store, attempt: Attempt, person: Person | None, *, now: dt.datetime
) -> None:
    """Put a failure in the audit log; never the login that was typed: it may be a password."""
    entry = _entry(SIGN_IN_FAILED, person, now=now, request_id=attempt.request_id)
    store.audit.append(entry)


def _entry(
    action: str, person: Person | None, *, now: dt.datetime, request_id: str | None
) -> Entry:
    return Entry(
        at=now,
        organisation_id=None if person is None else person.organisation_id,
        person_id=None if person is None else person.person_id,
        action=action,
        subject_type="person",
        subject_id=None if person is None else person.person_id,
        request_id=request_id,
    )
