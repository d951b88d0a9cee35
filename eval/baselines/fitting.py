"""Fitting the baselines of one evaluation set, and saying which are left out and why."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data.errors import ArgumentError, DependencyError
from eval.baselines.method import BaselineMethod
from eval.baselines.past import Past
from eval.baselines.registry import BASELINES, BaselineKind, get_baseline
from eval.baselines.tuned import settings_for
from eval.protocol import EvaluationSet
from features.history import History, Interactions

Progress = Callable[[str, int, int], None]
"""Called before each fit with the name, how many are done and how many there are."""


@dataclass(frozen=True)
class FittedBaselines:
    """The baselines of one evaluation set.

    Attributes
    ----------
    methods
        In the order of the registry, ready for :func:`eval.run.run_methods`.
    left_out
        Name → why it is not among them, under the keys ``zh`` and ``en``.
    settings
        Name → the frozen settings that each was fitted with.
    cpu_seconds
        Name → processor time of the fit.
    """

    methods: tuple[BaselineMethod, ...]
    left_out: Mapping[str, Mapping[str, str]]
    settings: Mapping[str, Any]
    cpu_seconds: Mapping[str, float]


def fit_baselines(
    evaluation_set: EvaluationSet,
    interactions: Interactions,
    *,
    source: str | None = None,
    names: Sequence[str] | None = None,
    settings: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> FittedBaselines:
    """Fit baselines on everything before the split.

    Parameters
    ----------
    evaluation_set
        Queries and candidates.
    interactions
        Needs and links of the same catalogue; what is dated on or after the split is cut away.
    source
        Name of the data: picks the settings that were chosen on its ``val`` window.
    names
        Which ones; all of :data:`~eval.baselines.registry.BASELINES` by default.
    settings
        Name → settings to use instead of the chosen ones.
    progress
        Told before each fit.

    Raises
    ------
    ArgumentError
        A name is unknown, or settings are of another method.
    EmptyInputError
        No candidate has a link before the split.
    """
    chosen = list(BASELINES) if names is None else list(dict.fromkeys(names))
    given = {name: settings_for(source, name) for name in chosen} | dict(settings or {})
    _check_settings(given)
    split_at = evaluation_set.protocol.split_at
    past = Past(History.before(interactions, split_at, offer_rows=evaluation_set.offer_rows))
    queries = interactions.queries.take(evaluation_set.need_rows)
    methods: list[BaselineMethod] = []
    left_out: dict[str, Mapping[str, str]] = {}
    cpu_seconds: dict[str, float] = {}
    for n_done, name in enumerate(chosen):
        if progress is not None:
            progress(name, n_done, len(chosen))
        kind, started = get_baseline(name), time.process_time()
        if kind.identity_only and not len(evaluation_set.excluded):
            left_out[name] = NO_KNOWN_FIRM
            continue
        try:
            baseline = kind.make(given[name]).fit(past)
        except DependencyError as error:
            left_out[name] = _missing_package(error)
            continue
        methods.append(BaselineMethod(name, kind.title, baseline, queries))
        cpu_seconds[name] = time.process_time() - started
    fitted = {method.name: method.baseline.settings for method in methods}
    return FittedBaselines(tuple(methods), left_out, fitted, cpu_seconds)


NO_KNOWN_FIRM = {
    "zh": "窗口内没有一家企业有过往融资往来，只看往来的方法与“热门机构”相同。",
    "en": "No firm of the window has an earlier link, so this method equals popularity.",
}


def _missing_package(error: DependencyError) -> dict[str, str]:
    package, remedy = error.field or "", 'pip install "finmatch[peers]"'
    return {"zh": f"未安装可选软件包 {package}；安装方法：{remedy}", "en": str(error)}


def _check_settings(given: Mapping[str, Any]) -> None:
    for name, settings in given.items():
        kind: BaselineKind = get_baseline(name)
        if not isinstance(settings, kind.settings_type):
            raise ArgumentError(
                f"The settings of {name} must be {kind.settings_type.__name__}; "
                f"got {type(settings).__name__}.",
                field="settings",
            )
