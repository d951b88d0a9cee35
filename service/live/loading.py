"""From bundle and store to a matcher: what the service and the command line share."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import TYPE_CHECKING

from data.errors import UnknownIdError

if TYPE_CHECKING:
    from data.store import Everything
    from features.encoder.protocol import TextEncoder
    from matcher.bundle import Bundle
    from matcher.edits import Edits
    from matcher.matcher import Matcher
    from matcher.model import MatchModel
    from service.settings import Settings

VECTORS_FOLDER = "vectors"
"""Below the cache: vectors of texts that were encoded once."""


def open_encoder(settings: Settings, name: str | None = None) -> TextEncoder | None:
    """Open the text encoder of the settings, or the one named, with the vectors kept of it.

    Raises
    ------
    DependencyError, BundleError
        It cannot be opened.
    """
    from features.encoder.cache import VectorCache, cache_folder
    from features.encoder.opening import open_encoder as open_named

    encoder = open_named(name or settings.encoder, cache=settings.cache, adapted=settings.encoders)
    if encoder is None:
        return None
    return VectorCache(encoder, cache_folder(settings.cache / VECTORS_FOLDER, encoder.info))


def load_model(bundle: Bundle, encoder: TextEncoder | None) -> MatchModel:
    """Read the model of an opened bundle; raises as :meth:`MatchModel.load` does."""
    from matcher.model import MatchModel

    return MatchModel.load(bundle, encoder=encoder)


def matcher_over(model: MatchModel, content: Everything) -> Matcher:
    """Lay a model over a store, with its rules and facts beside the national definitions.

    Raises
    ------
    ArgumentError
        The store has no offer that can be ranked.
    """
    from data.rules.book import RuleBook
    from data.rules.facts import FactBook
    from matcher.matcher import Matcher

    return Matcher(
        model,
        content.catalogue,
        book=RuleBook.with_national(content.rules),
        facts=FactBook(content.facts),
    )


def changed_matcher(base: Matcher, edits: Edits, *, before: Matcher, day: dt.date) -> Matcher:
    """Lay changes over a matcher that was built whole.

    Parameters
    ----------
    edits
        All changes since ``base`` was built.
    before
        The matcher with all but the latest of them.
    day
        For which what ``base`` has in place is prepared.

    Raises
    ------
    RebuildNeededError
        The changes reach too far.
    """
    from matcher.live_market import LiveMarket
    from matcher.matcher import Matcher

    earlier = before.market if isinstance(before.market, LiveMarket) else None
    if earlier is not None and earlier.base is not base.market:
        earlier = None
    market = LiveMarket(base.market, edits, before=earlier)
    market.prepare(day)
    return Matcher.of_market(market, base.efforts)


def warm_up(matcher: Matcher, *, now: dt.datetime) -> None:
    """Answer one request of each direction, so that the first ones of people find all in place.

    What is computed on first use (indexes, open needs of the day) is there afterwards.
    """
    market = matcher.market
    offers = market.items.offer_ids.ids
    asked = market.catalogue.needs.ids.ids or market.catalogue.firms.ids.ids
    if asked:
        with suppress(UnknownIdError):  # the need of a firm or base that nobody has imported yet
            matcher.match(asked[-1], now=now, k=1)
    matcher.pipeline(offers[0], now=now, k=1)
