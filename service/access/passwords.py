"""Passwords: what is accepted, how it is kept, and how one is checked.

A password is brought to NFKC (NIST SP 800-63B, 5.1.1.2: the same characters typed on another
keyboard are the same password) and kept as argon2id text, which holds its own parameters.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from data.errors import ArgumentError, OverloadError

LEAST_LENGTH = 12  # OWASP ASVS 4.0.3, 2.1.1
MOST_LENGTH = 128  # OWASP ASVS 4.0.3, 2.1.2: longer ones may be denied
LEAST_DIFFERENT = 5
"""Different characters of a password: ``aaaaaaaaaaaa`` and ``121212121212`` are none."""

MOST_LOGIN = 128

_MOST_TYPED = 4 * MOST_LENGTH
"""Characters before they are brought to NFKC, which composes up to a few into one."""
_AT_ONCE = 2
"""Hashes computed at the same moment in one process: each takes its memory of 64 MiB."""
_WAIT_S = 5.0
"""How long one more waits for its turn; an honest queue is shorter than that."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one hash costs; by default RFC 9106, section 4, second recommended option."""

    passes: int = 3
    memory_kib: int = 65_536
    lanes: int = 4
    tag_bytes: int = 32
    salt_bytes: int = 16


COST = Cost()

_TURNS = threading.BoundedSemaphore(_AT_ONCE)
_NOBODYS = "nobody has this password"


def normalised_login(text: str) -> str:
    """Return a login as it is stored and compared: NFKC, without regard to case and outer blanks.

    Raises
    ------
    ArgumentError
        It is empty, too long, or holds what nobody can type: blanks or control characters.
    """
    login = unicodedata.normalize("NFKC", text[: MOST_LOGIN + 1]).strip().casefold()
    if not 1 <= len(login) <= MOST_LOGIN or not login.isprintable() or " " in login:
        raise ArgumentError(
            f"A login has 1 to {MOST_LOGIN} characters without blanks.",
            field="login",
            remedy="Use for example an address of electronic mail.",
        )
    return login


def check_new_password(password: str, *, login: str) -> None:
    """Refuse a password that is too easy to guess.

    Raises
    ------
    ArgumentError
        It is too short or too long, has too few different characters, holds half a character, or
        is the login or built around it.
    """
    reason = None
    text = unicodedata.normalize("NFKC", password[:_MOST_TYPED])
    if not _encodes(text) or "\0" in text:
        reason = "holds a character that cannot be stored"
    elif len(text) < LEAST_LENGTH:
        reason = f"is shorter than {LEAST_LENGTH} characters"
    elif not _short_enough(password):
        reason = f"is longer than {MOST_LENGTH} characters"
    elif len(set(text.casefold())) < LEAST_DIFFERENT:
        reason = f"has fewer than {LEAST_DIFFERENT} different characters"
    elif len(text.casefold().replace(login.casefold() or text, "")) < LEAST_LENGTH // 2:
        reason = "is the login, or little more than it"
    if reason is not None:
        raise ArgumentError(
            f"This password {reason}.",
            field="password",
            remedy=f"Take {LEAST_LENGTH} to {MOST_LENGTH} characters, for example four words.",
        )


def hash_password(password: str, *, cost: Cost = COST) -> str:
    """Return what is kept of a password."""
    with _turn():
        return _hasher(cost).hash(_bytes(password))


def verify_password(password: str, kept: str | None, *, cost: Cost = COST) -> bool:
    """Return whether this is the password that ``kept`` was made of.

    Where there is nothing to compare with (nobody has the login, or no password), and for a text
    that can be nobody's, the work is done all the same: the time tells nothing.
    """
    possible = kept is not None and _short_enough(password) and _encodes(password)
    against = kept if possible and kept is not None else nobodys_hash(cost)
    given = password if possible else _NOBODYS[::-1]
    with _turn():
        try:
            _hasher(cost).verify(against, _bytes(given))
        except (VerificationError, InvalidHashError):
            return False
    return possible


def needs_rehash(kept: str, *, cost: Cost = COST) -> bool:
    """Return whether ``kept`` was made under other parameters than today's."""
    try:
        return _hasher(cost).check_needs_rehash(kept)
    except InvalidHashError:
        return True


@lru_cache(maxsize=8)
def nobodys_hash(cost: Cost = COST) -> str:
    """Return a hash to compare with where there is none; make it once, before the first need."""
    return hash_password(_NOBODYS, cost=cost)


@lru_cache(maxsize=8)
def _hasher(cost: Cost) -> PasswordHasher:
    return PasswordHasher(
        time_cost=cost.passes,
        memory_cost=cost.memory_kib,
        parallelism=cost.lanes,
        hash_len=cost.tag_bytes,
        salt_len=cost.salt_bytes,
    )


@contextmanager
def _turn() -> Iterator[None]:
    if not _TURNS.acquire(timeout=_WAIT_S):
        raise OverloadError(
            "Too many people sign in at this moment.", remedy="Try again in a few seconds."
        )
    try:
        yield
    finally:
        _TURNS.release()


def _bytes(password: str) -> bytes:
    return unicodedata.normalize("NFKC", password).encode("utf-8")


def _encodes(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True


def _short_enough(password: str) -> bool:
    if len(password) > _MOST_TYPED:
        return False
    return len(unicodedata.normalize("NFKC", password)) <= MOST_LENGTH
