"""``finmatch roadshow``: a fair match list and a timetable, planned, changed and followed up."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data.errors import ArgumentError
from matcher.roadshow.choices import Fairness, State
from service.cli.options import AsJson, Home, Lang, Quiet, day_option
from service.cli.session import Session
from service.clock import now as clock

if TYPE_CHECKING:
    from matcher.roadshow.problem import Problem
    from matcher.roadshow.result import Plan
    from service.roadshow.desk import Kept

PLAN_EXAMPLES = (
    "finmatch roadshow plan roadshow.xlsx",
    "finmatch roadshow plan roadshow.xlsx --fairness equal --dry-run --json",
)
REPLAN_EXAMPLES = (
    "finmatch roadshow replan roadshow_2026_09 --cancel f12 --cancel i3",
    "finmatch roadshow replan roadshow_2026_09 --no-show f7 --late i2=10:00 --now 2026-09-01T09:30",
    "finmatch roadshow replan roadshow_2026_09 --file roadshow.xlsx --max-changes 5",
)
VERIFY_EXAMPLES = ("finmatch roadshow verify roadshow_2026_09",)
SHOW_EXAMPLES = (
    "finmatch roadshow show",
    "finmatch roadshow show roadshow_2026_09 --participant f12",
)
ADVANCE_EXAMPLES = ("finmatch roadshow advance roadshow_2026_09 published",)
RECORD_EXAMPLES = ("finmatch roadshow record roadshow_2026_09 outcomes.xlsx",)

FAULTY, BAD_FILE = 1, 2

RoadshowId = Annotated[str, typer.Argument(help="Id of the roadshow.", metavar="ROADSHOW")]
Version = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Version of the plan.", show_default="last")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the plan; store nothing.")]
AsOf = Annotated[
    dt.date | None,
    day_option("--as-of", help_text="The day that counts as today for the model's scores."),
]


def plan(
    files: Annotated[
        list[Path],
        typer.Argument(help="Excel workbook, or CSV files, one a sheet.", metavar="FILE..."),
    ],
    fairness: Annotated[
        Fairness | None, typer.Option(help="How evenly meetings are shared, instead of the file's.")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Seed, instead of the file's.", show_default=False),
    ] = None,
    agenda_rounds: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Length of the pass that removes breaks."),
    ] = None,
    dry_run: DryRun = False,
    as_of: AsOf = None,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> int:
    """Plan a roadshow from a file: who meets whom, when, at which table.

    Without scores in the file, the model that serves scores all pairs. The plan is verified and
    kept as a draft; all faults of a file are told at once, and the exit code is then 2.
    """
    from matcher.roadshow.planning import plan as find_plan
    from service.cli.roadshow_view import RoadshowView, plan_values

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    problem = _read(session, files, as_of=as_of)
    if problem is None:
        return BAD_FILE
    changes = {"fairness": fairness, "seed": seed, "agenda_rounds": agenda_rounds}
    problem = problem.with_options(**{k: v for k, v in changes.items() if v is not None})
    _refuse_published(session, problem, dry_run=dry_run)
    with session.terminal.progress() as bar:
        bar("roadshow", 0, None)
        found = find_plan(problem)
    problem = _with_reasons(session, problem, found, as_of=as_of)
    version = None if dry_run else _save(session, problem, found)
    view = RoadshowView(session.terminal, problem, found)
    session.terminal.emit(plan_values(problem, found, version=version))
    view.show_plan(version=version)
    return 0


def replan(
    roadshow: RoadshowId,
    files: Annotated[
        list[Path] | None,
        typer.Option(
            "--file", metavar="FILE", help="The changed workbook, or CSV files; may be repeated."
        ),
    ] = None,
    cancel: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Participant who has cancelled; may be repeated."),
    ] = None,
    no_show: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Participant who is not there from now on; repeatable."),
    ] = None,
    late: Annotated[
        list[str] | None,
        typer.Option(metavar="ID=HH:MM", help="Participant who arrives later; may be repeated."),
    ] = None,
    now: Annotated[
        str | None,
        typer.Option(
            metavar="YYYY-MM-DDTHH:MM",
            help="Slots that began before are past and stay; the clock's time while it runs.",
        ),
    ] = None,
    fill: Annotated[
        bool, typer.Option("--fill", help="Move nothing; only fill what is empty.")
    ] = False,
    max_changes: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Most possible meetings to be dropped or moved."),
    ] = None,
    inertia: Annotated[
        float | None,
        typer.Option(min=0.0, metavar="X", help="Bonus of a meeting that exists; 0.5 by default."),
    ] = None,
    dry_run: DryRun = False,
    as_of: AsOf = None,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> int:
    """Change a plan as little as possible: cancelled, added, late, not there, more slots.

    Small changes come as options, any other in the changed file. What changed is listed for
    printing. No change gives an empty list.
    """
    from matcher.roadshow.replanning import DEFAULT_INERTIA, Change, difference
    from matcher.roadshow.replanning import replan as find_plan
    from service.cli.roadshow_view import RoadshowView, replan_values

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    kept = _load(session, roadshow)
    if kept.state is State.CLOSED:
        raise ArgumentError(
            session.terminal.text("roadshow.closed", roadshow=roadshow), field="roadshow"
        )
    problem: Problem | None = kept.problem
    if files:
        problem = _read(session, files, as_of=as_of)
    if problem is None:
        return BAD_FILE
    instant = _instant(session, kept, now)
    problem = _edited(session, problem, cancel or [], no_show or [], late or [], instant)
    change = Change(
        inertia=DEFAULT_INERTIA if inertia is None else inertia,
        max_changes=max_changes,
        fill=fill,
        now=instant,
    )
    with session.terminal.progress() as bar:
        bar("roadshow", 0, None)
        found = find_plan(problem, kept.plan, change)
    diff = difference(kept.plan, found)
    if files or diff.added:
        problem = _with_reasons(session, problem, found, as_of=as_of)
    changed = bool(diff) or found.stamp != kept.plan.stamp
    version = kept.version if dry_run or not changed else _save(session, problem, found)
    view = RoadshowView(session.terminal, problem, found)
    session.terminal.emit(replan_values(problem, found, diff, version=None if dry_run else version))
    view.show_changes(diff)
    view.show_plan(version=None if dry_run else version)
    return 0


def verify(
    roadshow: RoadshowId,
    version: Version = None,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> int:
    """Check a stored plan with an independent checker; the exit code is 1 where it finds a fault.

    It shares no code with the planner, and also compares what the plan admits to have missed.
    """
    from matcher.roadshow.verify import verify as find_faults

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    kept = _load(session, roadshow, version=version)
    faults = find_faults(kept.problem, kept.plan)
    terminal = session.terminal
    terminal.emit(
        {
            "roadshow_id": roadshow,
            "version": kept.version,
            "meetings": len(kept.plan.meetings),
            "faults": [{"code": one.code, "message": one.message} for one in faults],
        }
    )
    if not faults:
        count = len(kept.plan.meetings)
        terminal.line("roadshow.verified", version=kept.version, meetings=count, style="green")
        return 0
    terminal.line("roadshow.faulty", count=len(faults), style="red")
    for one in faults:
        terminal.line("roadshow.fault", code=one.code, message=one.message)
    return FAULTY


def show(
    roadshow: Annotated[
        str | None, typer.Argument(help="Id of the roadshow; without it, all.", metavar="ROADSHOW")
    ] = None,
    participant: Annotated[
        str | None, typer.Option(metavar="ID", help="Show the agenda of one participant.")
    ] = None,
    version: Version = None,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> None:
    """Show all roadshows, one plan, or the agenda of one participant."""
    from service.cli.roadshow_view import RoadshowView, agenda_values, plan_values, show_all

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    if roadshow is None:
        with session.open_store() as store:
            show_all(session.terminal, store.roadshows.list_all())
        return
    kept = _load(session, roadshow, version=version)
    view = RoadshowView(session.terminal, kept.problem, kept.plan)
    if participant is not None:
        session.terminal.emit(agenda_values(kept.problem, kept.plan, participant))
        view.show_agenda(participant)
        return
    session.terminal.emit(
        plan_values(kept.problem, kept.plan, version=kept.version, state=kept.state, whole=True)
    )
    view.show_plan(version=kept.version, state=kept.state)
    view.show_meetings()


def advance(
    roadshow: RoadshowId,
    state: Annotated[State, typer.Argument(help="The next state.", metavar="STATE")],
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> None:
    """Bring a roadshow into its next state: published, running, closed."""
    from service.cli.roadshow_view import state_word
    from service.roadshow.desk import Desk

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    with session.open_store() as store:
        Desk(store).advance(roadshow, state, changed_at=clock())
    session.terminal.emit({"roadshow_id": roadshow, "state": state.value})
    word = state_word(session.terminal, state)
    session.terminal.line("roadshow.advanced", roadshow=roadshow, state=word, style="green")


def record(
    roadshow: RoadshowId,
    file: Annotated[
        Path, typer.Argument(help="Workbook with the sheet of outcomes.", metavar="FILE")
    ],
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> int:
    """Record who came and what came of each meeting, as events that the rankers learn from.

    FILE is the exported workbook with its sheet of outcomes filled in. Recorded twice counts once.
    """
    from service.cli.roadshow_view import show_troubles
    from service.roadshow.cells import RoadshowFileError
    from service.roadshow.desk import Desk
    from service.roadshow.outcomes import read_reports

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    try:
        reports = read_reports(file)
    except RoadshowFileError as error:
        show_troubles(session.terminal, error.troubles)
        return BAD_FILE
    with session.open_store() as store:
        new = Desk(store).record(roadshow, reports, recorded_at=clock())
    session.terminal.emit({"roadshow_id": roadshow, "reports": len(reports), "events": new})
    session.terminal.line("roadshow.recorded", reports=len(reports), events=new, style="green")
    return 0


# -- what the verbs share --------------------------------------------------------------------------


def _read(session: Session, files: list[Path], *, as_of: dt.date | None) -> Problem | None:
    """Return the problem of some files, ``None`` where its faults were shown."""
    from service.cli.roadshow_view import show_troubles
    from service.roadshow.cells import RoadshowFileError
    from service.roadshow.reading import read_roadshow

    try:
        found = read_roadshow(files)
    except RoadshowFileError as error:
        show_troubles(session.terminal, error.troubles)
        return None
    if found.has_scores or not found.problem.firms or not found.problem.institutions:
        return found.problem
    return _scored(session, found.problem, as_of=as_of)


def _scored(session: Session, problem: Problem, *, as_of: dt.date | None) -> Problem:
    """Let the model that serves score all pairs."""
    from matcher.roadshow.scoring import score_pairs
    from service.cli.serving import Serving

    serving = Serving.open(session, as_of=as_of)
    with session.terminal.progress() as bar:
        scored = score_pairs(
            serving.matcher,
            [one.participant_id for one in problem.firms],
            [one.participant_id for one in problem.institutions],
            now=serving.now,
            told=lambda done, total: bar("roadshow_scores", done, total),
        )
    session.terminal.note("roadshow.scored", model=scored.model_version)
    return replace(
        problem, scores=scored.scores, notes=scored.notes, score_source=scored.model_version
    )


def _with_reasons(
    session: Session, problem: Problem, found: Plan, *, as_of: dt.date | None
) -> Problem:
    """Add the model's reasons for the pairs that meet, where the model gave the scores."""
    from matcher.roadshow.scoring import reasons_of
    from service.cli.serving import Serving

    told = {pair for pair, note in problem.notes.items() if note.reason_en}
    if problem.score_source == "file" or told.issuperset(one.pair for one in found.meetings):
        return problem
    serving = Serving.open(session, as_of=as_of)
    with session.terminal.progress() as bar:
        notes = reasons_of(
            serving.matcher,
            dict(problem.notes),
            [one.pair for one in found.meetings],
            now=serving.now,
            told=lambda done, total: bar("roadshow_reasons", done, total),
        )
    return replace(problem, notes=notes)


