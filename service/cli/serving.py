"""The matcher over the store: what recommend, pipeline and explain ask."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.cli.horizon import choose_day
from service.cli.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from data.catalogue import Catalogue
    from data.rules.facts import FactBook
    from matcher.matcher import Matcher


@dataclass(frozen=True)
class Serving:
    """A matcher, the catalogue it looks at, and the instant that counts as now."""

    matcher: Matcher
    catalogue: Catalogue
    now: dt.datetime

    @classmethod
    def open(
        cls, session: Session, *, as_of: dt.date | None, profile: Path | None = None
    ) -> Serving:
        """Load the bundle that serves and the store; a ``profile`` is ranked as if it were there.

        Raises
        ------
        BundleError
            None serves, or it is damaged or foreign, or made with another text encoder.
        EmptyInputError
            The store is absent or empty.
        """
        from matcher.matcher import Matcher
        from matcher.registry import open_current
        from service.live.loading import load_model

        with session.terminal.progress() as bar:
            bar("read", 0, None)
            catalogue = session.load_catalogue()
            bar("load", 0, None)
            bundle = open_current(session.settings.bundles)
            book, facts = session.load_rules()
            if profile is not None:
                day = as_of or choose_day(catalogue, session.terminal)
                catalogue, facts = _joined(catalogue, facts, profile, day)
            model = load_model(bundle, session.open_encoder())
            matcher = Matcher(model, catalogue, book=book, facts=facts)
        day = as_of or choose_day(catalogue, session.terminal)
        learned = bundle.manifest.fields.settings.get("as_of")
        if isinstance(learned, str) and day.isoformat() < learned:
            session.terminal.note("serving.later_model", day=day, learned=learned, style="yellow")
        return cls(matcher, catalogue, midnight(day))


def _joined(
    catalogue: Catalogue, facts: FactBook, profile: Path, day: dt.date
) -> tuple[Catalogue, FactBook]:
    """Return the store's content with a firm of no store in it."""
    from service.profile_file import facts_of, read_profile, with_profile

    read = read_profile(profile, as_of=day)
    return with_profile(catalogue, read), facts.with_facts(facts_of(read, known_on=day))


def midnight(day: dt.date) -> dt.datetime:
    """Return the first instant of a day, UTC."""
    return dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)
