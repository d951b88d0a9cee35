"""The live matcher: one at a time, replaced whole, never half loaded.

A request takes the matcher once and finishes on it. What changes in the store, and which bundle is
promoted (by whichever process), is looked at twice a second by a thread; a new matcher is made
aside, answers a dry request, and then takes the place of the old one by one assignment.

Several workers share memory by being forked: load once in the parent, ``gc.freeze()``, fork, then
:meth:`LiveMatcher.adopt` with a store of the worker's own (connections do not survive a fork), then
:meth:`LiveMatcher.start`: threads do not survive one either.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from data.errors import BundleMissingError, FinMatchError, StoreError
from matcher.bundle import open_bundle
from matcher.registry import find_current
from service.live.loading import load_model, matcher_over, warm_up
from service.live.status import LiveSettings, LiveStatus

if TYPE_CHECKING:
    from data.store import News, Store
    from features.encoder.protocol import TextEncoder
    from matcher.matcher import Matcher
    from matcher.model import MatchModel

Clock = Callable[[], dt.datetime]


@dataclass(frozen=True)
class Loaded:
    """A matcher that is ready to answer.

    Attributes
    ----------
    model
        As the bundle holds it, laid over nothing.
    seq
        Number of the last change of the store that is in it.
    """

    bundle_name: str
    model: MatchModel
    matcher: Matcher
    seq: int


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
        self._turn = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
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
            n_changed=0,
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
        """Let ``loaded`` answer from now on."""
        with self._turn:
            self._take(loaded)

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
        content = self._store.changes.everything()
        matcher = matcher_over(model, content)
        warm_up(matcher, now=self._clock())
        return Loaded(name, model, matcher, content.seq)

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
            before = self._loaded
            try:
                self._follow_pointer(now)
                self._follow_store(now)
            except FinMatchError as error:
                self._store_error = str(error)
                raise
            return self._loaded is not before

    def _follow_pointer(self, now: dt.datetime) -> None:
        name = ""
        try:
            name = find_current(self._bundles) or ""
            if not name:
                self._bundle_error = f"No bundle below {self._bundles} was promoted."
            elif self._loaded is None or self._loaded.bundle_name != name:
                if not self._failed_lately(name, now):
                    self._take(self.load(name))
            else:
                self._bundle_error, self._failed = None, None
        except StoreError:
            raise
        except FinMatchError as error:  # also an offer-less store, or a missing extra
            self._bundle_error, self._failed = str(error), (name, now)

    def _failed_lately(self, name: str, now: dt.datetime) -> bool:
        if self._failed is None or self._failed[0] != name:
            return False
        return (now - self._failed[1]).total_seconds() < self.settings.retry_bundle_s

    def _follow_store(self, now: dt.datetime) -> None:
        loaded = self._loaded
        if loaded is None:
            return
        news = self._store.changes.news(loaded.seq)
        if not news.empty:
            self._loaded = self._with_news(loaded, news)
        elif news.seq != loaded.seq:
            self._loaded = Loaded(loaded.bundle_name, loaded.model, loaded.matcher, news.seq)
        self._looked(now)

    def _with_news(self, loaded: Loaded, news: News) -> Loaded:
        return self._made(loaded.bundle_name, loaded.model)

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
        """End the thread and wait for it."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

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
