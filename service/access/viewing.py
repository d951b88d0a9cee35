"""Views: how much of each firm a principal may see, and the record of what it saw.

:class:`Viewing` is a part of :class:`service.access.sight.Sight`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from data import columns as col
from data.consent import Basis, DataClass, Purpose, ordered_classes
from data.errors import ForbiddenError
from data.people import Role
from data.records import Firm, Need
from service.access.disclosure import PURPOSE_OF_ROLE, Disclosed, Permitted
from service.access.fields import classes_in
from service.access.policy import Action, Reach
from service.access.reaching import Reaching, unknown


class Viewing(Reaching):
    """What a principal may see of firms, by their consent."""

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
            raise unknown(col.FIRM_ID, firm_id)
        given, wanted = views[firm_id], frozenset(classes)
        missing = wanted - (frozenset(DataClass) if given is None else frozenset(given))
        if missing:
            raise ForbiddenError(
                f"The firm did not consent to show {ordered_classes(missing)[0].value!r}.",
                remedy="Ask the firm for its consent.",
            )
        disclosed = self._disclosed(firm_id, wanted, given, purpose)
        self._disclosures.note([] if disclosed is None else [disclosed], context=context)

    @property
    def has_disclosed(self) -> bool:
        """Whether this request sends more of a firm than its teaser."""
        return self._disclosures.any_noted

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


def hides(given: Permitted | None) -> bool:
    """Return whether the reader may not know which firm it is."""
    return given is not None and DataClass.IDENTITY not in given
