"""Packages of an extra: imported when a method needs them, or a clear error."""

from __future__ import annotations

import importlib
from types import ModuleType

from data.errors import DependencyError


def import_extra(module: str, *, extra: str) -> ModuleType:
    """Import ``module``, which the optional dependencies ``finmatch[extra]`` bring.

    Raises
    ------
    DependencyError
        It is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise DependencyError(
            f"This method needs the package {package}, which cannot be imported: {error}.",
            field=package,
            remedy=f'Install it with pip install "finmatch[{extra}]".',
        ) from error
