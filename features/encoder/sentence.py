"""Any model of sentence-transformers, by hub name or local path; the only module that imports it.

Needs the extra ``encoder``. Hubs are not asked for a model that is a local folder.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from data.errors import ArgumentError, BundleMissingError, DependencyError
from features.encoder.protocol import EncoderInfo, Progress, Vectors, check_vectors, clean_text
from features.encoder.unpacking import CARD_FILE

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

    def embed(self, texts: Sequence[str]) -> Any:
        """Return unit vectors as a tensor that knows its gradient, for fine-tuning."""
        import torch

        read = self._model.preprocess([self._prefix + clean_text(text) for text in texts])
        moved = {  # beside tensors it names the modality
            name: value.to(self._model.device) if isinstance(value, torch.Tensor) else value
            for name, value in read.items()
        }
        found = self._model(moved)["sentence_embedding"]
        return torch.nn.functional.normalize(found, dim=-1)

    def renew(self) -> None:
        """Take the fingerprint anew, after the weights changed."""
        self.info = replace(self.info, fingerprint=self._fingerprint())

    def save(self, folder: Path, *, name: str) -> None:
        """Write a folder that both runtimes open, with a card that says whose vectors it gives."""
        self._model.save(str(folder))
        card = {"name": name, "fingerprint": self.info.fingerprint, "prefix": self._prefix}
        (folder / CARD_FILE).write_text(json.dumps(card), encoding="utf-8")

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


@dataclass(frozen=True, slots=True)
class AdaptSettings:
    """How an encoder is adapted.

    Attributes
    ----------
    batch_size
        Pairs that serve each other as negatives.
    rate
        Learning rate of AdamW.
    scale
        Inverse temperature of the softmax over cosines (Reimers & Gurevych's own default).
    check_every
        Steps between looks at the validation window.
    patience
        Looks without a gain after which it ends.
    most_steps
        After which it ends in any case.
    """

    batch_size: int = 16
    rate: float = 2e-5
    scale: float = 20.0
    check_every: int = 20
    patience: int = 2
    most_steps: int = 200


def adapt(
    encoder: SentenceEncoder,
    triples: Sequence[tuple[str, str, str]],
    *,
    judge: Callable[[SentenceEncoder], float],
    rng: np.random.Generator,
    settings: AdaptSettings | None = None,
    progress: Progress | None = None,
) -> int:
    """Adapt an encoder in place to pairs that belong together.

    Multiple negatives ranking: every text of the batch that is not the pair's own is a negative,
    the mined ones among them (Henderson et al. 2017). The best state by ``judge`` is what remains.

    Parameters
    ----------
    triples
        What a need says, what the offer said that it met, and what a hard negative says.
    judge
        Tells how good the encoder is on the validation window; larger is better.
    rng
        Draws the order of the triples.

    Returns
    -------
    Steps after which it was best; 0 where it never got better.
    """
    import torch

    settings = settings or AdaptSettings()
    model = encoder.model
    optimizer = torch.optim.AdamW(model.parameters(), lr=settings.rate)
    best, best_step, idle = judge(encoder), 0, 0
    kept = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    torch.manual_seed(int(rng.integers(2**31)))
    for step in range(1, settings.most_steps + 1):
        size = min(settings.batch_size, len(triples))
        chosen = [triples[at] for at in rng.choice(len(triples), size=size, replace=False)]
        model.train()
        loss = _ranking_loss(encoder, chosen, settings.scale)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if progress is not None:
            progress("adapt", step, settings.most_steps)
        if step % settings.check_every:
            continue
        model.eval()
        found = judge(encoder)
        if found > best:
            best, best_step, idle = found, step, 0
            kept = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        else:
            idle += 1
        if idle >= settings.patience:
            break
    model.load_state_dict(kept)
    model.eval()
    encoder.renew()
    return best_step


def _ranking_loss(
    encoder: SentenceEncoder, triples: Sequence[tuple[str, str, str]], scale: float
) -> Any:
    """Cross-entropy of each need against all texts of the batch; equal texts are no negatives."""
    import torch

    offers = [triple[1] for triple in triples] + [triple[2] for triple in triples]
    needs = encoder.embed([triple[0] for triple in triples])
    scores = needs @ encoder.embed(offers).T * scale
    twins = [
        [a == b and at != row for at, b in enumerate(offers)]
        for row, a in enumerate(offers[: len(triples)])
    ]
    hidden = torch.tensor(twins, device=scores.device)
    target = torch.arange(len(triples), device=scores.device)
    return torch.nn.functional.cross_entropy(scores.masked_fill(hidden, -torch.inf), target)
