"""``finmatch evaluate``: the files it writes, and everything that can be wrong with a window."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.service.conftest import Finmatch, Outcome

N_FIRMS = 80
START = dt.date(2010, 1, 1)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in the layout of the Crunchbase set: four funds, each of one state."""
    folder = tmp_path_factory.mktemp("history")
    rng = np.random.default_rng(7)
    states = rng.choice(["CA", "NY", "TX", "MA"], N_FIRMS)
    firms = [f"/company/c{number}" for number in range(N_FIRMS)]
    days = [START + dt.timedelta(days=15 * number) for number in range(N_FIRMS)]
    funds = [f"/organization/fund-{state.lower()}" for state in states]
    investments = {
        "company_key": firms,
        "company_name": [f"C{number}" for number in range(N_FIRMS)],
        "investor_key": funds,
        "investor_name": funds,
        "funded_at": pa.array(days, pa.date32()),
        "amount_usd": [1e6] * N_FIRMS,
        "funding_round_type": ["series-a"] * N_FIRMS,
    }
    companies = {
        "company_key": firms,
        "name": firms,
        "category_list": ["|Software|"] * N_FIRMS,
        "market": ["Software"] * N_FIRMS,
        "country_code": ["USA"] * N_FIRMS,
        "state_code": states.tolist(),
        "region": states.tolist(),
        "city": states.tolist(),
        "founded_at": pa.array([dt.date(2009, 1, 1)] * N_FIRMS, pa.date32()),
    }
    pq.write_table(pa.table(investments), folder / "investments.parquet")
    pq.write_table(pa.table(companies), folder / "companies.parquet")
    return folder


METHODS = ("--method", "popularity", "--method", "cell_popularity")


def evaluate(finmatch: Finmatch, history: Path, out: Path, *more: object) -> Outcome:
    """Evaluate the last months of the small history with two quick methods."""
    return finmatch(
        "evaluate", "crunchbase", "--data", history, "--split-at", "2012-07-01",
        "--until", "2013-06-30", "--out", out, *METHODS, *more,
    )  # fmt: skip


def test_it_writes_the_files_and_says_what_it_found(
    finmatch: Finmatch, history: Path, tmp_path: Path
):
    shown = evaluate(finmatch, history, tmp_path / "out")
    assert shown.code == 0, shown.err
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "qrels.txt",
        "run.popularity.txt",
        "run.cell_popularity.txt",
        "metrics.json",
        "per_query.parquet",
        "report.html",
    }
    assert "2012-07-01 to 2013-06-30" in shown.out
    assert "Firms never seen before" in shown.out
    assert f"Report: {tmp_path}/out/report.html" in shown.out


def test_json_is_the_metrics_file(finmatch: Finmatch, history: Path, tmp_path: Path):
    document = evaluate(finmatch, history, tmp_path / "out", "--json").json
    assert document["protocol"]["split_at"] == "2012-07-01"
    assert set(document["methods"]) == {"popularity", "cell_popularity"}


def test_chinese_output_is_chinese(finmatch: Finmatch, history: Path, tmp_path: Path):
    shown = evaluate(finmatch, history, tmp_path / "out", "--lang", "zh").out
    assert "全部查询" in shown
    assert "热门机构" in shown


def test_a_foreign_run_is_compared_under_the_name_of_its_file(
    finmatch: Finmatch, history: Path, tmp_path: Path
):
    evaluate(finmatch, history, tmp_path / "out")
    text = (tmp_path / "out" / "run.popularity.txt").read_text(encoding="utf-8")
    mine = tmp_path / "run.mine.txt"
    mine.write_text(text + "nobody@2013-01-01 Q0 fund 1 1.0 mine\n", encoding="utf-8")
    shown = evaluate(finmatch, history, tmp_path / "out", "--run", mine)
    assert shown.code == 0
    assert "Lines of mine that do not count: unknown query 1" in shown.out


def test_a_damaged_run_is_told_with_its_line(finmatch: Finmatch, history: Path, tmp_path: Path):
    mine = tmp_path / "run.mine.txt"
    mine.write_text("a b c\n", encoding="utf-8")
    ended = evaluate(finmatch, history, tmp_path / "out", "--run", mine)
    assert ended.code == 2
    assert "line 1: expected 4 or 6 columns" in ended.error
    assert evaluate(finmatch, history, tmp_path / "out", "--run", "nowhere.txt").code == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--split-at", "1999-01-01"], "The split date must lie inside the data"),
        (["--split-at", "2030-01-01", "--until", "2031-01-01"], "must lie inside the data"),
        (["--until", "2012-01-01"], "must end on or after its start"),
        (["--split-at", "2010-01-02"], "No offer has the 3 rounds"),
        (["--split-at", "01.07.2012"], "--split-at must be a date like 2013-01-31"),
        (["--method", "magic"], "There is no method 'magic'. Choose from finmatch, popularity"),
        (["--data", "nowhere"], "There is no folder nowhere."),
        (["--seed", "-1"], "--seed"),
    ],
)
def test_a_wrong_window_or_name_is_one_line(
    finmatch: Finmatch,
    history: Path,
    tmp_path: Path,
    arguments: list[str],
    message: str,
):
    ended = evaluate(finmatch, history, tmp_path / "out", *arguments)
    assert ended.code == 2
    assert message in ended.error


def test_a_window_without_positives_is_told(finmatch: Finmatch, history: Path, tmp_path: Path):
    ended = evaluate(finmatch, history, tmp_path / "out", "--until", "2012-07-01")
    assert ended.code == 2
    assert "Choose another window" in ended.error


def test_out_must_not_be_a_file(finmatch: Finmatch, history: Path, tmp_path: Path):
    (tmp_path / "out").touch()
    ended = evaluate(finmatch, history, tmp_path / "out")
    assert ended.code == 2
    assert "Name a folder." in ended.error


def test_rows_that_cannot_be_used_are_listed_beside_the_results(
    finmatch: Finmatch, history: Path, tmp_path: Path
):
    folder = tmp_path / "damaged"
    folder.mkdir()
    table = pq.read_table(history / "investments.parquet")
    days = [str(day) for day in table.column("funded_at").to_pylist()]
    broken = table.set_column(4, "funded_at", pa.array(["no date", *days[1:]]))
    pq.write_table(broken, folder / "investments.parquet")
    shown = evaluate(finmatch, folder, tmp_path / "out")
    assert shown.code == 0, shown.err
    assert "listed in" in shown.error
    assert (tmp_path / "out" / "rejects.csv").exists()


def test_a_missing_option_is_named(finmatch: Finmatch):
    ended = finmatch("evaluate", "crunchbase")
    assert ended.code == 2
    assert "The option --data is missing." in ended.error


def test_the_method_under_test_runs_without_baselines(
    finmatch: Finmatch, history: Path, tmp_path: Path
):
    shown = finmatch(
        "evaluate", "crunchbase", "--data", history, "--split-at", "2012-07-01",
        "--until", "2013-06-30", "--out", tmp_path / "out", "--no-baselines", "--json",
    )  # fmt: skip
    assert shown.code == 0, shown.err
    assert list(shown.json["methods"]) == ["finmatch"]
    assert shown.json["verdict"]["standing"] == "alone"
