"""Theses: filters under a name, with a live count of the firms that meet them; and insights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from data.errors import DuplicateIdError
from service.access.policy import Action
from service.pages.access import opens
from service.pages.institution import (
    bases_of,
    done,
    institution_of,
    nobodys,
    said,
    sight_of,
    suggestions,
)
from service.pages.need_filters import FilterForm, form_of, read_filters
from service.pages.rendering import Page, band, render, word
from service.serving import theses as saved
from service.serving.revealed import Gap, revealed_thesis

THESES = "/pipeline/theses"
PLOTTED_ROWS = 12
"""Bars of one plot; the table beside it has them all."""

router = APIRouter(prefix="/pipeline", include_in_schema=False)

Reading = Annotated[Page, opens(Action.READ_PIPELINE)]
Writing = Annotated[Page, opens(Action.WRITE_PIPELINE)]


@router.get("/theses", name="page_theses")
def show_theses(page: Reading, thesis: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Show the saved theses and the editor of one of them, or of a new one."""
    if institution_of(page) is None:
        return nobodys(page)
    form, name = read_filters(page.request.query_params), ""
    if thesis:
        chosen = saved.thesis(sight_of(page), institution_of(page) or "", thesis)
        form, name = form_of(chosen.filters), chosen.name
    return _editor(page, form, name=name, thesis_id=thesis)


def _editor(
    page: Page,
    form: FilterForm,
    *,
    name: str = "",
    thesis_id: str = "",
    fault: str | None = None,
    status: int = 200,
) -> Response:
    sight, institution_id = sight_of(page), institution_of(page) or ""
    rows = [
        (one, saved.count_matching(page.state, sight, institution_id, one.filters)[0])
        for one in saved.theses(sight, institution_id)
    ]
    return render(
        page,
        "institution/theses.html.jinja",
        status=status,
        active=THESES,
        rows=rows,
        form=form,
        name=name,
        thesis_id=thesis_id,
        fault=fault,
        counted=_count(page, form),
        words=suggestions(page),
        base_names=bases_of(page),
        said=said(page),
    )


@router.get("/theses/count", name="page_thesis_count")
def count(page: Reading) -> Response:
    """Return how many firms the filters of the editor let pass."""
    if institution_of(page) is None:
        return nobodys(page)
    form = read_filters(page.request.query_params)
    return render(
        page, "institution/thesis_count.html.jinja", form=form, counted=_count(page, form)
    )


def _count(page: Page, form: FilterForm) -> tuple[int, int]:
    institution_id = institution_of(page) or ""
    return saved.count_matching(page.state, sight_of(page), institution_id, form.filters)


@router.post("/theses", name="page_thesis_save")
async def save_thesis(page: Writing) -> Response:
    """Save filters under a name; the name of another thesis is a fault of the form."""
    data = await page.request.form()
    form, name = read_filters(data), str(data.get("name", "")).strip()[:200]
    thesis_id = str(data.get("thesis_id", ""))
    fault = None if name else "thesis.needs_name"
    if fault is None and not form.faults:
        try:
            made = saved.save_thesis(
                sight_of(page),
                institution_of(page) or "",
                name=name,
                filters=form.filters,
                thesis_id=thesis_id or None,
            )
        except DuplicateIdError:
            fault = "thesis.name_taken"
        else:
            return done(f"{THESES}?thesis={made.thesis_id}", "thesis_saved")
    return _editor(page, form, name=name, thesis_id=thesis_id, fault=fault, status=422)


@router.post("/theses/preview", name="page_thesis_preview")
async def preview_thesis(page: Writing) -> Response:
    """Count anew for the form as it stands, and save nothing: without a script this is how."""
    data = await page.request.form()
    name, thesis_id = str(data.get("name", ""))[:200], str(data.get("thesis_id", ""))
    return _editor(page, read_filters(data), name=name, thesis_id=thesis_id)


@router.post("/theses/{thesis_id}/removal", name="page_thesis_remove")
def remove_thesis(page: Writing, thesis_id: str) -> Response:
    """Remove a saved thesis."""
    saved.remove_thesis(sight_of(page), institution_of(page) or "", thesis_id)
    return done(THESES, "thesis_removed")


@router.get("/insights", name="page_insights")
def show_insights(page: Reading) -> Response:
    """Show what the institution declares against what it does."""
    institution_id = institution_of(page)
    if institution_id is None:
        return nobodys(page)
    revealed = revealed_thesis(sight_of(page), institution_id)
    gaps = [_plain_gap(page, gap) for gap in revealed.gaps]
    return render(
        page,
        "institution/insights.html.jinja",
        active="/pipeline/insights",
        revealed=revealed,
        gaps=gaps,
        plots=_plots(page, gaps),
    )


def _plain_gap(page: Page, gap: Gap) -> dict[str, Any]:
    rows: list[dict[str, Any]] = [
        {
            "label": _label(page, gap.dimension, row.value),
            "known": row.value is not None,
            "declared": row.declared,
            "funded": row.funded,
            "funded_share": row.funded_share,
            "contacted": row.contacted,
            "contacted_share": row.contacted_share,
        }
        for row in gap.rows
    ]
    rows.sort(key=lambda row: (not row["known"], -row["funded"], -row["contacted"]))
    if gap.dimension == "amount":
        lows = {_label(page, "amount", row.value): _low(row.value) for row in gap.rows}
        rows.sort(key=lambda row: lows[row["label"]])
    return {
        "dimension": gap.dimension,
        "declared": [_label(page, gap.dimension, value) for value in gap.declared],
        "funded_within": gap.funded_within,
        "contacted_within": gap.contacted_within,
        "rows": rows,
    }


def _label(page: Page, dimension: str, value: str | None) -> str:
    if value is None:
        return page.say("frame.unknown")
    if dimension == "amount":
        low, high, currency = _band(value)
        return band(low, high, currency, page.language)
    return word(page.language, value)


def _band(text: str) -> tuple[float | None, float | None, str | None]:
    """Return the ends of a band that :mod:`service.serving.revealed` wrote as a text."""
    ends, _, currency = text.partition(" ")
    low, _, high = ends.partition("-")
    return float(low) if low else None, float(high) if high else None, currency or None


def _low(value: str | None) -> float:
    return float("inf") if value is None else _band(value)[0] or 0.0


def _plots(page: Page, gaps: list[dict[str, Any]]) -> Mapping[str, Any]:
    """Return what the plots show: the same rows as the tables, the first of them."""
    said = {name: page.say(f"insights.{name}") for name in ("funded", "contacted", "declared")}
    within = [gap for gap in gaps if gap["declared"]]
    return {
        "words": said,
        "thesis": {
            "labels": [page.say(f"insights.{gap['dimension']}") for gap in within],
            "funded": [gap["funded_within"] for gap in within],
            "contacted": [gap["contacted_within"] for gap in within],
        },
        "dimensions": {
            gap["dimension"]: {
                name: [row[key] for row in gap["rows"][:PLOTTED_ROWS]]
                for name, key in (
                    ("labels", "label"),
                    ("funded", "funded"),
                    ("contacted", "contacted"),
                    ("declared", "declared"),
                )
            }
            for gap in gaps
        },
    }
