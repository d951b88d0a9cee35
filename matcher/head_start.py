"""The head start of a ranker: a share of one feature that its trees are trained on top of.

The content model's log-probability already orders well. Trees that begin at zero must copy it in
steps, and on a short history they lose more in the copying than they find elsewhere. So the score
begins at a multiple of it, and the trees learn what it misses.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from data.errors import ArgumentError, BundleDamagedError

FILE = "head_start.json"


@dataclass(frozen=True, slots=True)
class HeadStart:
    """A score of ``weight`` times a feature.

    Attributes
    ----------
    feature
        Name of the column.
    weight
        Share of it in the score, ≥ 0.
    middle
        Its mean over the rows of training: a row there has no contribution, a row where it is
        unknown counts as one there.
    """

    feature: str
    weight: float
    middle: float

    def column(self, names: Sequence[str]) -> int:
        """Return the place of the feature among ``names``; raise ArgumentError if it is absent."""
        try:
            return list(names).index(self.feature)
        except ValueError:
            raise ArgumentError(
                f"The head start reads {self.feature!r}, which is not among the columns.",
                field="feature",
            ) from None

    @property
    def base_value(self) -> float:
        """The score of a row about which nothing is known."""
        return self.weight * self.middle

    def contribution(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the scores of values of the feature, without the base value. Same shape."""
        known = np.where(np.isnan(values), self.middle, values)
        return np.asarray(self.weight * (known - self.middle), np.float64)

    def save(self, folder: Path) -> None:
        """Write it into ``folder``."""
        (folder / FILE).write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """Read what :meth:`save` wrote; ``None`` where nothing was.

        Raises
        ------
        BundleDamagedError
            The file cannot be read.
        """
        path = folder / FILE
        if not path.exists():
            return None
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return cls(str(content["feature"]), float(content["weight"]), float(content["middle"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BundleDamagedError(
                f"The head start in {folder} cannot be read.",
                remedy="Train again or restore the bundle.",
            ) from error
