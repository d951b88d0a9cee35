"""Names: what a principal calls firms and needs, an id where it may know who it is, else a handle.

:class:`Naming` is a part of :class:`service.access.sight.Sight`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from data import columns as col
from data.consent import DataClass
from data.errors import ArgumentError, UnknownIdError
from data.records import Firm, Need
from service.access.policy import Action, Reach
from service.access.reaching import unknown
from service.access.viewing import Viewing, hides

FIRM_HANDLE = "teaser_"
NEED_HANDLE = "asked_"
"""What the handles of firms and of needs begin with."""

NAMED = "firms.name"
"""Context of provisions where no more than an id was told."""


class Naming(Viewing):
    """Handles, and the way back from them."""

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
                raise unknown(col.FIRM_ID, key)
        return found

    def find_ids(self, firm_keys: Iterable[str]) -> dict[str, str]:
        """Return the ids of those firms that the principal knows by these names."""
        wanted = set(firm_keys)
        handles = {key for key in wanted if key.startswith(FIRM_HANDLE)}
        found = self.store.handles.find_all(self.recipient_id, handles) if handles else {}
        plain = sorted(wanted - handles)
        firms = self.store.find_many(Firm, plain) if plain else {}
        views = self._views(list(firms.values()), Action.READ_FIRMS, None, any_purpose=True)
        return found | {key: key for key, given in views.items() if not hides(given)}

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
        hidden = self.teaser_ids(key for key, given in views.items() if hides(given))
        if limit is Reach.SHOWN:
            told = {key: given for key, given in views.items() if key not in hidden}
            named = frozenset({DataClass.IDENTITY})
            found = (self._disclosed(key, named, given, None) for key, given in told.items())
            self._disclosures.note([one for one in found if one is not None], context=NAMED)
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
        raise unknown(col.NEED_ID, need_key)

    def _names_need(self, need: Need) -> bool:
        if need.firm_id is None:
            return self._asked_by_base(need, Action.READ_NEEDS)
        firm = self.store.find_firm(need.firm_id)
        firms = [] if firm is None else [firm]
        views = self._views(firms, Action.READ_NEEDS, None, any_purpose=True)
        return any(not hides(given) for given in views.values())

    def _asked_by_base(self, need: Need, action: Action) -> bool:
        limit = self.require(action)
        return need.firm_id is None and (limit is Reach.SHOWN or self._within(limit, need))

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
