"""The models: which there are, which one serves, and changing that."""

from __future__ import annotations

from typing import Any

from data.errors import (
    ArgumentError,
    BundleDamagedError,
    BundleError,
    BundleMissingError,
    DependencyError,
    InputError,
    UnknownIdError,
)
from matcher.bundle import Bundle, check_name
from matcher.registry import (
    ANY_BUNDLE,
    Anything,
    BundleEntry,
    find_current,
    find_earlier,
    list_bundles,
    promote,
    rollback,
)
from service.access.logbook import Actor
from service.access.policy import Action
from service.access.sight import Sight
from service.live.holder import Loaded
from service.serving.state import ServiceState

Expected = str | Anything | None


def models(state: ServiceState, sight: Sight) -> list[dict[str, Any]]:
    """Return every model bundle, the oldest first."""
    sight.require(Action.READ_MODELS)
    return [_values(state, entry) for entry in list_bundles(state.settings.bundles)]


def get_model(state: ServiceState, sight: Sight, name: str) -> dict[str, Any]:
    """Return one model bundle; raise :class:`UnknownIdError` where there is none."""
    sight.require(Action.READ_MODELS)
    for entry in list_bundles(state.settings.bundles):
        if entry.name == name:
            return _values(state, entry)
    raise _unknown(name)


def promote_model(
    state: ServiceState, sight: Sight, name: str, *, expected: Expected = ANY_BUNDLE
) -> dict[str, Any]:
    """Let a bundle serve, once its files were found whole and it answered a dry request.

    This worker answers with it from then on; others follow the pointer.

    Raises
    ------
    UnknownIdError
        There is no such bundle.
    ArgumentError
        It is damaged or foreign, or cannot be loaded: what serves goes on serving.
    ConflictError
        Another one than ``expected`` serves.
    """
    sight.require(Action.CHANGE_MODELS)
    before = _current(state)
    check_name(name)
    loaded = _tried(state, name)
    bundle = promote(state.settings.bundles, name, expected=expected)
    return _changed(state, sight, bundle, loaded, before=before, action="models.promote")


def roll_back_model(
    state: ServiceState, sight: Sight, *, expected: Expected = ANY_BUNDLE
) -> dict[str, Any]:
    """Let the bundle serve again that served before; raises as :func:`promote_model`."""
    sight.require(Action.CHANGE_MODELS)
    root = state.settings.bundles
    before, earlier = find_current(root), find_earlier(root)
    if earlier is None:
        raise ArgumentError(
            "No model served before the current one.",
            field="name",
            remedy="Promote another one by name.",
        )
    loaded = _tried(state, earlier)
    bundle = rollback(root, expected=before if expected is ANY_BUNDLE else expected)
    return _changed(state, sight, bundle, loaded, before=before, action="models.rollback")


def _tried(state: ServiceState, name: str) -> Loaded:
    """Load a bundle aside and let it answer a dry request: what cannot do that may not serve."""
    try:
        return state.live.load(name)
    except BundleMissingError:
        raise _unknown(name) from None
    except (BundleError, DependencyError, InputError) as error:
        raise ArgumentError(
            error.message, field="name", remedy=error.remedy or "Choose another one."
        ) from error


def _changed(
    state: ServiceState,
    sight: Sight,
    bundle: Bundle,
    loaded: Loaded,
    *,
    before: str | None,
    action: str,
) -> dict[str, Any]:
    """Let this worker answer with a bundle, note who changed what, and say what serves."""
    if bundle.name == loaded.bundle_name:
        state.live.swap(loaded)
    detail = {"from": before, "to": bundle.name}
    state.store.audit.append(Actor.of(sight).entry(action, "model", bundle.name, detail=detail))
    return {"current": bundle.name, "model_version": bundle.manifest.fields.model_version}


def _current(state: ServiceState) -> str | None:
    try:
        return find_current(state.settings.bundles)
    except BundleDamagedError:
        return None


def _values(state: ServiceState, entry: BundleEntry) -> dict[str, Any]:
    manifest = entry.manifest
    return {
        "name": entry.name,
        "current": entry.current,
        "serving": entry.name == state.live.status().bundle_name,
        "problem": None if entry.problem is None else "It cannot be read.",
        "created_at": None if manifest is None else manifest.created_at,
        "model_version": None if manifest is None else manifest.fields.model_version,
        "dataset": None if manifest is None else manifest.fields.dataset,
        "settings": {} if manifest is None else dict(manifest.fields.settings),
        "metrics": {} if manifest is None else dict(manifest.fields.metrics),
    }


def _unknown(name: str) -> UnknownIdError:
    return UnknownIdError(
        f"There is no model {name!r}.", field="name", remedy="Look at the list of models."
    )
