"""One roadshow: its plan in every view, changes to it, its states, and what is handed out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from data.errors import ArgumentError, ConflictError, InputError
from matcher.roadshow.choices import Fairness, State
from matcher.roadshow.lifecycle import NEXT
from matcher.roadshow.problem import Pair, WishKind
from matcher.roadshow.replanning import Change
from service.access.policy import Action
from service.pages.access import opens
from service.pages.receiving import receive
from service.pages.rendering import Page, render
from service.pages.typed import FormReader, status_fault
from service.pages.views.roadshows import (
    DIAL,
    Sending,
    asked_page,
    attachment,
    sight_of,
    trouble_page,
)
from service.roadshow.carrying import FROM_FILE
from service.roadshow.changes import Changes
from service.roadshow.desk import Kept
from service.roadshow.grids import blocks, by_slot
from service.roadshow.wording import Words
from service.serving import roadshow_files
from service.serving import roadshows as serving
from service.serving.roadshow_files import Handout
from service.serving.roadshows import MOST_FILE_BYTES
from service.settings import Language

PAIR_CHANGES: Mapping[str, Callable[[Pair], Changes]] = {
    "settle": lambda pair: Changes(settle=(pair,)),
    "unsettle": lambda pair: Changes(unsettle=(pair,)),
    "rule_out": lambda pair: Changes(rule_out=(pair,)),
    "promise": lambda pair: Changes(promise=(pair,)),
    "unsay": lambda pair: Changes(unsay=(pair,)),
}
"""What can be done to a pair, by the name that forms give it."""

VIEWS = ("overview", "matches", "institutions", "firms", "slots", "people", "changes", "versions")
PER_PAGE = 100
MOST_VERSION = 10**6
MOST_CHANGES = 10_000

router = APIRouter(prefix="/roadshows", include_in_schema=False)

Reading = Annotated[Page, opens(Action.READ_ROADSHOWS)]
Writing = Annotated[Page, opens(Action.WRITE_ROADSHOWS)]
Key = Annotated[str, Query(max_length=200)]


def words_of(page: Page, kept: Kept) -> Words:
    """Return a plan in the language of the page."""
    return Words(kept.problem, kept.plan, page.language is Language.ZH)


@router.get("/{roadshow_id}", name="page_roadshow")
def show(
    page: Reading,
    roadshow_id: str,
    view: Annotated[str, Query(max_length=20)] = "overview",
    version: Annotated[int | None, Query(ge=1, le=MOST_VERSION)] = None,
    q: Key = "",
    start: Annotated[int, Query(ge=0, le=10**6)] = 0,
) -> Response:
    """Show a plan: figures, match list, timetables, people, changes or versions."""
    sight = sight_of(page)
    stored = serving.get_roadshow(sight, roadshow_id)
    kept = serving.load(sight, roadshow_id, version=version)
    chosen = view if view in VIEWS else VIEWS[0]
    words = words_of(page, kept)
    return render(
        page,
        f"organizer/view_{chosen}.html.jinja",
        active="/roadshows",
        base=f"/roadshows/{quote(roadshow_id, safe='')}",
        stored=stored,
        kept=kept,
        words=words,
        view=chosen,
        views=VIEWS,
        latest=kept.version == stored.version,
        following=NEXT.get(kept.state),
        dial=DIAL,
        from_file=kept.problem.score_source == FROM_FILE,
        **_parts(page, words, kept, chosen, q=q, start=start),
    )


def _parts(
    page: Page, words: Words, kept: Kept, view: str, *, q: str, start: int
) -> dict[str, Any]:
    """Return what one view shows beside the frame."""
    problem = kept.problem
    if view == "matches":
        rows = _matching(words, q)
        return {
            "q": q,
            "rows": rows[start : start + PER_PAGE],
            "start": start,
            "per_page": PER_PAGE,
            "total": len(rows),
        }
    if view in ("institutions", "firms"):
        people = problem.institutions if view == "institutions" else problem.firms
        return {"blocks": blocks(words, people)}
    if view == "slots":
        return {"slots": by_slot(words)}
    if view == "people":
        return {"counts": {key: len(rows) for key, rows in kept.plan.agendas().items()}}
    if view == "changes":
        return {"change": serving.last_change(sight_of(page), kept)}
    return {}


def _matching(words: Words, q: str) -> list[Any]:
    """Return the meetings whose participants' names hold some letters, by firm and value."""
    wanted = q.strip().casefold()
    rows = sorted(words.plan.meetings, key=lambda one: (words.name(one.firm_id), -one.value))
    if not wanted:
        return rows
    return [
        one
        for one in rows
        if wanted in f"{words.name(one.firm_id)}\n{words.name(one.institution_id)}".casefold()
    ]


