"""From a shown list to funded links: look, ask, meet, decide, take; with delays and reasons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.demo.arrays import AnyArray, Bools, Floats, Ints, Reals
from data.demo.exposure import NO_OFFER
from data.demo.needs import Needs
from data.demo.offers import Offers
from data.demo.preferences import Preferences
from data.demo.shelves import KINDS
from data.demo.utilities import Terms
from data.records import EventKind, NeedKind

EVENT_KINDS: tuple[EventKind, ...] = tuple(EventKind)
NO_REASON = -1
_DAY = 86_400
_REASON_TERMS = ("inst_taste", "inst_ticket", "inst_place", "inst_stage")
_OTHER_REASON = len(_REASON_TERMS)
_CLEAR_REASON = 0.0
"""A term below this is named as the reason; otherwise the general one is."""
_ANSWER_RATE = 0.6
"""Share of refused contacts that get an answer at all."""
_SLOW = np.array([3.0 if kind is NeedKind.EQUITY else 1.0 for kind in KINDS])
_FUNDED_SHARES = (1.0, 1.0, 1.0, 0.8, 0.7, 0.5)


@dataclass(frozen=True)
class Outcome:
    """Columns of events (see :class:`data.demo.history.History`) and the links among them.

    ``free_day`` is the day of each need on which its last application is decided (or the list).
    """

    events: dict[str, AnyArray]
    linked_need: Ints
    linked_offer: Ints
    linked_day: Ints
    free_day: Ints


def sigmoid(x: Reals) -> Reals:
    """Return the logistic function; a difference of two Gumbel variables has this distribution."""
    return (1.0 / (1.0 + np.exp(-x))).astype(np.float32)


@dataclass(frozen=True)
class _Steps:
    """What happened to every place of every list. Shape ``(n, length)`` each."""

    viewed: Bools
    saved: Bools
    contacted: Bools
    met: Bools
    applied: Bools
    approved: Bools
    taken: Bools


def _decide(
    rng: np.random.Generator,
    weights: Preferences,
    *,
    is_shown: Bools,
    firm_utility: Reals,
    inst_utility: Reals,
    most: Ints,
) -> _Steps:
    def happens(chance: Reals | float) -> Bools:
        return rng.random(is_shown.shape) < chance

    position = np.arange(1, is_shown.shape[1] + 1)
    examined = is_shown & happens(position.astype(np.float32) ** -weights.examination_decay)
    viewed = examined & happens(sigmoid(weights.view_intercept + firm_utility))
    contacted = viewed & happens(sigmoid(weights.contact_intercept + firm_utility))
    met = contacted & happens(sigmoid(weights.meeting_intercept + inst_utility))
    applied = met & happens(weights.application_rate)
    approved = applied & happens(sigmoid(weights.approval_intercept + inst_utility))
    liking = firm_utility + rng.gumbel(size=is_shown.shape)
    rank = np.argsort(np.argsort(-np.where(approved, liking, -np.inf), axis=1), axis=1)
    return _Steps(
        viewed=viewed,
        saved=viewed & happens(weights.save_rate),
        contacted=contacted,
        met=met,
        applied=applied,
        approved=approved,
        taken=approved & (rank < most[:, None]),
    )


def run_funnel(
    rng: np.random.Generator,
    needs: Needs,
    offers: Offers,
    weights: Preferences,
    *,
    rows: Ints,
    shown: Ints,
    terms: Terms,
    firm_utility: Reals,
    inst_utility: Reals,
    days: Ints,
    shuffled: Bools,
    session: int,
) -> Outcome:
    """Follow one list for each need.

    Parameters
    ----------
    shown
        Offer rows in order of position, ``NO_OFFER`` beyond the end. Shape ``(n, length)``.
    days
        Day of each list.
    """
    kind = needs.kind[rows]
    most = np.array([weights.takes_at_most[k] for k in KINDS])[kind]
    steps = _decide(
        rng, weights, is_shown=shown != NO_OFFER, firm_utility=firm_utility,
        inst_utility=inst_utility, most=most,
    )  # fmt: skip
    clock = _clock(rng, days=days, slow=_SLOW[kind], shape=shown.shape)
    answered = rng.random(shown.shape) < _ANSWER_RATE
    withdrawn = (steps.approved & ~steps.taken) | (steps.met & ~steps.applied & answered)
    moments = (
        (EventKind.IMPRESSION, shown != NO_OFFER, "shown"),
        (EventKind.VIEW, steps.viewed, "viewed"),
        (EventKind.SAVE, steps.saved, "saved"),
        (EventKind.CONTACT, steps.contacted, "contacted"),
        (EventKind.MEETING, steps.met, "met"),
        (EventKind.APPLICATION, steps.applied, "applied"),
        (EventKind.APPROVAL, steps.approved, "decided"),
        (EventKind.FUNDED, steps.taken, "funded"),
        (EventKind.DECLINED, steps.contacted & ~steps.met & answered, "met"),
        (EventKind.DECLINED, steps.applied & ~steps.approved, "decided"),
        (EventKind.WITHDRAWN, withdrawn, "funded"),
    )
    asked = (needs.amount_low[rows] + needs.amount_high[rows]) / 2
    granted = _granted(rng, offers, asked=asked, shown=shown, kind=kind)
    reason = _reasons(terms)
    columns: dict[str, list[AnyArray]] = {}
    for event, happened, moment in moments:
        i, j = np.nonzero(happened)
        money = granted if event in (EventKind.APPROVAL, EventKind.FUNDED) else asked[:, None]
        has_money = event in (EventKind.APPLICATION, EventKind.APPROVAL, EventKind.FUNDED)
        in_list = EVENT_KINDS.index(event) <= EVENT_KINDS.index(EventKind.CONTACT)
        made: dict[str, AnyArray] = {
            "kind": np.full(len(i), EVENT_KINDS.index(event), dtype=np.int8),
            "second": clock[moment][i, j],
            "firm": needs.firm[rows][i].astype(np.int32),
            "offer": shown[i, j].astype(np.int32),
            "need": rows[i].astype(np.int32),
            "list_number": np.full(len(i), session, dtype=np.int8),
            "position": (j + 1 if in_list else np.zeros(len(j))).astype(np.int8),
            "amount": (
                np.broadcast_to(money, shown.shape)[i, j] if has_money else np.zeros(len(i))
            ).astype(np.int32),
            "shuffled": shuffled[i],
            "reason": reason[i, j]
            if event is EventKind.DECLINED
            else np.full(len(i), NO_REASON, dtype=np.int8),
        }
        for name, values in made.items():
            columns.setdefault(name, []).append(values)
    i, j = np.nonzero(steps.taken)
    return Outcome(
        events={name: np.concatenate(values) for name, values in columns.items()},
        linked_need=rows[i],
        linked_offer=shown[i, j],
        linked_day=clock["funded"][i, j] // _DAY,
        free_day=np.where(steps.applied, clock["decided"] // _DAY, days[:, None]).max(axis=1),
    )


def _clock(
    rng: np.random.Generator,
    *,
    days: Ints,
    slow: Floats,
    shape: tuple[int, ...],
) -> dict[str, Ints]:
    """Return the second at which each step would happen; every step follows the one before."""

    def later(low: float, high: float) -> Floats:
        return rng.uniform(low, high, shape) * _DAY

    opened = days * _DAY + rng.integers(8 * 3_600, 19 * 3_600, len(days))
    shown = np.broadcast_to(opened[:, None].astype(float), shape)
    viewed = shown + (np.arange(shape[1]) + rng.random(shape)) * 40 + 5
    saved = viewed + 20 + 60 * rng.random(shape)
    contacted = viewed + 120 + later(0.0, 2.0)
    met = contacted + later(1.0, 12.0)
    applied = met + later(0.5, 8.0)
    decided = applied + later(2.0, 20.0) * slow[:, None]
    funded = decided + later(1.0, 12.0) * slow[:, None]
    clock = {
        "shown": shown,
        "viewed": viewed,
        "saved": saved,
        "contacted": contacted,
        "met": met,
        "applied": applied,
        "decided": decided,
        "funded": funded,
    }
    return {moment: seconds.astype(np.int64) for moment, seconds in clock.items()}


def _granted(
    rng: np.random.Generator,
    offers: Offers,
    *,
    asked: Floats,
    shown: Ints,
    kind: Ints,
) -> Floats:
    """Return what the institution would grant, within the bounds of its offer."""
    share = rng.choice(_FUNDED_SHARES, shown.shape)
    lends = np.isin(kind, [KINDS.index(k) for k in (NeedKind.DEBT, NeedKind.EQUITY)])
    share = np.where(lends[:, None], share, 1.0)
    low, high = offers.amount_min[shown], offers.amount_max[shown]
    granted: Floats = np.clip(np.round(asked[:, None] * share), low, high)
    return granted


def _reasons(terms: Terms) -> NDArray[np.int8]:
    """Name the institution's lowest term, if it is low, as the reason of a refusal."""
    values = np.stack([terms[name] for name in _REASON_TERMS])
    lowest = values.argmin(axis=0)
    return np.where(values.min(axis=0) < _CLEAR_REASON, lowest, _OTHER_REASON).astype(np.int8)
