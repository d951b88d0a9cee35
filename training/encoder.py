"""Adapting the text encoder to matches seen in the event log.

Reads top to bottom: texts of the deals before each cut → hard negatives mined with the encoder as
it is → adapt, stopping early by the validation window → compare before and after on the latest
window, which nothing has seen → keep the new encoder only if it is better beyond chance. Deals and
offers are sampled, so that neither memory nor time grows with the store.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from data import columns as col
from data.catalogue import NO_ROW, Catalogue
from data.errors import ArgumentError, EmptyInputError
from data.records import Event, EventKind, Firm, Need
from eval.intervals import Interval, bootstrap_interval, paired_interval
from eval.meaning.measuring import graded_ndcg
from features.encoder.adapting import AdaptSettings, UpperLayers, adapt
from features.encoder.protocol import Progress, Vectors
from features.encoder.sentence import SentenceEncoder
from features.items import Items
from matcher.retrieval import offer_texts
from matcher.seeker import said

WINDOW_DAYS = 182
"""Length of the validation and of the held-out window: half a year, as elsewhere."""
FEWEST_DEALS = 20
"""Deals with texts that each part needs; below it neither training nor verdict means anything."""
MOST_LEARNED = 480
"""Deals that are learned from: thirty batches."""
MOST_WATCHED, MOST_HELD_OUT = 100, 200
"""Deals of the validation window and of the held-out one that are encoded to judge it."""
MOST_OFFERS = 400
"""Offers that are encoded: those of the deals above, and others drawn at random."""
HARD_RANKS = (5, 50)
"""Ranks among which a hard negative is drawn: above them may stand offers that fit, too."""


@dataclass(frozen=True)
class TextDeals:
    """Deals as texts.

    Attributes
    ----------
    needs, firms
        What each need and its firm said, and the firm's id.
    offers
        Which offer it met, a row of ``texts``. Shape ``(n,)``.
    days
        When. Shape ``(n,)``, ``datetime64[D]``.
    texts, kinds
        What every offer says, and its kind: offers of one kind compete.
    """

    needs: tuple[str, ...]
    firms: tuple[str, ...]
    offers: NDArray[np.int64]
    days: NDArray[np.datetime64]
    texts: tuple[str, ...]
    kinds: NDArray[np.str_]

    def between(self, start: dt.date | None, end: dt.date) -> TextDeals:
        """Return the deals from ``start`` on, before ``end``."""
        held = self.days < np.datetime64(end)
        if start is not None:
            held &= self.days >= np.datetime64(start)
        return self.take(np.flatnonzero(held))

    def take(self, rows: NDArray[np.int64]) -> TextDeals:
        """Return some of the deals."""
        return TextDeals(
            tuple(self.needs[row] for row in rows),
            tuple(self.firms[row] for row in rows),
            self.offers[rows],
            self.days[rows],
            self.texts,
            self.kinds,
        )

    def with_offers(self, rows: NDArray[np.int64]) -> TextDeals:
        """Return the deals over some of the offers; those of the deals must be among them."""
        place = np.full(len(self.texts), NO_ROW, np.int64)
        place[rows] = np.arange(len(rows))
        texts = tuple(self.texts[row] for row in rows)
        offers = place[self.offers]
        return TextDeals(self.needs, self.firms, offers, self.days, texts, self.kinds[rows])

    def __len__(self) -> int:
        return len(self.needs)


@dataclass(frozen=True)
class AdaptOutcome:
    """What adapting an encoder came to.

    Attributes
    ----------
    before, after, gain
        NDCG@10 on the held-out window, and the paired difference, firms resampled.
    steps
        After which it was best on the validation window.
    folder
        Of the new encoder; ``None`` where it is no better beyond chance.
    """

    before: Interval
    after: Interval
    gain: Interval
    steps: int
    n_train: int
    n_held_out: int
    folder: Path | None


def read_deals(catalogue: Catalogue) -> TextDeals:
    """Return the deals of the event log whose need and offer both say something."""
    items = Items.from_catalogue(catalogue, np.arange(len(catalogue.offers), dtype=np.int64))
    texts = tuple(offer_texts(catalogue, items))
    needs, firms, offers, days = [], [], [], []
    for row in range(len(catalogue.events)):
        event = catalogue.events.record(row)
        assert isinstance(event, Event)
        if event.kind is not EventKind.FUNDED or event.need_id is None or event.offer_id is None:
            continue
        need, offer = catalogue.needs.find(event.need_id), items.offer_ids.find_row(event.offer_id)
        if not isinstance(need, Need) or offer is None or not texts[offer]:
            continue
        firm = None if need.firm_id is None else catalogue.firms.find(need.firm_id)
        text = said(need, firm if isinstance(firm, Firm) else None)
        if text:
            needs.append(text)
            firms.append(need.firm_id or need.need_id)
            offers.append(offer)
            days.append(event.occurred_at.astimezone(dt.UTC).date())
    return TextDeals(
        tuple(needs),
        tuple(firms),
        np.array(offers, np.int64),
        np.array(days, "datetime64[D]"),
        texts,
        items.texts[col.KIND].astype(str),
    )


def train_encoder(
    catalogue: Catalogue,
    base: SentenceEncoder,
    *,
    as_of: dt.date,
    folder: Path,
    seed: int = 0,
    settings: AdaptSettings | None = None,
    progress: Progress | None = None,
) -> AdaptOutcome:
    """Adapt ``base`` to deals before ``as_of``, and keep it in ``folder`` if it is better.

    Raises
    ------
    EmptyInputError
        A part of the history has too few deals with texts.
    ArgumentError
        There is such a folder already.
    """
    if folder.exists():
        raise ArgumentError(
            f"There is already an encoder {folder}.", field="name", remedy="Choose another name."
        )
    settings = settings or AdaptSettings()
    rng = np.random.default_rng(seed)
    parts = _parts(read_deals(catalogue), as_of, rng)
    learned, watched, held = parts
    before = deal_ndcg(base, held, progress=progress)
    texts = [*learned.needs, *watched.needs, *learned.texts]
    upper = UpperLayers(base, texts, settings=settings, progress=progress)
    steps = adapt(
        upper,
        mine_triples(upper, learned, rng),
        judge=lambda found: float(deal_ndcg(found, watched).mean()),
        rng=rng,
        progress=progress,
    )
    after = deal_ndcg(base, held, progress=progress) if steps else before
    groups = np.array(held.firms)
    gain = paired_interval(after, before, groups, seed=seed)
    return AdaptOutcome(
        before=bootstrap_interval(before, groups, seed=seed),
        after=bootstrap_interval(after, groups, seed=seed),
        gain=gain,
        steps=steps,
        n_train=len(learned),
        n_held_out=len(held),
        folder=_keep(base, folder) if gain.above_zero else None,
    )


class Encodes(Protocol):
    """Gives vectors, as an encoder does and as one does whose lower layers have read the texts."""

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Return one unit vector for each text."""
        ...


