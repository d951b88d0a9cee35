"""Baselines: what any ranking must beat, one method a file.

Each is fitted on a :class:`~features.history.History` that ends at the split, with settings that
were chosen on the window before it. ``BASELINES`` names them, ``fit_baselines`` fits them for one
evaluation set and says which were left out and why. See ``docs/baselines.md``.
"""

from eval.baselines.fitting import FittedBaselines, fit_baselines
from eval.baselines.registry import BASELINES
from eval.baselines.tuned import DEFAULTS, TUNED

__all__ = ["BASELINES", "DEFAULTS", "TUNED", "FittedBaselines", "fit_baselines"]
