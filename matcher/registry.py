"""Which bundle serves: a pointer beside the bundles, switched in one step, with its history.

The pointer is a small file that is replaced, never edited: a reader sees the old choice or the
new one. Those who change it take turns by the lock of the root folder.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from pathlib import Path
from typing import Any

from data.errors import (
    ArgumentError,
    BundleDamagedError,
    BundleError,
    BundleMissingError,
    ConflictError,
)
from matcher.bundle import (
    ROOT_LOCK,
    Bundle,
    Manifest,
    check_name,
    open_bundle,
    read_manifest,
)
from matcher.durable import disk_errors, locked, replace_text

POINTER = "current.json"
POINTER_KIND = "finmatch-current"


class Action(StrEnum):
    """How a bundle came to serve."""

    PROMOTE = "promote"
    ROLLBACK = "rollback"


@dataclass(frozen=True)
class Step:
    """One change of the pointer; ``name`` is the bundle that serves after it."""

    action: Action
    name: str


@dataclass(frozen=True)
class BundleEntry:
    """One line of :func:`list_bundles`; without a manifest, ``problem`` says why."""

    name: str
    current: bool
    manifest: Manifest | None
    problem: str | None


class Anything(Enum):
    """The type of :data:`ANY_BUNDLE`."""

    ANY_BUNDLE = "any"


ANY_BUNDLE = Anything.ANY_BUNDLE
"""Whatever serves at the moment, also nothing."""


def promote(root: Path, name: str, *, expected: str | Anything | None = ANY_BUNDLE) -> Bundle:
    """Let the bundle ``name`` serve, once its files were found whole.

    Promoting the one that serves already changes nothing.

    Parameters
    ----------
    expected
        The bundle that the caller believes to serve, ``None`` for none: of two who change the
        pointer at once, the second one is told.

    Raises
    ------
    ArgumentError
        ``name`` cannot be a bundle's name.
    ConflictError
        Another one than ``expected`` serves.
    BundleError
        It is missing, damaged or foreign, or the pointer cannot be written. The pointer then
        stays as it was.
    """
    check_name(name)
    bundle = open_bundle(root / name)
    with disk_errors(root), locked(root / ROOT_LOCK):
        try:
            steps = history(root)
        except BundleDamagedError:  # a damaged pointer must not keep a whole bundle from serving
            steps = ()
        _check_expected(steps, expected)
        if _stack(steps)[-1:] != [name]:
            _point(root, (*steps, Step(Action.PROMOTE, name)))
    return bundle


def rollback(root: Path, *, expected: str | Anything | None = ANY_BUNDLE) -> Bundle:
    """Let the bundle serve again that served before the current one was promoted.

    ``expected`` is as of :func:`promote`.

    Raises
    ------
    ConflictError
        Another one than ``expected`` serves.
    BundleMissingError
        None served before.
    BundleError
        The earlier one is damaged or gone; the pointer then stays as it was.
    """
    if not (root / POINTER).exists():
        raise _no_earlier(root)
    with disk_errors(root), locked(root / ROOT_LOCK):
        steps = history(root)
        _check_expected(steps, expected)
        earlier = _stack(steps)[:-1]
        if not earlier:
            raise _no_earlier(root)
        bundle = open_bundle(root / earlier[-1])
        _point(root, (*steps, Step(Action.ROLLBACK, bundle.name)))
    return bundle


def find_current(root: Path) -> str | None:
    """Return the name of the bundle that serves, or ``None``.

    Raises
    ------
    BundleDamagedError
        The pointer cannot be read.
    """
    stack = _stack(history(root))
    return stack[-1] if stack else None


def find_earlier(root: Path) -> str | None:
    """Return the name of the bundle that :func:`rollback` leads to, or ``None``.

    Raises
    ------
    BundleDamagedError
        The pointer cannot be read.
    """
    earlier = _stack(history(root))[:-1]
    return earlier[-1] if earlier else None


def open_current(root: Path) -> Bundle:
    """Open the bundle that serves, its files checked.

    Raises
    ------
    BundleMissingError
        None was promoted, or it is gone.
    BundleError
        It, or the pointer, is damaged or foreign.
    """
    name = find_current(root)
    if name is None:
        raise BundleMissingError(
            f"No bundle below {root} was promoted.",
            remedy="Train one, or choose one with `finmatch models promote`.",
        )
    return open_bundle(root / name)


def history(root: Path) -> tuple[Step, ...]:
    """Return every change of the pointer, oldest first; none where nothing was promoted.

    Raises
    ------
    BundleDamagedError
        The pointer cannot be read.
    """
    path = root / POINTER
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        if content["kind"] != POINTER_KIND:
            raise ValueError(f"it is of kind {content['kind']!r}")
        steps = tuple(Step(Action(one["action"]), one["name"]) for one in content["history"])
        for step in steps:
            check_name(step.name)
        _stack(steps)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError, IndexError, ArgumentError) as error:
        raise BundleDamagedError(
            f"The pointer {path} to the current bundle cannot be read.",
            field=POINTER,
            remedy="Promote a bundle by name; `finmatch models list` shows them.",
        ) from error
    return steps


def list_bundles(root: Path) -> tuple[BundleEntry, ...]:
    """Return every bundle below ``root``, oldest first, those without a manifest last.

    Manifests are read, files are not checked: that is :func:`matcher.bundle.open_bundle`. A
    damaged pointer counts as none.
    """
    try:
        current = find_current(root)
    except BundleDamagedError:
        current = None
    folders = [path for path in _folders(root) if not path.name.startswith(".")]
    entries = [_entry(path, current=path.name == current) for path in folders]
    latest = dt.datetime.max.replace(tzinfo=dt.UTC)
    return tuple(
        sorted(entries, key=lambda e: (e.manifest.created_at if e.manifest else latest, e.name))
    )


def _folders(root: Path) -> list[Path]:
    return [path for path in root.iterdir() if path.is_dir()] if root.is_dir() else []


def _entry(path: Path, *, current: bool) -> BundleEntry:
    try:
        return BundleEntry(path.name, current, read_manifest(path), None)
    except BundleError as error:
        return BundleEntry(path.name, current, None, error.message)


def _stack(steps: Sequence[Step]) -> list[str]:
    """Replay ``steps``: the last name serves, those below it served before."""
    stack: list[str] = []
    for step in steps:
        if step.action is Action.PROMOTE:
            stack.append(step.name)
        else:
            stack.pop()
    return stack


def _check_expected(steps: Sequence[Step], expected: str | Anything | None) -> None:
    current = next(reversed(_stack(steps)), None)
    if expected is not ANY_BUNDLE and expected != current:
        serves = "none serves" if current is None else f"{current!r} serves"
        raise ConflictError(
            f"The bundle {expected!r} was expected to serve; {serves} now.",
            field="expected_current",
            remedy="Look at the models again, then decide anew.",
        )


def _point(root: Path, steps: Sequence[Step]) -> None:
    content = {
        "kind": POINTER_KIND,
        "current": _stack(steps)[-1],
        "history": [{"action": step.action, "name": step.name} for step in steps],
    }
    replace_text(root / POINTER, json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def _no_earlier(root: Path) -> BundleMissingError:
    return BundleMissingError(
        f"No bundle below {root} served before the current one.",
        remedy="Promote another one by name.",
    )
