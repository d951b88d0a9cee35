"""What a match returns: ranked offers, ranked needs, or the whole story of one pair.

``score`` is the match score (匹配度), 0 to 100; ``probability`` is the calibrated chance that the
pair becomes a link. Neither is a credit score, and nothing here says how creditworthy a firm is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from matcher.eligibility import KIND_RULE, Eligibility, RuleResult
from matcher.explain import Explanation, Reason
from matcher.rules.counterfactual import Proposal
from matcher.rules.details import Detail
from matcher.rules.values import Blocked, proposal_values

SCORE_DIGITS, PROBABILITY_DIGITS = 1, 6


@dataclass(frozen=True, slots=True)
class PairScore:
    """How well one pair matches, from both sides.

    Attributes
    ----------
    score
        Match score, 0 … 100.
    probability
        Of a link, seen from the side that asked.
    firm_side, institution_side
        Both halves, each a probability; ``None`` where the model has no such side.
    """

    score: float
    probability: float
    firm_side: float | None
    institution_side: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        halves = {"firm_side": self.firm_side, "institution_side": self.institution_side}
        return {
            "score": round(self.score, SCORE_DIGITS),
            "probability": round(self.probability, PROBABILITY_DIGITS),
            **{k: None if v is None else round(v, PROBABILITY_DIGITS) for k, v in halves.items()},
        }


@dataclass(frozen=True, slots=True)
class MatchItem:
    """One ranked pair.

    Attributes
    ----------
    rank
        From 1; inside its kind where the list is grouped by kind.
    offer_id, institution_id, kind
        What is offered, by whom, and its kind.
    need_id, firm_id, base_id
        What is asked for, by which firm or base.
    implied
        Nobody stated the need.
    verdict, eligibility
        The pair's eligibility, and every rule that applies to it.
    explanation
        What moved the raw score; its reasons are said in both languages.
    """

    rank: int
    offer_id: str
    institution_id: str
    kind: str
    need_id: str
    firm_id: str | None
    base_id: str | None
    implied: bool
    pair: PairScore
    verdict: Eligibility
    eligibility: tuple[RuleResult, ...]
    explanation: Explanation

    @property
    def score(self) -> float:
        """Match score, 0 … 100."""
        return self.pair.score

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The weightiest reasons, for before against."""
        return self.explanation.reasons

    def to_dict(self, language: str | None = None) -> dict[str, Any]:
        """Return plain values; with a language (``zh``, ``en``) each reason is one text."""
        return {
            "rank": self.rank,
            "offer_id": self.offer_id,
            "institution_id": self.institution_id,
            "kind": self.kind,
            "need_id": self.need_id,
            "firm_id": self.firm_id,
            "base_id": self.base_id,
            "implied": self.implied,
            **self.pair.to_dict(),
            "reasons": [_reason(reason, language) for reason in self.reasons],
            "verdict": self.verdict.value,
            "eligibility": [_rule(result) for result in self.eligibility],
        }


@dataclass(frozen=True, slots=True)
class Listed:
    """What every answer carries beside its items.

    Attributes
    ----------
    excluded
        Pairs that each rule kept out, by rule id.
    n_considered, n_eligible
        Pairs looked at, and those that no rule kept out.
    model_version
        Of the model that ranked.
    titles
        What rules of the book are called in Chinese and English, by rule id.
    """

    excluded: Mapping[str, int]
    n_considered: int
    n_eligible: int
    model_version: str
    titles: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "excluded": dict(self.excluded),
            "n_considered": self.n_considered,
            "n_eligible": self.n_eligible,
            "model_version": self.model_version,
        }


