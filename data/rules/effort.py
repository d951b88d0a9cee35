"""What can be changed and how hard it is: data that a user may replace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from data.errors import InputError
from data.rules.values import read_number
from data.rules.vocabulary import FACTS

FILE = "effort.yaml"
FLAGS = ("up", "down", "add", "wait", "rating", "hire")
KEYS = frozenset({"effort", "values", "unit", *FLAGS})


@dataclass(frozen=True, slots=True)
class Lever:
    """How one fact may be changed.

    Attributes
    ----------
    effort
        1, a choice in the application, to 10, years of work; ``values`` says it of single values.
    up, down
        Whether a number may be raised or lowered.
    add
        Whether a value may be added.
    wait
        Whether it grows by itself with time.
    rating
        Whether it is given once a year, in April.
    hire
        Whether raising it raises the staff as well.
    unit
        Targets are multiples of it.
    """

    effort: float
    up: bool = False
    down: bool = False
    add: bool = False
    wait: bool = False
    rating: bool = False
    hire: bool = False
    unit: float = 1.0
    values: Mapping[str, float] = field(default_factory=dict)

    def of(self, value: str) -> float:
        """Return the effort for one value."""
        return self.values.get(value, self.effort)


@dataclass(frozen=True, slots=True)
class Efforts:
    """All levers, what computed facts are changed through, and what counts as near or soon."""

    levers: Mapping[str, Lever]
    through: Mapping[str, str]
    near_miss: float
    expiring_days: int


def read_efforts(path: Path | None = None) -> Efforts:
    """Read the levers of a file, of FinMatch's own by default.

    Raises
    ------
    InputError
        The file is no YAML, or names what does not exist.
    """
    source = files("data.rules") / FILE if path is None else path
    name = FILE if path is None else path.name
    try:
        content = yaml.safe_load(source.read_text(encoding="utf-8"))
        levers = {fact: _lever(fact, said, name) for fact, said in content["changes"].items()}
        return Efforts(
            levers=levers,
            through={str(key): str(value) for key, value in content.get("through", {}).items()},
            near_miss=float(content["near_miss"]),
            expiring_days=int(content["expiring_days"]),
        )
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputError(
            f"{name} cannot be read: {' '.join(str(error).split())}.",
            field="effort",
            remedy="Write it like data/rules/effort.yaml of FinMatch.",
        ) from error


def _lever(fact: str, said: Mapping[str, Any], file: str) -> Lever:
    wrong = sorted(set(said) - KEYS)
    if fact not in FACTS or wrong:
        raise InputError(
            f"{file}: {wrong[0] if wrong else fact!r} means nothing.",
            field="effort",
            remedy="Use the names that finmatch rules facts lists.",
        )
    unit = read_number(FACTS[fact], said["unit"])[0] if "unit" in said else 1.0
    flags = {name: bool(said.get(name, False)) for name in FLAGS}
    return Lever(float(said["effort"]), unit=unit, values=dict(said.get("values", {})), **flags)
