"""Fitted pair features as a folder of arrays and JSON, and back: what a bundle holds of them.

What comes back computes bit-identical features. Firms without a past are left out: a query of such
a firm has nothing to look up, so it is read with :attr:`FirmHistory.firm_ids` of what was loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from data import columns as col
from data.catalogue import IdMap
from data.errors import BundleForeignError
from features.activity import Activity
from features.affinity import Affinity
from features.archive import ArchiveReader, ArchiveWriter
from features.asker import Asker
from features.coinvestment import Coinvestment
from features.content import Content
from features.content_model import ContentModel, ContentSettings
from features.declared import Declared
from features.firm_history import FirmHistory
from features.item_tokens import ItemVocabulary
from features.items import Items
from features.neighbours import Neighbours
from features.pairs import Group, PairFeatures, PairSettings
from features.ticket import Ticket
from features.tokens import Vocabulary

FORMAT = 1
_NO_ITEM_VOCABULARY: Mapping[str, Any] = {"families": None}

GROUPS: Mapping[str, type] = {
    "content": Content,
    "affinity": Affinity,
    "activity": Activity,
    "ticket": Ticket,
    "neighbours": Neighbours,
    "coinvestment": Coinvestment,
    "asker": Asker,
    "declared": Declared,
}
"""The feature groups by the name under which they are kept."""

_OF_VOCABULARY = (Affinity, Activity)
"""Groups that are made with the vocabulary of tokens."""


def dump(features: PairFeatures, folder: Path) -> None:
    """Write fitted features into ``folder``."""
    archive = ArchiveWriter()
    archive.value("format", FORMAT)
    archive.value("settings", asdict(features.settings))
    archive.value("as_of", str(features.as_of_))
    archive.value("vocabulary", _vocabulary_content(features.vocabulary_))
    item_vocabulary = features.item_vocabulary_
    archive.value(
        "item_vocabulary",
        _NO_ITEM_VOCABULARY if item_vocabulary is None else _vocabulary_content(item_vocabulary),
    )
    _dump_items(archive, features.items_)
    _dump_firm_history(archive, features.firm_history_.of_known_firms())
    _dump_learned(archive, "content_model", features.content_model_)
    names = {kind: name for name, kind in GROUPS.items()}
    archive.value("groups", [names[type(group)] for group in features.groups_])
    for group in features.groups_:
        _dump_learned(archive, names[type(group)], group)
    archive.save(folder)


def load(folder: Path) -> PairFeatures:
    """Read what :func:`dump` wrote.

    Raises
    ------
    BundleMissingError, BundleDamagedError
        Files are missing or cannot be read.
    BundleForeignError
        They were written by another version.
    """
    archive = ArchiveReader(folder)
    if archive.value("format") != FORMAT:
        raise BundleForeignError(
            f"The fitted features in {folder} are of format {archive.value('format')!r}; "
            f"expected {FORMAT}.",
            remedy="Train again, or use the version of FinMatch that made them.",
        )
    settings = dict(archive.value("settings"))
    content = settings.pop("content")
    content = ContentSettings(**content | {"latest_shares": tuple(content["latest_shares"])})
    features = PairFeatures(PairSettings(**settings, content=content))
    features.as_of_ = np.datetime64(archive.value("as_of"), "D")
    features.vocabulary_ = Vocabulary(min_count=features.settings.min_token_count)
    _fill_vocabulary(features.vocabulary_, archive.value("vocabulary"))
    features.item_vocabulary_ = None
    if archive.value("item_vocabulary")["families"] is not None:
        features.item_vocabulary_ = ItemVocabulary()
        _fill_vocabulary(features.item_vocabulary_, archive.value("item_vocabulary"))
    features.items_ = _load_items(archive)
    features.firm_history_ = _load_firm_history(archive)
    features.content_model_ = ContentModel(features.settings.content)
    _load_learned(archive, "content_model", features.content_model_)
    features.groups_ = tuple(_load_groups(archive, features))
    return features


def _load_groups(archive: ArchiveReader, features: PairFeatures) -> Iterator[Group]:
    for name in archive.value("groups"):
        group = _new_group(name, features)
        _load_learned(archive, name, group)
        yield group


def _new_group(name: str, features: PairFeatures) -> Group:
    kind = GROUPS[name]
    if kind in _OF_VOCABULARY:
        made: Group = kind(features.vocabulary_)
    else:
        made = kind(features.items_) if kind is Declared else kind()
    return made


def learned(estimator: object) -> dict[str, Any]:
    """Return what was learned: the attributes whose names end in ``_``."""
    return {k: v for k, v in vars(estimator).items() if k.endswith("_") and not k.startswith("_")}


def _dump_learned(archive: ArchiveWriter, name: str, estimator: object) -> None:
    kinds = {}
    for key, value in learned(estimator).items():
        full = f"{name}.{key}"
        if sp.issparse(value):
            kinds[key] = "sparse"
            archive.sparse(full, sp.csr_matrix(value))
        elif isinstance(value, np.ndarray):
            kinds[key] = "array"
            archive.array(full, value)
        else:
            kinds[key] = "number"
            archive.value(full, value)
    archive.value(f"{name}.learned", kinds)


def _load_learned(archive: ArchiveReader, name: str, estimator: object) -> None:
    read = {"sparse": archive.sparse, "array": archive.array, "number": archive.value}
    for key, kind in archive.value(f"{name}.learned").items():
        setattr(estimator, key, read[kind](f"{name}.{key}"))


def _vocabulary_content(vocabulary: Vocabulary | ItemVocabulary) -> dict[str, Any]:
    """Return families and their values; columns are counted through both in order."""
    return {
        "families": list(vocabulary.families_),
        "values": [list(columns) for columns in vocabulary.columns_],
    }


def _fill_vocabulary(vocabulary: Vocabulary | ItemVocabulary, content: Mapping[str, Any]) -> None:
    values: Sequence[Sequence[str]] = content["values"]
    starts = np.cumsum([0, *(len(column) for column in values)])
    vocabulary.families_ = tuple(content["families"])
    vocabulary.columns_ = tuple(
        {value: start + place for place, value in enumerate(column)}
        for start, column in zip(starts[:-1].tolist(), values, strict=True)
    )
    vocabulary.family_starts_ = starts


def _dump_firm_history(archive: ArchiveWriter, history: FirmHistory) -> None:
    archive.value("firms.ids", list(history.firm_ids.ids))
    for name in FIRM_ARRAYS:
        archive.array(f"firms.{name}", getattr(history, name))
    archive.value("firms.n_items", history.n_items)


FIRM_ARRAYS = ("round_offsets", "round_days", "link_offsets", "link_items", "link_days")


def _load_firm_history(archive: ArchiveReader) -> FirmHistory:
    return FirmHistory(
        firm_ids=IdMap(archive.value("firms.ids"), label=col.FIRM_ID),
        n_items=archive.value("firms.n_items"),
        **{name: archive.array(f"firms.{name}") for name in FIRM_ARRAYS},
    )


ITEM_ARRAYS = ("resident_first", "valid_from", "valid_to", "declared_on")
ITEM_TEXTS = ("texts", "institution_texts")
ITEM_LISTS = ("lists", "institution_lists")
ITEM_NUMBERS = ("bounds", "prices")


def _dump_items(archive: ArchiveWriter, items: Items) -> None:
    archive.value("items.ids", list(items.offer_ids.ids))
    for field in ITEM_ARRAYS:
        archive.array(f"items.{field}", getattr(items, field))
    for fields, add in (
        (ITEM_TEXTS, archive.texts),
        (ITEM_LISTS, archive.lists),
        (ITEM_NUMBERS, archive.array),
    ):
        for field in fields:
            archive.value(f"items.{field}", list(getattr(items, field)))
            for name, values in getattr(items, field).items():
                add(f"items.{field}.{name}", values)


def _load_items(archive: ArchiveReader) -> Items:
    columns: dict[str, Any] = {name: archive.array(f"items.{name}") for name in ITEM_ARRAYS}
    for fields, read in (
        (ITEM_TEXTS, archive.texts),
        (ITEM_LISTS, archive.lists),
        (ITEM_NUMBERS, archive.array),
    ):
        for field in fields:
            names = archive.value(f"items.{field}")
            columns[field] = {name: read(f"items.{field}.{name}") for name in names}
    return Items(offer_ids=IdMap(archive.value("items.ids"), label=col.OFFER_ID), **columns)
