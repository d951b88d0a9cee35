"""The written preference model: every weight that draws the demo world's events, with its name.

A need and an offer meet in five steps, each a choice with Gumbel noise on both alternatives, that
is, a logistic probability of an intercept plus a utility:

1. *exposure*: the eligible offers are put into a list by ``exposure_*`` terms and noise; a share of
   the lists is shuffled instead (their ``model_version`` says so);
2. *view*: the firm looks at position p with probability p ** -examination_decay and, having looked,
   opens the offer with probability sigma(view_intercept + U);
3. *contact*: sigma(contact_intercept + U), else nothing follows;
4. *meeting* and, after the application, *approval*: the institution decides, sigma(... + V);
5. *funded*: among its approvals the firm takes the best by U and noise, at most
   ``takes_at_most`` of them; it withdraws the others.

U is the firm's utility (terms ``firm_*``), V the institution's (terms ``inst_*``). Eligibility is
hard and comes first: no event breaks a condition of its offer. :meth:`data.demo.World.terms`
returns the terms themselves, so a test can compare what a model learns with what is written here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType

from data.records import NeedKind

RANKED_LIST = "demo-list-1"
SHUFFLED_LIST = "demo-list-shuffled"
"""``Event.model_version`` of impressions from ranked and from shuffled lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """Weights of the terms; a term is about 1 wide, so weights compare.

    Attributes
    ----------
    firm_amount
        Firm's liking for an offer whose declared range centres on the amount it asks
        (term: minus the distance in logarithms to the middle of the range, cut at 2, plus 1).
    firm_price
        Liking for a low rate or fee (term: minus the standardised price within the kind).
    firm_place
        Liking for an institution nearby (term: ``places.nearness``).
    firm_reputation
        Liking for well-known institutions (term: standardised logarithm of reputation).
    firm_relation
        Liking for an institution that financed or served it before (term: 0 or 1).
    firm_quality
        Liking for an institution of good service (term: hidden standard normal quality).
    inst_taste
        Taste of the institution for the sector of the firm, mostly *not* declared (term: hidden;
        about 1.2 for its favourites and -0.4 elsewhere).
    inst_declared
        Extra weight where the firm's sector is among the sectors the institution declares.
    inst_ticket
        Fit of the amount with the hidden typical ticket of the offer (term as ``firm_amount``).
    inst_place
        Preference for firms nearby (term: ``places.nearness`` plus a hidden taste by city).
    inst_stage
        Fit of the firm's age or round with what the institution likes (term: 1 minus distance).
    inst_titles
        Liking for titles and class I rights (term: number of titles / 2 + has class I IP, centred).
    inst_relation
        Liking for a firm it financed or served before (term: 0 or 1).
    inst_resident
        Effect of the clause 优先投资于基地内企业 for a resident firm (term: 0 or 1).
    inst_strength
        Effect of the hidden strength of the firm (term: standard normal).
    exposure_reputation, exposure_momentum, exposure_place, exposure_noise
        Popularity bias of the lists: weights of the standardised log reputation, of
        log(1 + links of the last twelve months), of nearness, and the scale of Gumbel noise.
    examination_decay
        Position bias: the firm looks at position p with probability p ** -examination_decay.
    shuffled_share
        Share of lists in random order (exploration).
    reputation_exponent
        Reputation of the offer at popularity rank r within its kind is r ** -reputation_exponent.
    view_intercept, contact_intercept, meeting_intercept, approval_intercept
        Intercepts of the choices.
    application_rate, save_rate
        Probability that a meeting leads to an application, that a viewed offer is saved.
    takes_at_most
        How many approved offers a firm takes for one need, by kind.
    """

    firm_amount: float = 0.7
    firm_price: float = 0.6
    firm_place: float = 0.7
    firm_reputation: float = 0.35
    firm_relation: float = 0.7
    firm_quality: float = 0.5
    inst_taste: float = 1.5
    inst_declared: float = 0.5
    inst_ticket: float = 1.0
    inst_place: float = 1.2
    inst_stage: float = 0.9
    inst_titles: float = 0.4
    inst_relation: float = 0.6
    inst_resident: float = 0.6
    inst_strength: float = 0.5
    exposure_reputation: float = 0.7
    exposure_momentum: float = 0.3
    exposure_place: float = 0.6
    exposure_noise: float = 1.0
    examination_decay: float = 0.5
    shuffled_share: float = 0.15
    reputation_exponent: float = 0.8
    view_intercept: float = 0.3
    contact_intercept: float = 0.4
    meeting_intercept: float = 0.3
    approval_intercept: float = 0.3
    application_rate: float = 0.9
    save_rate: float = 0.25
    takes_at_most: MappingProxyType[NeedKind, int] = field(
        default_factory=lambda: MappingProxyType(
            {
                NeedKind.DEBT: 2,
                NeedKind.EQUITY: 3,
                NeedKind.GUARANTEE: 1,
                NeedKind.INSURANCE: 1,
                NeedKind.SERVICE: 2,
            }
        )
    )
