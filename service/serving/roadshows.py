"""Roadshows as pages and programs ask for them: one's own, planned at once or as a job."""

from __future__ import annotations

import datetime as dt
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from data.consent import DataClass, Purpose
from data.errors import ArgumentError, ConflictError, OverloadError, UnknownIdError
from data.jobs import Job
from data.records import Firm, Institution
from data.store.roadshow_store import StoredRoadshow
from matcher.roadshow.choices import Fairness, State
from matcher.roadshow.lifecycle import Report
from matcher.roadshow.planning import plan as find_plan
from matcher.roadshow.problem import Pair, Participant, Problem
from matcher.roadshow.replanning import Change, difference
from matcher.roadshow.result import Difference, Quality
from service.access.logbook import Actor
from service.access.policy import Action, Reach
from service.access.seen import SeenFirm
from service.access.sight import Sight
from service.jobs.folders import JobFolders, new_job_id
from service.jobs.kinds import ORDER_FILE, ROADSHOW
from service.roadshow.carrying import Done, carry_out, check_problem, is_scored
from service.roadshow.cells import RoadshowFileError, Trouble
from service.roadshow.changes import Changes, changed
from service.roadshow.desk import Desk, Kept
from service.roadshow.drafts import Draft, Drafts
from service.roadshow.order import Order, write_order
from service.roadshow.outcomes import read_reports
from service.roadshow.picking import Hours, picked
from service.roadshow.reading import read_roadshow
from service.serving.jobs import ask_for_job, get_job
from service.serving.state import ServiceState
from service.serving.uploads import shown_name, suffix_of

MOST_FILE_BYTES = 8 << 20
"""Of a workbook: about 200,000 scores. Without scores the model gives them, and a file is small."""

AT_ONCE = 150_000
"""Firms by institutions by slots that a request plans itself: 200 by 60 by 12 take half a second
and the pass over agendas one more (``benchmarks/roadshow.py``)."""
SCORED_AT_ONCE = 100
"""Pairs that a request lets the model score itself."""
MOST_AT_ONCE, WAIT_S = 2, 10.0
"""Requests of one worker that read or plan at a time, and how long others wait for their turn."""

MOST_PICKED = 500
KNOWN = frozenset({DataClass.IDENTITY})
"""What an organizer must be shown of a firm before the model may score it for a roadshow."""
TOLD = frozenset(
    {DataClass.IDENTITY, DataClass.PROFILE, DataClass.FINANCIALS, DataClass.CREDENTIALS}
)
"""What reasons may speak of."""

ADVANCED, RECORDED, RESTORED = "roadshows.advance", "roadshows.record", "roadshows.restore"

