"""Printable agendas as one HTML file: a page for each participant, no network needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matcher.roadshow.problem import Slot
from service.roadshow.wording import Words
from service.sheets import whole_file

TEMPLATE = "agendas.html.jinja"


def render_agendas(words: Words) -> str:
    """Return the agendas of all participants, institutions first, as HTML."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("service.roadshow", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template(TEMPLATE)
    return template.render(
        words=words, pick=words.pick, people=_people(words), sessions=_sessions(words)
    )


def write_agendas(path: Path, words: Words) -> None:
    """Write the agendas to ``path``."""
    with whole_file(path) as aside:
        aside.write_text(render_agendas(words), encoding="utf-8")


def _sessions(words: Words) -> list[list[Slot]]:
    """Return the slots of each session, in the order of time."""
    found: dict[str, list[Slot]] = {}
    for slot in sorted(words.problem.slots, key=lambda slot: slot.starts_at):
        found.setdefault(slot.session, []).append(slot)
    return list(found.values())


def _people(words: Words) -> list[dict[str, Any]]:
    agendas = words.plan.agendas()
    unmatched = {one.participant_id: one for one in words.plan.unmatched}
    found = []
    for people in (words.problem.institutions, words.problem.firms):
        for one in people:
            key = one.participant_id
            rows: dict[str, list[Any]] = {}
            for meeting in agendas.get(key, ()):
                rows.setdefault(meeting.slot_id, []).append(meeting)
            why = words.why(unmatched[key]) if key in unmatched else ""
            found.append({"one": one, "key": key, "rows": rows, "why": why})
    return found
