"""Writing that survives a crash, and locks that a dead process cannot keep. POSIX only."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from data.errors import BundleError

CHUNK = 1 << 20  # bytes hashed at a time; larger ones gain nothing
NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, None})
"""Error numbers of a full disk; NumPy gives none where less was written than asked."""


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def sync(path: Path) -> None:
    """Flush a file, or the names inside a folder, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8 and flush it."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def replace_text(path: Path, text: str) -> None:
    """Replace the file at ``path`` in one step; on an error the old one stays as it is.

    One writer at a time: hold a lock. What a killed writer left aside is overwritten by the next.
    """
    aside = path.with_name(f".{path.name}.part")
    try:
        write_text(aside, text)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    sync(path.parent)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file at ``path`` against other threads and processes, waiting for it."""
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def hold(path: Path) -> IO[str]:
    """Lock the file at ``path`` until the returned file is closed or this process ends."""
    owner = path.open("w")
    fcntl.flock(owner, fcntl.LOCK_EX)
    return owner


def try_hold(path: Path) -> IO[str] | None:
    """Lock the file at ``path`` as :func:`hold` does; ``None`` where somebody else holds it."""
    owner = path.open("a")
    try:
        fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner.close()
        return None
    return owner


def is_held(path: Path) -> bool:
    """Return whether a living process holds the lock file at ``path``."""
    with suppress(FileNotFoundError), path.open("r+") as owner:
        try:
            fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def disk_errors(root: Path, *, only: frozenset[int | None] | None = None) -> Iterator[None]:
    """Turn errors of the file system (``only`` these numbers) into one with a remedy."""
    try:
        yield
    except OSError as error:
        if only is not None and error.errno not in only:
            raise
        raise BundleError(
            f"Nothing can be written below {root}: {error.strerror or error}.",
            remedy="Free disk space or check the permissions; nothing half-written was left.",
        ) from error