def _refuse_published(session: Session, problem: Problem, *, dry_run: bool) -> None:
    """Refuse to plan anew what participants have been told already."""
    from service.roadshow.desk import Desk

    file = session.database_file
    if dry_run or (file is not None and not file.exists()):
        return
    with session.open_store() as store:
        state = Desk(store).find_state(problem.roadshow_id)
    if state not in (None, State.DRAFT):
        raise ArgumentError(
            session.terminal.text("roadshow.published", roadshow=problem.roadshow_id),
            field="roadshow_id",
            remedy=session.terminal.text("roadshow.published.remedy"),
        )


def _save(session: Session, problem: Problem, found: Plan) -> int:
    from service.roadshow.desk import Desk

    with session.open_store(create=True) as store:
        return Desk(store).save(problem, found, created_at=clock())


def _load(session: Session, roadshow: str, *, version: int | None = None) -> Kept:
    from service.roadshow.desk import Desk

    with session.open_store() as store:
        return Desk(store).load(roadshow, version=version)


def _instant(session: Session, kept: Kept, text: str | None) -> dt.datetime | None:
    """Return the instant before which slots are past: given, or the clock's while it runs."""
    from zoneinfo import ZoneInfo

    if text is None:
        return clock() if kept.state is State.RUNNING else None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentError(
            session.terminal.text("roadshow.bad_instant", value=text), field="now"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(kept.problem.time_zone))


def _edited(
    session: Session,
    problem: Problem,
    cancel: list[str],
    no_show: list[str],
    late: list[str],
    now: dt.datetime | None,
) -> Problem:
    """Apply the small changes that came as options."""
    from service.roadshow.edits import cancelled
    from service.roadshow.edits import late as arriving

    if cancel or no_show:
        problem = cancelled(problem, [*cancel, *no_show], now=now)
    for text in late:
        key, _, time = text.partition("=")
        try:
            arrives = dt.time.fromisoformat(time.strip())
        except ValueError:
            raise ArgumentError(
                session.terminal.text("roadshow.bad_late", value=text), field="late"
            ) from None
        problem = arriving(problem, key.strip(), arrives, now=now)
    return problem
