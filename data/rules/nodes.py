"""Plain data that remembers where it stood: what YAML, JSON and Excel rule files become first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from data.errors import InputError

Scalar = str | int | float | bool | dt.date | None


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its path and, where the file has lines, its line."""

    value: Scalar | list[Node] | dict[str, Node]
    path: str
    line: int | None = None

    def plain(self) -> object:
        """Return the value without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


def node_of(value: object, path: str = "", line: int | None = None) -> Node:
    """Return plain data (as ``json.loads`` gives it) as nodes."""
    if isinstance(value, Mapping):
        inner = {str(key): node_of(part, _at(path, str(key)), line) for key, part in value.items()}
        return Node(inner, path, line)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return Node(
            [node_of(part, f"{path}[{n}]", line) for n, part in enumerate(value)], path, line
        )
    if value is None or isinstance(value, str | int | float | bool | dt.date):
        return Node(value, path, line)
    return Node(str(value), path, line)


def _at(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


@dataclass(frozen=True, slots=True)
class Fault:
    """One error of a rule file."""

    path: str
    line: int | None
    message: str
    remedy: str = ""
    file: str = ""

    def __str__(self) -> str:
        place = self.file
        if self.line is not None:
            place += f":{self.line}" if place else f"line {self.line}"
        where = " ".join(part for part in (place, self.path) if part)
        said = f"{self.message} {self.remedy}".strip()
        return f"{where}: {said}" if where else said


class RuleFaultsError(InputError):
    """Rules are wrong; every fault is told at once."""

    code = "bad_rules"

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        count = f"{len(faults)} errors in the rules: " if len(faults) > 1 else ""
        super().__init__(count + " | ".join(str(fault) for fault in faults), field="rules")
