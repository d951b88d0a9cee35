"""Adapting an encoder to pairs that belong together, within the memory and time of one processor.

The word table and the lower layers are frozen, so what they give for a text is computed once and
kept; only the upper layers run again in each step. A step sees its texts in small parts and keeps
nothing of them but their vectors and the gradient of those (Gao et al. 2021, gradient caching), so
that its memory does not grow with the batch. There is no dropout: early stopping and the few
trained layers guard against learning by heart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from data.errors import ArgumentError
from features.encoder.protocol import Progress, Vectors, clean_text
from features.encoder.sentence import SentenceEncoder

GRADIENT_NORM = 1.0
"""Longest step of the gradient, as sentence-transformers clips it."""


@dataclass(frozen=True, slots=True)
class AdaptSettings:
    """How an encoder is adapted.

    Attributes
    ----------
    layers
        Upper layers that are trained.
    most_tokens
        Of a text that are read while adapting; afterwards the encoder reads as far as before.
    batch_size
        Pairs that serve each other as negatives.
    part_size
        Texts that run through the layers together: bounds the memory.
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

    layers: int = 2
    most_tokens: int = 128
    batch_size: int = 16
    part_size: int = 8
    rate: float = 2e-4
    scale: float = 20.0
    check_every: int = 8
    patience: int = 2
    most_steps: int = 48


