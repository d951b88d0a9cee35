"""Sight: the one way by which routes and pages read and write records, limited to who asks.

Every method names an action; how far that goes for the role is looked up in the policy and applied
in :meth:`Sight._within` and :meth:`Sight._views`. What is not within reach does not exist: the
error is that of an unknown id, so that existence does not leak.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from data import columns as col
from data.consent import Basis, DataClass, Purpose, ordered_classes
from data.errors import ArgumentError, ForbiddenError, UnknownIdError
from data.people import Role
from data.records import Base, Firm, Institution, Need, Offer, Record
from data.schema import ID_COLUMN
from data.store import Store
from data.store.listing import IN_BASE
from data.store.reading import RecordT
from service.access.disclosure import (
    PURPOSE_OF_ROLE,
    Disclosed,
    Disclosures,
    Permitted,
    recipient_of,
)
from service.access.fields import CLASS_OF_FIELD, classes_in, visible_fields
from service.access.policy import Action, Reach, reach
from service.access.principal import Principal
from service.access.seen import Listed, SeenFirm, SeenNeed, View
from service.access.teaser import teaser_of

FIRM_HANDLE = "teaser_"
NEED_HANDLE = "asked_"
"""What the handles of firms and of needs begin with."""

NAMING = "firms.name"
"""Context of provisions where no more than an id was told."""
DEFAULT_ROWS = 50
SeenT = TypeVar("SeenT", SeenFirm, SeenNeed)
Filters = Mapping[str, str | Sequence[str]]


class Sight:
    """What one principal sees and may touch, for one request.

    Parameters
    ----------
    now
        Instant of the request: consents count as they are then.
    request_id
        Stands in the log of provisions.
    """

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
            raise _unknown(ID_COLUMN[record_type], record_id)
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

    # -- firms ---------------------------------------------------------------------------------

    def firm(
        self,
        firm_key: str,
        action: Action = Action.READ_FIRMS,
        *,
        purpose: Purpose | None = None,
    ) -> SeenFirm:
        """Return a firm as far as the principal may see it, and put that on record.

        Parameters
        ----------
        firm_key
            Its id, or the handle under which the principal knows it.
        purpose
            What for; without, what the role looks at firms for.

        Raises
        ------
        UnknownIdError
            There is none, or it is not to be seen.
        """
        self.require(action)
        firm = self.store.find_firm(self.resolve(firm_key))
        seen = {} if firm is None else self.see_firms([firm], action, purpose=purpose)
        if not seen:
            raise _unknown(col.FIRM_ID, firm_key)
        return next(iter(seen.values()))

    def firms(
        self,
        filters: Filters | None = None,
        *,
        after: str | None = None,
        n: int = DEFAULT_ROWS,
        action: Action = Action.READ_FIRMS,
        purpose: Purpose | None = None,
    ) -> Listed[SeenFirm]:
        """Return a page of firms as far as the principal may see each.

        A filter on what a teaser does not show finds firms that let the principal see it.

        Parameters
        ----------
        filters
            Value or values by column of a firm.
        after
            ``after`` of the page before.
        """
        wanted = self._limited(Firm, filters or {}, action, purpose)
        last = None if after is None else self._place(Firm, after)
        rows = self.store.page(Firm, wanted=wanted, after=last, limit=n + 1)
        seen = self.see_firms(rows[:n], action, purpose=purpose)
        following = seen[rows[n - 1].firm_id].key if len(rows) > n else None
        return Listed(self._unordered([(one.key, one) for one in seen.values()]), following)

    def see_firms(
        self,
        firms: Sequence[Firm],
        action: Action = Action.READ_FIRMS,
        *,
        needs: Mapping[str, Need] | None = None,
        purpose: Purpose | None = None,
        context: str | None = None,
    ) -> dict[str, SeenFirm]:
        """Reduce firms to what the principal may see, by firm id; a few queries for thousands.

        Firms out of reach are left out.

        Parameters
        ----------
        needs
            The need that goes into each teaser, by firm; without, each firm's latest.
        context
            Stands in the log of provisions; without, the action.
        """
        if needs is None:
            needs = self._latest_needs(firms)
        views = self._views(firms, action, purpose)
        self._note(Firm, views, purpose, context or action.value)
        keys = self._keys(
            {f.firm_id: f.firm_id for f in firms if f.firm_id in views and not _known(views, f)},
            prefix=FIRM_HANDLE,
        )
        disputed = self.store.disputes.disputed(views) if views else frozenset()
        seen = {}
        for firm in firms:
            if firm.firm_id not in views:
                continue
            given = views[firm.firm_id]
            known = _known(views, firm)
            seen[firm.firm_id] = SeenFirm(
                key=firm.firm_id if known else keys[firm.firm_id],
                firm_id=firm.firm_id if known else None,
                view=_view(given),
                classes=_shown(given),
                teaser=teaser_of(firm, needs.get(firm.firm_id)),
                fields=_fields(firm, given),
                disputed=firm.firm_id in disputed,
            )
        return seen

    def _latest_needs(self, firms: Sequence[Firm]) -> dict[str, Need]:
        """Return the need stated last by each firm."""
        found: dict[str, Need] = {}
        for need in self.store.needs_of_firms(firm.firm_id for firm in firms):
            before = found.get(need.firm_id or "")
            if need.firm_id and (before is None or need.stated_on >= before.stated_on):
                found[need.firm_id] = need
        return found

    # -- needs ---------------------------------------------------------------------------------

    def need(
        self,
        need_key: str,
        action: Action = Action.READ_NEEDS,
        *,
        purpose: Purpose | None = None,
    ) -> SeenNeed:
        """Return a need as far as the principal may see it; see :meth:`firm`."""
        self.require(action)
        need = self.store.find_need(self.resolve_need(need_key))
        seen = {} if need is None else self.see_needs([need], action, purpose=purpose)
        if not seen:
            raise _unknown(col.NEED_ID, need_key)
        return next(iter(seen.values()))

    def needs(
        self,
        filters: Filters | None = None,
        *,
        after: str | None = None,
        n: int = DEFAULT_ROWS,
        action: Action = Action.READ_NEEDS,
        purpose: Purpose | None = None,
    ) -> Listed[SeenNeed]:
        """Return a page of needs as far as the principal may see each; see :meth:`firms`."""
        wanted = self._limited(Need, filters or {}, action, purpose)
        last = None if after is None else self._place(Need, after)
        rows = self.store.page(Need, wanted=wanted, after=last, limit=n + 1)
        seen = self.see_needs(rows[:n], action, purpose=purpose)
        following = seen[rows[n - 1].need_id].key if len(rows) > n else None
        return Listed(self._unordered([(one.key, one) for one in seen.values()]), following)

    def see_needs(
        self,
        needs: Sequence[Need],
        action: Action = Action.READ_NEEDS,
        *,
        firms: Mapping[str, Firm] | None = None,
        purpose: Purpose | None = None,
        context: str | None = None,
    ) -> dict[str, SeenNeed]:
        """Reduce needs to what the principal may see, by need id; a few queries for thousands.

        Needs out of reach are left out, those of firms that are not stored as well. What a base
        asks for is a teaser with its base's id to all who may read needs: bases are public.

        Parameters
        ----------
        firms
            The firms, by id, where they are at hand.
        """
        if firms is None:
            firms = self.store.find_many(Firm, {n.firm_id for n in needs if n.firm_id})
        views = self._views([firms[key] for key in sorted(firms)], action, purpose)
        mine = [n for n in needs if n.firm_id in views or self._asked_by_base(n, action)]
        about = {n.firm_id: views[n.firm_id] for n in mine if n.firm_id}
        self._note(Need, about, purpose, context or action.value)
        hidden = {key: given for key, given in about.items() if _hides(given)}
        keys = self._keys(
            {n.need_id: n.firm_id for n in mine if n.firm_id in hidden},
            prefix=NEED_HANDLE,
        )
        firm_keys = self._keys({key: key for key in hidden}, prefix=FIRM_HANDLE)
        ids = {n.need_id for n in mine}
        disputed = self.store.disputes.disputed(ids) if ids else frozenset()
        seen = {}
        for need in mine:
            firm = firms.get(need.firm_id or "")
            given = self._given_of(need, views, action)
            known = need.firm_id is None or not _hides(given)
            seen[need.need_id] = SeenNeed(
                key=need.need_id if known else keys[need.need_id],
                need_id=need.need_id if known else None,
                firm_key=firm_keys.get(need.firm_id or "", need.firm_id),
                base_id=need.base_id if need.firm_id is None or known else None,
                view=_view(given),
                classes=_shown(given),
                teaser=teaser_of(firm, need),
                fields=_fields(need, given),
                disputed=need.need_id in disputed,
            )
        return seen

    def _asked_by_base(self, need: Need, action: Action) -> bool:
        limit = self.require(action)
        return need.firm_id is None and (limit is Reach.SHOWN or self._within(limit, need))

    def _given_of(
        self, need: Need, views: Mapping[str, Permitted | None], action: Action
    ) -> Permitted | None:
        if need.firm_id is not None:
            return views[need.firm_id]
        return None if self._within(self.require(action), need) else {}

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

    # -- handles -------------------------------------------------------------------------------

    def teaser_ids(self, firm_ids: Iterable[str]) -> dict[str, str]:
        """Return the handle of each firm for this principal."""
        return self._keys({firm_id: firm_id for firm_id in firm_ids}, prefix=FIRM_HANDLE)

    def resolve(self, firm_key: str) -> str:
        """Return the id of a firm that the principal calls by a handle or, if it may, by its id.

        Raises
        ------
        UnknownIdError
            It knows no firm by this name.
        """
        return self.resolve_many([firm_key])[firm_key]

    def resolve_many(self, firm_keys: Iterable[str]) -> dict[str, str]:
        """Return the ids of several firms by what the principal calls them; see :meth:`resolve`."""
        wanted = sorted(set(firm_keys))
        found = self.find_ids(wanted)
        for key in wanted:
            if key not in found:
                raise _unknown(col.FIRM_ID, key)
        return found

    def find_ids(self, firm_keys: Iterable[str]) -> dict[str, str]:
        """Return the ids of those firms that the principal knows by these names."""
        wanted = set(firm_keys)
        handles = {key for key in wanted if key.startswith(FIRM_HANDLE)}
        found = self.store.handles.find_all(self.recipient_id, handles) if handles else {}
        plain = sorted(wanted - handles)
        firms = self.store.find_many(Firm, plain) if plain else {}
        views = self._views(list(firms.values()), Action.READ_FIRMS, None, any_purpose=True)
        return found | {key: key for key, given in views.items() if not _hides(given)}

    def names_of(self, firm_ids: Iterable[str]) -> dict[str, str | None]:
        """Return what the principal calls each firm: its id, or a handle.

        ``None`` for a firm that is erased or was never within reach. An id tells who it is: where
        a consent permits that, it goes on record.
        """
        wanted = sorted(set(firm_ids))
        limit = self.require(Action.READ_FIRMS)
        if limit is Reach.ALL:
            return {firm_id: firm_id for firm_id in wanted}
        firms = list(self.store.find_many(Firm, wanted).values())
        views = self._views(firms, Action.READ_FIRMS, None, any_purpose=True)
        hidden = self.teaser_ids(key for key, given in views.items() if _hides(given))
        if limit is Reach.SHOWN:
            told = {key: given for key, given in views.items() if key not in hidden}
            named = frozenset({DataClass.IDENTITY})
            found = (self._disclosed(key, named, given, None) for key, given in told.items())
            self._disclosures.note([one for one in found if one is not None], context=NAMING)
        names = {key: hidden.get(key, key) for key in views}
        return {firm_id: names.get(firm_id) for firm_id in wanted}

    def resolve_need(self, need_key: str) -> str:
        """Return the id of a need that the principal calls by a handle or, if it may, by its id.

        Raises
        ------
        UnknownIdError
            It knows no need by this name.
        """
        if need_key.startswith(NEED_HANDLE):
            found = self.store.handles.find(self.recipient_id, need_key)
            if found is not None:
                return found
        else:
            need = self.store.find_need(need_key)
            if need is not None and self._names_need(need):
                return need_key
        raise _unknown(col.NEED_ID, need_key)

    def _names_need(self, need: Need) -> bool:
        if need.firm_id is None:
            return self._asked_by_base(need, Action.READ_NEEDS)
        firm = self.store.find_firm(need.firm_id)
        firms = [] if firm is None else [firm]
        views = self._views(firms, Action.READ_NEEDS, None, any_purpose=True)
        return any(not _hides(given) for given in views.values())

    def _keys(self, subjects: Mapping[str, str | None], *, prefix: str) -> dict[str, str]:
        return self.store.handles.handles(self.recipient_id, subjects, prefix=prefix)

    def _place(self, record_type: type[Firm] | type[Need], key: str) -> str:
        """Return the id at which a page begins."""
        try:
            return self.resolve(key) if record_type is Firm else self.resolve_need(key)
        except UnknownIdError as error:
            raise ArgumentError(
                "cursor is not one of this list.",
                field="cursor",
                remedy="Begin again without a cursor.",
            ) from error

    def _unordered(self, keyed: list[tuple[str, SeenT]]) -> list[SeenT]:
        """Return a page in an order that does not tell hidden ids apart."""
        hidden = self.principal.role in (Role.INSTITUTION, Role.ORGANIZER)
        return [one for _, one in (sorted(keyed, key=lambda pair: pair[0]) if hidden else keyed)]

    # -- disclosure ----------------------------------------------------------------------------

    def disclose(
        self,
        firm_id: str,
        classes: Iterable[DataClass],
        *,
        purpose: Purpose | None = None,
        context: str,
    ) -> None:
        """Put on record that classes of data of a firm are about to be sent to the principal.

        For what is no record, such as whom to call; records go through :meth:`firm`.

        Raises
        ------
        ForbiddenError
            The firm did not consent to one of them.
        UnknownIdError
            There is no such firm within reach.
        """
        firm = self.store.find_firm(firm_id)
        firms = [] if firm is None else [firm]
        views = self._views(firms, Action.READ_FIRMS, purpose)
        if firm_id not in views:
            raise _unknown(col.FIRM_ID, firm_id)
        given, wanted = views[firm_id], frozenset(classes)
        missing = wanted - (frozenset(DataClass) if given is None else frozenset(given))
        if missing:
            raise ForbiddenError(
                f"The firm did not consent to show {ordered_classes(missing)[0].value!r}.",
                remedy="Ask the firm for its consent.",
            )
        disclosed = self._disclosed(firm_id, wanted, given, purpose)
        self._disclosures.note([] if disclosed is None else [disclosed], context=context)

    def _views(
        self,
        firms: Sequence[Firm],
        action: Action,
        purpose: Purpose | None,
        *,
        any_purpose: bool = False,
    ) -> dict[str, Permitted | None]:
        """Return what may be seen of each firm within reach: ``None`` for all of it."""
        limit = self.require(action)
        full = {firm.firm_id: None for firm in firms if self._within(limit, firm)}
        if limit is not Reach.SHOWN:
            return dict(full)
        others = [firm.firm_id for firm in firms if firm.firm_id not in full]
        chosen = None if any_purpose else self._purpose(purpose)
        given = self._disclosures.permitted(others, purpose=chosen)
        return {**full, **{firm_id: given.get(firm_id, {}) for firm_id in others}}

    def _purpose(self, purpose: Purpose | None) -> Purpose:
        return purpose or PURPOSE_OF_ROLE.get(self.principal.role, Purpose.SERVICE)

    def _note(
        self,
        record_type: type[Firm] | type[Need],
        views: Mapping[str, Permitted | None],
        purpose: Purpose | None,
        context: str,
    ) -> None:
        held = classes_in(record_type)
        found = (self._disclosed(key, held, given, purpose) for key, given in views.items())
        self._disclosures.note([one for one in found if one is not None], context=context)

    def _disclosed(
        self,
        firm_id: str,
        classes: frozenset[DataClass],
        given: Permitted | None,
        purpose: Purpose | None,
    ) -> Disclosed | None:
        """Return what goes on record; nothing for a firm itself, nor for a teaser."""
        if firm_id == self.principal.firm_id:
            return None
        shown = classes if given is None else classes & frozenset(given)
        if not shown:
            return None
        basis = Basis.CONSENT
        if given is None:
            at_base = self.principal.role is Role.BASE_OPERATOR
            basis = Basis.BASE if at_base else Basis.ADMINISTRATION
        return Disclosed(
            firm_id=firm_id,
            classes=shown,
            purpose=self._purpose(purpose),
            basis=basis,
            consents=given or {},
        )

    def _limited(
        self,
        record_type: type[Firm] | type[Need],
        filters: Filters,
        action: Action,
        purpose: Purpose | None,
    ) -> dict[str, str | Sequence[str]]:
        """Return filters that find nothing out of reach, nor by what may not be seen."""
        limit = self.require(action)
        wanted = dict(filters)
        if limit is Reach.OWN:
            wanted = _and(wanted, col.FIRM_ID, [self.principal.firm_id or ""])
        elif limit is Reach.BASE:
            name = col.BASE_ID if record_type is Firm else IN_BASE
            wanted = _and(wanted, name, [self.principal.base_id or ""])
        elif limit is Reach.SHOWN:
            table = CLASS_OF_FIELD[record_type]
            unknown = [name for name in wanted if name not in table]
            if unknown:
                raise ArgumentError(f"Cannot choose by {unknown[0]!r}.", field=unknown[0])
            classes = {kind for name in wanted if (kind := table[name]) is not None}
            if classes:
                firm_ids = self._disclosures.firms_permitting(
                    classes, purpose=self._purpose(purpose)
                )
                wanted = _and(wanted, col.FIRM_ID, firm_ids)
        return wanted


def _and(
    wanted: Mapping[str, str | Sequence[str]], name: str, values: Sequence[str]
) -> dict[str, str | Sequence[str]]:
    """Return filters with one more condition, on a column that may have one already."""
    before = wanted.get(name)
    asked = None if before is None else {before} if isinstance(before, str) else set(before)
    return {**wanted, name: [one for one in values if asked is None or one in asked]}


def _hides(given: Permitted | None) -> bool:
    """Return whether the reader may not know which firm it is."""
    return given is not None and DataClass.IDENTITY not in given


def _known(views: Mapping[str, Permitted | None], firm: Firm) -> bool:
    return not _hides(views[firm.firm_id])


def _view(given: Permitted | None) -> View:
    if given is None:
        return View.FULL
    return View.PARTIAL if given else View.TEASER


def _shown(given: Permitted | None) -> tuple[DataClass, ...]:
    return tuple(DataClass) if given is None else ordered_classes(given)


def _fields(record: Firm | Need, given: Permitted | None) -> dict[str, object]:
    if given is None:
        return {name: getattr(record, name) for name in CLASS_OF_FIELD[type(record)]}
    return visible_fields(record, frozenset(given))


def _unknown(field: str, key: str) -> UnknownIdError:
    return UnknownIdError(
        f"There is no {field} {key!r}.",
        field=field,
        remedy=f"Check the {field}, or import the record first.",
    )
