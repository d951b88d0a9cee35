"""The whole way over a real set, as a user goes it; skipped where the sets are absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.service.conftest import Finmatch

pytestmark = pytest.mark.real_data


def test_import_validate_export(finmatch: Finmatch, real_data_dir: Path, tmp_path: Path):
    first = finmatch("import", "itjuzi", real_data_dir / "itjuzi", "--json").json
    assert first["records"]["event"]["new"] > 10_000
    again = finmatch("import", "itjuzi", real_data_dir / "itjuzi", "--json").json
    assert {counts["new"] for counts in again["records"].values()} == {0}
    checked = finmatch("validate", "--today", "2020-01-01", "--json")
    assert checked.code == 0, checked.out
    written = finmatch("export", "institutions", "--out", tmp_path / "i.csv", "--json").json
    assert written["rows"] == first["records"]["institution"]["new"]


def test_evaluate_a_short_window(finmatch: Finmatch, real_data_dir: Path, tmp_path: Path):
    shown = finmatch(
        "evaluate", "itjuzi", "--data", real_data_dir / "itjuzi", "--split-at", "2015-07-01",
        "--until", "2015-07-07", "--out", tmp_path, "--method", "popularity", "--lang", "zh",
    )  # fmt: skip
    assert shown.code == 0, shown.err
    assert "2015-07-01 至 2015-07-07" in shown.out
    assert (tmp_path / "report.html").exists()
