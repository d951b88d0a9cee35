"""Evaluations: reports below the home, and what the manifests of bundles say; read, never made."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import UnknownIdError
from matcher.registry import list_bundles
from service.access.policy import Action
from service.access.sight import Sight
from service.jobs.folders import JOBS_FOLDER
from service.serving.state import ServiceState

METRICS_FILE, REPORT_FILE = "metrics.json", "report.html"
OWN_FOLDER = "evaluations"
"""Below the home: where an operator puts the results of runs of its own."""

MOST_BYTES = 32 << 20
MOST_REPORTS = 500
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
WINDOWS = ("new", "cold", "reverse")
"""What is measured: new links, those of firms without any, and from the institution's side."""
BUNDLE, REPORT = "bundle", "report"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure with its interval, where there is one."""

    mean: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """Something to compare: a bundle or a report, with figures by name.

    Attributes
    ----------
    on
        On what it was measured; figures of different windows do not compare.
    """

    kind: str
    name: str
    on: str
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Row:
    """One measure of two sides; ``apart`` where their intervals do not overlap."""

    measure: str
    first: Figure | None
    second: Figure | None

    @property
    def difference(self) -> float | None:
        """The second less the first."""
        if self.first is None or self.second is None:
            return None
        return self.second.mean - self.first.mean

    @property
    def apart(self) -> bool | None:
        """Whether the intervals are apart; ``None`` where one is missing."""
        ends = [one for one in (self.first, self.second) if one is not None]
        if len(ends) < 2 or any(one.low is None or one.high is None for one in ends):
            return None
        first, second = ends
        assert first.low is not None
        assert first.high is not None
        assert second.low is not None
        assert second.high is not None
        return first.low > second.high or second.low > first.high


def reports(state: ServiceState, sight: Sight) -> list[dict[str, Any]]:
    """Return the reports below the home in short, the newest first."""
    sight.require(Action.READ_EVALUATIONS)
    found = [_short(name, content) for name, content in _all(state.settings.home)]
    return sorted(found, key=lambda one: (one["generated_at"], one["name"]), reverse=True)


def get_report(state: ServiceState, sight: Sight, name: str) -> dict[str, Any]:
    """Return all figures of a report; raise :class:`UnknownIdError` where there is none."""
    sight.require(Action.READ_EVALUATIONS)
    content = _read(_folder(state.settings.home, name) / METRICS_FILE)
    if content is None:
        raise _unknown(name)
    return {**content, "name": name}


def report_page(state: ServiceState, sight: Sight, name: str) -> bytes:
    """Return the report as it was written for reading; it needs nothing else."""
    sight.require(Action.READ_EVALUATIONS)
    path = _folder(state.settings.home, name) / REPORT_FILE
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _unknown(name)
        return path.read_bytes()
    except OSError:
        raise _unknown(name) from None


def sides(state: ServiceState, sight: Sight) -> list[Side]:
    """Return everything that can be compared: bundles, then reports."""
    sight.require(Action.READ_EVALUATIONS)
    found = [
        Side(BUNDLE, entry.name, _window(metrics), dict(_bundle_figures(metrics)))
        for entry in list_bundles(state.settings.bundles)
        if entry.manifest is not None and (metrics := dict(entry.manifest.fields.metrics))
    ]
    for name, content in _all(state.settings.home):
        found.append(Side(REPORT, name, _protocol(content), dict(_report_figures(content))))
    return found


def compare(first: Side, second: Side) -> list[Row]:
    """Return every measure that one of two sides has."""
    measures = dict.fromkeys([*first.figures, *second.figures])
    return [Row(one, first.figures.get(one), second.figures.get(one)) for one in measures]


def _all(home: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for root in (home / JOBS_FOLDER / "evaluations", home / OWN_FOLDER):
        if not root.is_dir():
            continue
        for folder in sorted(root.iterdir())[:MOST_REPORTS]:
            content = _read(folder / METRICS_FILE) if NAME.fullmatch(folder.name) else None
            if content is not None:
                yield folder.name, content


def _folder(home: Path, name: str) -> Path:
    if NAME.fullmatch(name):
        for root in (home / JOBS_FOLDER / "evaluations", home / OWN_FOLDER):
            if (root / name / METRICS_FILE).is_file():
                return root / name
    raise _unknown(name)


def _read(path: Path) -> dict[str, Any] | None:
    """Return a file of figures; ``None`` where it is none, or of a form that is not known."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    needed = {"data", "generated_at", "protocol", "methods", "subject", "verdict"}
    return content if isinstance(content, dict) and needed <= content.keys() else None


def _short(name: str, content: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "data": content["data"]["name"],
        "generated_at": content["generated_at"],
        "split_at": content["protocol"]["split_at"],
        "until": content["protocol"]["until"],
        "verdict": content["verdict"],
        "n_methods": len(content["methods"]),
        "headline": content["methods"][content["subject"]]["new"],
    }


def _protocol(content: Mapping[str, Any]) -> str:
    protocol = content["protocol"]
    return f"{content['data']['name']} {protocol['split_at']}/{protocol['until']}"


def _window(metrics: Mapping[str, Any]) -> str:
    window = metrics.get("window") or ()
    return "/".join(str(day) for day in window)


def _report_figures(content: Mapping[str, Any]) -> Iterator[tuple[str, Figure]]:
    method = content["methods"][content["subject"]]
    for window in WINDOWS:
        for measure, value in (method.get(window) or {}).items():
            yield f"{window} {measure}", Figure(value["mean"], value["low"], value["high"])


def _bundle_figures(metrics: Mapping[str, Any]) -> Iterator[tuple[str, Figure]]:
    for method in ("finmatch", "popularity"):
        for measure, value in (metrics.get(method) or {}).items():
            if isinstance(value, int | float):
                yield f"{method} {measure}", Figure(float(value))


def _unknown(name: str) -> UnknownIdError:
    return UnknownIdError(
        f"There is no evaluation {name!r}.", field="name", remedy="Look at the list."
    )
