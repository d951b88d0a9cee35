"""More like this: the open needs whose firms would interest the same institutions.

Likeness is the cosine of content vectors: what the model learned about whom such needs are linked
with, not likeness of words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.errors import UnknownIdError
from matcher.index import unit_rows
from matcher.open_needs import OpenNeeds, implied_id


@dataclass(frozen=True, slots=True)
class Similar:
    """One open need that is like another; ``likeness`` is a cosine, 1 for the same."""

    need_id: str
    firm_id: str
    likeness: float


def place_of(needs: OpenNeeds, firm_id: str) -> int:
    """Return the place of a firm's open need, stated or implied.

    Raises
    ------
    UnknownIdError
        The firm has none.
    """
    row = needs.catalogue.firms.ids.get_row(firm_id)
    found = needs.ids.find_row(implied_id(firm_id))
    if found is not None:
        return found
    places = np.flatnonzero(needs.firm_rows == row)
    if not len(places):
        raise UnknownIdError(
            f"The firm {firm_id!r} has no open need to compare.",
            field="firm_id",
            remedy="Rank with implied needs as well.",
        )
    return int(places[0])


def similar_needs(
    needs: OpenNeeds, firm_id: str, *, k: int, allowed: NDArray[np.bool_] | None = None
) -> list[Similar]:
    """Return the ``k`` open needs of other firms that are most like one firm's, best first.

    Raises
    ------
    UnknownIdError
        There is no such firm, or it has no open need.
    """
    at = place_of(needs, firm_id)
    wanted = needs.vectors[at] / max(float(np.linalg.norm(needs.vectors[at])), 1e-12)
    likeness = unit_rows(needs.vectors) @ wanted
    mask = (needs.firm_rows >= 0) & (needs.firm_rows != needs.firm_rows[at])
    if allowed is not None:
        mask &= allowed
    rows = np.flatnonzero(mask)
    best = rows[np.argsort(-likeness[rows], kind="stable")[:k]]
    firms = needs.catalogue.firms.ids.ids
    return [
        Similar(needs.ids.ids[row], firms[needs.firm_rows[row]], float(likeness[row]))
        for row in best.tolist()
    ]
