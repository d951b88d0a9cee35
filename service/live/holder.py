"""The live matcher: one at a time, replaced whole, never half loaded.

A request takes the matcher once and finishes on it. What changes in the store, and which bundle is
promoted (by whichever process), is looked at twice a second by a thread. A few changed records are
laid over the matcher that is there (:mod:`matcher.live_market`), which takes milliseconds. A new
bundle, a large import, many small changes, or a new day ask for a matcher built anew: another
thread makes it aside, lets it answer a dry request and catch up with the store, and then it takes
the place of the old one by one assignment.

Several workers share memory by being forked: load once in the parent, ``gc.freeze()``, fork, then
:meth:`LiveMatcher.adopt` with a store of the worker's own (connections do not survive a fork), then
:meth:`LiveMatcher.start`: threads do not survive one either.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from data.errors import BundleError, BundleMissingError, FinMatchError, StoreError
from data.rules.book import RuleBook
from matcher.bundle import open_bundle
from matcher.edits import Edits, RebuildNeededError
from matcher.registry import find_current
from service.live.loading import changed_matcher, load_model, matcher_over, warm_up
from service.live.status import LiveSettings, LiveStatus

if TYPE_CHECKING:
    from data.store import News, Store
    from features.encoder.protocol import TextEncoder
    from matcher.matcher import Matcher
    from matcher.model import MatchModel

Clock = Callable[[], dt.datetime]

STOP_WITHIN_S = 5.0
MOST_SHARE = 0.1
"""Of the offers: with more changes laid over them, a matcher is built anew."""


@dataclass(frozen=True)
class Loaded:
    """A matcher that is ready to answer.

    Attributes
    ----------
    model
        As the bundle holds it, laid over nothing.
    seq
        Number of the last change of the store that is in it.
    base, edits
        The matcher that was built whole, and what was laid over it since.
    day
        For which it was warmed up.
    """

    bundle_name: str
    model: MatchModel
    matcher: Matcher
    seq: int
    base: Matcher
    edits: Edits
    day: dt.date


class LiveMatcher:
    """Holds the matcher of one worker; safe to share between threads.

    Parameters
    ----------
    store
        Whose changes are followed.
    bundles
        Folder of the model bundles with the pointer to the one that serves.
    encoder
        Of what needs say, the one that the models were trained with; ``None`` leaves meaning out.
    clock
        Returns the present instant, aware.
    settings
        How often to look.
    """

    def __init__(
        self,
        store: Store,
        bundles: Path,
        *,
        clock: Clock,
        encoder: TextEncoder | None = None,
        settings: LiveSettings | None = None,
    ) -> None:
        self.settings = settings or LiveSettings()
        self._store = store
        self._bundles = bundles
        self._clock = clock
        self._encoder = encoder
        self._loaded: Loaded | None = None
        self._turn = threading.RLock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._builder: threading.Thread | None = None
        self._looked_at: dt.datetime | None = None
        self._store_error: str | None = None
        self._bundle_error: str | None = None
        self._failed: tuple[str, dt.datetime] | None = None

    # -- what requests ask ---------------------------------------------------------------------

    @property
    def loaded(self) -> Loaded:
        """What answers now; take it once a request.

        Raises
        ------
        BundleMissingError
            Nothing could be loaded yet.
        """
        loaded = self._loaded
        if loaded is None:
            raise BundleMissingError(
                self._bundle_error or "No model is loaded yet.",
                remedy="Train one and promote it; the service picks it up by itself.",
            )
        return loaded

    @property
    def matcher(self) -> Matcher:
        """The matcher that answers now; raises as :attr:`loaded` does."""
        return self.loaded.matcher

    @property
    def bundle_name(self) -> str:
        """Name of the bundle that answers now; raises as :attr:`loaded` does."""
        return self.loaded.bundle_name

    @property
    def seq(self) -> int:
        """Number of the last change of the store that the matcher knows; 0 before the first."""
        loaded = self._loaded
        return 0 if loaded is None else loaded.seq

    def status(self) -> LiveStatus:
        """Return how it is doing."""
        loaded, looked_at = self._loaded, self._looked_at
        return LiveStatus(
            ready=loaded is not None,
            stale=self._store_error is not None,
            bundle_name=None if loaded is None else loaded.bundle_name,
            model_version=None if loaded is None else loaded.model.version,
            seq=0 if loaded is None else loaded.seq,
            n_changed=0 if loaded is None else len(loaded.edits),
            looked_at=looked_at,
            lag_s=None if looked_at is None else (self._clock() - looked_at).total_seconds(),
            store_error=self._store_error,
            bundle_error=self._bundle_error,
        )

    # -- loading -------------------------------------------------------------------------------

    def load(self, name: str) -> Loaded:
        """Read a bundle and the store aside and answer a dry request; nothing is replaced.

        Raises
        ------
        BundleError
            It is missing, damaged or foreign.
        StoreError
            The store cannot be read.
        ArgumentError
            The store has no offer that the model could rank.
        """
        bundle = open_bundle(self._bundles / name)
        return self._made(name, load_model(bundle, self._encoder))

    def swap(self, loaded: Loaded) -> None:
        """Let ``loaded`` answer from now on, with what the store has learned since it was read."""
        with self._turn:
            self._take(self._caught_up(loaded))

    def load_current(self) -> None:
        """Load the bundle that the pointer names and let it answer; raises as :meth:`load`.

        Raises
        ------
        BundleMissingError
            None was promoted.
        """
        with self._turn:
            name = find_current(self._bundles)
            if name is None:
                raise BundleMissingError(
                    f"No bundle below {self._bundles} was promoted.",
                    remedy="Train one, or choose one with `finmatch models promote`.",
                )
            self._take(self.load(name))

    def _made(self, name: str, model: MatchModel) -> Loaded:
        content, now = self._store.changes.everything(), self._clock()
        matcher = matcher_over(model, content)
        warm_up(matcher, now=now)
        day = now.astimezone(dt.UTC).date()
        return Loaded(name, model, matcher, content.seq, base=matcher, edits=Edits(), day=day)

    def _caught_up(self, loaded: Loaded) -> Loaded:
        """Return ``loaded`` with the latest changes, as far as they can be laid over it."""
        while True:
            news = self._store.changes.news(loaded.seq)
            later = self._with_news(loaded, news)
            if later is None or later.seq == loaded.seq:
                return loaded
            loaded = later

    def _take(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._bundle_error, self._failed = None, None
        self._looked(self._clock())

    def _looked(self, now: dt.datetime) -> None:
        self._looked_at, self._store_error = now, None

    # -- following -----------------------------------------------------------------------------

    def refresh(self, now: dt.datetime) -> bool:
        """Follow the pointer and the store; return whether another matcher answers now.

        A bundle that cannot be loaded leaves the old one in place, and :meth:`status` says why.

        Raises
        ------
        StoreError
            The store cannot be read; the matcher stays as it was and counts as stale.
        """
        with self._turn:
            before = self._loaded and self._loaded.matcher
            try:
                self._follow_pointer(now)
                self._follow_store(now)
            except FinMatchError as error:
                self._store_error = str(error)
                raise
            return (self._loaded and self._loaded.matcher) is not before

    def _follow_pointer(self, now: dt.datetime) -> None:
        try:
            name = find_current(self._bundles)
        except BundleError as error:
            self._bundle_error = str(error)
            return
        if name is None:
            self._bundle_error = f"No bundle below {self._bundles} was promoted."
        elif self._loaded is None or self._loaded.bundle_name != name:
            if not self._failed_lately(name, now):
                self._build(name, now)
        elif self._failed is None or self._failed[0] != name:
            self._bundle_error, self._failed = None, None

    def _failed_lately(self, name: str, now: dt.datetime) -> bool:
        if self._failed is None or self._failed[0] != name:
            return False
        return (now - self._failed[1]).total_seconds() < self.settings.retry_bundle_s

    def _follow_store(self, now: dt.datetime) -> None:
        loaded = self._loaded
        if loaded is None:
            return
        while True:
            news = self._store.changes.news(loaded.seq)
            later = self._with_news(loaded, news)
            if later is None:
                break
            loaded = self._loaded = later
            if not news.more:
                break
        self._looked(now)
        worn = later is None or self._is_worn(loaded, now)
        if worn and not self._failed_lately(loaded.bundle_name, now):
            self._build(loaded.bundle_name, now)

    def _with_news(self, loaded: Loaded, news: News) -> Loaded | None:
        """Lay ``news`` over a matcher; ``None`` where it must be built anew."""
        if news.too_much:
            return None
        if news.empty:
            return loaded if news.seq == loaded.seq else replace(loaded, seq=news.seq)
        book = None if news.rules is None else RuleBook.with_national(news.rules)
        edits = loaded.edits.and_then(news.records, news.gone, book=book, facts=news.facts)
        try:
            matcher = changed_matcher(loaded.base, edits, before=loaded.matcher, day=loaded.day)
        except RebuildNeededError:
            return None
        return replace(loaded, matcher=matcher, edits=edits, seq=news.seq)

    def _is_worn(self, loaded: Loaded, now: dt.datetime) -> bool:
        """Return whether building anew would pay: much is laid over, or gone, or it is tomorrow."""
        n_items = len(loaded.base.market.items)
        most = min(self.settings.most_changed, max(1, round(MOST_SHARE * n_items)))
        if len(loaded.edits) > max(most, self.settings.least_changed) or loaded.edits.gone:
            return True
        return now.astimezone(dt.UTC).date() > loaded.day

    # -- building anew -------------------------------------------------------------------------

    def _build(self, name: str, now: dt.datetime) -> None:
        """Build a matcher anew: in a thread of its own where one follows the store, else here."""
        if threading.current_thread() is not self._thread:
            self._build_here(name, now)
        elif self._builder is None or not self._builder.is_alive():
            self._builder = threading.Thread(
                target=self._build_here, args=(name, now), name="live-builder", daemon=True
            )
            self._builder.start()

    def _build_here(self, name: str, now: dt.datetime) -> None:
        done = False
        try:
            loaded = self._loaded
            if loaded is not None and loaded.bundle_name == name:
                made = self._made(name, loaded.model)
            else:
                made = self.load(name)
            self.swap(made)
            done = True
        except StoreError as error:
            self._store_error, done = str(error), True
            if threading.current_thread() is not self._builder:
                raise
        except FinMatchError as error:  # of the bundle, an offer-less store, a missing extra
            self._bundle_error, self._failed, done = str(error), (name, now), True
        finally:
            if not done:
                self._bundle_error = f"The bundle {name!r} could not be loaded by a fault."
                self._failed = (name, now)

    # -- the thread ----------------------------------------------------------------------------

    def adopt(self, store: Store) -> None:
        """Follow ``store`` from now on, as a worker must after a fork: its own connections."""
        with self._turn:
            self._store = store

    def start(self) -> None:
        """Begin to follow in a thread of its own; a second call changes nothing."""
        if self._thread is None or not self._thread.is_alive():
            self._stop.clear()
            self._thread = threading.Thread(target=self._follow, name="live-matcher", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the threads and wait for them; one that builds ends with the process."""
        self._stop.set()
        for thread in (self._thread, self._builder):
            if thread is not None:
                thread.join(timeout=STOP_WITHIN_S)
        self._thread = self._builder = None

    def _follow(self) -> None:
        wait = self.settings.poll_s
        try:
            while not self._stop.wait(wait):
                try:
                    self.refresh(self._clock())
                    wait = self.settings.poll_s
                except FinMatchError:  # noted in the status
                    wait = min(2 * wait, self.settings.most_wait_s)
        finally:
            if not self._stop.is_set():
                self._store_error = "The thread that follows the store has ended by a fault."