@router.get("/{roadshow_id}/meeting", name="page_roadshow_meeting")
def show_meeting(page: Writing, roadshow_id: str, firm: Key, institution: Key) -> Response:
    """Show one meeting and everything that can be done to it."""
    kept = serving.load(sight_of(page), roadshow_id)
    words, pair = words_of(page, kept), (firm, institution)
    found = next((one for one in kept.plan.meetings if one.pair == pair), None)
    near = [
        (at, one)
        for at, one in enumerate(kept.plan.meetings)
        if one.pair != pair and (one.firm_id == firm or one.institution_id == institution)
    ]
    return render(
        page,
        "organizer/meeting.html.jinja",
        status=200 if firm in words.people and institution in words.people else 404,
        active="/roadshows",
        kept=kept,
        words=words,
        firm=firm,
        institution=institution,
        meeting=found,
        near=near,
        said=_said(kept, pair),
    )


def _said(kept: Kept, pair: Pair) -> set[WishKind]:
    return {one.kind for one in kept.problem.wishes if (one.firm_id, one.institution_id) == pair}


@router.get("/{roadshow_id}/participant", name="page_roadshow_participant")
def show_participant(page: Reading, roadshow_id: str, who: Key) -> Response:
    """Show the agenda of one participant, and what can be changed about it."""
    kept = serving.load(sight_of(page), roadshow_id)
    words = words_of(page, kept)
    is_firm = any(one.participant_id == who for one in kept.problem.firms)
    others = kept.problem.institutions if is_firm else kept.problem.firms
    return render(
        page,
        "organizer/participant.html.jinja",
        status=200 if who in words.people else 404,
        active="/roadshows",
        kept=kept,
        words=words,
        who=who,
        is_firm=is_firm,
        others=others,
        unmatched=next((one for one in kept.plan.unmatched if one.participant_id == who), None),
    )


# -- changes ---------------------------------------------------------------------------------------


@router.post("/{roadshow_id}/change", name="page_roadshow_change")
async def take_change(request: Request, page: Writing, roadshow_id: str) -> Response:
    """Change single meetings, participants or the dial, and plan anew around it."""
    read = FormReader(await request.form())
    return await run_in_threadpool(_change, page, roadshow_id, read)


def _change(page: Page, roadshow_id: str, read: FormReader) -> Response:
    back = f"/roadshows/{roadshow_id}"
    sight = sight_of(page)
    version = read.count("version", least=1, most=MOST_VERSION)
    try:
        kept = serving.load(sight, roadshow_id, action=Action.WRITE_ROADSHOWS)
        asked = serving.change_plan(
            page.state,
            sight,
            roadshow_id,
            _changes(read, kept),
            change=_how(read),
            version=version,
        )
    except (InputError, ConflictError) as error:
        return trouble_page(page, error, back=back)
    return asked_page(asked, view="?view=changes")


def _how(read: FormReader) -> Change:
    """Return how much may change, as a form says."""
    return Change(
        fill=read.typed("fill") == "true", max_changes=read.count("max_changes", most=MOST_CHANGES)
    )


