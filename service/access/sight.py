"""Sight: the one way by which routes and pages read and write records, limited to who asks.

Every method names an action; how far that goes for the role is looked up in the policy and applied
in two places, :meth:`Reaching._within` for whole records and :meth:`Viewing._views` for what firms
consented to. What is not within reach does not exist: the error is that of an unknown id, so that
existence does not leak.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from data import columns as col
from data.consent import DataClass, Purpose, ordered_classes
from data.errors import ArgumentError
from data.people import Role
from data.records import Firm, Need
from data.store.listing import IN_BASE
from service.access.disclosure import Permitted
from service.access.fields import CLASS_OF_FIELD, visible_fields
from service.access.naming import FIRM_HANDLE, NEED_HANDLE, Naming
from service.access.policy import Action, Reach
from service.access.reaching import DEFAULT_ROWS, Filters, unknown
from service.access.seen import Listed, SeenFirm, SeenNeed, View
from service.access.teaser import teaser_of
from service.access.viewing import hides

__all__ = ["FIRM_HANDLE", "NEED_HANDLE", "Sight"]

SeenT = TypeVar("SeenT", SeenFirm, SeenNeed)


class Sight(Naming):
    """What one principal sees and may touch, for one request.

    Parameters
    ----------
    now
        Instant of the request: consents count as they are then.
    request_id
        Stands in the log of provisions.
    """

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
            raise unknown(col.FIRM_ID, firm_key)
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

    def firms_showing(
        self, classes: Iterable[DataClass], *, n: int, purpose: Purpose | None = None
    ) -> list[SeenFirm]:
        """Return up to ``n`` firms that let the principal see all of ``classes``, by id."""
        if self.require(Action.READ_FIRMS) is Reach.SHOWN:
            shown = self._disclosures.firms_permitting(classes, purpose=self._purpose(purpose))
            firms = list(self.store.find_many(Firm, shown[:n]).values())
        else:
            wanted = self._limited(Firm, {}, Action.READ_FIRMS, purpose)
            firms = self.store.page(Firm, wanted=wanted, limit=n)
        seen = self.see_firms(sorted(firms, key=lambda one: one.firm_id), purpose=purpose)
        return list(seen.values())

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
            raise unknown(col.NEED_ID, need_key)
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
        hidden = {key: given for key, given in about.items() if hides(given)}
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
            known = need.firm_id is None or not hides(given)
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

    def _given_of(
        self, need: Need, views: Mapping[str, Permitted | None], action: Action
    ) -> Permitted | None:
        if need.firm_id is not None:
            return views[need.firm_id]
        return None if self._within(self.require(action), need) else {}

    # -- lists ---------------------------------------------------------------------------------

    def _unordered(self, keyed: list[tuple[str, SeenT]]) -> list[SeenT]:
        """Return a page in an order that does not tell hidden ids apart."""
        hidden = self.principal.role in (Role.INSTITUTION, Role.ORGANIZER)
        return [one for _, one in (sorted(keyed, key=lambda pair: pair[0]) if hidden else keyed)]

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


def _known(views: Mapping[str, Permitted | None], firm: Firm) -> bool:
    return not hides(views[firm.firm_id])


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
