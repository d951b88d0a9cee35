"""Where jobs keep their files, below the home."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from data.errors import UnknownIdError

JOBS_FOLDER = "jobs"
ID_PATTERN = re.compile(r"job_[0-9a-f]{24}")


def new_job_id() -> str:
    """Return an id that nobody can guess and that is safe as a file name."""
    return f"job_{secrets.token_hex(12)}"


@dataclass(frozen=True, slots=True)
class JobFolders:
    """The folders and files of jobs.

    Attributes
    ----------
    home
        Of the installation.
    """

    home: Path

    @property
    def root(self) -> Path:
        """Everything of jobs."""
        return self.home / JOBS_FOLDER

    @property
    def lock_file(self) -> Path:
        """Held by the runner of this home."""
        return self.root / ".runner.lock"

    @property
    def incoming(self) -> Path:
        """Uploads that are still being received."""
        return self.root / "incoming"

    @property
    def data_sets(self) -> Path:
        """Where the operator puts the sets that jobs may read by name."""
        return self.home / "sets"

    def log(self, job_id: str) -> Path:
        """Return the file of what a job said."""
        return self._named("logs", job_id, ".log")

    def output(self, job_id: str, attempt: int) -> Path:
        """Return the file of the document that one attempt printed."""
        return self._named("results", job_id, f".{attempt}.json")

    def verdict(self, job_id: str, attempt: int) -> Path:
        """Return the file of an exit code, written by the child as its last act."""
        return self._named("results", job_id, f".{attempt}.done")

    def inputs(self, job_id: str) -> Path:
        """Return the folder of what a job reads; it goes when the job has ended."""
        return self._named("inputs", job_id, "")

    def rejects(self, job_id: str) -> Path:
        """Return the file of what an import could not use."""
        return self._named("rejects", job_id, ".csv")

    def evaluation(self, job_id: str) -> Path:
        """Return the folder of the results of an evaluation."""
        return self._named("evaluations", job_id, "")

    def _named(self, folder: str, job_id: str, suffix: str) -> Path:
        if not ID_PATTERN.fullmatch(job_id):
            raise UnknownIdError(f"There is no job {job_id!r}.", field="job_id")
        return self.root / folder / (job_id + suffix)
