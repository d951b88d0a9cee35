"""Ids of what the service itself makes: in the order of their making, and not to be guessed."""

from __future__ import annotations

import datetime as dt
import secrets

RANDOM_BYTES = 8


def new_id(prefix: str, now: dt.datetime) -> str:
    """Return an id such as ``consent_019…``: milliseconds, then random digits, hexadecimal."""
    return f"{prefix}_{int(now.timestamp() * 1000):012x}{secrets.token_hex(RANDOM_BYTES)}"
