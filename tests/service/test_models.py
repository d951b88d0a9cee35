"""``finmatch models``: the bundles, the one that serves, and changing that."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from matcher.bundle import ManifestFields, write_bundle
from tests.service.conftest import Finmatch

FIGURES = {"finmatch": {"ndcg@10": 0.7}, "popularity": {"ndcg@10": 0.2}}


@pytest.fixture
def bundles(home: Path) -> Path:
    """Two bundles, none of which serves."""
    root = home / "bundles"
    for day in (1, 2):
        fields = ManifestFields(f"v{day}", features="f", dataset="d", metrics=FIGURES)
        created = dt.datetime(2030, 1, day, tzinfo=dt.UTC)
        with write_bundle(
            root, f"2030-01-0{day}", created_at=created, manifest_fields=fields
        ) as at:
            (at / "ranker.txt").write_text(f"tree {day}", encoding="utf-8")
    return root


@pytest.fixture
def run(finmatch: Finmatch, bundles: Path) -> Finmatch:
    """The command in a home with two bundles."""
    assert bundles.is_dir()
    return finmatch


def test_an_empty_list_says_what_to_do(finmatch: Finmatch):
    shown = finmatch("models", "list")
    assert shown.code == 0
    assert "Train one: finmatch train." in shown.out
    assert finmatch("models", "list", "--json").json == {"bundles": []}


def test_the_list_marks_the_one_that_serves(run: Finmatch):
    assert "No bundle serves." in run("models", "list").out
    assert run("models", "promote", "2030-01-02").out == (
        "2030-01-02 serves now (model version v2).\n"
    )
    lines = run("models", "list").out.splitlines()
    assert [line.startswith("●") for line in lines[2:4]] == [False, True]
    assert "0.700 (popularity 0.200)" in lines[3]
    listed = run("models", "list", "--json").json["bundles"]
    assert [(entry["name"], entry["current"]) for entry in listed] == [
        ("2030-01-01", False),
        ("2030-01-02", True),
    ]


def test_rollback_returns_to_the_one_before(run: Finmatch):
    run("models", "promote", "2030-01-01")
    run("models", "promote", "2030-01-02")
    back = run("models", "rollback", "--json")
    assert back.json == {"current": "2030-01-01", "model_version": "v1"}
    ended = run("models", "rollback")
    assert ended.code == 1
    assert "served before the current one" in ended.error


def test_a_damaged_bundle_is_not_promoted(run: Finmatch, bundles: Path):
    (bundles / "2030-01-01" / "ranker.txt").write_text("other", encoding="utf-8")
    ended = run("models", "promote", "2030-01-01")
    assert ended.code == 1
    assert ended.error.startswith("error (damaged bundle): ")
    assert "Train again" in ended.error


def test_a_damaged_manifest_shows_in_the_list(run: Finmatch, bundles: Path):
    (bundles / "2030-01-01" / "manifest.json").write_text("{", encoding="utf-8")
    assert "damaged" in run("models", "list").out
    listed = run("models", "list", "--json").json["bundles"]
    assert [bool(entry["problem"]) for entry in listed] == [False, True]


@pytest.mark.parametrize(("name", "code"), [("nowhere", 1), ("../x", 2)])
def test_an_unknown_name_is_told(run: Finmatch, name: str, code: int):
    ended = run("models", "promote", name)
    assert ended.code == code
    assert name in ended.error
