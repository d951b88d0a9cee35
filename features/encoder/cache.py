"""Vectors that were computed before, found by what the text says; one folder an encoder.

A folder holds a manifest and numbered parts. Each part is written aside and renamed, so that a
killed process leaves whole parts only. The manifest names the encoder: vectors of two encoders
have the same shape and cannot be told apart by looking at them.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from data.errors import ArgumentError, BundleDamagedError, BundleForeignError
from features.encoder.protocol import (
    EncoderInfo,
    Progress,
    TextEncoder,
    Vectors,
    check_vectors,
    clean_text,
)

FORMAT = 1
MANIFEST = "manifest.json"
PART_GLOB = "part-*.npz"
KEY_BYTES = 16
"""Of the SHA-256 of the cleaned text: two of a billion texts share them once in 10^20 stores."""
MOST_PARTS = 32
"""Parts beyond which they are joined: all when the folder is read, else those written since."""


class VectorCache:
    """Vectors of one encoder by content, in memory and, with a folder, on disk.

    Parameters
    ----------
    encoder
        Computes what is not there; it must be the one that the folder's manifest names.
    folder
        Where vectors are kept; ``None`` keeps them for this process only.

    Raises
    ------
    BundleForeignError
        The folder holds vectors of another encoder or format.
    BundleDamagedError
        A file of it cannot be read; of a part that shows at the first use.
    """

    def __init__(self, encoder: TextEncoder, folder: Path | None = None) -> None:
        self.encoder = encoder
        self.folder = folder
        self._rows: dict[bytes, NDArray[np.float32]] = {}
        self._unread = folder
        self._fresh: list[tuple[Path, list[bytes]]] = []
        self._turn = Lock()
        if folder is not None:
            _check_folder(folder, encoder.info)

    @property
    def info(self) -> EncoderInfo:
        """Whose vectors these are."""
        return self.encoder.info

    def __len__(self) -> int:
        self._read()
        return len(self._rows)

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Return one vector for each text, computing those that are new; see :class:`TextEncoder`.

        Equal texts are computed once; what is computed is kept, on disk as long as that can be
        written. Threads may share it.
        """
        self._read()
        cleaned = [clean_text(text) for text in texts]
        keys = [text_key(text) for text in cleaned]
        new = {
            key: text
            for key, text in zip(keys, cleaned, strict=True)
            if text and key not in self._rows
        }
        if new:
            found = self.encoder.encode(list(new.values()), progress=progress)
            self._keep(list(new), check_vectors(found, len(new), info=self.info))
        vectors = np.zeros((len(texts), self.info.dimension), np.float32)
        for at, (key, text) in enumerate(zip(keys, cleaned, strict=True)):
            if text:
                vectors[at] = self._rows[key]
        return vectors

    def _keep(self, keys: list[bytes], vectors: Vectors) -> None:
        with self._turn:
            self._rows |= dict(zip(keys, vectors, strict=True))
            if self.folder is None:
                return
            try:
                self._write(self.folder, keys)
            except OSError:  # a full or lost disk: the vectors are here all the same
                self.folder = None

    def _write(self, folder: Path, keys: list[bytes]) -> None:
        """Write a part; small ones of this process are joined, as requests bring one text each."""
        _make_folder(folder, self.info)
        self._fresh.append((_write_part(folder, keys, self._vectors(keys)), keys))
        if len(self._fresh) > MOST_PARTS:
            joined = [key for _, some in self._fresh for key in some]
            _write_part(folder, joined, self._vectors(joined))
            for part, _ in self._fresh:
                part.unlink(missing_ok=True)
            self._fresh = []

    def _vectors(self, keys: list[bytes]) -> Vectors:
        return np.array([self._rows[key] for key in keys], np.float32)

    def _read(self) -> None:
        """Read what is kept, once, before the first use."""
        with self._turn:
            if self._unread is not None:
                self._read_parts(self._unread)
                self._unread = None

    def _read_parts(self, folder: Path) -> None:
        parts = sorted(folder.glob(PART_GLOB))
        for part in parts:
            try:
                keys, vectors = _read_part(part)
            except FileNotFoundError:  # another process has joined it into a new one
                continue
            if vectors.ndim != 2 or vectors.shape != (len(keys), self.info.dimension):
                raise ArgumentError(
                    f"The vectors kept in {part} must have the dimension {self.info.dimension}; "
                    f"got the shape {vectors.shape}.",
                    field="encoder",
                    remedy=f"Remove the folder {folder}: its vectors are computed anew.",
                )
            self._rows |= dict(zip(keys, vectors, strict=True))
        if len(parts) > MOST_PARTS:
            _write_part(folder, list(self._rows), np.array(list(self._rows.values())))
            for part in parts:
                part.unlink(missing_ok=True)


def cache_folder(root: Path, info: EncoderInfo) -> Path:
    """Return the folder of an encoder's vectors below ``root``."""
    return root / info.fingerprint


def text_key(text: str) -> bytes:
    """Return :data:`KEY_BYTES` bytes that stand for a cleaned text."""
    return hashlib.sha256(text.encode("utf-8")).digest()[:KEY_BYTES]


def _manifest(info: EncoderInfo) -> dict[str, object]:
    return {"format": FORMAT, "fingerprint": info.fingerprint, "dimension": info.dimension}


def _make_folder(folder: Path, info: EncoderInfo) -> None:
    """Make the folder and its manifest where they are not there."""
    path = folder / MANIFEST
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _write_aside(path, json.dumps({**_manifest(info), "name": info.name}).encode())


def _check_folder(folder: Path, info: EncoderInfo) -> None:
    """Compare the manifest with the encoder, where there is one."""
    path, expected = folder / MANIFEST, _manifest(info)
    if not path.exists():
        if any(folder.glob(PART_GLOB)):
            raise _damaged(folder, f"{MANIFEST} is missing")
        return
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        same = all(found[key] == value for key, value in expected.items())
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(folder, f"{MANIFEST} cannot be read") from error
    if not same:
        raise BundleForeignError(
            f"The vectors in {folder} are of the encoder {found.get('name')!r} "
            f"({found['fingerprint']}, {found['dimension']} numbers), not of {info.name!r} "
            f"({info.fingerprint}, {info.dimension}).",
            field="encoder",
            remedy="Choose the encoder that made them, or another folder.",
        )


def _write_part(folder: Path, keys: list[bytes], vectors: Vectors) -> Path:
    name = uuid.uuid4().hex
    aside, part = folder / f".{name}.npz", folder / f"part-{name}.npz"
    try:
        with aside.open("wb") as file:
            np.savez(file, keys=np.frombuffer(b"".join(keys), np.uint8), vectors=vectors)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(part)
    finally:
        aside.unlink(missing_ok=True)
    return part


def _read_part(part: Path) -> tuple[list[bytes], Vectors]:
    try:
        with part.open("rb") as file, np.load(file) as content:
            keys, vectors = content["keys"].tobytes(), content["vectors"]
    except FileNotFoundError:
        raise
    except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
        raise _damaged(part.parent, f"{part.name} cannot be read") from error
    return [keys[at : at + KEY_BYTES] for at in range(0, len(keys), KEY_BYTES)], vectors


def _write_aside(path: Path, content: bytes) -> None:
    aside = path.with_name(f".{uuid.uuid4().hex}")
    try:
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _damaged(folder: Path, why: str) -> BundleDamagedError:
    return BundleDamagedError(
        f"The kept vectors in {folder} are damaged: {why}.",
        field="encoder",
        remedy="Remove the folder: its vectors are computed anew.",
    )
