"""A toy encoder, and the embedded one unpacked once a session."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from data.errors import DependencyError
from features.encoder.bert import LightEncoder
from features.encoder.packed import find_package
from features.encoder.protocol import EncoderInfo, Progress, Vectors
from features.encoder.unpacking import embedded_folder


class LetterEncoder:
    """Two numbers a text: how many "a" and how many other letters, scaled to length 1."""

    def __init__(self, name: str = "letters") -> None:
        self.info = EncoderInfo(name, f"fingerprint-of-{name}", 2)
        self.seen: list[str] = []

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        self.seen += texts
        counts = np.array([[t.count("a"), len(t) - t.count("a")] for t in texts], np.float32)
        if progress is not None:
            progress("encode", len(texts), len(texts))
        return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-9)


@pytest.fixture
def letters() -> LetterEncoder:
    return LetterEncoder()


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the unpacked model; kept between runs where FINMATCH_CACHE names a place."""
    try:
        find_package()
    except DependencyError:
        pytest.skip("the package of the embedded encoder is not installed")
    named = os.environ.get("FINMATCH_CACHE")
    return embedded_folder(Path(named) if named else tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="session")
def light(embedded: Path) -> LightEncoder:
    return LightEncoder(embedded)
