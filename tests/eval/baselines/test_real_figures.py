"""The documented figures are what the frozen settings give on a real validation window."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from data.importers import SOURCES
from eval.baselines.fitting import fit_baselines
from eval.baselines.registry import BASELINES
from eval.protocol import MIN_ROUNDS, EvaluationSet, Protocol
from eval.run import run_methods
from features.history import Interactions

PEERS = ("als", "bpr", "lightfm")  # drawn at random: their figures move with the package
ITJUZI_VAL = 3
"""Column of the IT桔子 validation window in the document's table, counted from 0."""
TOLERANCE = 0.003


def documented(repository) -> dict[str, float]:
    """Return NDCG@10 by method of the section on baselines."""
    text = (repository / "docs" / "experiments.md").read_text(encoding="utf-8")
    section = text.split("\n## Baselines\n")[1].split("\n## ")[0].split("Cold firms")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", section, re.MULTILINE)
    return {name: float(cells.split(" | ")[ITJUZI_VAL].split(" (")[0]) for name, cells in rows}


@pytest.mark.real_data
def test_the_documented_figures_are_reached(repository, real_data_dir):
    figures = documented(repository)
    assert list(figures) == list(BASELINES)
    catalogue = SOURCES["itjuzi"].read(real_data_dir / "itjuzi").catalogue()
    window = Protocol(dt.date(2015, 1, 1), dt.date(2015, 6, 30), MIN_ROUNDS["itjuzi"])
    found = EvaluationSet.from_catalogue(catalogue, window)
    fitted = fit_baselines(
        found,
        Interactions.from_catalogue(catalogue),
        source="itjuzi",
        names=[name for name in BASELINES if name not in PEERS],
    )
    results = run_methods(found, fitted.methods, reverse=False)
    for name, result in results.methods.items():
        value = result.metrics["ndcg@10"].mean()
        assert value == pytest.approx(figures[name], abs=TOLERANCE), name
