"""The report: one self-contained HTML page that a clerk can read, in Chinese and English.

It needs no network and no script: plots are inline SVG, the language is a switch of the page.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from eval.analysis import COLD, NEW, REVERSE, Analysis, Scope
from eval.atomic import write_text_whole
from eval.charts import Axis, curve, lorenz_curve
from eval.comparison import VERDICT_WORDS, Comparison, ComparisonRow
from eval.intervals import Interval
from eval.metrics import HEADLINE, METRICS
from eval.results import Provenance, software_versions
from eval.run import Results
from eval.slices import DIMENSIONS, SMALL_SLICE, SliceResult
from eval.verdict import state

REPORT_FILE = "report.html"

SQUARE = 280.0
"""Side of the Lorenz and reliability plots, in SVG units."""

SCOPE_TITLES: dict[str, Mapping[str, str]] = {
    NEW: {"zh": "全部查询", "en": "All queries"},
    COLD: {"zh": "首次出现的企业", "en": "Firms never seen before"},
    REVERSE: {"zh": "反方向（机构找企业）", "en": "The other direction (institution → firms)"},
}

LEVEL_WORDS: dict[str, Mapping[str, str]] = {
    "cold": {"zh": "首次出现", "en": "never seen before"},
    "warm": {"zh": "曾经出现", "en": "seen before"},
    "head": {"zh": "热门机构", "en": "popular institutions"},
    "torso": {"zh": "中等机构", "en": "middling institutions"},
    "tail": {"zh": "冷门机构", "en": "rarely active institutions"},
    "other": {"zh": "其余各项", "en": "all others"},
    "unknown": {"zh": "未填写", "en": "not stated"},
}


def render_report(results: Results, analysis: Analysis, provenance: Provenance) -> str:
    """Return the page as HTML text.

    Relations
    ---------
    :func:`eval.results.metrics_document` says the same to a program.
    """
    template = _environment().get_template("report.html.jinja")
    return template.render(**_context(results, analysis, provenance))


def write_report(path: Path, results: Results, analysis: Analysis, provenance: Provenance) -> None:
    """Write :func:`render_report` to ``path``, whole or not at all."""
    write_text_whole(path, render_report(results, analysis, provenance))


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("eval"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=lambda value, digits=3: f"{value:.{digits}f}",
        signed=lambda value, digits=3: f"{value:+.{digits}f}".replace("-", "−"),
        percent=lambda value, digits=0: f"{100 * value:.{digits}f}%",
        count=lambda value: f"{value:,}",
    )
    return environment


def _context(results: Results, analysis: Analysis, provenance: Provenance) -> dict[str, Any]:
    evaluation_set = results.evaluation_set
    return {
        "analysis": analysis,
        "provenance": provenance,
        "evaluation_set": evaluation_set,
        "n_firms": len(np.unique(evaluation_set.firm_groups)),
        "statements": {name: state(analysis, name) for name in analysis.scopes},
        "scopes": {name: _scope_view(scope) for name, scope in analysis.scopes.items()},
        "scope_titles": SCOPE_TITLES,
        "paired": _paired_view(analysis),
        "slices": _slice_views(analysis),
        "dimensions": DIMENSIONS,
        "small_slice": SMALL_SLICE,
        "level_words": LEVEL_WORDS,
        "lorenz": _lorenz_lines(analysis),
        "reliability": _reliability_views(analysis),
        "metrics": METRICS,
        "headline": HEADLINE,
        "verdict_words": VERDICT_WORDS,
        "results": results,
        "settings": _flat(provenance.settings),
        "versions": software_versions(),
        "generated_at": _minute(provenance.generated_at),
        "square": SQUARE,
        "roles": _roles(analysis),
    }


def _roles(analysis: Analysis) -> dict[str, str]:
    """Name the part each method plays, for its colour in every plot."""
    roles = dict.fromkeys(analysis.titles, "plain")
    if analysis.popularity is not None:
        roles[analysis.popularity] = "popularity"
    roles[analysis.scopes[NEW].reference] = "rival"
    roles[analysis.subject] = "subject"
    return roles


def _scope_view(scope: Scope) -> dict[str, Any]:
    """Lay out one table of methods, best first, and the axis of its plot."""
    rows = sorted(scope.headline.rows, key=lambda row: -row.score.mean)
    ratios = [row.ratio.mean for row in rows if row.ratio is not None]
    return {
        "scope": scope,
        "rows": rows,
        "others": {
            metric: {row.method: row.score for row in table.rows}
            for metric, table in scope.comparisons.items()
            if metric != HEADLINE
        },
        "axis": Axis.spanning((row.score for row in rows), with_zero=True),
        "longest": max(ratios, default=1.0),
    }


def _paired_view(analysis: Analysis) -> dict[str, Any]:
    """Lay out subject minus each other method, the closest rival first."""
    table = analysis.scopes[NEW].against_subject
    rows = [row for row in table.rows if row.method != analysis.subject]
    rows.sort(key=lambda row: -row.score.mean)
    differences = {row.method: row.difference.negated() for row in rows}
    return {
        "rows": [
            (row.method, differences[row.method], _tone(differences[row.method])) for row in rows
        ],
        "axis": Axis.spanning(differences.values(), with_zero=True),
    }


def _tone(difference: Interval) -> str:
    if difference.above_zero:
        return "good"
    return "bad" if difference.below_zero else "even"


def _slice_views(analysis: Analysis) -> list[dict[str, Any]]:
    """Group the slices by dimension, each with the axis of its plot."""
    views = []
    for dimension in DIMENSIONS:
        parts = [part for part in analysis.slices if part.dimension == dimension]
        if not parts:
            continue
        rows = [_slice_row(part, analysis.subject) for part in parts]
        shown = [score for row in rows for score in (row["ours"].score, row["theirs"].score)]
        views.append(
            {
                "dimension": dimension,
                "rows": rows,
                "axis": Axis.spanning(shown, with_zero=True),
                "reference": parts[0].comparison.reference,
            }
        )
    return views


def _slice_row(part: SliceResult, subject: str) -> dict[str, Any]:
    comparison: Comparison = part.comparison
    ours: ComparisonRow = comparison.row(subject)
    theirs = comparison.row(comparison.reference)
    return {"part": part, "ours": ours, "theirs": theirs, "tone": _tone(ours.difference)}


def _lorenz_lines(analysis: Analysis) -> list[dict[str, str]]:
    """Return the curves of popularity, the rival and the subject; the subject is drawn last."""
    roles = _roles(analysis)
    order = ["popularity", "rival", "subject"]
    chosen = sorted(
        (name for name, role in roles.items() if role in order),
        key=lambda name: order.index(roles[name]),
    )
    return [
        {
            "method": name,
            "role": roles[name],
            "points": lorenz_curve(analysis.exposures[name].lorenz, size=SQUARE),
        }
        for name in chosen
    ]


def _reliability_views(analysis: Analysis) -> list[dict[str, Any]]:
    """Return one plot for each method and depth; its axes end above the largest value shown."""
    views = []
    for method, by_depth in analysis.calibrations.items():
        for depth, found in by_depth.items():
            largest = max(max(b.mean_probability, b.rate.high) for b in found.bins)
            axis = Axis.spanning([Interval(0.0, 0.0, largest)], with_zero=True)
            stated = [b.mean_probability / axis.high for b in found.bins]
            true = [b.rate.mean / axis.high for b in found.bins]
            views.append(
                {
                    "method": method,
                    "depth": depth,
                    "found": found,
                    "axis": axis,
                    "points": curve(stated, true, size=SQUARE),
                    "better_than_base": found.brier_gain.above_zero,
                }
            )
    return views


def _flat(settings: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Write nested settings as dotted names and JSON values, in the order given."""
    lines: list[tuple[str, str]] = []
    for key, value in settings.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            lines += _flat(value, f"{name}.")
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            lines.append((name, text))
    return lines


def _minute(instant: dt.datetime | None) -> str | None:
    return None if instant is None else instant.strftime("%Y-%m-%d %H:%M %Z").strip()
