"""The promotion gate: is a new model good enough to serve.

It is judged on the latest window before the split, which its rankers have not seen, against
popularity: a model that does not beat popularity beyond chance has learned nothing about the
single firm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from eval.baselines.fitting import fit_baselines
from eval.intervals import paired_interval
from eval.method import OWN_METHOD, POPULARITY_METHOD
from eval.metrics import HEADLINE
from eval.run import run_methods
from features.history import Interactions
from training.fitting import Training
from training.method import FinMatchMethod
from training.settings import TrainSettings


@dataclass(frozen=True)
class GateResult:
    """Whether the model passed, and the figures behind it.

    Attributes
    ----------
    passed
        The paired 95 % interval of the headline metric's difference lies above zero.
    metrics
        Mean of every metric of the model and of popularity on the window, and the interval.
    """

    passed: bool
    metrics: Mapping[str, Any]

    def sentence(self, language: str) -> str:
        """Say in ``zh`` or ``en`` what was found."""
        ours = self.metrics[OWN_METHOD][HEADLINE]
        theirs = self.metrics[POPULARITY_METHOD][HEADLINE]
        low, high = self.metrics["difference"]["low"], self.metrics["difference"]["high"]
        if language == "zh":
            verdict = "通过" if self.passed else "未通过：未显著优于热门排序"
            return (
                f"{HEADLINE} {ours:.3f}，热门机构 {theirs:.3f}，"
                f"差值 [{low:.3f}, {high:.3f}]；{verdict}"
            )
        verdict = "passed" if self.passed else "not passed: no better than popularity"
        return (
            f"{HEADLINE} {ours:.3f} against popularity {theirs:.3f}, "
            f"difference [{low:.3f}, {high:.3f}]; {verdict}"
        )


def judge(
    training: Training, interactions: Interactions, settings: TrainSettings, *, seed: int
) -> GateResult:
    """Compare the held-out model with popularity on the latest window."""
    window = training.latest
    popularity = fit_baselines(window, interactions, names=[POPULARITY_METHOD]).methods
    own = FinMatchMethod(training.held_out, interactions, window, settings)
    results = run_methods(window, [own, *popularity], reverse=False)
    ours, theirs = (results.methods[name].metrics for name in (OWN_METHOD, POPULARITY_METHOD))
    interval = paired_interval(ours[HEADLINE], theirs[HEADLINE], window.firm_groups, seed=seed)
    metrics: dict[str, Any] = {
        "window": [window.protocol.split_at.isoformat(), window.protocol.until.isoformat()],
        "queries": window.n_queries,
        "difference": {"low": interval.low, "high": interval.high},
    }
    for name, result in results.methods.items():
        metrics[name] = {metric: float(np.mean(v)) for metric, v in result.metrics.items()}
    return GateResult(passed=interval.above_zero, metrics=metrics)
