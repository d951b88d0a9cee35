"""Who asks for a match, and what is known of them: given by id, or as records of no store."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from data import columns as col
from data.catalogue import NO_ROW, Catalogue, IdMap, Side
from data.errors import ArgumentError, UnknownIdError
from data.record_side import RecordSide
from data.records import Base, Firm, Need, NeedKind, Record
from features.queries import Queries
from matcher.open_needs import NeedBook, implied_need, usual_kind

Seeker = str | Need | Firm | tuple[Firm, Need]
"""The id of a need or of a firm, a need, a firm, or a firm with its need."""


@dataclass(frozen=True)
class Asking:
    """One need with whoever states it, read as the features read it.

    Attributes
    ----------
    need
        Stated or implied.
    firm, base
        Who states it, and the base where the firm resides or that states it itself.
    query
        One query.
    firm_row
        Row of the firm in the catalogue, ``NO_ROW`` for a base and for a firm of no store.
    """

    need: Need
    firm: Firm | None
    base: Base | None
    query: Queries
    firm_row: int

    @property
    def text(self) -> str:
        """What need and firm say of themselves."""
        return said(self.need, self.firm)


def said(need: Need, firm: Firm | None) -> str:
    """Return what a need and its firm say of themselves, for retrieval by wording."""
    parts = [need.purpose, need.text]
    if firm is not None:
        parts += [*firm.sectors, firm.description]
    return " ".join(part for part in parts if part)


class SeekerReader:
    """Finds out who asks.

    Parameters
    ----------
    catalogue
        Where ids are looked up.
    book
        Its needs: which of them are open.
    firm_ids
        The firms that the features know.
    """

    def __init__(self, catalogue: Catalogue, book: NeedBook, firm_ids: IdMap) -> None:
        self.catalogue = catalogue
        self.book = book
        self.firm_ids = firm_ids

    @cached_property
    def _empty(self) -> Catalogue:
        return Catalogue.from_records([])

    @cached_property
    def usual_kind(self) -> NeedKind:
        """The kind that is asked for most."""
        return usual_kind(self.catalogue)

    def read(self, seeker: Seeker, *, on: dt.date) -> Asking:
        """Return need and firm behind ``seeker``.

        A firm is asked for by its latest open need; where it has none, by an implied one.

        Raises
        ------
        UnknownIdError
            Nobody has the id, or a need names a firm or base that nobody has.
        ArgumentError
            Firm and need do not belong together.
        """
        if isinstance(seeker, tuple):
            firm, need = seeker
            if need.firm_id != firm.firm_id:
                raise ArgumentError(
                    f"The need {need.need_id!r} belongs to {need.firm_id!r}, not to the given "
                    f"firm {firm.firm_id!r}.",
                    field=col.FIRM_ID,
                    remedy="Give the firm that states the need.",
                )
            return self._asking(need, firm)
        if isinstance(seeker, Firm):
            return self._asking(self._need_of(seeker, on=on), seeker)
        if isinstance(seeker, Need):
            return self._asking(seeker, self._firm_of(seeker))
        need_or_firm = self.catalogue.needs.find(seeker) or self.catalogue.firms.find(seeker)
        if isinstance(need_or_firm, Need):
            return self._asking(need_or_firm, self._firm_of(need_or_firm))
        if isinstance(need_or_firm, Firm):
            return self._asking(self._need_of(need_or_firm, on=on), need_or_firm)
        raise UnknownIdError(
            f"There is no need and no firm {seeker!r}.",
            field=col.NEED_ID,
            remedy="Check the id, or import the record first.",
        )

    def _need_of(self, firm: Firm, *, on: dt.date) -> Need:
        """Return the latest open need of a firm, or an implied one."""
        row = self.catalogue.firms.ids.find_row(firm.firm_id)
        if row is not None:
            found = self.book.find_open(row, np.datetime64(on, "D"))
            if found is not None:
                need = self.catalogue.needs.record(found)
                assert isinstance(need, Need)
                return need
        return implied_need(firm.firm_id, kind=self.usual_kind, on=on)

    def _firm_of(self, need: Need) -> Firm | None:
        if need.firm_id is None:
            return None
        firm = self.catalogue.firms.get(need.firm_id)
        assert isinstance(firm, Firm)
        return firm

    def _base_of(self, need: Need, firm: Firm | None) -> Base | None:
        base_id = need.base_id if firm is None else firm.base_id
        if base_id is None:
            return None
        base = self.catalogue.bases.find(base_id)
        if base is None and firm is None:
            raise UnknownIdError(
                f"The need {need.need_id!r} is of the base {base_id!r}, which nobody has.",
                field=col.BASE_ID,
                remedy="Import the base first.",
            )
        assert base is None or isinstance(base, Base)
        return base

    def _asking(self, need: Need, firm: Firm | None) -> Asking:
        base = self._base_of(need, firm)
        # a store of these records alone: reading one need of a large one would cost all of it
        small = replace(
            self._empty,
            bases=_side(Base, base),
            firms=_side(Firm, firm),
            needs=_side(Need, need),
        )
        row = None if firm is None else self.catalogue.firms.ids.find_row(firm.firm_id)
        return Asking(
            need=need,
            firm=firm,
            base=base,
            query=Queries.from_catalogue(small, firm_ids=self.firm_ids),
            firm_row=NO_ROW if row is None else row,
        )


def _side(kind: type[Record], record: Record | None) -> Side:
    return RecordSide(kind, [] if record is None else [record])
