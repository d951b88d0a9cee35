"""What an institution says that it looks for, against what it does: stated and revealed thesis.

Values are those of teasers: they tell of no firm more than its institution may know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from data.deal_flow import Thesis
from data.records import Event, EventKind, Firm, Institution, Need
from service.access.policy import Action
from service.access.sight import Sight
from service.access.teaser import Teaser, teaser_of

FUNDED = (EventKind.FUNDED,)
CONTACTED = (EventKind.CONTACT, EventKind.MEETING)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRow:
    """How much of what an institution did concerns one value, such as one sector.

    Attributes
    ----------
    value
        ``None`` for the deals of which it is not known.
    declared
        The institution says that it looks for it.
    funded, contacted
        Number of deals.
    funded_share, contacted_share
        Of all such deals; ``None`` where there are none.
    """

    value: str | None
    declared: bool
    funded: int
    funded_share: float | None
    contacted: int
    contacted_share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One side of a thesis: what is declared of it, and what was done.

    Attributes
    ----------
    funded_within, contacted_within
        Share of the deals with a declared value among those whose value is known; ``None`` where
        nothing is declared, or nothing was done.
    """

    dimension: str
    declared: tuple[str, ...]
    funded_within: float | None
    contacted_within: float | None
    rows: tuple[ShareRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revealed:
    """What an institution declares against what it funded and whom it contacted.

    A deal is a firm with one of its needs; several events about it count once.
    """

    institution_id: str
    n_funded: int
    n_contacted: int
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class _Dimension:
    """A side of a thesis: what is declared, and the values of a deal; the first one is shown."""

    name: str
    declared: tuple[str, ...]
    values: Callable[[Teaser], tuple[str | None, ...]]


def revealed_thesis(sight: Sight, institution_id: str) -> Revealed:
    """Compare what an institution declares, and has saved, with what it did until now."""
    found = sight.own_institution(institution_id, Action.READ_PIPELINE)
    flow = sight.store.deal_flow
    deeds = flow.deeds_of(institution_id, (*FUNDED, *CONTACTED), before=sight.now)
    firms = sight.store.find_many(Firm, [event.firm_id for event in deeds])
    needs = sight.store.find_many(Need, [e.need_id for e in deeds if e.need_id is not None])
    funded = _teasers([e for e in deeds if e.kind in FUNDED], firms, needs)
    contacted = _teasers([e for e in deeds if e.kind in CONTACTED], firms, needs)
    return Revealed(
        institution_id=institution_id,
        n_funded=len(funded),
        n_contacted=len(contacted),
        gaps=tuple(
            _gap(side, funded, contacted)
            for side in _dimensions(found, flow.theses_of(institution_id))
        ),
    )


def _teasers(
    events: Iterable[Event], firms: Mapping[str, Firm], needs: Mapping[str, Need]
) -> list[Teaser]:
    """Return a teaser for each deal."""
    pairs = {(event.firm_id, event.need_id or "") for event in events if event.firm_id in firms}
    return [teaser_of(firms[firm_id], needs.get(need_id)) for firm_id, need_id in sorted(pairs)]


def _dimensions(institution: Institution, theses: Sequence[Thesis]) -> tuple[_Dimension, ...]:
    def saved(name: str) -> list[str]:
        return [str(value) for thesis in theses for value in thesis.filters.get(name, ())]

    def declared(own: Iterable[str], name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*own, *saved(name)]))

    return (
        _Dimension("sector", declared(institution.sectors, "sectors"), lambda t: (t.sector,)),
        _Dimension(
            "region",
            declared(institution.regions, "regions"),
            lambda t: (t.province or t.city, t.city, t.country),
        ),
        _Dimension("stage", declared(institution.stages, "stages"), lambda t: (t.stage,)),
        _Dimension(
            "size_class",
            declared((), "size_classes"),
            lambda t: (None if t.size_class is None else t.size_class.value,),
        ),
        _Dimension("amount", _saved_bands(theses), lambda t: (_band_text(t),)),
    )


def _band_text(teaser: Teaser) -> str | None:
    band = teaser.need_band
    if band is None:
        return None
    top = "" if band.high_minor is None else str(band.high_minor)
    return f"{band.low_minor}-{top} {band.currency or ''}".strip()


def _saved_bands(theses: Sequence[Thesis]) -> tuple[str, ...]:
    """Return the saved ranges of amounts as they were saved; bands of deals are finer."""
    found = []
    for thesis in theses:
        low, high = (thesis.filters.get(f"amount_{end}_minor") for end in ("low", "high"))
        if low is not None or high is not None:
            currency = thesis.filters.get("currency") or ""
            found.append(f"{low or 0}-{'' if high is None else high} {currency}".strip())
    return tuple(dict.fromkeys(found))


def _gap(side: _Dimension, funded: Sequence[Teaser], contacted: Sequence[Teaser]) -> Gap:
    wanted = frozenset(side.declared)
    counts = [Counter(side.values(one)[0] for one in deals) for deals in (funded, contacted)]
    admitted = {side.values(one)[0]: _admits(side, one, wanted) for one in (*contacted, *funded)}
    values = sorted(set(counts[0]) | set(counts[1]), key=lambda value: (value is None, value or ""))
    return Gap(
        dimension=side.name,
        declared=side.declared,
        funded_within=_within(side, funded, wanted),
        contacted_within=_within(side, contacted, wanted),
        rows=tuple(
            ShareRow(
                value=value,
                declared=admitted[value],
                funded=counts[0][value],
                funded_share=_share(counts[0][value], len(funded)),
                contacted=counts[1][value],
                contacted_share=_share(counts[1][value], len(contacted)),
            )
            for value in values
        ),
    )


def _admits(side: _Dimension, deal: Teaser, wanted: frozenset[str]) -> bool:
    """Return whether a deal's value is declared; an amount, whether its band meets a range."""
    if side.name != "amount":
        return any(value in wanted for value in side.values(deal) if value is not None)
    band = deal.need_band
    if band is None:
        return False
    for text in wanted:
        ends, _, currency = text.partition(" ")
        low, _, high = ends.partition("-")
        meets = (not high or band.low_minor <= int(high)) and (
            band.high_minor is None or band.high_minor >= int(low)
        )
        if meets and currency in ("", band.currency or ""):
            return True
    return False


def _within(side: _Dimension, deals: Sequence[Teaser], wanted: frozenset[str]) -> float | None:
    known = [deal for deal in deals if side.values(deal)[0] is not None]
    if not wanted or not known:
        return None
    return sum(_admits(side, deal, wanted) for deal in known) / len(known)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
