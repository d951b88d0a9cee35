"""Evaluations: reports with plots and slices, and two of them or two bundles side by side."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from service.access.policy import Action
from service.pages.access import opens
from service.pages.rendering import Page, render
from service.pages.views.roadshows import sight_of
from service.serving import evaluations as serving

REPORT_POLICY = "; ".join(
    (
        "sandbox",
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "frame-ancestors 'none'",
    )
)
"""A report carries its own style and no script; in its sandbox it can do nothing but be read."""

MEASURES = ("ndcg@10", "recall@10", "recall@100", "mrr")

DIMENSIONS = ("cold", "region", "sector", "stage", "popularity", "month")
LEVELS = ("cold", "warm", "head", "torso", "tail", "other", "unknown")
"""Slices that have words; levels of the others are texts of the data."""

router = APIRouter(prefix="/evaluations", include_in_schema=False)

Reading = Annotated[Page, opens(Action.READ_EVALUATIONS)]
Name = Annotated[str, Query(max_length=120)]


@router.get("", name="page_evaluations")
def show_list(page: Reading) -> Response:
    """Show the reports that there are."""
    rows = serving.reports(page.state, sight_of(page))
    return render(page, "evaluator/evaluations.html.jinja", rows=rows, measures=MEASURES)


@router.get("/compare", name="page_evaluation_compare")
def show_comparison(page: Reading, first: Name = "", second: Name = "") -> Response:
    """Compare two bundles or two reports, measure by measure."""
    sides = serving.sides(page.state, sight_of(page))
    by_key = {f"{one.kind}:{one.name}": one for one in sides}
    one, other = by_key.get(first), by_key.get(second)
    return render(
        page,
        "evaluator/compare.html.jinja",
        active="/evaluations",
        sides=by_key,
        chosen=(first, second),
        one=one,
        other=other,
        rows=serving.compare(one, other) if one and other else [],
    )


@router.get("/{name}", name="page_evaluation")
def show_report(page: Reading, name: str) -> Response:
    """Show one report: the verdict, methods with intervals, plots and slices."""
    report = serving.get_report(page.state, sight_of(page), name)
    return render(
        page,
        "evaluator/report.html.jinja",
        active="/evaluations",
        report=report,
        subject=report["subject"],
        measures=MEASURES,
        windows=serving.WINDOWS,
        dimensions=DIMENSIONS,
        levels=LEVELS,
        methods=_ordered(report),
        plot=_plot(page, report),
    )


@router.get("/{name}/report.html", name="page_evaluation_report")
def open_report(page: Reading, name: str) -> Response:
    """Open the report that the run wrote, which needs nothing else."""
    content = serving.report_page(page.state, sight_of(page), name)
    headers = {"Content-Security-Policy": REPORT_POLICY, "Cache-Control": "no-store"}
    return Response(content, media_type="text/html; charset=utf-8", headers=headers)


def _ordered(report: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the methods, the best on new links first."""
    return sorted(report["methods"].items(), key=lambda one: -_value(one[1]))


def _value(method: dict[str, Any]) -> float:
    return float(((method.get("new") or {}).get(MEASURES[0]) or {}).get("mean") or 0.0)


def _plot(page: Page, report: dict[str, Any]) -> dict[str, Any]:
    """Return what the plot of methods shows: NDCG@10 on new links with its interval."""
    language = page.language.value
    rows = [
        {
            "name": method["title"][language],
            "mean": round(method["new"][MEASURES[0]]["mean"], 4),
            "low": round(method["new"][MEASURES[0]]["low"], 4),
            "high": round(method["new"][MEASURES[0]]["high"], 4),
            "subject": name == report["subject"],
        }
        for name, method in _ordered(report)
        if (method.get("new") or {}).get(MEASURES[0])
    ]
    return {"rows": rows}
