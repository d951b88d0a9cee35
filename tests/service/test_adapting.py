"""``finmatch train encoder``: a tiny one that learns a code is kept, or is not."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from data.records import Event, Firm, Institution, Need, Offer
from data.store import Store
from features.encoder import opening
from features.encoder.adapting import AdaptSettings
from features.encoder.opening import DeferredEncoder
from service.cli.session import Session
from service.settings import read_settings
from tests.service.conftest import Finmatch
from tests.training.test_encoder import AS_OF, coded_records
from training import encoder as training_encoder


@pytest.fixture
def adapting(finmatch: Finmatch, tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch) -> Finmatch:
    """The command with the tiny encoder, and settings that teach it in a second."""
    monkeypatch.setenv("FINMATCH_ENCODER", str(tiny_encoder))
    quick = partial(AdaptSettings, layers=1, rate=1e-2, check_every=5, patience=4, most_steps=40)
    monkeypatch.setattr(training_encoder, "AdaptSettings", quick)
    return finmatch


def fill(home: Path, **settings: object) -> None:
    home.mkdir()
    with Store.open(read_settings(home=home).database_url) as store:
        records = coded_records(**settings)
        for kind in (Institution, Offer, Firm, Need):
            store.upsert(kind, [record for record in records if isinstance(record, kind)])
        store.append_events([record for record in records if isinstance(record, Event)])


def test_the_new_encoder_is_kept_and_found_by_its_name(
    adapting: Finmatch, home: Path, monkeypatch: pytest.MonkeyPatch
):
    fill(home)
    outcome = adapting("train", "encoder", "--name", "mine", "--as-of", AS_OF)
    assert outcome.code == 0, outcome.err
    assert "Learned from 201 deals" in outcome.out
    assert "held-out deals: NDCG@10 from" in outcome.out
    folder = home / "encoders" / "mine"
    assert f"Kept in {folder.absolute()}." in outcome.out.replace("\n", " ")
    assert "set FINMATCH_ENCODER=mine and train the model again" in outcome.out.replace("\n", " ")
    for name in ("mine", str(folder)):
        monkeypatch.setenv("FINMATCH_ENCODER", name)
        opened = Session.start().open_encoder()
        assert opened is not None
        assert opened.info.name == "mine"
        assert opened.encode(["red"]).shape == (1, 16)
    again = adapting("train", "encoder", "--name", "mine", "--as-of", AS_OF)
    assert again.code != 0
    assert "There is already an encoder" in again.error


def test_what_is_no_better_is_refused(adapting: Finmatch, home: Path, tiny_encoder: Path):
    fill(home, code=None)
    outcome = adapting("train", "encoder", "--as-of", AS_OF, "--json")
    assert outcome.code == 1
    assert outcome.json["folder"] is None
    assert outcome.json["gain"]["low"] <= 0
    assert not (home / "encoders").exists()
    told = adapting("train", "encoder", "--as-of", AS_OF).out.replace("\n", " ")
    assert "Not kept: " in told
    assert f"The encoder remains {tiny_encoder}" in told.replace("  ", " ")


def test_a_store_without_deals_says_what_is_missing(adapting: Finmatch, home: Path):
    fill(home, n=10)
    outcome = adapting("train", "encoder", "--as-of", AS_OF)
    assert outcome.code != 0
    assert "needs 20 deals whose need and offer have texts" in outcome.error


def test_the_help_shows_how(finmatch: Finmatch):
    assert "finmatch train encoder --name mine" in finmatch("train", "--help").out


def test_without_the_package_one_line_says_so(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert not home.exists()
    monkeypatch.delenv("FINMATCH_ENCODER")
    monkeypatch.setattr(opening, "is_packaged", lambda: False)
    assert Session.start().open_encoder() is None
    assert capsys.readouterr().err == (
        "The embedded encoder is not installed here: texts are found by their wording alone.\n"
    )


def test_by_default_the_embedded_one_is_opened_when_it_is_needed(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    assert not home.exists()
    if not opening.is_packaged():
        pytest.skip("the package of the embedded encoder is not installed")
    monkeypatch.delenv("FINMATCH_ENCODER")
    opened = Session.start().open_encoder()
    assert opened is not None
    assert isinstance(opened.encoder, DeferredEncoder)  # type: ignore[attr-defined]
    assert opened.info.name == "multilingual-e5-small"
    assert not (tmp_path / "cache").exists()


def test_a_cache_that_cannot_be_written(home: Path, monkeypatch: pytest.MonkeyPatch):
    assert not home.exists()
    if not opening.is_packaged():
        pytest.skip("the package of the embedded encoder is not installed")
    monkeypatch.setenv("FINMATCH_ENCODER", "embedded")
    monkeypatch.setenv("FINMATCH_CACHE", "/dev/null/cache")
    opened = Session.start().open_encoder()
    assert opened is not None
    with pytest.raises(opening.BundleMissingError, match=r"cannot be unpacked.*FINMATCH_CACHE"):
        opened.encode(["芯片"])


def test_nothing_of_a_card_is_taken_on_trust(home: Path, tmp_path: Path):
    assert not home.exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "finmatch-encoder.json").write_text(json.dumps({"name": "mine"}))
    with pytest.raises(opening.BundleDamagedError, match="cannot be read"):
        Session.start().open_encoder(str(tmp_path / "mine"))