def _changes(read: FormReader, kept: Kept) -> Changes:
    """Return the one change that a form asks for."""
    do = read.typed("do") or ""
    pair = (read.typed("firm") or "", read.typed("institution") or "")
    if do in PAIR_CHANGES:
        return PAIR_CHANGES[do](pair)
    if do == "move":
        return Changes(move=((pair, read.typed("slot") or ""),))
    if do == "exchange":
        at = read.count("other", most=max(len(kept.plan.meetings) - 1, 0), required=True)
        if at is not None:
            return Changes(exchange=((pair, kept.plan.meetings[at].pair),))
    if do == "cancel":
        return Changes(cancel=(read.typed("who") or "",))
    if do == "late":
        arrives = read.time("arrives", required=True)
        if arrives is not None:
            return Changes(arrive_late={read.typed("who") or "": arrives})
    if do == "dial":
        position = read.count("dial", most=len(DIAL) - 1, required=True)
        if position is not None:
            return Changes(fairness=Fairness(DIAL[position]))
    raise ArgumentError("The form does not say what to change.", field="do")


@router.post("/{roadshow_id}/file", name="page_roadshow_replanned")
async def take_file(page: Sending, roadshow_id: str) -> Response:
    """Plan anew by a changed workbook, as near to the plan as it can be."""
    sight, back = sight_of(page), f"/roadshows/{roadshow_id}"
    folder = serving.drafts_of(page.state, sight).incoming
    try:
        async with receive(page, folder, most_bytes=MOST_FILE_BYTES) as incoming:
            asked = await run_in_threadpool(
                serving.change_plan_by_file,
                page.state,
                sight,
                roadshow_id,
                incoming.path,
                incoming.name or "",
                change=_how(FormReader(incoming.fields)),
            )
    except HTTPException as error:
        fault = InputError(page.say(status_fault(error)), field="file")
        return trouble_page(page, fault, back=back)
    except (InputError, ConflictError) as error:
        return trouble_page(page, error, back=back)
    return asked_page(asked, view="?view=changes")


@router.post("/{roadshow_id}/restore", name="page_roadshow_restored")
async def take_restore(request: Request, page: Writing, roadshow_id: str) -> Response:
    """Make an earlier version the latest one again."""
    read = FormReader(await request.form())
    version = read.count("version", least=1, most=MOST_VERSION, required=True)
    back = f"/roadshows/{roadshow_id}?view=versions"
    try:
        if version is None:
            raise ArgumentError("Name a version.", field="version")
        await run_in_threadpool(serving.restore, sight_of(page), roadshow_id, version)
    except (InputError, ConflictError) as error:
        return trouble_page(page, error, back=back)
    return RedirectResponse(f"/roadshows/{roadshow_id}?view=changes", status_code=303)


@router.post("/{roadshow_id}/state", name="page_roadshow_advanced")
async def take_state(request: Request, page: Writing, roadshow_id: str) -> Response:
    """Bring a roadshow into its next state."""
    wanted = (await request.form()).get("state")
    back = f"/roadshows/{roadshow_id}"
    try:
        if not isinstance(wanted, str) or wanted not in set(State):
            raise ArgumentError("There is no such state.", field="state")
        await run_in_threadpool(serving.advance, sight_of(page), roadshow_id, State(wanted))
    except InputError as error:
        return trouble_page(page, error, back=back)
    return RedirectResponse(back, status_code=303)


# -- what is handed out ----------------------------------------------------------------------------


@router.get("/{roadshow_id}/{handout}.{suffix}", name="page_roadshow_handout")
def download(page: Reading, roadshow_id: str, handout: str, suffix: str) -> Response:
    """Give the workbook, the calendars of everybody, or pages to print."""
    wanted = Handout.named(f"{handout}.{suffix}")
    chinese = page.language is Language.ZH
    content = roadshow_files.handout(sight_of(page), roadshow_id, wanted, chinese=chinese)
    return attachment(content, wanted.value, wanted.media_type)