def deal_ndcg(
    encoder: Encodes, deals: TextDeals, *, progress: Progress | None = None
) -> NDArray[np.float64]:
    """NDCG@10 of each deal's offer among the offers of its kind. Shape ``(n,)``."""
    scores = _likeness(encoder, deals, progress)
    grades = np.zeros(scores.shape, np.int64)
    grades[np.arange(len(deals)), deals.offers] = 1
    return graded_ndcg(scores, grades)


def mine_triples(
    encoder: Encodes, deals: TextDeals, rng: np.random.Generator
) -> list[tuple[str, str, str]]:
    """Give each deal a hard negative: an offer of its kind, ranked high, that its firm never took.

    The need of a deal for which there is none goes without.
    """
    scores = _likeness(encoder, deals, None)
    taken: dict[str, set[int]] = {}
    for firm, offer in zip(deals.firms, deals.offers.tolist(), strict=True):
        taken.setdefault(firm, set()).add(offer)
    triples = []
    low, high = HARD_RANKS
    for row, (need, firm) in enumerate(zip(deals.needs, deals.firms, strict=True)):
        own = deals.texts[deals.offers[row]]
        ranked = [
            at
            for at in np.argsort(-scores[row], kind="stable")[:high].tolist()
            if at not in taken[firm] and np.isfinite(scores[row, at]) and deals.texts[at] != own
        ]
        pool = ranked[low:] or ranked
        if pool:
            triples.append((need, own, deals.texts[rng.choice(pool)]))
    return triples


def _likeness(encoder: Encodes, deals: TextDeals, progress: Progress | None) -> NDArray[np.float64]:
    """Return cosines of needs and offers; -inf for offers of another kind or without a text."""
    vectors = encoder.encode([*deals.needs, *deals.texts], progress=progress)
    needs, offers = vectors[: len(deals)], vectors[len(deals) :]
    scores = (needs @ offers.T).astype(np.float64)
    scores[:, ~offers.any(axis=1)] = -np.inf
    scores[deals.kinds[deals.offers][:, None] != deals.kinds[None, :]] = -np.inf
    return scores


def _parts(
    deals: TextDeals, as_of: dt.date, rng: np.random.Generator
) -> tuple[TextDeals, TextDeals, TextDeals]:
    """Return the deals that are learned from, watched and held out, over one set of offers."""
    held_from = as_of - dt.timedelta(days=WINDOW_DAYS)
    watched_from = held_from - dt.timedelta(days=WINDOW_DAYS)
    windows = (
        (None, watched_from, MOST_LEARNED, f"before {watched_from}"),
        (watched_from, held_from, MOST_WATCHED, f"from {watched_from} to {held_from}"),
        (held_from, as_of, MOST_HELD_OUT, f"from {held_from} to {as_of}"),
    )
    found = [
        _sample(_enough(deals.between(start, end), when), most, rng)
        for start, end, most, when in windows
    ]
    own = np.unique(np.concatenate([part.offers for part in found]))
    speaking = [row for row, text in enumerate(deals.texts) if text]
    others = rng.permutation(np.setdiff1d(speaking, own))[: max(0, MOST_OFFERS - len(own))]
    rows = np.sort(np.concatenate([own, others])).astype(np.int64)
    learned, watched, held = (part.with_offers(rows) for part in found)
    return learned, watched, held


def _sample(deals: TextDeals, most: int, rng: np.random.Generator) -> TextDeals:
    if len(deals) <= most:
        return deals
    return deals.take(np.sort(rng.choice(len(deals), size=most, replace=False)))


def _enough(deals: TextDeals, when: str) -> TextDeals:
    if len(deals) < FEWEST_DEALS:
        raise EmptyInputError(
            f"Adapting the encoder needs {FEWEST_DEALS} deals whose need and offer have texts "
            f"{when}; got {len(deals)}.",
            field="as_of",
            remedy="Import more history or descriptions, or choose another day.",
        )
    return deals


def _keep(encoder: SentenceEncoder, folder: Path) -> Path:
    """Write the encoder aside and rename it into place."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".encoder-", dir=folder.parent))
    try:
        encoder.save(aside, name=folder.name)
        for path in (*aside.rglob("*"), aside):
            path.chmod(0o755 if path.is_dir() else 0o644)
            handle = os.open(path, os.O_RDONLY)
            os.fsync(handle)
            os.close(handle)
        aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder
