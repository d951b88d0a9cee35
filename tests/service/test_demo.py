"""``finmatch demo``: built once, used again, and never over somebody's own data."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.records import Firm
from data.store import Store
from service.cli import demo, demo_home
from service.cli.demo_home import Stamp
from tests.service.conftest import DEMO_DAY, DEMO_SIZE, Finmatch


@pytest.fixture(autouse=True)
def _day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "today", lambda: DEMO_DAY)


def test_a_second_run_uses_what_is_there(finmatch: Finmatch, own_demo_home: Path):
    again = finmatch("demo", "--home", own_demo_home.parent, "--json").json
    assert again["generated"]
    assert again["reused"]
    assert not again["changed"]
    assert again["training"] is None
    assert (again["size"], again["seed"]) == (DEMO_SIZE, 7)
    assert again["firm"]["items"]
    assert again["fund"]["items"]


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "zh",
            [
                "以下全部为程序生成的演示数据",
                "沿用",
                "没有变化",
                "匹配度，非信用评价",
                "企业找资金",
            ],
        ),
        ("en", ["Everything below is generated", "used again", "A firm asks", "A fund asks"]),
    ],
)
def test_it_says_what_it_shows(
    finmatch: Finmatch, own_demo_home: Path, language: str, sentences: list[str]
):
    shown = finmatch("demo", "--home", own_demo_home.parent, "--lang", language)
    assert shown.code == 0
    assert shown.err == ""
    assert [said for said in sentences if said not in shown.out] == []
    assert "finmatch recommend firm_demo_" in shown.out
    assert f"--home {own_demo_home}" in shown.out


def test_the_hints_work(finmatch: Finmatch, own_demo_home: Path):
    shown = finmatch("demo", "--home", own_demo_home.parent, "--lang", "en").out
    hints = [line.split() for line in shown.splitlines() if line.startswith("  finmatch ")]
    assert len(hints) == 3
    for words in hints:
        assert finmatch(*words[1:]).code == 0


def test_a_world_that_was_added_to_is_kept(finmatch: Finmatch, own_demo_home: Path):
    with Store.open(f"sqlite:///{own_demo_home}/finmatch.db") as store:
        store.upsert(Firm, [Firm(firm_id="firm_mine", name="mine")])
    shown = finmatch("demo", "--home", own_demo_home.parent)
    assert "it was changed since (--fresh builds it anew)" in shown.out
    with Store.open(f"sqlite:///{own_demo_home}/finmatch.db") as store:
        assert store.find_firm("firm_mine") is not None


def test_another_seed_builds_another_world(
    finmatch: Finmatch, own_demo_home: Path, monkeypatch: pytest.MonkeyPatch
):
    built: list[Stamp] = []

    def build(_session: object, stamp: Stamp, **_: object) -> Stamp:
        built.append(stamp)
        there = demo_home.find_stamp(own_demo_home)
        assert there is not None
        return there

    monkeypatch.setattr(demo_home, "build", build)
    for arguments in (("--seed", "8"), ("--fresh",), ("--size", "small")):
        finmatch("demo", "--home", own_demo_home.parent, "--quiet", *arguments)
    assert [(stamp.size, stamp.seed) for stamp in built] == [
        (DEMO_SIZE, 8),
        (DEMO_SIZE, 7),
        ("small", 7),
    ]


def test_a_model_that_cannot_be_used_is_trained_again(finmatch: Finmatch, own_demo_home: Path):
    (manifest,) = own_demo_home.glob("bundles/*/manifest.json")
    manifest.write_text("{}", encoding="utf-8")
    again = finmatch("demo", "--home", own_demo_home.parent, "--json").json
    assert again["reused"]
    assert again["training"]["bundle"] == f"{DEMO_DAY}.2"
    assert again["firm"]["model_version"] == f"{DEMO_DAY}.2"


def test_a_foreign_database_is_left_alone(finmatch: Finmatch, tmp_path: Path):
    folder = tmp_path / "outer" / "demo"
    folder.mkdir(parents=True)
    Store.open(f"sqlite:///{folder}/finmatch.db").close()
    before = (folder / "finmatch.db").read_bytes()
    ended = finmatch("demo", "--home", tmp_path / "outer")
    assert ended.code == 2
    assert "was not made by finmatch demo" in ended.error
    assert (folder / "finmatch.db").read_bytes() == before


def test_an_interrupted_build_starts_over(
    finmatch: Finmatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(demo_home, "_fill", interrupted)
        ended = finmatch("demo", "--home", tmp_path, "--size", "40")
    assert ended.code == 130
    assert ended.error.startswith("error: Interrupted")
    stamp = demo_home.find_stamp(tmp_path / "demo")
    assert stamp is not None
    assert stamp.fingerprint == ""
    again = finmatch("demo", "--home", tmp_path, "--size", "40")
    assert again.code == 2, "forty firms are too few to train on"
    assert "Use a larger --size." in again.error


@pytest.mark.parametrize("size", ["tiny", "5", "-3"])
def test_a_wrong_size_is_told_before_anything_is_removed(
    finmatch: Finmatch, own_demo_home: Path, size: str
):
    ended = finmatch("demo", "--home", own_demo_home.parent, "--size", size)
    assert ended.code == 2
    assert "size" in ended.error or "firms" in ended.error
    assert (own_demo_home / "finmatch.db").exists()


def test_a_stamp_that_cannot_be_read_counts_as_none(own_demo_home: Path):
    stamp = own_demo_home / "demo.json"
    for text in ("{", "[]", '{"size": "small"}', '{"size":"s","seed":1,"today":"x","format":0}'):
        stamp.write_text(text, encoding="utf-8")
        assert demo_home.find_stamp(own_demo_home) is None
