"""Roadshows on the terminal, and as JSON values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rich.text import Text

from matcher.roadshow.choices import State
from service.console import Terminal

if TYPE_CHECKING:
    from data.store.roadshow_store import StoredRoadshow
    from matcher.roadshow.problem import Problem
    from matcher.roadshow.result import Difference, Plan
    from service.roadshow.cells import Trouble
    from service.roadshow.wording import Words

MOST_ROWS = 20
"""Findings shown on the terminal; the workbook has all of them."""

STATE_WORDS = {
    State.DRAFT: ("草稿", "draft"),
    State.PUBLISHED: ("已发布", "published"),
    State.RUNNING: ("进行中", "running"),
    State.CLOSED: ("已结束", "closed"),
}


def state_word(terminal: Terminal, state: State) -> str:
    """Return the word for a state."""
    return STATE_WORDS[state][0 if terminal.chinese else 1]


@dataclass(frozen=True)
class RoadshowView:
    """Shows one plan."""

    terminal: Terminal
    problem: Problem
    plan: Plan

    @cached_property
    def words(self) -> Words:
        """The plan in the language of the terminal."""
        from service.roadshow.wording import Words

        return Words(self.problem, self.plan, self.terminal.chinese)

    def show_plan(self, *, version: int | None, state: State = State.DRAFT) -> None:
        """Print what a plan is worth, and what it falls short of."""
        terminal, problem = self.terminal, self.problem
        terminal.show(Text(problem.name, style="bold"), soft_wrap=True)
        terminal.show(Text(problem.roadshow_id, style="dim"), soft_wrap=True)
        terminal.line(
            "roadshow.size",
            firms=f"{len(problem.firms):,}",
            institutions=f"{len(problem.institutions):,}",
            slots=f"{len(problem.slots):,}",
            meetings=f"{len(self.plan.meetings):,}",
        )
        table = terminal.table("roadshow.measure", ("roadshow.figure", "right"), "roadshow.remark")
        for title, figure, remark in self.words.figures():
            table.add_row(Text(title), figure, Text(remark, style="dim"))
        terminal.show()
        terminal.show(table)
        for line in self.words.warnings():
            terminal.line("roadshow.warning", text=line, style="yellow")
        self._findings()
        if version is None:
            terminal.line("roadshow.not_stored", style="dim")
        else:
            word = state_word(terminal, state)
            terminal.line("roadshow.stored", version=version, state=word, style="dim")

    def _findings(self) -> None:
        words, plan, terminal = self.words, self.plan, self.terminal
        if plan.violations:
            terminal.show()
            terminal.line("roadshow.violations", count=len(plan.violations), style="bold")
            table = terminal.table(
                "roadshow.rule",
                "roadshow.who",
                ("roadshow.required", "right"),
                ("roadshow.got", "right"),
                "roadshow.why",
                "roadshow.fix",
            )
            for one in plan.violations[:MOST_ROWS]:
                cells = (words.rule(one), words.who(one), str(one.required), str(one.got))
                table.add_row(*(Text(c) for c in (*cells, words.why(one), words.fix(one))))
            terminal.show(table)
            self._more(len(plan.violations))
        if plan.unmatched:
            terminal.show()
            terminal.line("roadshow.unmatched", count=len(plan.unmatched), style="bold")
            table = terminal.table("roadshow.who", "roadshow.why", "roadshow.fix")
            for person in plan.unmatched[:MOST_ROWS]:
                name = words.name(person.participant_id)
                table.add_row(Text(name), Text(words.why(person)), Text(words.fix(person)))
            terminal.show(table)
            self._more(len(plan.unmatched))

    def _more(self, count: int) -> None:
        if count > MOST_ROWS:
            self.terminal.line("roadshow.more", count=count - MOST_ROWS, style="dim")

    def show_meetings(self) -> None:
        """Print the timetable."""
        words = self.words
        table = self.terminal.table(
            "roadshow.when",
            "roadshow.firm",
            "roadshow.institution",
            ("match.score", "right"),
            "roadshow.place",
        )
        for one in self.plan.meetings:
            when = f"{words.day(one.slot_id)} {words.time(one.slot_id)}"
            pair = Text(words.name(one.firm_id)), Text(words.name(one.institution_id))
            table.add_row(when, *pair, f"{one.value:.1f}", Text(words.place(one)))
        self.terminal.show()
        self.terminal.show(table)

    def show_agenda(self, participant_id: str) -> None:
        """Print the agenda of one participant.

        Raises
        ------
        UnknownIdError
            Nobody has the id.
        """
        words = self.words
        require_participant(self.problem, participant_id)
        self.terminal.show(Text(words.name(participant_id), style="bold"), soft_wrap=True)
        table = self.terminal.table(
            "roadshow.when", "roadshow.meets", "roadshow.place", "roadshow.reasons"
        )
        for one in self.plan.agenda(participant_id):
            when = f"{words.day(one.slot_id)} {words.time(one.slot_id)}"
            other = words.name(words.other(one, participant_id))
            cells = (other, words.place(one), words.reason(one))
            table.add_row(when, *(Text(cell) for cell in cells))
        self.terminal.show(table)
        for person in self.plan.unmatched:
            if person.participant_id == participant_id:
                self.terminal.line("roadshow.no_meeting", why=words.why(person), style="yellow")

    def show_changes(self, change: Difference) -> None:
        """Print what changed since the version before."""
        from service.roadshow.workbook import change_rows

        terminal = self.terminal
        if not change:
            terminal.line("roadshow.unchanged", style="green")
            terminal.show()
            return
        terminal.line(
            "roadshow.changed",
            added=len(change.added),
            removed=len(change.removed),
            moved=len(change.moved),
            style="bold",
        )
        table = terminal.table(
            "roadshow.change",
            "roadshow.firm",
            "roadshow.institution",
            "roadshow.before",
            "roadshow.after",
        )
        for row in change_rows(self.words, change):
            table.add_row(*(Text(cell) for cell in row))
        terminal.show(table)
        terminal.show()


def require_participant(problem: Problem, participant_id: str) -> None:
    """Raise :class:`~data.errors.UnknownIdError` unless the id takes part."""
    from data.errors import UnknownIdError

    people = (*problem.firms, *problem.institutions)
    if not any(one.participant_id == participant_id for one in people):
        raise UnknownIdError(
            f"There is no participant {participant_id!r} in {problem.roadshow_id!r}.",
            field="participant",
            remedy="Check the id; finmatch roadshow show lists all meetings.",
        )


def show_all(terminal: Terminal, roadshows: Sequence[StoredRoadshow]) -> None:
    """Print all roadshows, the one changed last first."""
    terminal.emit(
        [
            {
                "roadshow_id": one.roadshow_id,
                "name": one.name,
                "state": one.state,
                "version": one.version,
                "changed_at": one.changed_at.isoformat(),
            }
            for one in roadshows
        ]
    )
    if not roadshows:
        terminal.line("roadshow.none")
        return
    table = terminal.table(
        "roadshow.id", "roadshow.name", "roadshow.state", ("roadshow.version", "right")
    )
    for one in roadshows:
        word = state_word(terminal, State(one.state))
        table.add_row(Text(one.roadshow_id), Text(one.name), word, str(one.version))
    terminal.show(table)


def show_troubles(terminal: Terminal, troubles: Sequence[Trouble]) -> None:
    """Print everything that is wrong with a file, by sheet, row and column."""
    terminal.emit({"troubles": [one.to_dict() for one in troubles]})
    terminal.line("roadshow.troubles", count=len(troubles), style="bold red")
    table = terminal.table(
        "roadshow.sheet", ("roadshow.row", "right"), "roadshow.column", "roadshow.trouble"
    )
    for one in troubles:
        text = one.text_zh if terminal.chinese else one.text_en
        row = str(one.row) if one.row else ""
        table.add_row(Text(one.sheet), row, Text(one.column), Text(text))
    terminal.show(table)


def plan_values(
    problem: Problem,
    plan: Plan,
    *,
    version: int | None,
    state: State = State.DRAFT,
    whole: bool = True,
) -> dict[str, Any]:
    """Return a plan as JSON values."""
    from matcher.roadshow.documents import plan_document

    document = plan_document(plan)
    document["name"] = problem.name
    document["version"] = version
    document["state"] = state.value if version is not None else None
    document["score_source"] = problem.score_source
    if not whole:
        document.pop("meetings")
    return document


def replan_values(
    problem: Problem, plan: Plan, change: Difference, *, version: int | None
) -> dict[str, Any]:
    """Return a changed plan as JSON values, with what changed."""
    from matcher.roadshow.documents import difference_document

    document = plan_values(problem, plan, version=version)
    document["difference"] = difference_document(change)
    return document


def agenda_values(problem: Problem, plan: Plan, participant_id: str) -> dict[str, Any]:
    """Return the agenda of one participant as JSON values."""
    from matcher.roadshow.documents import plan_document

    require_participant(problem, participant_id)
    meetings = plan_document(plan)["meetings"]
    mine = [m for m in meetings if participant_id in (m["firm_id"], m["institution_id"])]
    return {"roadshow_id": plan.roadshow_id, "participant_id": participant_id, "meetings": mine}
