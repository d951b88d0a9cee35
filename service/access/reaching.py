"""Reach: which records a principal may act on or read as they are. The rest does not exist.

:class:`Reaching` is the ground of :class:`service.access.sight.Sight`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from data.errors import ForbiddenError, UnknownIdError
from data.records import Base, Firm, Institution, Need, Offer, Record
from data.schema import ID_COLUMN
from data.store import Store
from data.store.reading import RecordT
from service.access.disclosure import Disclosures, recipient_of
from service.access.policy import Action, Reach, reach
from service.access.principal import Principal
from service.access.seen import Listed

DEFAULT_ROWS = 50
Filters = Mapping[str, str | Sequence[str]]


class Reaching:
    """Records in full, as far as the policy lets an action go."""

    def __init__(
        self, principal: Principal, store: Store, *, now: dt.datetime, request_id: str = ""
    ) -> None:
        self.principal = principal
        self.store = store
        self.now = now
        self.request_id = request_id
        self.recipient_id = recipient_of(principal)
        self._disclosures = Disclosures(store, principal, now=now, request_id=request_id)

    # -- what may be done ----------------------------------------------------------------------

    def require(self, action: Action) -> Reach:
        """Return how far an action goes.

        Raises
        ------
        ForbiddenError
            Nowhere, for this role.
        """
        found = reach(self.principal.role, action)
        if found is Reach.NONE:
            raise ForbiddenError(
                f"{self.principal.role.value!r} may not do {action.value!r}.",
                remedy="Ask the administrator of the service.",
            )
        return found

    def _within(self, limit: Reach, record: Record) -> bool:
        """Return whether a record in full lies within reach. Everything else does not."""
        mine = self.principal
        if limit is Reach.ALL:
            return True
        if limit is Reach.OWN or limit is Reach.SHOWN:
            if isinstance(record, Firm | Need):
                return mine.firm_id is not None and record.firm_id == mine.firm_id
            if isinstance(record, Institution | Offer):
                owner = mine.institution_id
                return owner is not None and record.institution_id == owner
        if limit is Reach.BASE and mine.base_id is not None:
            if isinstance(record, Base | Firm):
                return record.base_id == mine.base_id
            if isinstance(record, Need):
                return self._base_of(record) == mine.base_id
        return False

    def _base_of(self, need: Need) -> str | None:
        if need.firm_id is None:
            return need.base_id
        firm = self.store.find_firm(need.firm_id)
        return None if firm is None else firm.base_id

    # -- records to act on or to change --------------------------------------------------------

    def own_firm(self, firm_id: str, action: Action) -> Firm:
        """Return a firm for which the principal may act; see :meth:`own`."""
        return self.own(Firm, firm_id, action)

    def own_need(self, need_id: str, action: Action) -> Need:
        """Return a need for which the principal may act; see :meth:`own`."""
        return self.own(Need, need_id, action)

    def own_base(self, base_id: str, action: Action) -> Base:
        """Return a base for which the principal may act; see :meth:`own`."""
        return self.own(Base, base_id, action)

    def own_institution(self, institution_id: str, action: Action) -> Institution:
        """Return an institution for which the principal may act; see :meth:`own`."""
        return self.own(Institution, institution_id, action)

    def own_offer(self, offer_id: str, action: Action) -> Offer:
        """Return an offer for which the principal may act; see :meth:`own`."""
        return self.own(Offer, offer_id, action)

    def own(self, record_type: type[RecordT], record_id: str, action: Action) -> RecordT:
        """Return a record for which the principal may do ``action``.

        Raises
        ------
        ForbiddenError
            The role may not do it at all.
        UnknownIdError
            There is no such record, or it is somebody else's.
        """
        limit = self.require(action)
        found = self.store.find(record_type, record_id)
        if found is None or not self._within(limit, found):
            raise unknown(ID_COLUMN[record_type], record_id)
        return found

    def assert_writable(self, record: Record, action: Action) -> None:
        """Raise unless the principal may do ``action`` to a record as it is about to be stored.

        Raises
        ------
        ForbiddenError
            The role may not do it, or the record would be somebody else's.
        """
        if not self._within(self.require(action), record):
            raise ForbiddenError(
                f"This {type(record).__name__.lower()} would not be yours.",
                field=ID_COLUMN[type(record)],
                remedy="Name your own organisation's record.",
            )

    # -- what is open to everybody who is signed in --------------------------------------------

    def base(self, base_id: str, action: Action = Action.READ_BASES) -> Base:
        """Return a base; see :meth:`own`."""
        return self.own(Base, base_id, action)

    def institution(
        self, institution_id: str, action: Action = Action.READ_INSTITUTIONS
    ) -> Institution:
        """Return an institution; see :meth:`own`."""
        return self.own(Institution, institution_id, action)

    def offer(self, offer_id: str, action: Action = Action.READ_OFFERS) -> Offer:
        """Return an offer; see :meth:`own`."""
        return self.own(Offer, offer_id, action)

    def bases(
        self, filters: Filters | None = None, *, after: str | None = None, n: int = DEFAULT_ROWS
    ) -> Listed[Base]:
        """Return a page of bases."""
        return self._open_page(Base, filters, after, n, Action.READ_BASES)

    def institutions(
        self, filters: Filters | None = None, *, after: str | None = None, n: int = DEFAULT_ROWS
    ) -> Listed[Institution]:
        """Return a page of institutions."""
        return self._open_page(Institution, filters, after, n, Action.READ_INSTITUTIONS)

    def offers(
        self, filters: Filters | None = None, *, after: str | None = None, n: int = DEFAULT_ROWS
    ) -> Listed[Offer]:
        """Return a page of offers."""
        return self._open_page(Offer, filters, after, n, Action.READ_OFFERS)

    def _open_page(
        self,
        record_type: type[RecordT],
        filters: Filters | None,
        after: str | None,
        n: int,
        action: Action,
    ) -> Listed[RecordT]:
        limit = self.require(action)
        rows = self.store.page(record_type, wanted=filters or {}, after=after, limit=n + 1)
        following = str(getattr(rows[n - 1], ID_COLUMN[record_type])) if len(rows) > n else None
        return Listed([row for row in rows[:n] if self._within(limit, row)], following)


def unknown(field: str, key: str) -> UnknownIdError:
    """Return the error for what is not there or not to be seen: the two are the same."""
    return UnknownIdError(
        f"There is no {field} {key!r}.",
        field=field,
        remedy=f"Check the {field}, or import the record first.",
    )
