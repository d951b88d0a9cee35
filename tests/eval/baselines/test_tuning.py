"""The search over settings: every space is sound, the search is fair and can be resumed."""

from __future__ import annotations

import importlib.util
import json
import sys
from types import ModuleType

import numpy as np
import pytest

from eval.baselines.registry import BASELINES
from features.tokens import FAMILIES


@pytest.fixture(scope="module")
def tuning(repository) -> ModuleType:
    path = repository / "benchmarks" / "tune_baselines.py"
    spec = importlib.util.spec_from_file_location("tune_baselines", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["tune_baselines"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules["tune_baselines"]


class Ruler:
    """Stands in for a window: the nearer ``saturation`` to 15, the better."""

    def __init__(self) -> None:
        self.judged = []

    def judge(self, baseline):
        self.judged.append(baseline.settings)
        value = -abs(baseline.settings.saturation - 15.0)
        return {"ndcg@10": value, "recall@100": 0.0, "cpu_seconds": 0.0}


@pytest.mark.parametrize("source", ["crunchbase", "itjuzi", "ppp"])
@pytest.mark.parametrize("name", BASELINES)
def test_every_value_of_every_space_makes_settings(tuning, source, name):
    space = tuning.space_of(name, source)
    assert len(space) >= 2
    for path, values in space.items():
        assert len(set(values)) == len(values) >= 2, path
        for value in values:
            first = {other: options[0] for other, options in space.items()}
            settings = tuning.settings_at(BASELINES[name].settings_type, {**first, path: value})
            assert BASELINES[name].make(settings).settings == settings


def test_the_cells_to_choose_from_are_families(tuning):
    for choices in tuning.CELLS.values():
        assert all(set(cells) <= set(FAMILIES) for cells in choices)


def test_the_search_judges_as_many_different_settings_as_its_budget(tuning):
    window = Ruler()
    space = tuning.space_of("bm25", "itjuzi")
    found = list(
        tuning.search("bm25", space, window, budget=15, rng=np.random.default_rng(0), done={})
    )
    assert len(found) == len(window.judged) == len(set(window.judged)) == 15
    assert max(trial.result["ndcg@10"] for trial in found) == 0.0


def test_a_small_space_is_tried_whole(tuning):
    space = {"saturation": (1.0, 5.0, 15.0)}
    window = Ruler()
    rng = np.random.default_rng(0)
    assert len(list(tuning.search("bm25", space, window, budget=9, rng=rng, done={}))) == 3


def test_the_search_goes_on_where_its_log_ends(tuning, tmp_path):
    space = tuning.space_of("bm25", "itjuzi")

    def run(done):
        window = Ruler()
        rng = np.random.default_rng(5)
        trials = list(tuning.search("bm25", space, window, budget=12, rng=rng, done=done))
        return trials, window

    whole, _ = run({})
    log = tmp_path / "log.jsonl"
    lines = [
        {"source": "itjuzi", "method": "bm25", "settings": repr(t.settings), "result": t.result}
        for t in whole[:7]
    ]
    lines.append({"source": "ppp", "method": "bm25", "settings": "x", "result": {}})
    log.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    done = tuning.read_log(log, "itjuzi")
    assert set(done) == {"bm25"}
    assert len(done["bm25"]) == 7
    resumed, window = run(done["bm25"])
    assert [t.settings for t in resumed] == [t.settings for t in whole]
    assert len(window.judged) == 12 - 7
    assert tuning.read_log(tmp_path / "none.jsonl", "itjuzi") == {}


@pytest.mark.real_data
def test_the_program_runs_on_the_real_window(tuning, real_data_dir, capsys, tmp_path):
    log = tmp_path / "log.jsonl"
    arguments = ["itjuzi", "--data", str(real_data_dir / "itjuzi"), "--log", str(log)]
    tuning.main([*arguments, "--methods", "popularity,tfidf_centroid", "--budget", "2"])
    printed = capsys.readouterr().out
    assert "popularity       trials   2" in printed
    assert "'tfidf_centroid': CentroidSettings(" in printed
    assert len(log.read_text(encoding="utf-8").splitlines()) == 4
    tuning.main([*arguments, "--methods", "popularity", "--budget", "2"])
    assert len(log.read_text(encoding="utf-8").splitlines()) == 4
