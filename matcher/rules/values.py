"""Proposals and what they open as plain values, the way a response carries them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from features.wording import LANGUAGES
from matcher.eligibility import RuleResult
from matcher.rules.advice import change_text
from matcher.rules.counterfactual import Proposal


@dataclass(frozen=True)
class Blocked:
    """An offer that may not be shown, why, and what would change that.

    Attributes
    ----------
    score
        Match score, 0 … 100, as if it might be shown.
    unmet
        The rules that keep it out.
    proposals
        Smallest sets of changes, best first; empty where nothing that can be changed would help.
    """

    offer_id: str
    institution_id: str
    kind: str
    score: float
    unmet: tuple[RuleResult, ...]
    proposals: tuple[Proposal, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "offer_id": self.offer_id,
            "institution_id": self.institution_id,
            "kind": self.kind,
            "score": round(self.score, 1),
            "unmet": [
                {"rule_id": result.rule.rule_id, "version": result.rule.version}
                for result in self.unmet
            ],
            "proposals": [proposal_values(proposal) for proposal in self.proposals],
        }


def proposal_values(proposal: Proposal) -> dict[str, Any]:
    """Return a proposal as plain values, its changes said in both languages."""
    return {
        "on": proposal.on.isoformat(),
        "effort": round(proposal.effort, 2),
        "verdict": proposal.verdict.name.lower(),
        "changes": [
            {
                "fact": change.fact,
                "on": None if change.on is None else change.on.isoformat(),
                **dict(
                    zip(LANGUAGES, (change_text(change, lang) for lang in LANGUAGES), strict=True)
                ),
            }
            for change in proposal.changes
        ],
    }
