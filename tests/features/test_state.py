"""Fitted features on disk: what comes back computes the same, and damage is told."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from data.errors import BundleDamagedError, BundleForeignError, BundleMissingError
from features import archive, state
from features.queries import Queries


def features_of(world, features):
    """Compute all pairs of some needs with all items, firms read by the features' numbering."""
    rows = np.arange(len(world.catalogue.needs))[-12:]
    queries = Queries.from_catalogue(
        world.catalogue, rows, firm_ids=features.firm_history_.firm_ids
    )
    n = len(features.items_)
    query, item = np.repeat(np.arange(len(rows)), n), np.tile(np.arange(n), len(rows))
    return features.compute(features.encode(queries), query, item)


@pytest.fixture(params=["camps", "declaring_camps"])
def world(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("mapped_bytes", [0, 1 << 30])
def test_what_is_loaded_computes_bit_identical_features(
    world, tmp_path: Path, mapped_bytes, monkeypatch
):
    monkeypatch.setattr(archive, "MAPPED_BYTES", mapped_bytes)
    state.dump(world.features, tmp_path)
    loaded = state.load(tmp_path)
    assert loaded.features.fingerprint() == world.features.features.fingerprint()
    assert loaded.settings == world.features.settings
    assert features_of(world, loaded).tobytes() == features_of(world, world.features).tobytes()


def test_everything_that_groups_learned_is_kept(declaring_camps, tmp_path: Path):
    state.dump(declaring_camps.features, tmp_path)
    loaded = state.load(tmp_path)
    pairs = zip(declaring_camps.features.groups_, loaded.groups_, strict=True)
    for ours, theirs in [*pairs, (declaring_camps.features.content_model_, loaded.content_model_)]:
        assert state.learned(ours).keys() == state.learned(theirs).keys()
        for name, value in state.learned(ours).items():
            other = state.learned(theirs)[name]
            if sp.issparse(value):
                assert (value != other).nnz == 0
            else:
                np.testing.assert_array_equal(value, other)
    assert set(state.GROUPS.values()) == {type(g) for g in declaring_camps.features.groups_}


def test_only_data_is_written(declaring_camps, tmp_path: Path):
    state.dump(declaring_camps.features, tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} <= {".npy", ".npz", ".json"}


def test_an_empty_folder_holds_no_features(tmp_path: Path):
    with pytest.raises(BundleMissingError, match="no fitted features"):
        state.load(tmp_path)


def test_features_of_another_format_are_refused(camps, tmp_path: Path):
    state.dump(camps.features, tmp_path)
    path = tmp_path / archive.CONTENT
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, "format": 99}), encoding="utf-8")
    with pytest.raises(BundleForeignError, match="format 99"):
        state.load(tmp_path)


@pytest.mark.parametrize("name", [archive.CONTENT, archive.SMALL_ARRAYS])
def test_a_damaged_file_is_told_by_its_name(camps, tmp_path: Path, name):
    state.dump(camps.features, tmp_path)
    (tmp_path / name).write_bytes(b"nothing of the kind")
    with pytest.raises(BundleDamagedError, match=name):
        state.load(tmp_path)


def test_a_missing_array_is_told_by_its_name(camps, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(archive, "MAPPED_BYTES", 0)
    state.dump(camps.features, tmp_path)
    (tmp_path / "content_model.item_vectors_.npy").unlink()
    with pytest.raises(BundleDamagedError, match="item_vectors_"):
        state.load(tmp_path)
