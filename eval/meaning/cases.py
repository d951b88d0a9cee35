"""The cases of the test of meaning, as they ship."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray


class CaseSet(StrEnum):
    """The languages of the test."""

    CHINESE = "chinese"
    ENGLISH = "english"


@dataclass(frozen=True)
class MeaningCases:
    """Mandates to be answered with firms.

    Attributes
    ----------
    mandates, firms
        Texts.
    grades
        0 beside the point, 1 related, 2 just what is meant. Shape ``(n_mandates, n_firms)``.
    """

    mandates: tuple[str, ...]
    firms: tuple[str, ...]
    grades: NDArray[np.int64]


def read_cases(chosen: CaseSet) -> MeaningCases:
    """Read one language of the test."""
    place = files("eval.meaning").joinpath(f"{chosen}.json")
    content = json.loads(place.read_text(encoding="utf-8"))
    column = {firm: at for at, firm in enumerate(content["firms"])}
    mandates = list(content["mandates"].values())
    grades = np.zeros((len(mandates), len(column)), np.int64)
    for row, mandate in enumerate(mandates):
        for firm, grade in mandate["grades"].items():
            grades[row, column[firm]] = grade
    return MeaningCases(
        mandates=tuple(mandate["text"] for mandate in mandates),
        firms=tuple(content["firms"].values()),
        grades=grades,
    )