_turns = threading.BoundedSemaphore(MOST_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking for a plan: it is done, or a job does it."""

    roadshow_id: str
    done: Done | None = None
    job: Job | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """What an organizer chooses before planning; ``None`` leaves what the file says.

    Attributes
    ----------
    firm_min, firm_max, institution_min, institution_max
        Meetings of every participant of a side.
    """

    name: str | None = None
    fairness: Fairness | None = None
    max_idle: int | None = None
    seed: int | None = None
    firm_min: int | None = None
    firm_max: int | None = None
    institution_min: int | None = None
    institution_max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picks:
    """Participants of the store, and when they meet."""

    name: str
    firm_keys: Sequence[str]
    institution_ids: Sequence[str]
    hours: Hours
    tables: int = 0


# -- whose they are --------------------------------------------------------------------------------


def listing(sight: Sight) -> list[StoredRoadshow]:
    """Return the roadshows within reach, the one changed last first."""
    everything = sight.require(Action.READ_ROADSHOWS) is Reach.ALL
    owner = None if everything else sight.principal.organisation_id
    return sight.store.roadshows.list_all(organisation_id=owner)


def get_roadshow(
    sight: Sight, roadshow_id: str, action: Action = Action.READ_ROADSHOWS
) -> StoredRoadshow:
    """Return a roadshow within reach; raise :class:`UnknownIdError` for any other."""
    limit = sight.require(action)
    found = sight.store.roadshows.find(roadshow_id)
    mine = sight.principal.organisation_id
    if found is None or (limit is not Reach.ALL and found.organisation_id != mine):
        raise UnknownIdError(
            f"There is no roadshow {roadshow_id!r}.",
            field="roadshow_id",
            remedy="Look at the list of roadshows.",
        )
    return found


def load(
    sight: Sight,
    roadshow_id: str,
    *,
    version: int | None = None,
    action: Action = Action.READ_ROADSHOWS,
) -> Kept:
    """Return a version of a plan, by default the latest; raises as :func:`get_roadshow`."""
    get_roadshow(sight, roadshow_id, action)
    return Desk(sight.store).load(roadshow_id, version=version)


def last_change(sight: Sight, kept: Kept) -> Difference | None:
    """Return what changed with a version; ``None`` for the first one."""
    if kept.version == 1:
        return None
    before = Desk(sight.store).load(kept.problem.roadshow_id, version=kept.version - 1)
    return difference(before.plan, kept.plan)


# -- drafts ----------------------------------------------------------------------------------------


def drafts_of(state: ServiceState, sight: Sight) -> Drafts:
    """Return the drafts of the caller's organisation."""
    sight.require(Action.WRITE_ROADSHOWS)
    return Drafts(state.settings.home, sight.principal.organisation_id)


def get_draft(state: ServiceState, sight: Sight, draft_id: str) -> Draft:
    """Return a draft of the caller's organisation; raise :class:`UnknownIdError` without one."""
    return drafts_of(state, sight).get(draft_id)


def draft_from_file(state: ServiceState, sight: Sight, path: Path, name: str) -> str:
    """Read a received workbook, keep it as a draft, and return its id.

    Raises
    ------
    RoadshowFileError
        Something in it is wrong; it lists all of it.
    InputError
        It is no workbook or table.
    """
    with _turn():
        problem = _read(path, name)
        problem = replace(problem, roadshow_id=_new_id())
        told = _told(sight, problem)
    return drafts_of(state, sight).keep(problem, told, now=sight.now)


def draft_from_picks(state: ServiceState, sight: Sight, picks: Picks) -> str:
    """Keep participants of the store as a draft, and return its id.

    Raises
    ------
    UnknownIdError
        A firm does not let the caller know who it is, or an institution is not there.
    ArgumentError
        Nobody is picked, or the hours are none.
    """
    if max(len(picks.firm_keys), len(picks.institution_ids)) > MOST_PICKED:
        raise ArgumentError(
            f"Pick at most {MOST_PICKED} of a side.",
            field="firms",
            remedy="Fill in a workbook for a larger event.",
        )
    seen = _known_firms(sight, picks.firm_keys)
    for key in picks.firm_keys:
        if key not in seen:
            raise UnknownIdError(f"There is no firm {key!r}.", field="firms")
    problem = picked(
        _new_id(),
        picks.name,
        firms=[(key, _name(seen[key])) for key in dict.fromkeys(picks.firm_keys)],
        institutions=[sight.institution(key) for key in dict.fromkeys(picks.institution_ids)],
        hours=picks.hours,
        tables=picks.tables,
    )
    check_problem(problem)
    told = frozenset(key for key, one in seen.items() if set(one.classes) >= TOLD)
    return drafts_of(state, sight).keep(problem, told, now=sight.now)


def pickable_firms(sight: Sight) -> list[tuple[str, str]]:
    """Return ids and names of the firms that let the caller invite them."""
    sight.require(Action.WRITE_ROADSHOWS)
    firms = sight.firms_showing(KNOWN, n=MOST_PICKED, purpose=Purpose.ROADSHOW)
    return sorted(((one.firm_id or one.key, _name(one)) for one in firms), key=lambda x: x[1])


def pickable_institutions(sight: Sight) -> list[Institution]:
    """Return the institutions that have offers, by kind and name."""
    sight.require(Action.WRITE_ROADSHOWS)
    found: list[Institution] = []
    after = None
    while len(found) < MOST_PICKED:
        page = sight.institutions(after=after, n=200)
        found += page.items
        after = page.after
        if after is None:
            break
    return sorted(found[:MOST_PICKED], key=lambda one: (one.kind.value, one.name))


def _read(path: Path, name: str) -> Problem:
    """Read a file whose ending its content decides; problems name the file as the sender does."""
    title = shown_name(name)
    named = path.with_name(path.name + suffix_of(path, name))
    path.rename(named)
    try:
        return replace_name(read_roadshow([named]).problem, named.stem, Path(title).stem)
    except RoadshowFileError as error:
        raise RoadshowFileError([replace(one, file=title) for one in error.troubles]) from None
    finally:
        named.unlink(missing_ok=True)


def replace_name(problem: Problem, given: str, wanted: str) -> Problem:
    """Return the problem under a name that people gave, where it had none of its own."""
    return replace(problem, name=wanted) if problem.name == given else problem


def _told(sight: Sight, problem: Problem) -> frozenset[str] | None:
    """Return the firms whose reasons may be told, once all may be scored.

    Raises
    ------
    RoadshowFileError
        The model has to score, and a firm or institution is not there for the caller.
    """
    check_problem(problem)
    if is_scored(problem):
        return frozenset()
    firm_ids = [one.participant_id for one in problem.firms]
    seen = _known_firms(sight, firm_ids)
    troubles = [
        Trouble(
            "",
            "firms",
            0,
            key,
            "库中没有这家企业，或它尚未同意主办方查看其名称；请填写评分，或先取得授权。",
            "It is not in the store, or does not let you know who it is: give scores, or ask it.",
        )
        for key in firm_ids
        if key not in seen
    ]
    offering = {
        one.participant_id
        for one in problem.institutions
        if sight.store.offers_of(one.participant_id)
    }
    troubles += [
        Trouble(
            "",
            "institutions",
            0,
            one.participant_id,
            "库中没有这家机构的产品，无法自动评分；请填写评分。",
            "No offer of it is in the store, so that it cannot be scored: give scores.",
        )
        for one in problem.institutions
        if one.participant_id not in offering
    ]
    if troubles:
        raise RoadshowFileError(troubles)
    return frozenset(key for key, one in seen.items() if set(one.classes) >= TOLD)


def _known_firms(sight: Sight, keys: Sequence[str]) -> dict[str, SeenFirm]:
    """Return the firms among ``keys`` that let the caller know who they are."""
    firms = list(sight.store.find_many(Firm, sorted(set(keys))).values())
    seen = sight.see_firms(firms, purpose=Purpose.ROADSHOW, context=Action.WRITE_ROADSHOWS.value)
    return {one.firm_id: one for one in seen.values() if one.firm_id is not None}


def _name(one: SeenFirm) -> str:
    return str(one.fields.get("name") or one.key)


def _new_id() -> str:
    return f"roadshow_{secrets.token_hex(8)}"


# -- planning --------------------------------------------------------------------------------------


def plan_draft(state: ServiceState, sight: Sight, draft_id: str, options: PlanOptions) -> Asked:
    """Plan a draft with what the organizer chose; the draft goes.

    Raises
    ------
    UnknownIdError
        There is no such draft.
    RoadshowFileError
        What was chosen contradicts itself.
    """
    drafts = drafts_of(state, sight)
    draft = drafts.get(draft_id)
    problem = with_options(draft.problem, options)
    check_problem(problem)
    asked = _place(state, sight, _order(sight, problem, draft.told))
    drafts.drop(draft_id)
    return asked


def with_options(problem: Problem, options: PlanOptions) -> Problem:
    """Return a problem with what was chosen."""
    chosen = {
        "fairness": options.fairness,
        "max_idle": options.max_idle,
        "seed": options.seed,
    }
    problem = problem.with_options(**{k: v for k, v in chosen.items() if v is not None})
    return replace(
        problem,
        name=options.name or problem.name,
        firms=_limited(problem.firms, options.firm_min, options.firm_max),
        institutions=_limited(
            problem.institutions, options.institution_min, options.institution_max
        ),
    )


def _limited(
    people: tuple[Participant, ...], least: int | None, most: int | None
) -> tuple[Participant, ...]:
    return tuple(
        replace(
            one,
            min_meetings=one.min_meetings if least is None else least,
            max_meetings=one.max_meetings if most is None else most,
        )
        for one in people
    )


def change_plan(
    state: ServiceState,
    sight: Sight,
    roadshow_id: str,
    changes: Changes,
    *,
    change: Change | None = None,
    version: int | None = None,
) -> Asked:
    """Change a plan as little as possible.

    Parameters
    ----------
    roadshow_id
        Whose plan.
    changes
        What is different.
    change
        How much may change; its instant is chosen here.
    version
        Of the plan that the caller saw; without, the latest.

    Raises
    ------
    ConflictError
        The plan was changed meanwhile.
    RoadshowFileError
        The changes contradict what is settled already.
    UnknownIdError
        The roadshow is another's, or somebody named is not in it.
    """
    kept = load(sight, roadshow_id, action=Action.WRITE_ROADSHOWS)
    _assert_latest(kept, version)
    now = sight.now if kept.state is State.RUNNING else None
    problem = changed(kept.problem, kept.plan, changes, now=now)
    check_problem(problem)
    order = _order(sight, problem, frozenset(), kept.version, change, now)
    return _place(state, sight, order)


def change_plan_by_file(
    state: ServiceState,
    sight: Sight,
    roadshow_id: str,
    path: Path,
    name: str,
    *,
    change: Change | None = None,
) -> Asked:
    """Change a plan to what a changed workbook says; raises as :func:`draft_from_file`."""
    kept = load(sight, roadshow_id, action=Action.WRITE_ROADSHOWS)
    with _turn():
        problem = replace(_read(path, name), roadshow_id=roadshow_id)
        told = _told(sight, problem)
    now = sight.now if kept.state is State.RUNNING else None
    return _place(state, sight, _order(sight, problem, told, kept.version, change, now))


def restore(sight: Sight, roadshow_id: str, version: int) -> int:
    """Make an earlier version the latest one again; return its new number.

    Raises
    ------
    ConflictError
        Meetings have taken place since: what is past does not change.
    """
    kept = load(sight, roadshow_id, version=version, action=Action.WRITE_ROADSHOWS)
    if kept.state not in (State.DRAFT, State.PUBLISHED):
        raise ConflictError(
            "The roadshow has begun: an earlier plan cannot come back.",
            field="version",
            remedy="Change single meetings.",
        )
    detail = {"version": version}
    entry = Actor.of(sight).entry(RESTORED, "roadshow", roadshow_id, detail=detail)
    return Desk(sight.store).save(kept.problem, kept.plan, created_at=sight.now, entry=entry)


def _assert_latest(kept: Kept, version: int | None) -> None:
    if version is not None and version != kept.version:
        raise ConflictError(
            f"The plan was changed meanwhile: version {kept.version} is the latest.",
            field="version",
            remedy="Look at the latest plan and change that one.",
        )


def _order(
    sight: Sight,
    problem: Problem,
    told: frozenset[str] | None,
    version: int = 0,
    change: Change | None = None,
    now: dt.datetime | None = None,
) -> Order:
    return Order(
        problem=problem,
        version=version,
        change=replace(change or Change(), now=now),
        organisation_id=sight.principal.organisation_id,
        person_id=sight.principal.person_id,
        request_id=sight.request_id or None,
        told=told,
    )


def _place(state: ServiceState, sight: Sight, order: Order) -> Asked:
    """Carry out a small order, and put any other into the queue."""
    problem = order.problem
    if is_small(problem):
        with _turn():
            done = carry_out(sight.store, order, matcher=lambda: state.live.matcher, now=sight.now)
        return Asked(problem.roadshow_id, done=done)
    job_id = new_job_id()
    write_order(JobFolders(state.settings.home).inputs(job_id) / ORDER_FILE, order)
    job = ask_for_job(
        state,
        sight,
        ROADSHOW,
        arguments={"roadshow_id": problem.roadshow_id},
        job_id=job_id,
        action=Action.WRITE_ROADSHOWS,
    )
    return Asked(problem.roadshow_id, job=job)


def is_small(problem: Problem) -> bool:
    """Return whether a request plans a problem itself."""
    pairs = len(problem.firms) * len(problem.institutions)
    within = AT_ONCE if is_scored(problem) else min(AT_ONCE, SCORED_AT_ONCE * len(problem.slots))
    return pairs * len(problem.slots) <= within


@contextmanager
def _turn() -> Iterator[None]:
    """Let a few requests of a worker compute at a time."""
    if not _turns.acquire(timeout=WAIT_S):
        raise OverloadError("Other roadshows are being planned.", remedy="Try again in a moment.")
    try:
        yield
    finally:
        _turns.release()


def planning_job(state: ServiceState, sight: Sight, job_id: str) -> Job:
    """Return the job that plans a roadshow of the caller; raise :class:`UnknownIdError`."""
    sight.require(Action.WRITE_ROADSHOWS)
    job = get_job(state, sight, job_id, Action.READ_JOBS)
    if job.kind != ROADSHOW:
        raise UnknownIdError(f"There is no job {job_id!r}.", field="job_id")
    return job


def stop_planning(state: ServiceState, sight: Sight, job_id: str) -> Job:
    """End the job that plans a roadshow of the caller."""
    job = planning_job(state, sight, job_id)
    cancelled = state.store.jobs.request_cancel(job.job_id, now=sight.now)
    state.store.audit.append(Actor.of(sight).entry("jobs.cancel", "job", job.job_id))
    return cancelled


# -- states and the day itself ---------------------------------------------------------------------


def advance(sight: Sight, roadshow_id: str, wanted: State) -> None:
    """Bring a roadshow into its next state; raises :class:`ArgumentError` for any other."""
    get_roadshow(sight, roadshow_id, Action.WRITE_ROADSHOWS)
    detail = {"state": wanted.value}
    entry = Actor.of(sight).entry(ADVANCED, "roadshow", roadshow_id, detail=detail)
    Desk(sight.store).advance(roadshow_id, wanted, changed_at=sight.now, entry=entry)


def record(sight: Sight, roadshow_id: str, reports: Sequence[Report]) -> int:
    """Keep what came of meetings; return how many events the rankers get from it.

    Events are logged of firms that let the caller know who they are, with offers of the
    institutions that they met; of others the reports alone are kept.

    Raises
    ------
    ArgumentError
        The roadshow has not begun.
    InputError
        A pair has no meeting.
    """
    kept = load(sight, roadshow_id, action=Action.WRITE_ROADSHOWS)
    known = _known_firms(sight, [one.firm_id for one in reports])
    offering = _offering(sight, kept.problem, reports)
    new = Desk(sight.store).record(
        roadshow_id,
        reports,
        recorded_at=sight.now,
        logged=lambda pair: pair[0] in known and pair in offering,
    )
    detail = {"reports": len(reports), "events": new}
    entry = Actor.of(sight).entry(RECORDED, "roadshow", roadshow_id, detail=detail)
    sight.store.audit.append(entry)
    return new


def record_file(sight: Sight, roadshow_id: str, path: Path, name: str) -> int:
    """Record what a filled-in workbook says; return how many reports it holds.

    Raises
    ------
    RoadshowFileError
        Something in it is wrong.
    """
    get_roadshow(sight, roadshow_id, Action.WRITE_ROADSHOWS)
    title = shown_name(name)
    named = path.with_name(path.name + suffix_of(path, name))
    path.rename(named)
    try:
        with _turn():
            reports = read_reports(named)
    except RoadshowFileError as error:
        raise RoadshowFileError([replace(one, file=title) for one in error.troubles]) from None
    finally:
        named.unlink(missing_ok=True)
    record(sight, roadshow_id, reports)
    return len(reports)


def reports_of(sight: Sight, roadshow_id: str) -> Mapping[Pair, Report]:
    """Return what is known of the meetings of a roadshow."""
    get_roadshow(sight, roadshow_id)
    return Desk(sight.store).reports_of(roadshow_id)


def _offering(sight: Sight, problem: Problem, reports: Sequence[Report]) -> set[Pair]:
    """Return the pairs whose institution has the offer that an event would name."""
    found = set()
    for one in reports:
        pair = (one.firm_id, one.institution_id)
        offers = {offer.offer_id for offer in sight.store.offers_of(one.institution_id)}
        note = problem.notes.get(pair)
        named = note.offer_id if note else None
        if offers and (named is None or named in offers):
            found.add(pair)
    return found


# -- the dial --------------------------------------------------------------------------------------


def dial_of(state: ServiceState, sight: Sight, draft_id: str) -> dict[Fairness, Quality]:
    """Return how good a small draft would be in each place of the dial; empty for a large one."""
    problem = get_draft(state, sight, draft_id).problem
    if not is_scored(problem) or not is_small(problem):
        return {}
    with _turn():
        return {
            place: find_plan(problem.with_options(fairness=place, agenda_rounds=0)).quality
            for place in Fairness
        }