@dataclass(frozen=True, slots=True)
class MatchList:
    """Ranked offers for one need; an implied one where the firm stated none.

    ``blocked`` are the best of the offers that are left out, with what would open them.
    """

    need_id: str
    firm_id: str | None
    base_id: str | None
    implied: bool
    items: tuple[MatchItem, ...]
    listed: Listed
    blocked: tuple[Blocked, ...] = ()

    @classmethod
    def of_kinds(cls, lists: Sequence[MatchList], *, unblock: int) -> MatchList:
        """Join lists that each ask for one kind on behalf of one firm, the best match first.

        Every offer is of another kind than all but one of the lists; that excludes none of them.
        """
        ordered = sorted(lists, key=lambda one: -max((item.score for item in one.items), default=0))
        excluded: Counter[str] = Counter()
        for one in lists:
            excluded.update(one.listed.excluded)
        excluded.pop(KIND_RULE, None)
        listed = replace(
            lists[0].listed,
            excluded=dict(excluded),
            n_eligible=sum(one.listed.n_eligible for one in lists),
        )
        closed = sorted((one for part in lists for one in part.blocked), key=lambda one: -one.score)
        items = tuple(item for one in ordered for item in one.items)
        return replace(ordered[0], items=items, listed=listed, blocked=tuple(closed[:unblock]))

    def by_kind(self) -> dict[str, tuple[MatchItem, ...]]:
        """Return the items of each kind, kinds in the order of their best item."""
        return {
            kind: tuple(item for item in self.items if item.kind == kind)
            for kind in dict.fromkeys(item.kind for item in self.items)
        }

    def to_dict(self, language: str | None = None) -> dict[str, Any]:
        """Return plain values, as JSON has them."""
        return {
            "need_id": self.need_id,
            "firm_id": self.firm_id,
            "base_id": self.base_id,
            "implied": self.implied,
            **self.listed.to_dict(),
            "items": [item.to_dict(language) for item in self.items],
            "unblock": [one.to_dict() for one in self.blocked],
        }


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Ranked needs (项目库) for one offer or for all offers of an institution."""

    institution_id: str
    offer_ids: tuple[str, ...]
    items: tuple[MatchItem, ...]
    listed: Listed

    def to_dict(self, language: str | None = None) -> dict[str, Any]:
        """Return plain values, as JSON has them."""
        return {
            "institution_id": self.institution_id,
            "offer_ids": list(self.offer_ids),
            **self.listed.to_dict(),
            "items": [item.to_dict(language) for item in self.items],
        }


@dataclass(frozen=True, slots=True)
class FeatureShare:
    """What one feature is worth for a pair and what it added to the raw score."""

    name: str
    theme: str
    value: float
    contribution: float


@dataclass(frozen=True, slots=True)
class PairStory:
    """Everything about one pair.

    Attributes
    ----------
    item
        The pair as a list would show it; ``rank`` is its place among the pool it was compared with.
    pool_size
        Size of that pool.
    features
        Contribution of every feature that counted, largest first; with the explanation's base they
        add up to the raw score.
    details
        Every condition of every rule with its answer, by rule id.
    proposals
        What would make the pair eligible, where something is unmet.
    """

    item: MatchItem
    pool_size: int
    features: tuple[FeatureShare, ...]
    details: Mapping[str, tuple[Detail, ...]] = field(default_factory=dict)
    proposals: tuple[Proposal, ...] = ()

    def to_dict(self, language: str | None = None) -> dict[str, Any]:
        """Return plain values, as JSON has them; an unknown feature value is ``None``."""
        return {
            **self.item.to_dict(language),
            "pool_size": self.pool_size,
            "base": self.item.explanation.base,
            "raw_score": self.item.explanation.score,
            "themes": dict(self.item.explanation.themes),
            "conditions": {
                rule: [detail.to_dict() for detail in found] for rule, found in self.details.items()
            },
            "unblock": [proposal_values(proposal) for proposal in self.proposals],
            "features": [
                {
                    "name": share.name,
                    "theme": share.theme,
                    "value": None if share.value != share.value else share.value,
                    "contribution": share.contribution,
                }
                for share in self.features
            ],
        }


def _reason(reason: Reason, language: str | None) -> dict[str, Any]:
    texts = {"zh": reason.text_zh, "en": reason.text_en}
    said = texts if language is None else {"text": texts[language]}
    return {
        "theme": reason.theme,
        "direction": reason.direction.value,
        "share": round(reason.share, 4),
        **said,
    }


def _rule(result: RuleResult) -> dict[str, Any]:
    rule = result.rule
    return {
        "rule_id": rule.rule_id,
        "version": rule.version,
        "source": rule.source,
        "title_zh": rule.title_zh,
        "title_en": rule.title_en,
        "value": result.value.value,
        "demand_zh": result.demand_zh,
        "demand_en": result.demand_en,
    }
