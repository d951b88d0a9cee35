"""The verdict: what the intervals allow to say, in one sentence of each language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from eval.analysis import NEW, Analysis, Scope
from eval.comparison import Comparison, Verdict
from eval.metrics import HEADLINE, METRICS


class Standing(StrEnum):
    """Where the method under test stands among the others."""

    AHEAD = "ahead"
    TIED = "tied"
    BEHIND = "behind"
    NO_BETTER_THAN_POPULARITY = "no_better_than_popularity"
    ALONE = "alone"


@dataclass(frozen=True, slots=True)
class Statement:
    """A standing and the sentence for it under ``zh`` and ``en``."""

    standing: Standing
    sentence: Mapping[str, str]


def standing_of(analysis: Analysis, scope: Scope) -> Standing:
    """Return the standing of the subject in ``scope`` on the headline metric.

    Popularity comes first: who does not beat it has learned nothing about the single firm, however
    the other methods fare.
    """
    subject, popularity = analysis.subject, analysis.popularity
    if len(scope.headline.rows) == 1:
        return Standing.ALONE
    if popularity not in (None, subject) and not _beats(scope, popularity):
        return Standing.NO_BETTER_THAN_POPULARITY
    verdict = scope.headline.row(subject).verdict
    return {
        Verdict.BETTER: Standing.AHEAD,
        Verdict.WORSE: Standing.BEHIND,
    }.get(verdict, Standing.TIED)


def _beats(scope: Scope, rival: str) -> bool:
    """Say whether the subject of ``scope`` is better than ``rival``, beyond chance."""
    return scope.against_subject.row(rival).verdict is Verdict.WORSE


def state(analysis: Analysis, scope_name: str = NEW) -> Statement:
    """Say how the subject compares in one scope.

    The rival that is named is popularity where it is not beaten, else the scope's reference.
    """
    scope = analysis.scopes[scope_name]
    standing = standing_of(analysis, scope)
    rival = scope.reference
    if standing is Standing.NO_BETTER_THAN_POPULARITY and analysis.popularity is not None:
        rival = analysis.popularity
    figures = _figures(analysis, scope.headline, rival)
    sentence = {
        language: text.format_map(figures[language])
        for language, text in _SENTENCES[standing].items()
    }
    return Statement(standing, sentence)


def _figures(
    analysis: Analysis, comparison: Comparison, rival: str
) -> dict[str, Mapping[str, str]]:
    """Return the words and numbers of the sentence, by language."""
    ours, theirs = comparison.row(analysis.subject).score, comparison.row(rival).score
    ratio = f"{ours.mean / theirs.mean:.2f}" if theirs.mean > 0 else "∞"
    return {
        language: {
            "subject": analysis.titles[analysis.subject][language],
            "rival": analysis.titles[rival][language],
            "metric": METRICS[HEADLINE].title[language],
            "ours": f"{ours.mean:.3f}",
            "theirs": f"{theirs.mean:.3f}",
            "ratio": ratio,
        }
        for language in ("zh", "en")
    }


_SENTENCES: dict[Standing, Mapping[str, str]] = {
    Standing.AHEAD: {
        "zh": "{subject}比最好的对照方法“{rival}”更好：{metric} 为 {ours}，对方为 {theirs}，"
        "是它的 {ratio} 倍，这一差距不是偶然。",
        "en": "{subject} is better than the best other method, {rival}: {metric} {ours} against "
        "{theirs}, {ratio} times as much, and the difference is not chance.",
    },
    Standing.TIED: {
        "zh": "{subject}与最好的对照方法“{rival}”看不出差别：{metric} 为 {ours}，对方为 {theirs}，"
        "差距在误差范围之内。",
        "en": "{subject} cannot be told apart from the best other method, {rival}: {metric} {ours} "
        "against {theirs}, a difference within the error.",
    },
    Standing.BEHIND: {
        "zh": "{subject}不如最好的对照方法“{rival}”：{metric} 为 {ours}，对方为 {theirs}，"
        "这一差距不是偶然。",
        "en": "{subject} is worse than the best other method, {rival}: {metric} {ours} against "
        "{theirs}, and the difference is not chance.",
    },
    Standing.NO_BETTER_THAN_POPULARITY: {
        "zh": "{subject}并不比“{rival}”更好：{metric} 为 {ours}，对方为 {theirs}。"
        "给每家企业看同一份热门榜单，效果不会更差。",
        "en": "{subject} is no better than {rival}: {metric} {ours} against {theirs}. Showing "
        "every firm the same list of popular institutions would do no worse.",
    },
    Standing.ALONE: {
        "zh": "只评估了{subject}一种方法（{metric} 为 {ours}），没有可比较的对象，无法判断好坏。",
        "en": "Only {subject} was evaluated ({metric} {ours}); without another method there is "
        "nothing to compare it with.",
    },
}
