"""The pipeline (项目库): ranked firms to filter, search, sort, choose from and take along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Response

from data.errors import DuplicateIdError, UnknownIdError
from matcher.eligibility import UnknownPolicy
from service.access.policy import Action
from service.pages.access import opens
from service.pages.faults import HX_REQUEST
from service.pages.institution import (
    bases_of,
    colleagues,
    done,
    institution_of,
    nobodys,
    own_offers,
    said,
    sight_of,
    suggestions,
)
from service.pages.need_filters import FilterForm, form_of, read_filters
from service.pages.rendering import Page, render
from service.serving import deal_flow
from service.serving import theses as saved
from service.serving.exporting import MEDIA_TYPES, Format
from service.serving.listing import rule_titles
from service.serving.pipeline_export import export_rows
from service.serving.pipeline_rows import Look, RowsPage, SortBy, rows_page
from service.serving.question import NeedQuestion
from service.serving.ranked_lists import DEEPEST, FIRST_ROWS

COLUMNS = ("place", "stage", "size", "amount", "credentials", "stated", "offer", "reasons")
"""Columns that a reader may leave out; what a row is about and its score are always there."""
USUAL_COLUMNS = ("size", "amount", "offer", "reasons")
COLUMNS_COOKIE = "finmatch_columns"
COLUMNS_SECONDS = 365 * 24 * 3600
HISTORY_RESTORE = "HX-History-Restore-Request"

router = APIRouter(prefix="/pipeline", include_in_schema=False)

Reading = Annotated[Page, opens(Action.READ_PIPELINE)]
Writing = Annotated[Page, opens(Action.WRITE_PIPELINE)]
Search = Annotated[str, Query(max_length=200)]
Key = Annotated[str, Query(max_length=200)]
Start = Annotated[int, Query(ge=0, le=DEEPEST)]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request for the list asks for, as a link writes it again."""

    form: FilterForm
    question: NeedQuestion
    look: Look
    thesis: str

    def link(self, **changed: object) -> str:
        """Return the query of a link to the same list but for what is changed."""
        fields: dict[str, object] = {
            "q": self.look.search,
            "sort": "" if self.look.sort is SortBy.MATCH else self.look.sort.value,
            "offer": self.question.offer_id,
            "strict": "true" if self.question.unknown is UnknownPolicy.HIDE else "",
            "thesis": self.thesis,
        }
        return self.form.query(**{**fields, **changed})


def _asked(
    page: Page,
    q: Search = "",
    sort: SortBy = SortBy.MATCH,
    start: Start = 0,
    offer: Key = "",
    strict: bool = False,
    thesis: Key = "",
) -> Asked:
    institution_id = institution_of(page) or ""
    form = read_filters(page.request.query_params)
    if thesis and not form.count:
        chosen = saved.thesis(sight_of(page), institution_id, thesis)
        form = form_of(chosen.filters)
    return Asked(
        form=form,
        question=NeedQuestion(
            institution_id=institution_id,
            offer_id=offer or None,
            among=saved.need_filter(form.filters),
            unknown=UnknownPolicy.HIDE if strict else UnknownPolicy.SHOW,
        ),
        look=Look(search=q, sort=sort, start=start, language=page.language.value),
        thesis=thesis,
    )


@router.get("", name="page_pipeline")
def show_pipeline(
    page: Reading,
    q: Search = "",
    sort: SortBy = SortBy.MATCH,
    start: Start = 0,
    offer: Key = "",
    strict: bool = False,
    thesis: Key = "",
    column: Annotated[list[str] | None, Query(alias="col", max_length=20)] = None,
) -> Response:
    """Show the ranked firms; for htmx, the results alone."""
    if institution_of(page) is None:
        return nobodys(page)
    asked = _asked(page, q, sort, start, offer, strict, thesis)
    found = rows_page(page.state, sight_of(page), asked.question, asked.look)
    columns = _columns(page, column)
    headers = page.request.headers
    part = bool(headers.get(HX_REQUEST)) and not headers.get(HISTORY_RESTORE)
    values = _values(asked, found, columns)
    if part:
        names = bases_of(page) if any(row["firm"] is None for row in found.rows) else {}
        response = render(page, "institution/results.html.jinja", **values, base_names=names)
    else:
        response = render(
            page, "institution/pipeline.html.jinja", **values, **_choices(page), said=said(page)
        )
    if column:
        response.set_cookie(
            COLUMNS_COOKIE, ".".join(columns), max_age=COLUMNS_SECONDS, samesite="lax"
        )
    return response


