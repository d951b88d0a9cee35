"""A folder of arrays and JSON: what fitted features are kept in. Reading one runs no code.

Large arrays lie in files of their own that are mapped into memory, so that several processes share
them; small ones lie together.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from data.errors import BundleDamagedError, BundleMissingError
from features.tokens import TokenLists

CONTENT = "content.json"
SMALL_ARRAYS = "arrays.npz"
MAPPED_BYTES = 1 << 18
"""Arrays from this size on have a file of their own."""
_SPARSE_PARTS = ("data", "indices", "indptr")
_SHAPE = "shape"

_T = TypeVar("_T")


class ArchiveWriter:
    """Collects values by name and writes them at once."""

    def __init__(self) -> None:
        self._arrays: dict[str, NDArray[Any]] = {}
        self._content: dict[str, Any] = {}

    def value(self, name: str, value: Any) -> None:
        """Add what JSON can hold."""
        self._content[name] = value

    def array(self, name: str, array: NDArray[Any]) -> None:
        """Add an array of numbers, flags or days."""
        self._arrays[name] = array

    def sparse(self, name: str, matrix: sp.csr_matrix) -> None:
        """Add a sparse matrix."""
        for part in _SPARSE_PARTS:
            self._arrays[f"{name}.{part}"] = getattr(matrix, part)
        self._content[f"{name}.{_SHAPE}"] = list(matrix.shape)

    def texts(self, name: str, texts: NDArray[np.object_]) -> None:
        """Add an array of texts, ``None`` allowed."""
        self._content[name] = texts.tolist()

    def lists(self, name: str, lists: TokenLists) -> None:
        """Add lists of texts."""
        self._arrays[f"{name}.offsets"] = lists.offsets
        self._content[f"{name}.values"] = lists.values.tolist()

    def save(self, folder: Path) -> None:
        """Write everything into ``folder``, which is made."""
        folder.mkdir(parents=True, exist_ok=True)
        small = {name: a for name, a in self._arrays.items() if a.nbytes < MAPPED_BYTES}
        for name, array in self._arrays.items():
            if name not in small:
                np.save(folder / f"{name}.npy", array, allow_pickle=False)
        np.savez(folder / SMALL_ARRAYS, **small)  # type: ignore[arg-type]  # of its allow_pickle
        text = json.dumps(self._content, ensure_ascii=False, separators=(",", ":"))
        (folder / CONTENT).write_text(text, encoding="utf-8")


class ArchiveReader:
    """Reads what :class:`ArchiveWriter` wrote.

    Raises
    ------
    BundleMissingError
        ``folder`` holds no archive.
    BundleDamagedError
        A file cannot be read. Every method raises it for what is not there or of another kind.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if not (folder / CONTENT).is_file():
            raise BundleMissingError(
                f"There are no fitted features in {folder}.",
                remedy="Train again or restore the bundle.",
            )
        self._content: dict[str, Any] = self._reading(
            CONTENT, lambda: json.loads((folder / CONTENT).read_text(encoding="utf-8"))
        )
        self._small: dict[str, NDArray[Any]] = self._reading(SMALL_ARRAYS, self._read_small)

    def _read_small(self) -> dict[str, NDArray[Any]]:
        with np.load(self.folder / SMALL_ARRAYS, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}

    def _reading(self, name: str, read: Callable[[], _T]) -> _T:
        try:
            return read()
        except (OSError, EOFError, ValueError, KeyError, TypeError, IndexError) as error:
            raise BundleDamagedError(
                f"The fitted features in {self.folder} are damaged: {name} cannot be read.",
                field=name,
                remedy="Train again or restore the bundle.",
            ) from error

    def value(self, name: str) -> Any:
        """Return a value."""
        return self._reading(name, lambda: self._content[name])

    def array(self, name: str) -> NDArray[Any]:
        """Return an array; a large one is mapped and read-only."""
        if name in self._small:
            return self._small[name]
        path = self.folder / f"{name}.npy"
        return self._reading(name, lambda: np.load(path, mmap_mode="r", allow_pickle=False))

    def sparse(self, name: str) -> sp.csr_matrix:
        """Return a sparse matrix."""
        parts = tuple(self.array(f"{name}.{part}") for part in _SPARSE_PARTS)
        shape = tuple(self.value(f"{name}.{_SHAPE}"))
        return self._reading(name, lambda: sp.csr_matrix(parts, shape=shape, copy=False))

    def texts(self, name: str) -> NDArray[np.object_]:
        """Return an array of texts."""
        values = self.value(name)
        return self._reading(name, lambda: _texts(values))

    def lists(self, name: str) -> TokenLists:
        """Return lists of texts."""
        offsets = self.array(f"{name}.offsets")
        return TokenLists(offsets, self.texts(f"{name}.values"))


def _texts(values: list[str | None]) -> NDArray[np.object_]:
    texts = np.empty(len(values), object)
    texts[:] = values
    return texts
