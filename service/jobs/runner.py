"""The runner: takes jobs from the store, runs them as child processes, and tells how they went.

It is a process of its own. What it knows is in the store and in files, so that it may be killed at
any moment: its children end with it, and the next runner takes over what it held, at once where it
can see that the process is gone, else when its signs of life have not changed for a while by the
new runner's own watch.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from data.errors import ConflictError, FinMatchError, StoreError
from data.jobs import Job, JobState, Outcome
from data.store import Store
from matcher.durable import disk_errors, try_hold
from service.jobs.folders import JobFolders
from service.jobs.kinds import KINDS, UPLOAD, command_of, upload_label
from service.jobs.processes import TERM_GRACE_S, ProcessName, end_group
from service.jobs.running import CHILD, Work, earlier_outcome
from service.settings import Settings, environment_of

LOG = logging.getLogger("finmatch.jobs")

Clock = Callable[[], dt.datetime]
ALWAYS = 1_000_000
"""Attempts of a job that its runner gives back by itself: that is not the job's fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerSettings:
    """How often, how long, how many.

    Attributes
    ----------
    heavy, light
        Jobs at a time. Heavy ones share the machine with the requests: one is enough.
    poll_s
        Between two looks at the queue and at the children.
    tell_s, beat_s
        Between two notes of progress that changed, and of signs of life without any.
    lost_after_s
        A runner elsewhere whose signs of life do not change for this long is gone.
    keep
        Files of jobs that ended earlier than this are removed; rows stay.
    """

    heavy: int = 1
    light: int = 1
    poll_s: float = 0.5
    tell_s: float = 1.0
    beat_s: float = 5.0
    lost_after_s: float = 60.0
    keep: dt.timedelta = dt.timedelta(days=30)


