"""Running the command in process, and small tables to run it on."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.cli import demo, main
from tests.service.serving_world import Api, make_api

DEMO_DAY = dt.date(2026, 7, 1)
DEMO_SIZE = "100"

FIRMS_CSV = """企业编号,企业名称,省份,城市,行业标签
f1,苏州精密机械有限公司,江苏省,苏州市,机械
f2,无锡云图软件有限公司,江苏省,无锡市,软件
"""
INSTITUTIONS_CSV = """机构编号,机构名称,机构类型
i1,苏州示范银行,银行
"""


@dataclass(frozen=True)
class Outcome:
    """How a run of the command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """The one line on standard error, without its line end."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        return lines[0]


Finmatch = Callable[..., Outcome]


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a small demo world with a trained model; shared, so read it only."""
    outer = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "today", lambda: DEMO_DAY)
        patch.setenv("FINMATCH_ENCODER", "off")
        arguments = ["demo", "--home", str(outer), "--size", DEMO_SIZE, "--quiet", "--json"]
        assert main(arguments) == 0
    return outer / "demo"


@pytest.fixture
def own_demo_home(demo_home: Path, tmp_path: Path) -> Path:
    """A copy of the demo's home that a test may change."""
    return Path(shutil.copytree(demo_home, tmp_path / "demo"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh FINMATCH_HOME with English output on 100 columns, and without a text encoder."""
    folder = tmp_path / "home"
    for name in ("FINMATCH_DATABASE_URL", "FINMATCH_THREADS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FINMATCH_ENCODER", "off")
    monkeypatch.setenv("FINMATCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("FINMATCH_HOME", str(folder))
    monkeypatch.setenv("FINMATCH_LANGUAGE", "en")
    monkeypatch.setenv("COLUMNS", "100")
    return folder


@pytest.fixture
def finmatch(home: Path, capsys: pytest.CaptureFixture[str]) -> Finmatch:
    """Run ``finmatch`` with these arguments, in process, in a home of its own."""
    assert not home.exists()

    def run(*arguments: object) -> Outcome:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A folder with two firms and one bank as CSV files."""
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "firms.csv").write_text(FIRMS_CSV, encoding="utf-8")
    (folder / "institutions.csv").write_text(INSTITUTIONS_CSV, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def api(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service that all tests share; it is read, apart from what reading itself keeps."""
    home = Path(shutil.copytree(demo_home, tmp_path_factory.mktemp("api") / "home"))
    yield from make_api(home)


@pytest.fixture
def own_api(demo_home: Path, tmp_path: Path) -> Iterator[Api]:
    """A service that a test may change."""
    home = Path(shutil.copytree(demo_home, tmp_path / "home"))
    yield from make_api(home)
