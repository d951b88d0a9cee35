"""How many firms would qualify for an offer as it is typed, and for a rule before it is stored."""

from __future__ import annotations

from data.records import Institution, Offer
from data.rules.book import RuleBook
from data.rules.rule import Rule
from matcher.drafts import DraftCount, count_for_draft
from service.access.policy import Action
from service.access.sight import Sight
from service.serving.state import ServiceState


def count_draft(
    state: ServiceState, sight: Sight, offer: Offer, *, rule: Rule | None = None
) -> DraftCount:
    """Return what an offer's conditions and rules say of today's open needs.

    Parameters
    ----------
    offer
        Stored or not; its institution must be the caller's.
    rule
        Counts in place of the versions that the offer has of it, on the day on which it begins.

    Raises
    ------
    UnknownIdError
        The institution is somebody else's.
    RuleFaultsError
        The rule does not go together with the others.
    """
    market = state.live.matcher.market
    institution = sight.own(Institution, offer.institution_id, Action.WRITE_OFFERS)
    today = state.clock().date()
    if rule is None:
        return count_for_draft(market, institution, offer, book=market.rules.book, on=today)
    others = [one for one in sight.store.rules.load() if one.rule_id != rule.rule_id]
    book = RuleBook.with_national([*others, rule])
    day = max(today, rule.effective_from or today)
    return count_for_draft(market, institution, offer, book=book, on=day)