class Runner:
    """Runs the jobs of one home.

    Parameters
    ----------
    store
        Whose queue it works on.
    settings
        Of the installation; its children get the same.
    clock
        Returns the present instant, for what is noted; waiting goes by a watch of its own.
    program
        What starts a child; the verdict's file and the verb follow.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        *,
        clock: Clock,
        options: RunnerSettings | None = None,
        program: Sequence[str] = CHILD,
    ) -> None:
        self.options = options or RunnerSettings()
        self.folders = JobFolders(settings.home)
        self.owner = f"{ProcessName.of(os.getpid())}/{secrets.token_hex(4)}"
        self.works: list[Work] = []
        self._store = store
        self._settings = settings
        self._clock = clock
        self._program = program
        self._told: dict[str, tuple[float, float, str]] = {}
        self._watched: dict[tuple[str, str | None, int], float] = {}
        self._next_cleaning = self._next_strays = 0.0

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop; then end the children and give their jobs back.

        Only one runner of a home works at a time: a second one waits for its turn.
        """
        with disk_errors(self.folders.root):
            self.folders.root.mkdir(parents=True, exist_ok=True)
        while (turn := try_hold(self.folders.lock_file)) is None:
            if stop.wait(self.options.poll_s):
                return
        try:
            while not stop.wait(self.options.poll_s):
                self.step()
        finally:
            self.stop()
            turn.close()

    def step(self) -> None:
        """Look once at everything; a store that is away is asked again next time."""
        try:
            self._take_over()
            for work in list(self.works):
                self._follow(work)
            self._begin()
            self._clean()
        except StoreError as error:
            LOG.warning("jobs wait: %s", error)

    def stop(self) -> None:
        """End the children and put their jobs back into the queue."""
        for work in self.works:
            work.end("stopped")
        give_up = time.monotonic() + 2 * TERM_GRACE_S
        while any(w.poll() is None for w in self.works) and time.monotonic() < give_up:
            time.sleep(self.options.poll_s)
        for work in self.works:
            try:
                self._give_back(work)
            except FinMatchError as error:
                LOG.warning("job %s will be taken over: %s", work.job.job_id, error)
        self.works = []

    # -- children ------------------------------------------------------------------------------

    def _begin(self) -> None:
        for heavy, most in ((True, self.options.heavy), (False, self.options.light)):
            kinds = {name for name, kind in KINDS.items() if kind.heavy is heavy}
            if not heavy:
                kinds |= self._strays()
            busy = sum(work.kind.heavy is heavy for work in self.works)
            while busy < most:
                job = self._store.jobs.claim(owner=self.owner, now=self._clock(), kinds=kinds)
                if job is None:
                    break
                busy += self._start(job)

    def _strays(self) -> set[str]:
        """Return kinds that wait and that this version does not know, so that they end."""
        if time.monotonic() < self._next_strays:
            return set()
        self._next_strays = time.monotonic() + self.options.beat_s
        waiting = self._store.jobs.listing(state=JobState.QUEUED, n=200)
        return {job.kind for job in waiting} - set(KINDS)

    def _start(self, job: Job) -> bool:
        """Start the child of a job; false where it could not be."""
        try:
            command = command_of(job.kind, job.job_id, job.arguments, self._settings.home)
            with disk_errors(self.folders.root):
                work = Work(
                    job,
                    KINDS[job.kind],
                    command,
                    folders=self.folders,
                    environment=environment_of(self._settings),
                    program=self._program,
                )
        except FinMatchError as error:
            self._finish(job, Outcome(state=JobState.FAILED, error=str(error)))
            return False
        self.works.append(work)
        LOG.info("job %s (%s) begins", job.job_id, job.kind)
        self._beat(work)
        return True

    def _follow(self, work: Work) -> None:
        if work.poll() is not None:
            self._end_of(work)
            return
        if time.monotonic() - work.begun > work.kind.limit_s:
            work.end("late")
        told_at, share, phrase = self._told.get(work.job.job_id, (0.0, 0.0, ""))
        since = time.monotonic() - told_at
        changed = (work.progress.share, work.progress.phrase) != (share, phrase)
        if since >= self.options.beat_s or (changed and since >= self.options.tell_s):
            self._beat(work)
        elif since >= self.options.tell_s:
            job = self._store.jobs.get(work.job.job_id)
            if job.cancel_requested:
                work.end("cancelled")

    def _beat(self, work: Work) -> None:
        share, phrase = work.progress.share, work.progress.phrase
        try:
            job = self._store.jobs.beat(
                work.job.job_id,
                owner=self.owner,
                now=self._clock(),
                progress=share,
                phrase=phrase,
                process=str(work.process) if work.process else None,
                log_file=work.log_path.name,
            )
        except ConflictError:  # somebody took this runner for dead
            work.end("disowned")
            return
        self._told[work.job.job_id] = (time.monotonic(), share, phrase)
        if job.cancel_requested:
            work.end("cancelled")

    def _end_of(self, work: Work) -> None:
        outcome = work.outcome()
        if work.reason == "disowned":
            self._forget(work)
            return
        self._finish(work.job, outcome)
        self._forget(work)
        LOG.info("job %s (%s): %s", work.job.job_id, work.job.kind, outcome.state.value)

    def _finish(self, job: Job, outcome: Outcome) -> None:
        try:
            self._store.jobs.finish(
                job.job_id, owner=job.owner or "", now=self._clock(), outcome=outcome
            )
        except ConflictError as error:
            LOG.warning("%s", error)
            return
        self._tidy(job, outcome.state)

    def _tidy(self, job: Job, state: JobState) -> None:
        """Remove what an ended job read, and what it staged where it did not come to its end."""
        shutil.rmtree(self.folders.inputs(job.job_id), ignore_errors=True)
        if job.kind == UPLOAD and state is not JobState.SUCCEEDED:
            self._store.discard_import(upload_label(job.job_id))

    def _forget(self, work: Work) -> None:
        self.works.remove(work)
        self._told.pop(work.job.job_id, None)

    def _give_back(self, work: Work) -> None:
        if work.poll() is not None:
            outcome = work.outcome()
            if outcome.state is JobState.SUCCEEDED or work.reason != "stopped":
                self._finish(work.job, outcome)
                return
        job = self._store.jobs.get(work.job.job_id)
        back = self._store.jobs.give_back(
            job.job_id, owner=self.owner, beats=job.beats, now=self._clock(), most_attempts=ALWAYS
        )
        if back is not None and back.ended:
            self._tidy(back, back.state)

    # -- what others left ----------------------------------------------------------------------

    def _take_over(self) -> None:
        seen, mine = set(), {work.job.job_id for work in self.works}
        for job in self._store.jobs.running():
            if job.owner == self.owner:
                if job.job_id not in mine:  # taken or ended while the store went away
                    self._recover(job)
                continue
            key = (job.job_id, job.owner, job.beats)
            seen.add(key)
            if self._is_lost(job, self._watched.setdefault(key, time.monotonic())):
                self._recover(job)
        self._watched = {key: since for key, since in self._watched.items() if key in seen}

    def _is_lost(self, job: Job, unchanged_since: float) -> bool:
        owner = ProcessName.parse((job.owner or "").rpartition("/")[0])
        if owner is not None and owner.is_here:
            return not owner.alive
        return time.monotonic() - unchanged_since > self.options.lost_after_s

    def _recover(self, job: Job) -> None:
        """End what is left of a job's child; then note its end, or let it be done again."""
        child = ProcessName.parse(job.process)
        if child is not None:
            end_group(child)
        kind = KINDS.get(job.kind)
        done = None if kind is None else earlier_outcome(kind, job, self.folders)
        if done is not None:
            self._finish(job, done)
            return
        back = self._store.jobs.give_back(
            job.job_id,
            owner=job.owner or "",
            beats=job.beats,
            now=self._clock(),
            most_attempts=1 if kind is None else kind.most_attempts,
        )
        if back is not None:
            LOG.warning("job %s lost its runner: %s", job.job_id, back.state.value)
            if back.ended:
                self._tidy(back, back.state)

    def _clean(self) -> None:
        """Remove, once an hour, the files of jobs that ended long ago and of none at all."""
        if time.monotonic() < self._next_cleaning:
            return
        self._next_cleaning = time.monotonic() + 3600.0
        now = self._clock()
        for path in (*self.folders.root.glob("*/job_*"), *self.folders.incoming.glob("*")):
            with suppress(OSError):  # gone in the meantime, or not ours to remove
                age = now - dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
                job = self._store.jobs.find(path.name.partition(".")[0])
                limit = self.options.keep if job is not None else dt.timedelta(days=1)
                if age > limit and (job is None or job.ended):
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
