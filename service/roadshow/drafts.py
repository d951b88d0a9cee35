"""Drafts: problems that were read or picked and not yet planned, kept in files for a week."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from data.errors import UnknownIdError
from matcher.roadshow.documents import problem_document, problem_from
from matcher.roadshow.problem import Problem
from service.sheets import whole_file

FOLDER = "roadshows"
KEPT_DAYS = 7
MOST_DRAFTS = 20
"""Of one organisation; the oldest go."""

ID_PATTERN = re.compile(r"draft_[0-9a-f]{24}")


@dataclass(frozen=True, eq=False)
class Draft:
    """A problem that waits to be planned.

    Attributes
    ----------
    told
        Firms whose reasons may be told; ``None`` for all.
    """

    draft_id: str
    problem: Problem
    told: frozenset[str] | None


class Drafts:
    """The drafts of one organisation: others' are not to be found.

    Parameters
    ----------
    home
        Of the installation.
    organisation_id
        Whose drafts.
    """

    def __init__(self, home: Path, organisation_id: str) -> None:
        name = hashlib.sha256(organisation_id.encode()).hexdigest()[:24]
        self.incoming = home / FOLDER / "incoming"
        self._folder = home / FOLDER / "drafts" / name

    def keep(self, problem: Problem, told: frozenset[str] | None, *, now: dt.datetime) -> str:
        """Keep a problem and return the id of its draft; old drafts go."""
        draft_id = f"draft_{secrets.token_hex(12)}"
        document = {
            "problem": problem_document(problem),
            "told": None if told is None else sorted(told),
        }
        with whole_file(self._path(draft_id)) as aside:
            aside.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        self._tidy(now)
        return draft_id

    def get(self, draft_id: str) -> Draft:
        """Return a draft; raise :class:`UnknownIdError` where there is none."""
        try:
            document = json.loads(self._path(draft_id).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise _unknown(draft_id) from None
        told = document["told"]
        return Draft(
            draft_id,
            problem_from(document["problem"]),
            None if told is None else frozenset(told),
        )

    def drop(self, draft_id: str) -> None:
        """Forget a draft, if it is there."""
        self._path(draft_id).unlink(missing_ok=True)

    def _path(self, draft_id: str) -> Path:
        if not ID_PATTERN.fullmatch(draft_id):
            raise _unknown(draft_id)
        return self._folder / f"{draft_id}.json"

    def _tidy(self, now: dt.datetime) -> None:
        oldest = (now - dt.timedelta(days=KEPT_DAYS)).timestamp()
        ages = []
        for path in self._folder.glob("draft_*.json"):
            try:
                ages.append((path.stat().st_mtime, path))
            except FileNotFoundError:  # another request tidies as well
                continue
        ages.sort(key=lambda one: -one[0])
        for at, (age, path) in enumerate(ages):
            if age < oldest or at >= MOST_DRAFTS:
                path.unlink(missing_ok=True)


def _unknown(draft_id: str) -> UnknownIdError:
    return UnknownIdError(
        f"There is no draft {draft_id!r}.",
        field="draft_id",
        remedy="Send the file again: drafts are kept for a week.",
    )
