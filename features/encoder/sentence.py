"""Any model of sentence-transformers, by hub name or local path; the only module that imports it.

Needs the extra ``encoder``. Hubs are not asked for a model that is a local folder.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from data.errors import ArgumentError, BundleMissingError, DependencyError
from features.encoder.protocol import EncoderInfo, Progress, Vectors, check_vectors, clean_text
from features.encoder.unpacking import CARD_FILE, MOST_TOKENS

BATCH_SIZE = 32
FINGERPRINT_LETTERS = 16
PREFIX_PROMPTS = ("query", "retrieval", "document")
"""Prompts of a model's own configuration that may stand before both sides, best first."""


class SentenceEncoder:
    """A sentence-transformers model.

    Parameters
    ----------
    name_or_path
        Name on a hub, or a local folder.
    prefix
        Put before each text; ``None`` takes the model's own prompt for queries, if it has one.
    batch_size
        Texts that are encoded together, longest first.
    device
        ``cpu``, ``cuda``, …; ``None`` takes the best there is.

    Raises
    ------
    DependencyError
        The extra is not installed.
    BundleMissingError
        There is no such folder, or the hub cannot be reached or has no such model.

    Relations
    ---------
    :class:`features.encoder.bert.LightEncoder` gives the same vectors for the embedded model
    without the extra.
    """

    def __init__(
        self,
        name_or_path: str,
        *,
        prefix: str | None = None,
        batch_size: int = BATCH_SIZE,
        device: str | None = None,
    ) -> None:
        if batch_size < 1:
            raise ArgumentError(
                f"batch_size must be at least 1; got {batch_size}.", field="batch_size"
            )
        self._model = _load(name_or_path, device)
        prompts = self._model.prompts
        own = next((prompts[name] for name in PREFIX_PROMPTS if prompts.get(name)), "")
        self._prefix = own if prefix is None else prefix
        self._batch_size = batch_size
        dimension = self._model.get_embedding_dimension()
        self.info = EncoderInfo(name_or_path, self._fingerprint(), int(dimension))

    @property
    def model(self) -> Any:
        """The ``SentenceTransformer`` itself, for fine-tuning."""
        return self._model

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Return one unit vector for each text; see :class:`TextEncoder`."""
        cleaned = [clean_text(text) for text in texts]
        rows = sorted(
            (row for row, text in enumerate(cleaned) if text), key=lambda row: -len(cleaned[row])
        )
        vectors = np.zeros((len(texts), self.info.dimension), np.float32)
        for start in range(0, len(rows), self._batch_size):
            batch = rows[start : start + self._batch_size]
            vectors[batch] = self._model.encode(
                [self._prefix + cleaned[row] for row in batch],
                batch_size=self._batch_size,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
                prompt="",
            )
            if progress is not None:
                progress("encode", start + len(batch), len(rows))
        return check_vectors(vectors, len(texts), info=self.info)

    def words(self, texts: Sequence[str], *, most: int) -> tuple[Any, Any]:
        """Return word numbers and mask of a few texts as tensors, for adapting.

        Parameters
        ----------
        most
            Words of a text that are read, the marks of begin and end among them.
        """
        model = self._model
        usual = model.max_seq_length
        model.max_seq_length = most if usual is None else min(usual, most)
        try:
            read = model.preprocess([self._prefix + clean_text(text) for text in texts])
        finally:
            model.max_seq_length = usual
        return read["input_ids"].to(model.device), read["attention_mask"].to(model.device)

    def renew(self) -> None:
        """Take the fingerprint anew, after the weights changed."""
        self.info = replace(self.info, fingerprint=self._fingerprint())

    def save(self, folder: Path, *, name: str) -> None:
        """Write a folder; with a card for the light runtime where that can run the model."""
        self._model.save(str(folder), create_model_card=False)
        if not self._is_light():
            return
        card = {
            "name": name,
            "fingerprint": self.info.fingerprint,
            "prefix": self._prefix,
            "most_tokens": self._model.max_seq_length or MOST_TOKENS,
        }
        (folder / CARD_FILE).write_text(json.dumps(card), encoding="utf-8")

    def _is_light(self) -> bool:
        """Return whether this is what the light runtime runs: BERT, the mean, unit vectors."""
        body, *rest = list(self._model)
        config = getattr(getattr(body, "auto_model", None), "config", None)
        kind = getattr(config, "model_type", None), getattr(config, "hidden_act", None)
        pooling = getattr(rest[0], "pooling_mode", None) if rest else None
        others = {type(module).__name__ for module in rest[1:]}
        return kind == ("bert", "gelu") and pooling == "mean" and others <= {"Normalize"}

    def _fingerprint(self) -> str:
        """Hash all weights and the prefix: the same files by another path are the same encoder."""
        digest = hashlib.sha256(self._prefix.encode())
        for name, tensor in sorted(self._model.state_dict().items()):
            digest.update(name.encode())
            digest.update(tensor.detach().cpu().float().numpy().tobytes())
        return digest.hexdigest()[:FINGERPRINT_LETTERS]


def is_installed() -> bool:
    """Return whether the extra ``encoder`` is there, without importing it."""
    return find_spec("sentence_transformers") is not None and find_spec("torch") is not None


def _load(name_or_path: str, device: str | None) -> Any:
    if not is_installed():
        raise DependencyError(
            f"The encoder {name_or_path!r} needs sentence-transformers, which is not installed.",
            field="encoder",
            remedy="Install finmatch[encoder], or choose the encoder `embedded`.",
        )
    path = Path(name_or_path)
    local = path.is_absolute() or name_or_path.startswith(("./", "../")) or path.exists()
    if local and not path.is_dir():
        raise BundleMissingError(
            f"There is no encoder folder {path}.",
            field="encoder",
            remedy="Check the path, or choose the encoder `embedded`.",
        )
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # standard error is for our own bars
    try:
        return SentenceTransformer(name_or_path, device=device, local_files_only=local)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        reason = (str(error).splitlines() or ["no reason given"])[0]
        raise BundleMissingError(
            f"The encoder {name_or_path!r} cannot be loaded: {reason}",
            field="encoder",
            remedy="Give a folder that sentence-transformers can open, or a reachable model.",
        ) from error