def _columns(page: Page, asked: Sequence[str] | None) -> tuple[str, ...]:
    """Return the columns to show: asked for, else as kept, else the usual ones."""
    if asked:
        return tuple(name for name in COLUMNS if name in asked)
    kept = page.request.cookies.get(COLUMNS_COOKIE)
    if kept is None:
        return USUAL_COLUMNS
    return tuple(name for name in COLUMNS if name in kept.split("."))


def _values(asked: Asked, found: RowsPage, columns: Sequence[str]) -> Mapping[str, Any]:
    listed = found.ranked.listed
    return {
        "active": "/pipeline",
        "asked": asked,
        "form": asked.form,
        "found": found,
        "columns": columns,
        "n_shown": len(found.rows),
        "n_eligible": listed.n_eligible,
        "deepest": DEEPEST,
        "excluded": listed.excluded,
        "rule_titles": rule_titles(listed),
        "first_rows": FIRST_ROWS,
    }


def _choices(page: Page) -> Mapping[str, Any]:
    institution_id = institution_of(page) or ""
    return {
        "all_columns": COLUMNS,
        "base_names": bases_of(page),
        "sorts": list(SortBy),
        "offers": own_offers(page),
        "theses": saved.theses(sight_of(page), institution_id),
        "colleagues": colleagues(page),
        "words": suggestions(page),
    }


@router.post("/chosen", name="page_pipeline_chosen")
def do_with_chosen(
    page: Writing,
    do: Annotated[str, Form(max_length=20)],
    pick: Annotated[list[str] | None, Form(max_length=DEEPEST)] = None,
    person: Annotated[str, Form(max_length=200)] = "",
    back: Annotated[str, Form(max_length=4_000)] = "",
) -> Response:
    """Put the chosen firms into the pipeline, give them to somebody, or take them as a table.

    ``pick`` holds the names of a firm, its need and the offer, as the list wrote them.
    """
    picked = [tuple(text.split("|")) for text in pick or () if text.count("|") == 2]
    path = f"/pipeline?{back}" if back else "/pipeline"
    if not picked:
        return done(path, "nothing")
    if do in ("csv", "xlsx"):
        return _table_of_chosen(page, Format(do), {firm for firm, _, _ in picked}, back)
    count = 0
    for firm, need, offer in picked:
        count += _take(page, firm, need, offer, person if do == "assign" else "")
    return done(path, "assigned" if do == "assign" else "added", n=count)


def _take(page: Page, firm: str, need: str, offer: str, person: str) -> bool:
    """Put a firm into the pipeline where it is not, and give it to a person; tell if it changed."""
    sight, institution_id = sight_of(page), institution_of(page) or ""
    try:
        opened = deal_flow.open_deal(
            sight, institution_id, firm, need_key=need or None, offer_id=offer or None
        )
        entry_id, changed = opened.entry.entry_id, True
    except DuplicateIdError:
        there = sight.store.deal_flow.of(institution_id, firm_id=sight.resolve(firm), limit=1)
        if not there:
            return False
        entry_id, changed = there[0].entry_id, False
    if person:
        deal_flow.assign_deal(sight, institution_id, entry_id, person)
    return changed or bool(person)


@router.get("/export.csv", name="page_pipeline_csv")
def export_csv(
    page: Reading,
    q: Search = "",
    sort: SortBy = SortBy.MATCH,
    offer: Key = "",
    strict: bool = False,
    thesis: Key = "",
) -> Response:
    """Send the whole list as CSV."""
    return _table(page, Format.CSV, _asked(page, q, sort, 0, offer, strict, thesis))


