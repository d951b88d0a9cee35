"""Answers kept for a while, so that a request that comes again is answered again and not done."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from data.errors import ConflictError
from data.jobs import KeptAnswer
from data.store.database import explained, writing
from data.store.job_tables import KEPT_ANSWERS
from data.store.rows import to_instant, with_zone
from data.store.tables import POSTGRESQL

KEPT_FOR = dt.timedelta(hours=24)
"""How long an answer is given again."""

ABANDONED_AFTER = dt.timedelta(seconds=60)
"""A request that is under way for longer has lost its server; its key may be used again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What a key says about a request.

    ``token`` is set where the request is to be done now, ``answer`` where it was done; neither,
    where another one with the same key is under way.
    """

    token: str | None = None
    answer: KeptAnswer | None = None


class KeptAnswers:
    """The part of the store that keeps answers; see :attr:`data.store.Store.kept_answers`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, request_key: str, *, body_digest: str, now: dt.datetime) -> Begun:
        """Say whether a request is to be done, and take its key where it is.

        Parameters
        ----------
        request_key
            Caller, path and the caller's key together.
        body_digest
            A hash of what is asked.

        Raises
        ------
        ConflictError
            The key came with another body.
        """
        with_zone(now, field="now")
        row = KEPT_ANSWERS.c.request_key == request_key
        fresh = {
            "body_digest": body_digest,
            "token": secrets.token_hex(16),
            "begun_at": now,
            "status": None,
            "media_type": None,
            "body": None,
        }
        with explained(self._engine), self._engine.connect() as connection, writing(connection):
            old = KEPT_ANSWERS.c.begun_at < now - KEPT_FOR
            connection.execute(sa.delete(KEPT_ANSWERS).where(old))
            connection.execute(_insert(connection).values(request_key=request_key, **fresh))
            query = sa.select(KEPT_ANSWERS).where(row).with_for_update()
            there = connection.execute(query).mappings().one()
            if there["token"] == fresh["token"]:
                return Begun(token=str(fresh["token"]))
            found = _judge(there, body_digest, now)
            if found is None:
                connection.execute(sa.update(KEPT_ANSWERS).where(row).values(fresh))
                return Begun(token=str(fresh["token"]))
            return found

    def keep(self, request_key: str, *, token: str, answer: KeptAnswer) -> bool:
        """Keep the answer to a request; false where its key was taken over in the meantime."""
        values = {"status": answer.status, "media_type": answer.media_type, "body": answer.body}
        return self._as_owner(sa.update(KEPT_ANSWERS).values(values), request_key, token)

    def release(self, request_key: str, *, token: str) -> None:
        """Give back the key of a request that came to nothing: it may be tried again."""
        self._as_owner(sa.delete(KEPT_ANSWERS), request_key, token)

    def _as_owner(self, statement: Any, request_key: str, token: str) -> bool:
        mine = (KEPT_ANSWERS.c.request_key == request_key) & (KEPT_ANSWERS.c.token == token)
        with explained(self._engine), self._engine.connect() as connection, writing(connection):
            count: int = connection.execute(statement.where(mine)).rowcount
            return count == 1


def _judge(row: Mapping[Any, Any], body_digest: str, now: dt.datetime) -> Begun | None:
    """Return what a stored row says; ``None`` where its request was abandoned."""
    begun_at = to_instant(row["begun_at"])
    assert begun_at is not None
    under_way = row["status"] is None
    if under_way and abs(now - begun_at) > ABANDONED_AFTER:  # abs: the clock may be set back
        return None
    if row["body_digest"] != body_digest:
        raise ConflictError(
            "This Idempotency-Key came with another request before.",
            field="Idempotency-Key",
            remedy="Use a new key for a new request.",
        )
    if under_way:
        return Begun()
    answer = KeptAnswer(
        status=int(row["status"]), media_type=row["media_type"], body=bytes(row["body"])
    )
    return Begun(answer=answer)


def _insert(connection: Connection) -> Any:
    from sqlalchemy.dialects import postgresql, sqlite

    dialect = postgresql if connection.dialect.name == POSTGRESQL else sqlite
    return dialect.insert(KEPT_ANSWERS).on_conflict_do_nothing(index_elements=["request_key"])
