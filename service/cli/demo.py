"""``finmatch demo``: a generated world, a model trained on it, and matches both ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from data.errors import ArgumentError, BundleError, EmptyInputError
from service.cli import demo_home, pipelining, recommending
from service.cli.demo_home import Stamp
from service.cli.options import AsJson, Home, Lang, Quiet
from service.cli.session import Session
from service.cli.training import free_name, outcome_values, show_outcome
from service.clock import now, today
from service.settings import DEMO_FOLDER

if TYPE_CHECKING:
    from data.catalogue import Catalogue
    from matcher.match_list import MatchList, Pipeline
    from matcher.model import MatchModel
    from service.cli.serving import Serving
    from service.console import Progress
    from training.run import TrainOutcome

EXAMPLES = ("finmatch demo", "finmatch demo --size 1000 --lang en")

DEFAULT_SIZE, DEFAULT_SEED = "small", 7
N_OFFERS, N_FIRMS = 3, 5
CANDIDATES = 20
"""Recent needs that are tried for one that shows a full list."""


def run(
    size: Annotated[
        str | None,
        typer.Option(
            help="small, medium, large, huge, or a number of firms.",
            metavar="SIZE",
            show_default=DEFAULT_SIZE,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Seed of the world.", metavar="N", show_default=str(DEFAULT_SEED)),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Build the world anew, whatever is there.")
    ] = False,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> None:
    """Build a demo world, train on it, and show matches for one firm and one fund.

    Everything in it is generated. It lives in the folder demo of the home, and a second run uses
    it again.
    """
    outer = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    session = Session.start(
        lang=lang, as_json=as_json, quiet=quiet, home=outer.settings.home / DEMO_FOLDER
    )
    terminal = session.terminal
    with terminal.progress() as bar:
        world = _world(session, _wanted(session, size, seed, fresh=fresh), bar)
        model, outcome = _model(session, world, bar)
    _tell_world(session, world, outcome)
    serving = _serving(session, model, world)
    found, pipeline = _firm_matches(session, serving), _fund_pipeline(session, serving)
    terminal.emit(
        {
            "home": str(session.settings.home),
            "generated": True,
            "reused": world.reused,
            "changed": world.changed,
            "size": world.stamp.size,
            "seed": world.stamp.seed,
            "today": world.stamp.today,
            "training": None if outcome is None else outcome_values(outcome),
            "firm": recommending.list_values(found, serving.catalogue),
            "fund": pipelining.pipeline_values(pipeline, serving.catalogue),
        }
    )
    _show(session, serving, found, pipeline)
    _hint(session, found, pipeline)


@dataclass(frozen=True)
class DemoWorld:
    """The world in the store; ``changed`` where somebody has added to it since."""

    stamp: Stamp
    catalogue: Catalogue
    reused: bool
    changed: bool


def _wanted(session: Session, size: str | None, seed: int | None, *, fresh: bool) -> Stamp | None:
    """Return the stamp of the world to build, ``None`` where the one there will do."""
    there, file = demo_home.find_stamp(session.settings.home), session.database_file
    known = there or Stamp(DEFAULT_SIZE, DEFAULT_SEED, today="")
    wanted = Stamp(size or known.size, known.seed if seed is None else seed, today().isoformat())
    whole = there is not None and there.fingerprint and file is not None and file.exists()
    if whole and not fresh and (wanted.size, wanted.seed) == (known.size, known.seed):
        return None
    _check_size(wanted.size)
    return wanted


def _check_size(size: str) -> None:
    """Refuse a size before the world that is there is removed for it."""
    from data.demo import PRESETS
    from data.demo.size import size_from

    if not size.isdigit() and size not in PRESETS:
        raise ArgumentError(
            f"--size must be {', '.join(PRESETS)} or a number of firms; got {size!r}.",
            field="size",
            remedy=f"Leave it out for {DEFAULT_SIZE}.",
        )
    size_from(int(size) if size.isdigit() else size)


def _world(session: Session, wanted: Stamp | None, bar: Progress) -> DemoWorld:
    if wanted is not None:
        stamp = demo_home.build(session, wanted, told=bar)
        return DemoWorld(stamp, session.load_catalogue(), reused=False, changed=False)
    bar("read", 0, None)
    there = demo_home.find_stamp(session.settings.home)
    assert there is not None
    catalogue = session.load_catalogue()
    changed = catalogue.fingerprint() != there.fingerprint
    return DemoWorld(there, catalogue, reused=True, changed=changed)


def _model(
    session: Session, world: DemoWorld, bar: Progress
) -> tuple[MatchModel, TrainOutcome | None]:
    """Load the model, trained first where none serves that this version can use.

    In a demo a model serves whatever the gate says.
    """
    from matcher.model import MatchModel
    from matcher.registry import open_current, promote

    root, encoder = session.settings.bundles, session.open_encoder()
    try:
        return MatchModel.load(open_current(root), encoder=encoder), None
    except BundleError:
        outcome = _train(session, world, bar)
        promote(root, outcome.bundle_path.name)
        return MatchModel.load(open_current(root), encoder=encoder), outcome


def _train(session: Session, world: DemoWorld, bar: Progress) -> TrainOutcome:
    from training.run import train

    root, day = session.settings.bundles, world.stamp.day
    try:
        return train(
            world.catalogue,
            as_of=day,
            root=root,
            name=free_name(root, day),
            created_at=now(),
            seed=world.stamp.seed,
            encoder=session.open_encoder(),
            progress=bar,
        )
    except EmptyInputError as error:  # a tiny world has too few deals
        larger = session.terminal.text("demo.larger")
        raise EmptyInputError(error.message, remedy=larger) from error


def _serving(session: Session, model: MatchModel, world: DemoWorld) -> Serving:
    from matcher.matcher import Matcher
    from service.cli.serving import Serving, midnight

    book, facts = session.load_rules()
    matcher = Matcher(model, world.catalogue, book=book, facts=facts)
    return Serving(matcher, world.catalogue, midnight(world.stamp.day))


def _firm_matches(session: Session, serving: Serving) -> MatchList:
    """Return the matches of a recent need that shows most: full, and of conditions that are met."""
    lists = [recommending.match(serving, need_id, k=N_OFFERS) for need_id in _recent_needs(serving)]
    if not lists:
        raise EmptyInputError(
            session.terminal.text("demo.no_need"), remedy=session.terminal.text("demo.larger")
        )
    return max(lists, key=_fullness)


def _fullness(found: MatchList) -> tuple[int, int]:
    from matcher.eligibility import Eligibility

    return sum(item.verdict is Eligibility.MET for item in found.items), len(found.items)


def _recent_needs(serving: Serving) -> list[str]:
    """Return the latest open needs of firms, loans first."""
    import numpy as np

    from data import columns as col
    from data.records import NeedKind

    needs = serving.catalogue.needs
    rows = np.arange(len(needs))
    book = serving.matcher.market.book
    rows = rows[book.is_open(rows, np.datetime64(serving.now.date())) & (book.firm_rows >= 0)]
    loans = needs.strings(col.KIND)[rows] == NeedKind.DEBT
    order = np.lexsort((rows, -needs.dates(col.STATED_ON)[rows].astype(np.int64), ~loans))
    return [needs.ids.ids[row] for row in rows[order][:CANDIDATES].tolist()]


def _fund_pipeline(session: Session, serving: Serving) -> Pipeline:
    """Return the pipeline of the fund that closed most deals."""
    import numpy as np

    from data import columns as col
    from data.records import EventKind, InstitutionKind

    catalogue = serving.catalogue
    owner = catalogue.offers.references(col.INSTITUTION_ID, catalogue.institutions.ids)
    closed = catalogue.events.strings(col.KIND) == EventKind.FUNDED
    offers = catalogue.events.references(col.OFFER_ID, catalogue.offers.ids)[closed]
    deals = np.bincount(owner[offers], minlength=len(catalogue.institutions))
    funds = np.flatnonzero(catalogue.institutions.strings(col.KIND) == InstitutionKind.FUND)
    if not len(funds):
        raise EmptyInputError(
            session.terminal.text("demo.no_fund"), remedy=session.terminal.text("demo.larger")
        )
    fund = catalogue.institutions.ids.ids[int(funds[np.argmax(deals[funds])])]
    return pipelining.rank(serving, fund, k=N_FIRMS, stated_only=True)


def _tell_world(session: Session, world: DemoWorld, outcome: TrainOutcome | None) -> None:
    terminal, catalogue = session.terminal, world.catalogue
    terminal.line("demo.generated", style="bold")
    counts: dict[str, Any] = {
        side.record_type.__name__.lower(): f"{len(side):,}" for side in catalogue.sides()
    }
    terminal.line("demo.holds", day=world.stamp.day, **counts)
    state = "demo.changed" if world.changed else "demo.reused" if world.reused else "demo.built"
    terminal.line(state, place=session.settings.home)
    if outcome is not None:
        show_outcome(terminal, outcome, wanted=False, demo=True)


def _show(session: Session, serving: Serving, found: MatchList, pipeline: Pipeline) -> None:
    from service.cli.match_view import MatchView

    view = MatchView(session.terminal, serving.catalogue)
    _rule(session, "demo.firm")
    view.show_list(found, firm=None, need=None)
    _rule(session, "demo.fund")
    title = pipelining.heading(session, serving.catalogue, pipeline.institution_id)
    view.show_pipeline(pipeline, title=title)


def _rule(session: Session, key: str) -> None:
    session.terminal.show()
    session.terminal.show(Text(f"━━ {session.terminal.text(key)} ", style="bold cyan"))


def _hint(session: Session, found: MatchList, pipeline: Pipeline) -> None:
    terminal, home = session.terminal, session.settings.home
    terminal.show()
    terminal.line("demo.next")
    for words in (
        f"recommend {found.firm_id or found.need_id}",
        f"pipeline {pipeline.institution_id}",
        f"explain {found.need_id} {found.items[0].offer_id}" if found.items else "validate",
    ):
        terminal.show(Text(f"  finmatch {words} --home {home}"), soft_wrap=True)