@router.get("/export.xlsx", name="page_pipeline_xlsx")
def export_xlsx(
    page: Reading,
    q: Search = "",
    sort: SortBy = SortBy.MATCH,
    offer: Key = "",
    strict: bool = False,
    thesis: Key = "",
) -> Response:
    """Send the whole list as an Excel workbook."""
    return _table(page, Format.EXCEL, _asked(page, q, sort, 0, offer, strict, thesis))


def _table_of_chosen(page: Page, kind: Format, firms: set[str], back: str) -> Response:
    """Send the chosen rows of the list that was on the screen."""
    from starlette.datastructures import QueryParams

    params = QueryParams(back)
    form = read_filters(params)
    sort, thesis = params.get("sort", ""), params.get("thesis", "")
    if thesis and not form.count:
        form = form_of(saved.thesis(sight_of(page), institution_of(page) or "", thesis).filters)
    asked = Asked(
        form=form,
        question=NeedQuestion(
            institution_id=institution_of(page) or "",
            offer_id=params.get("offer") or None,
            among=saved.need_filter(form.filters),
            unknown=UnknownPolicy.HIDE if params.get("strict") else UnknownPolicy.SHOW,
        ),
        look=Look(
            search=params.get("q", "")[:200],
            sort=SortBy(sort) if sort in set(SortBy) else SortBy.MATCH,
            language=page.language.value,
        ),
        thesis=thesis,
    )
    return _table(page, kind, asked, firms)


def _table(page: Page, kind: Format, asked: Asked, firms: set[str] | None = None) -> Response:
    if institution_of(page) is None:
        raise UnknownIdError("An administrator has no pipeline.", field="institution_id")
    look = replace(asked.look, start=0, n=DEEPEST)
    found = rows_page(page.state, sight_of(page), asked.question, look)
    rows = [
        row
        for row in found.rows
        if firms is None or (row["firm"] is not None and row["firm"]["key"] in firms)
    ]
    header = [page.say(f"exported.{name}") for name in EXPORTED]
    cells = [_cells(page, row) for row in rows]
    content = export_rows(sight_of(page), kind, [*header, page.say("frame.disclaimer")], cells)
    day = page.state.clock().date().isoformat()
    return Response(
        content,
        media_type=MEDIA_TYPES[kind],
        headers={
            "Content-Disposition": f'attachment; filename="pipeline-{day}.{kind.value}"',
            "Cache-Control": "no-store",
        },
    )


EXPORTED = (
    "rank", "score", "verdict", "key", "name", "sector", "province", "city", "size", "kind",
    "low", "high", "currency", "credentials", "stated", "offer", "reasons",
)  # fmt: skip


def _cells(page: Page, row: Mapping[str, Any]) -> list[Any]:
    """Return one row of the table, in the order of :data:`EXPORTED`."""
    from service.pages.rendering import word

    firm, need = row["firm"], row["need"]
    seen = firm or need or {}
    teaser = seen.get("teaser") or {}
    band = (need or seen).get("teaser", {}).get("need_band") or {}
    stated = (need or {}).get("fields", {}).get("stated_on")

    def said_word(value: object) -> str:
        return "" if value is None else word(page.language, value)

    return [
        row["rank"],
        row["score"],
        page.say(f"verdict.{row['verdict']}"),
        seen.get("key"),
        seen.get("fields", {}).get("name", ""),
        teaser.get("sector"),
        teaser.get("province"),
        teaser.get("city"),
        said_word(teaser.get("size_class")),
        said_word(row["kind"]),
        *(
            None if band.get(end) is None else band[end] / 100
            for end in ("low_minor", "high_minor")
        ),
        band.get("currency"),
        teaser.get("credentials_count"),
        stated,
        row["offer"]["name"],
        "；".join(one["text"] for one in row["reasons"]),
    ]


def _units(minor: int | None) -> float | None:
    return None if minor is None else minor / 100
