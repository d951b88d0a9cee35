"""The server process: one listening socket, and workers that are forked from a loaded parent.

The parent loads bundle and store once and then forks, so that workers share what was loaded (the
pages are copied only when somebody writes to them). It answers no request itself: it starts a
worker again that ended, and ends all of them when it is told to.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from types import FrameType

from fastapi import FastAPI

from data.errors import ArgumentError, FinMatchError, StoreError
from data.store import Store
from service.api.app import create_app
from service.api.envelope import Limits
from service.clock import now
from service.jobs.companion import RunnerCompanion
from service.live import LiveMatcher, LiveSettings
from service.live.loading import open_encoder
from service.logs import FIELDS, set_up
from service.metrics import Metrics
from service.serving.keeping import Keeper
from service.serving.state import ServiceState
from service.settings import Settings

LOG = logging.getLogger("finmatch.server")

THREADS = 4
"""Requests that one worker computes at a time: more would only wait for the interpreter's lock."""
BACKLOG = 512
"""Connections that the system holds for us; beyond it, it refuses them."""
SHUTDOWN_S = 10
"""How long requests may take to end after the worker was told to."""
RESTART_PAUSE_S = 1.0
"""Between the end of a worker and its successor: a worker that cannot start must not spin."""
STORE_LOCK_WAIT_S = 5.0
"""How long a request waits for another writer; then it is answered 503 and may be repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions:
    """Where and how to serve.

    Attributes
    ----------
    host, port
        Address; port 0 lets the system choose.
    workers
        Processes that answer.
    demo
        The world is generated; see :class:`ServiceState`.
    jobs
        Start a runner of jobs beside the server.
    log_level
        Of the structured log.
    """

    host: str
    port: int
    workers: int = 1
    demo: bool = False
    jobs: bool = True
    log_level: str = "info"
    limits: Limits = field(default_factory=Limits)
    live: LiveSettings = field(default_factory=LiveSettings)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises
    ------
    ArgumentError
        The address is taken or not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise ArgumentError(
            f"Cannot listen on {host}:{port}: {error.strerror or error}.",
            field="port",
            remedy="Choose another --port, or end what listens there.",
        ) from error
    sock.listen(BACKLOG)
    sock.set_inheritable(True)
    return sock


def address_of(sock: socket.socket) -> str:
    """Return the URL under which a listening socket answers."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def load(settings: Settings, options: ServerOptions) -> LiveMatcher:
    """Load what workers share. Without a promoted bundle the service starts and is not ready.

    Raises
    ------
    StoreError
        The database cannot be used.
    """
    store = Store.open(settings.database_url, lock_wait_s=STORE_LOCK_WAIT_S)
    live = LiveMatcher(
        store,
        settings.bundles,
        clock=now,
        encoder=open_encoder(settings),
        settings=options.live,
    )
    try:
        live.load_current()
    except StoreError:
        raise
    except FinMatchError as error:
        LOG.warning("not ready: %s", error)
    finally:
        store.close()
    return live


def serve(
    settings: Settings,
    options: ServerOptions,
    *,
    sock: socket.socket,
    ready: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve until told to end (SIGINT, SIGTERM); ``ready`` gets the address once workers run."""
    set_up(options.log_level)
    live = load(settings, options)
    gc.collect()
    gc.freeze()  # a collection would write to every object, and so copy every page
    with companion_of(settings, options) as companion:
        if options.workers == 1:
            signal.signal(signal.SIGTERM, _leave)
            ready(address_of(sock))
            work(settings, options, live, sock)
        else:
            Parent(settings, options, live, sock, companion).run(ready)


def companion_of(
    settings: Settings, options: ServerOptions
) -> contextlib.AbstractContextManager[RunnerCompanion | None]:
    """Return the runner of jobs as a companion of this process, where it is to have one."""
    if not options.jobs:
        return contextlib.nullcontext()
    return RunnerCompanion(settings, watch=options.workers == 1)


def _leave(_number: int, _frame: FrameType | None) -> None:
    """End as after an interruption: uvicorn raises the signal again once it is done."""
    raise SystemExit(0)


class Parent:
    """Forks workers, starts those again that end, and ends with them."""

    def __init__(
        self,
        settings: Settings,
        options: ServerOptions,
        live: LiveMatcher,
        sock: socket.socket,
        companion: RunnerCompanion | None = None,
    ) -> None:
        self._settings = settings
        self._options = options
        self._live = live
        self._sock = sock
        self._companion = companion
        self._workers: set[int] = set()
        self._ending = False

    def run(self, ready: Callable[[str], None]) -> None:
        """Return when all workers have ended."""
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGINT, self._end)
        for _ in range(self._options.workers):
            self._fork()
        ready(address_of(self._sock))
        while self._workers:
            pid, status = os.wait()
            if self._companion is not None and pid == self._companion.pid:
                if not self._ending:
                    time.sleep(RESTART_PAUSE_S)
                    self._companion.restart()
                continue
            self._workers.discard(pid)
            if not self._ending:
                fields = {"worker": pid, "status": os.waitstatus_to_exitcode(status)}
                LOG.error("a worker ended; another one starts", extra={FIELDS: fields})
                time.sleep(RESTART_PAUSE_S)
                if not self._ending:
                    self._fork()

    def _fork(self) -> None:
        pid = os.fork()
        if pid:
            self._workers.add(pid)
            if self._ending:  # told to end while forking
                os.kill(pid, signal.SIGTERM)
            return
        code = 1
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            work(self._settings, self._options, self._live, self._sock)
            code = 0
        finally:
            sys.stderr.flush()
            os._exit(code)  # never back into the parent's code

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self._ending = True
        for pid in self._workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)


def make_state(settings: Settings, options: ServerOptions, live: LiveMatcher) -> ServiceState:
    """Return the state of one worker, with a store of its own."""
    store = Store.open(settings.database_url, lock_wait_s=STORE_LOCK_WAIT_S)
    live.adopt(store)
    return ServiceState(
        settings=settings,
        store=store,
        live=live,
        keeper=Keeper(store),
        metrics=Metrics(),
        clock=now,
        demo=options.demo,
    )


def work(
    settings: Settings, options: ServerOptions, live: LiveMatcher, sock: socket.socket
) -> None:
    """Answer requests in this process until it is told to end."""
    import uvicorn

    state = make_state(settings, options, live)
    app = create_app(state, limits=options.limits, lifespan=_lifespan(state))
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
        backlog=BACKLOG,
    )
    uvicorn.Server(config).run(sockets=[sock])


def _lifespan(
    state: ServiceState,
) -> Callable[[FastAPI], contextlib.AbstractAsyncContextManager[None]]:
    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        import anyio.to_thread

        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        state.live.start()
        try:
            yield
        finally:
            state.live.stop()
            state.store.close()

    return lifespan
