from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from data.catalogue import Catalogue
from eval.analysis import Analysis, analyse
from eval.metrics import METRICS
from eval.protocol import EvaluationSet, Protocol
from eval.report import render_report, write_report
from eval.results import Provenance
from eval.run import Results, run_methods
from eval.trec import read_run
from eval.verdict import state

VOID = {"meta", "input", "br", "line", "circle", "rect", "polyline"}


class Outline(HTMLParser):
    """Collects tags, attributes and text, and checks that tags nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def find(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.attributes if name == tag]


def outline(html: str) -> Outline:
    parser = Outline()
    parser.feed(html)
    parser.close()
    return parser


@pytest.fixture(scope="module")
def provenance() -> Provenance:
    return Provenance(
        "demo", "ab12cd", {"finmatch": {"leaves": 8}}, dt.datetime(2026, 3, 1, 8, 5, tzinfo=dt.UTC)
    )


@pytest.fixture(scope="module")
def html(wide_results: Results, wide_analysis: Analysis, provenance: Provenance) -> str:
    return render_report(wide_results, wide_analysis, provenance)


def test_tags_nest_and_ids_are_distinct(html: str):
    found = outline(html)
    assert found.open == []
    ids = [attributes["id"] for _, attributes in found.attributes if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_links_inside_the_page_lead_somewhere(html: str):
    found = outline(html)
    ids = {attributes["id"] for _, attributes in found.attributes if "id" in attributes}
    for anchor in found.find("a"):
        assert str(anchor["href"]).removeprefix("#") in ids


def test_the_page_needs_nothing_from_outside(html: str):
    found = outline(html)
    assert not re.search(r"https?://|url\(|@import|<script|src=", html)
    assert not found.find("link")
    assert not found.find("img")


def test_chinese_is_the_default_and_english_one_switch_away(html: str):
    found = outline(html)
    assert found.find("html")[0]["lang"] == "zh-CN"
    switch = next(a for a in found.find("input") if a["id"] == "english")
    assert "checked" not in switch
    assert any(label.get("for") == "english" for label in found.find("label"))
    spans = [attributes.get("class") for attributes in found.find("span")]
    assert spans.count("en") == spans.count("zh")


def test_the_verdict_opens_the_page_in_both_languages(html: str, wide_analysis: Analysis):
    sentence = state(wide_analysis).sentence
    text = "".join(outline(html).text)
    assert sentence["zh"] in text
    assert sentence["en"] in text
    assert text.index(sentence["zh"]) < text.index("各方法的成绩")


def test_every_table_has_a_caption_and_scoped_headers(html: str):
    assert html.count("<table") == html.count("<caption") >= 10
    assert all(header.get("scope") in {"col", "row"} for header in outline(html).find("th"))


def test_every_section_of_the_evaluation_is_there(html: str):
    ids = {attributes.get("id") for attributes in outline(html).find("section")}
    assert ids == {
        "methods",
        "real",
        "fails",
        "exposure",
        "calibration",
        "reverse",
        "glossary",
        "protocol",
        "provenance",
    }


def test_metrics_are_explained_and_figures_shown(html: str, wide_analysis: Analysis):
    text = "".join(outline(html).text)
    for metric in METRICS.values():
        assert metric.meaning["zh"] in text
        assert metric.meaning["en"] in text
    for row in wide_analysis.scopes["new"].headline.rows:
        assert f"[{row.score.low:.3f}, {row.score.high:.3f}]" in text
    assert "ab12cd" in text
    assert "2026-03-01 08:05 UTC" in text
    assert "finmatch.leaves" in text


def test_no_firm_is_named(html: str, wide_results: Results):
    for query_id in wide_results.evaluation_set.query_ids:
        assert query_id not in html
        assert query_id.split("@")[0] not in html


def test_names_from_outside_are_escaped(
    wide_results: Results, wide_catalogue: Catalogue, fixed_scores: type, provenance: Provenance
):
    found = wide_results.evaluation_set
    method = fixed_scores("theirs", np.zeros((found.n_queries, found.n_candidates)))
    hostile = replace(
        run_methods(found, [method]).methods["theirs"],
        title=dict.fromkeys(("zh", "en"), "<script>alert(1)</script>"),
    )
    results = Results(found, {"theirs": hostile})
    html = render_report(results, analyse(results, wide_catalogue, n_draws=20), provenance)
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert outline(html).open == []


def test_what_was_left_out_of_a_foreign_run_is_told(
    tmp_path: Path, wide_results: Results, wide_catalogue: Catalogue, provenance: Provenance
):
    found = wide_results.evaluation_set
    path = tmp_path / "run.theirs.txt"
    right = found.candidate_ids[found.positives.of(0)[0]]
    lines = f"{found.query_ids[0]} Q0 {right} 1 1.0 t\nnobody Q0 x 1 1.0 t\n"
    path.write_text(lines, encoding="utf-8")
    results = run_methods(found, [read_run(path, found)])
    text = "".join(
        outline(
            render_report(results, analyse(results, wide_catalogue, n_draws=20), provenance)
        ).text
    )
    assert "unknown queries 1, not candidates 0" in text
    assert f"queries without a list {found.n_queries - 1}" in text


def test_a_single_method_without_probabilities_gives_a_page(
    wide_results: Results, wide_catalogue: Catalogue, fixed_scores: type
):
    found = wide_results.evaluation_set
    scores = np.zeros((found.n_queries, found.n_candidates))
    results = run_methods(found, [fixed_scores("own", scores)], reverse=False)
    html = render_report(
        results, analyse(results, wide_catalogue, n_draws=20), Provenance("demo", "ab12")
    )
    text = "".join(outline(html).text)
    assert "没有可比较的对象" in text
    assert "没有给出概率" in text
    assert "生成时间" not in text


def test_a_world_of_firms_never_seen_before_has_no_table_of_its_own(
    html: str,
    make_catalogue: Callable[..., Catalogue],
    small_protocol: Protocol,
    fixed_scores: type,
):
    rounds = [("a", "2018-01-01", "x y"), ("b", "2018-02-01", "x y"), ("c", "2020-02-01", "x")]
    catalogue = make_catalogue(rounds)
    found = EvaluationSet.from_catalogue(catalogue, small_protocol)
    results = run_methods(found, [fixed_scores("own", np.zeros((1, 2)))])
    page = render_report(
        results, analyse(results, catalogue, n_draws=20), Provenance("demo", "ab12")
    )
    assert "因此不再单列" in page
    assert "因此不再单列" not in html


def test_the_report_is_written_whole(
    tmp_path: Path, wide_results: Results, wide_analysis: Analysis, provenance: Provenance
):
    path = tmp_path / "report.html"
    write_report(path, wide_results, wide_analysis, provenance)
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]
