"""An order: a problem to be planned or planned anew, as the service hands it to whoever does it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data.errors import InputError
from matcher.roadshow.documents import problem_document, problem_from
from matcher.roadshow.problem import Problem
from matcher.roadshow.replanning import Change
from service.sheets import whole_file

FILE_NAME = "order.json"


@dataclass(frozen=True, kw_only=True, eq=False)
class Order:
    """What to plan, on whose behalf.

    Attributes
    ----------
    version
        Of the plan that is to be changed; 0 for a first plan.
    change
        How much may change; counts where there is a plan.
    organisation_id, person_id, request_id
        Who asked; they stand in the audit log.
    told
        Firms whose reasons may be told, where the model gives the scores; ``None`` for all.
    """

    problem: Problem
    version: int = 0
    change: Change = field(default_factory=Change)
    organisation_id: str | None = None
    person_id: str | None = None
    request_id: str | None = None
    told: frozenset[str] | None = None


def order_document(order: Order) -> dict[str, Any]:
    """Return an order as values of JSON."""
    change = order.change
    return {
        "problem": problem_document(order.problem),
        "version": order.version,
        "change": {
            "inertia": change.inertia,
            "max_changes": change.max_changes,
            "fill": change.fill,
            "now": None if change.now is None else change.now.isoformat(),
        },
        "organisation_id": order.organisation_id,
        "person_id": order.person_id,
        "request_id": order.request_id,
        "told": None if order.told is None else sorted(order.told),
    }


def order_from(document: Mapping[str, Any]) -> Order:
    """Return the order that :func:`order_document` was made from."""
    change, told = dict(document["change"]), document["told"]
    if change["now"] is not None:
        change["now"] = dt.datetime.fromisoformat(change["now"])
    return Order(
        problem=problem_from(document["problem"]),
        version=document["version"],
        change=Change(**change),
        organisation_id=document["organisation_id"],
        person_id=document["person_id"],
        request_id=document["request_id"],
        told=None if told is None else frozenset(told),
    )


def write_order(path: Path, order: Order) -> None:
    """Write an order to ``path``, whole or not at all."""
    with whole_file(path) as aside:
        aside.write_text(json.dumps(order_document(order), ensure_ascii=False), encoding="utf-8")


def read_order(path: Path) -> Order:
    """Read an order; raise :class:`InputError` where the file is none."""
    try:
        return order_from(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path.name} is no order of a roadshow.",
            field="file",
            remedy="Orders are written by the service; plan a workbook with roadshow plan.",
        ) from error
