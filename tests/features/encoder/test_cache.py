"""Vectors kept by content, never of two encoders in one place."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from data.errors import ArgumentError, BundleDamagedError, BundleForeignError
from features.encoder.cache import MANIFEST, MOST_PARTS, VectorCache, cache_folder


def test_equal_texts_are_computed_once(letters):
    cache = VectorCache(letters)
    vectors = cache.encode(["ab", "b", "ab", "  ab\n", ""])
    assert letters.seen == ["ab", "b"]
    half = np.float32(0.5**0.5)
    np.testing.assert_allclose(vectors, [(half, half), (0, 1), (half, half), (half, half), (0, 0)])


def test_what_was_computed_is_found_by_the_next_process(letters, tmp_path: Path):
    first = VectorCache(letters, tmp_path).encode(["a", "bb"])
    later = type(letters)()
    assert np.array_equal(VectorCache(later, tmp_path).encode(["bb", "a"]), first[::-1])
    assert later.seen == []


def test_progress_reaches_the_encoder(letters):
    told: list[tuple[str, int, int | None]] = []
    VectorCache(letters).encode(["a"], progress=lambda *step: told.append(step))
    assert told == [("encode", 1, 1)]


def test_vectors_of_two_encoders_never_mix(letters, tmp_path: Path):
    VectorCache(letters, tmp_path).encode(["a"])
    with pytest.raises(BundleForeignError, match=r"'letters'.*not of 'others'.*Choose the encoder"):
        VectorCache(type(letters)("others"), tmp_path)


def test_each_encoder_has_its_own_folder(letters, tmp_path: Path):
    assert cache_folder(tmp_path, letters.info) != cache_folder(tmp_path, type(letters)("b").info)


def test_parts_without_a_manifest_are_refused(letters, tmp_path: Path):
    VectorCache(letters, tmp_path).encode(["a"])
    (tmp_path / MANIFEST).unlink()
    with pytest.raises(BundleDamagedError, match=r"manifest.json is missing. Remove the folder"):
        VectorCache(letters, tmp_path)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"format": 1}'])
def test_a_damaged_manifest(letters, tmp_path: Path, content: str):
    (tmp_path / MANIFEST).write_text(content)
    with pytest.raises(BundleDamagedError, match="cannot be read"):
        VectorCache(letters, tmp_path)


def test_a_damaged_part(letters, tmp_path: Path):
    VectorCache(letters, tmp_path).encode(["a"])
    part = next(tmp_path.glob("part-*"))
    part.write_bytes(part.read_bytes()[:40])
    cache = VectorCache(letters, tmp_path)
    with pytest.raises(BundleDamagedError, match=r"part-.* cannot be read"):
        cache.encode(["a"])


def test_a_part_of_the_wrong_dimension(letters, tmp_path: Path):
    VectorCache(letters, tmp_path).encode(["a"])
    part = next(tmp_path.glob("part-*"))
    np.savez(part, keys=np.zeros(16, np.uint8), vectors=np.zeros((1, 3), np.float32))
    cache = VectorCache(letters, tmp_path)
    with pytest.raises(ArgumentError, match=r"dimension 2; got the shape \(1, 3\)"):
        cache.encode(["a"])


def test_an_encoder_that_changes_its_dimension(letters, tmp_path: Path):
    letters.encode = lambda texts, **_: np.ones((len(texts), 3), np.float32)  # type: ignore[assignment, method-assign]
    with pytest.raises(ArgumentError, match=r"shape \(1, 2\); got \(1, 3\)"):
        VectorCache(letters, tmp_path).encode(["a"])
    assert not any(tmp_path.iterdir())


def test_nothing_is_written_or_read_before_the_first_text(letters, tmp_path: Path):
    VectorCache(letters, tmp_path / "vectors")
    assert not (tmp_path / "vectors").exists()


def test_small_parts_are_joined_as_they_come(letters, tmp_path: Path):
    cache = VectorCache(letters, tmp_path)
    for n in range(1, 2 * MOST_PARTS + 5):
        cache.encode(["a" * n])
    assert len(list(tmp_path.glob("part-*"))) == 3 + 1  # 33, 33, and one that came since: 2
    assert len(VectorCache(letters, tmp_path)) == 2 * MOST_PARTS + 4


def test_many_parts_are_joined_when_they_are_read(letters, tmp_path: Path):
    texts = ["a" * n for n in range(1, MOST_PARTS + 3)]
    for text in texts:
        VectorCache(letters, tmp_path).encode([text])
    assert len(list(tmp_path.glob("part-*"))) == 2  # the last reader joined all before its own
    assert len(VectorCache(letters, tmp_path)) == len(texts)


def test_a_part_that_another_process_joined_meanwhile(
    letters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    VectorCache(letters, tmp_path).encode(["a"])
    here = list(tmp_path.glob("part-*"))
    monkeypatch.setattr(Path, "glob", lambda *_: [*here, tmp_path / "part-gone.npz"])
    assert len(VectorCache(letters, tmp_path)) == 1


def test_a_disk_that_cannot_be_written(letters, tmp_path: Path):
    (tmp_path / "file").write_text("no folder")
    cache = VectorCache(letters, tmp_path / "file" / "vectors")
    first = cache.encode(["a"])
    assert np.array_equal(cache.encode(["a"]), first)
    assert letters.seen == ["a"]


def test_threads_share_it(letters, tmp_path: Path):
    cache = VectorCache(letters, tmp_path)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda n: cache.encode(["a" * (n % 50 + 1)]), range(400)))
    assert len(found) == 400
    assert len(VectorCache(letters, tmp_path)) == 50


def test_nothing_is_kept_of_an_encoder_that_gives_nonsense(letters, tmp_path: Path):
    letters.encode = lambda texts, **_: np.full((len(texts), 2), np.nan, np.float32)  # type: ignore[assignment, method-assign]
    cache = VectorCache(letters, tmp_path)
    with pytest.raises(ArgumentError, match="length 1"):
        cache.encode(["a"])
    assert len(cache) == 0
    assert list(tmp_path.glob("part-*")) == []
