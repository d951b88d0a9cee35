"""Fixtures that every test package may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from features.encoder import sentence
from tests.tiny_encoder import make_tiny_encoder

SHARED_DATA_VARIABLE = "FINMATCH_SHARED_DATA"
REPOSITORY = Path(__file__).resolve().parent.parent


def _shared_data() -> Path:
    """Return where the real data sets are looked for; the folder may be absent."""
    named = os.environ.get(SHARED_DATA_VARIABLE)
    return Path(named) if named else REPOSITORY.parent / "shared" / "data"


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the working tree."""
    return REPOSITORY


@pytest.fixture(scope="session")
def real_data_dir() -> Path:
    """The folder of the real data sets (``crunchbase/``, ``itjuzi/``, ``ppp/``), or a skip."""
    folder = _shared_data()
    if not folder.is_dir():
        pytest.skip(
            f"the real data sets are absent: no folder {folder}; set {SHARED_DATA_VARIABLE} to it"
        )
    return folder


@pytest.fixture(scope="session")
def shared_tools_dir() -> Path:
    """The folder of the independent scoring tools (beside the data sets), or a skip."""
    folder = _shared_data().parent / "tools"
    if not folder.is_dir():
        pytest.skip(
            f"the scoring tools are absent: no folder {folder}; "
            f"set {SHARED_DATA_VARIABLE} to the data folder beside it"
        )
    return folder


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny model that knows six words, or a skip."""
    if not sentence.is_installed():
        pytest.skip("the extra `encoder` is not installed")
    return make_tiny_encoder(tmp_path_factory.mktemp("tiny"))
