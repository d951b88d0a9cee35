"""The match model in a bundle."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from data.errors import ArgumentError, BundleDamagedError, BundleForeignError, BundleMissingError
from matcher.bundle import Bundle, ManifestFields, open_bundle, write_bundle
from matcher.matcher import Matcher
from matcher.model import MODEL_FILE, MatchModel

from .serving import NOW


def bundle_of(model: MatchModel, root: Path, *, features: str | None = None) -> Bundle:
    fields = ManifestFields(
        model_version=model.version, features=features or model.fingerprint(), dataset="d"
    )
    with write_bundle(root, "one", created_at=NOW, manifest_fields=fields) as folder:
        model.save(folder)
    return open_bundle(root / "one")


def test_a_loaded_model_answers_as_the_fitted_one(served, tmp_path: Path):
    loaded = MatchModel.load(bundle_of(served.model, tmp_path))
    assert loaded.version == "test-1"
    assert loaded.fingerprint() == served.model.fingerprint()
    assert loaded.items.offer_ids.ids == served.model.items.offer_ids.ids
    fitted, again = (Matcher(model, served.catalogue) for model in (served.model, loaded))
    for need_id in served.open_need_ids()[:3]:
        ours = fitted.match(need_id, now=NOW).to_dict()
        assert again.match(need_id, now=NOW).to_dict() == ours


def test_a_model_of_one_side_stays_so(served, tmp_path: Path):
    side = served.model.firm_side
    model = MatchModel(served.model.features, side, pool_size=50, version="one-sided")
    loaded = MatchModel.load(bundle_of(model, tmp_path))
    assert loaded.institution_side is None
    assert loaded.pool_size == 50
    np.testing.assert_array_equal(
        loaded.firm_side.probability(np.arange(3.0)), side.probability(np.arange(3.0))
    )


def test_half_an_institution_side_is_refused(served):
    side = served.model.institution_side
    with pytest.raises(ArgumentError, match="ranker and a calibrator"):
        MatchModel.from_parts(
            served.model.features,
            served.model.firm_side.ranker,
            served.model.firm_side.calibrator,
            institution_ranker=side.ranker,
        )


def test_a_bundle_of_other_features_is_foreign(served, tmp_path: Path):
    bundle = bundle_of(served.model, tmp_path, features="something else")
    with pytest.raises(BundleForeignError, match="another feature list"):
        MatchModel.load(bundle)


def test_a_bundle_without_a_model_is_told(tmp_path: Path):
    fields = ManifestFields(model_version="x", features="x", dataset="x")
    with write_bundle(tmp_path, "one", created_at=NOW, manifest_fields=fields) as folder:
        (folder / "notes.txt").write_text("nothing", encoding="utf-8")
    with pytest.raises(BundleMissingError, match="no match model"):
        MatchModel.load(open_bundle(tmp_path / "one"))


@pytest.mark.parametrize("content", ["{", json.dumps({"scale": {}}), json.dumps([])])
def test_a_damaged_model_file_is_told(served, tmp_path: Path, content):
    bundle = bundle_of(served.model, tmp_path)
    (bundle.path / MODEL_FILE).write_text(content, encoding="utf-8")
    with pytest.raises(BundleDamagedError, match=MODEL_FILE):
        MatchModel.load(bundle)