class UpperLayers:
    """An encoder whose lower layers have already read some texts.

    Parameters
    ----------
    encoder
        Of BERT's make: a word table and a list of layers.
    texts
        All texts that will be asked for. What is kept of one is ``(tokens, hidden)`` numbers.
    settings
        How many layers are left to run, and how far texts are read.

    Raises
    ------
    ArgumentError
        The encoder is of another make.
    """

    def __init__(
        self,
        encoder: SentenceEncoder,
        texts: Sequence[str],
        *,
        settings: AdaptSettings,
        progress: Progress | None = None,
    ) -> None:
        self.encoder = encoder
        self.settings = settings
        self._body = _body_of(encoder)
        self._cut = max(0, len(self._body.encoder.layer) - settings.layers)
        self._states = self._read(list(dict.fromkeys(texts)), progress)

    def parameters(self) -> list[Any]:
        """Return what is trained: the weights of the upper layers."""
        return list(self._body.encoder.layer[self._cut :].parameters())

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Return unit vectors of texts that were read; zero where there is nothing to read."""
        import torch

        own = [text for text in dict.fromkeys(texts) if text in self._states]
        found: dict[str, Vectors] = {}
        with torch.no_grad():
            for part in self.parts(own):
                vectors = self.embed(part).cpu().numpy()
                found.update(zip(part, vectors, strict=True))
                if progress is not None:
                    progress("encode", len(found), len(own))
        nothing = np.zeros(self.encoder.info.dimension, np.float32)
        return np.array([found.get(text, nothing) for text in texts], np.float32)

    def parts(self, texts: Sequence[str]) -> list[list[str]]:
        """Part texts, those of like length together."""
        size = self.settings.part_size
        ordered = sorted(texts, key=lambda text: -len(self._states[text]))
        return [ordered[start : start + size] for start in range(0, len(ordered), size)]

    def embed(self, texts: Sequence[str]) -> Any:
        """Return unit vectors of a few texts as a tensor that knows its gradient."""
        import torch

        states = torch.nn.utils.rnn.pad_sequence(
            [self._states[text] for text in texts], batch_first=True
        )
        mask = torch.zeros(states.shape[:2], dtype=torch.long, device=states.device)
        for row, text in enumerate(texts):
            mask[row, : len(self._states[text])] = 1
        with self._only(slice(self._cut, None), given=True):
            seen = self._body(inputs_embeds=states, attention_mask=mask).last_hidden_state
        read = {"token_embeddings": seen, "attention_mask": mask}
        for module in list(self.encoder.model)[1:]:
            read = module(read)
        return torch.nn.functional.normalize(read["sentence_embedding"], dim=-1)

    def _read(self, texts: list[str], progress: Progress | None) -> dict[str, Any]:
        """Run the word table and the frozen layers over every text, once."""
        import torch

        size, most = self.settings.part_size, self.settings.most_tokens
        texts = sorted((text for text in texts if clean_text(text)), key=lambda text: -len(text))
        states: dict[str, Any] = {}
        with self._only(slice(0, self._cut)), torch.no_grad():
            for start in range(0, len(texts), size):
                part = texts[start : start + size]
                words, mask = self.encoder.words(part, most=most)
                found = self._body(input_ids=words, attention_mask=mask).last_hidden_state
                rows = zip(part, found, mask.sum(dim=1).tolist(), strict=True)
                states.update((text, row[:length].clone()) for text, row, length in rows)
                if progress is not None:
                    progress("encode", start + len(part), len(texts))
        return states

    @contextmanager
    def _only(self, chosen: slice, *, given: bool = False) -> Iterator[None]:
        """Let the body run some of its layers; with ``given`` over states instead of words."""
        body = self._body
        words, layers = body.embeddings, body.encoder.layer
        body.encoder.layer = layers[chosen]
        if given:
            body.embeddings = _given_states()
        try:
            yield
        finally:
            body.embeddings, body.encoder.layer = words, layers


def adapt(
    upper: UpperLayers,
    triples: Sequence[tuple[str, str, str]],
    *,
    judge: Callable[[UpperLayers], float],
    rng: np.random.Generator,
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

    settings, weights = upper.settings, upper.parameters()
    upper.encoder.model.eval()  # no dropout
    optimizer = torch.optim.AdamW(weights, lr=settings.rate)
    best, best_step, idle = judge(upper), 0, 0
    kept = [weight.detach().clone() for weight in weights]
    for step, chosen in enumerate(_batches(triples, settings, rng), start=1):
        _learn(upper, chosen)
        torch.nn.utils.clip_grad_norm_(weights, GRADIENT_NORM)
        optimizer.step()
        optimizer.zero_grad()
        if progress is not None:
            progress("adapt", step, settings.most_steps)
        if step % settings.check_every and step < settings.most_steps:
            continue
        found = judge(upper)
        if found > best:
            best, best_step, idle = found, step, 0
            kept = [weight.detach().clone() for weight in weights]
        else:
            idle += 1
        if idle >= settings.patience:
            break
    with torch.no_grad():
        for weight, value in zip(weights, kept, strict=True):
            weight.copy_(value)
    upper.encoder.renew()
    return best_step


def _batches(
    triples: Sequence[tuple[str, str, str]], settings: AdaptSettings, rng: np.random.Generator
) -> Iterator[list[tuple[str, str, str]]]:
    """Yield batches of shuffled triples, again and again, ``most_steps`` in all."""
    size, order = min(settings.batch_size, len(triples)), np.empty(0, np.int64)
    for _ in range(settings.most_steps):
        if len(order) < size:
            order = rng.permutation(len(triples))
        yield [triples[at] for at in order[:size]]
        order = order[size:]


def _learn(upper: UpperLayers, triples: Sequence[tuple[str, str, str]]) -> None:
    """Add the gradient of one batch: of its vectors first, then part by part of the weights."""
    import torch

    texts = list(dict.fromkeys(text for triple in triples for text in triple))
    parts = upper.parts(texts)
    with torch.no_grad():
        vectors = torch.cat([upper.embed(part) for part in parts])
    vectors.requires_grad_()
    place = {text: at for at, text in enumerate(text for part in parts for text in part)}
    _ranking_loss(vectors, triples, place, upper.settings.scale).backward()
    start = 0
    for part in parts:
        upper.embed(part).backward(vectors.grad[start : start + len(part)])
        start += len(part)


def _ranking_loss(
    vectors: Any, triples: Sequence[tuple[str, str, str]], place: dict[str, int], scale: float
) -> Any:
    """Cross-entropy of each need against all offers of the batch, each of them once."""
    import torch

    offers = list(dict.fromkeys(text for triple in triples for text in triple[1:]))
    column = {text: at for at, text in enumerate(offers)}
    needs = vectors[[place[triple[0]] for triple in triples]]
    scores = needs @ vectors[[place[text] for text in offers]].T * scale
    hidden = torch.zeros_like(scores, dtype=torch.bool)
    own: dict[str, set[str]] = {}
    for need, offer, _ in triples:
        own.setdefault(need, set()).add(offer)
    for row, (need, offer, _) in enumerate(triples):
        for other in own[need] - {offer}:  # what the need met beside it is no negative
            hidden[row, column[other]] = True
    target = torch.tensor([column[triple[1]] for triple in triples], device=vectors.device)
    return torch.nn.functional.cross_entropy(scores.masked_fill(hidden, -torch.inf), target)


def _body_of(encoder: SentenceEncoder) -> Any:
    """Return the transformer, or say that it has no layers of BERT's kind."""
    body = getattr(encoder.model[0], "auto_model", None)
    if not hasattr(body, "embeddings") or not hasattr(getattr(body, "encoder", None), "layer"):
        raise ArgumentError(
            f"The encoder {encoder.info.name!r} cannot be adapted: it must have a word table and "
            "a list of layers, as BERT and XLM-RoBERTa have.",
            field="encoder",
            remedy="Choose the encoder `embedded`, or a model of that make.",
        )
    return body


def _given_states() -> Any:
    """Stand in for the word table: what comes in are states already."""
    import torch

    class GivenStates(torch.nn.Module):  # type: ignore[misc]
        def forward(self, *, inputs_embeds: Any, **_: Any) -> Any:
            return inputs_embeds

    return GivenStates()
