"""The service ledger (服务台帐): what a provider does for a firm, from opening to a verdict."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean

LOWEST_SCORE, HIGHEST_SCORE = 1, 5
SATISFIED_FROM = 4
"""The lowest score that counts as satisfied: 4 (满意) of 5."""


class LedgerOutcome(StrEnum):
    """How a service ended."""

    COMPLETED = "completed"
    PARTLY = "partly"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One service of a provider for a firm.

    Attributes
    ----------
    base_id
        Of the base that the firm resided in when it was opened.
    subject
        What is done, in a line.
    rating_id
        The firm's verdict; at most one, and only after closing.
    """

    entry_id: str
    firm_id: str
    institution_id: str
    offer_id: str
    base_id: str | None = None
    subject: str
    opened_on: dt.date
    opened_by: str
    closed_on: dt.date | None = None
    closed_by: str | None = None
    outcome: LedgerOutcome | None = None
    rating_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Satisfaction:
    """Verdicts on one provider. Read the shares with ``n``: of three verdicts they say little.

    Attributes
    ----------
    n
        Verdicts on closed entries; one entry has one vote.
    mean, share_satisfied
        Of the scores 1 to 5; ``None`` without any.
    n_open, n_closed
        Entries of the provider.
    """

    institution_id: str
    n: int
    mean: float | None
    share_satisfied: float | None
    n_open: int = 0
    n_closed: int = 0


def satisfaction_of(
    institution_id: str, scores: Sequence[int], *, n_open: int, n_closed: int
) -> Satisfaction:
    """Return the summary of a provider's scores."""
    satisfied = [score >= SATISFIED_FROM for score in scores]
    return Satisfaction(
        institution_id=institution_id,
        n=len(scores),
        mean=fmean(scores) if scores else None,
        share_satisfied=fmean(satisfied) if scores else None,
        n_open=n_open,
        n_closed=n_closed,
    )
