"""Explanations: what speaks for a match and against it, in short sentences.

Contributions of features are summed by theme, and the weightiest themes are said in Chinese and
in English. Only what is returned is explained. Texts are plain: escaping them is for the page
that shows them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from string import Formatter

import numpy as np
from numpy.typing import NDArray

from data.errors import ArgumentError
from features.spec import FeatureList, Theme

N_FOR = 3  # more are not read
N_AGAINST = 1
MIN_SHARE = 0.02  # of all that moved the score; a theme below it says nothing a reader can use
LANGUAGES = ("zh", "en")

Facts = Mapping[str, Mapping[str, str]]
"""For each of ``LANGUAGES``, the values of the placeholders; absent or empty means unknown."""


class Direction(StrEnum):
    """Whether a reason speaks for the match."""

    FOR = "for"
    AGAINST = "against"


@dataclass(frozen=True, slots=True)
class Reason:
    """One theme's part in a score.

    Parameters
    ----------
    theme
        Name of the theme.
    contribution
        What it added to the raw score; negative where it speaks against.
    share
        Its size as a share of all that moved the score up or down, 0 … 1.
    text_zh, text_en
        A sentence in each language, not escaped.
    direction
        For or against.
    """

    theme: str
    contribution: float
    share: float
    text_zh: str
    text_en: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one candidate has its score.

    Parameters
    ----------
    base
        Score of a candidate about which nothing is known.
    themes
        Contribution of every theme; ``base`` and these add up to the raw score.
    reasons
        The weightiest for, then against, each in descending order of size.
    """

    base: float
    themes: Mapping[str, float]
    reasons: tuple[Reason, ...]

    @property
    def score(self) -> float:
        """The raw score."""
        return self.base + sum(self.themes.values())


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two attributions of the same scores name the same themes.

    Parameters
    ----------
    same_top
        Share of candidates whose first reason is the same, 0 … 1.
    overlap
        Mean share of the first ``N_FOR`` reasons that both name, 0 … 1.
    """

    same_top: float
    overlap: float


class _Sentence:
    """A template that knows which placeholders it needs."""

    def __init__(self, template: str, *, where: str, plain: str) -> None:
        self.template = template
        self.plain = plain
        self.names = _placeholders(template, where)
        self._whole = None if self.names else template.format_map({})

    def say(self, facts: Mapping[str, str]) -> str:
        """Fill the template, or return the plain form where a value is unknown."""
        if self._whole is not None:
            return self._whole
        values = {name: facts.get(name) for name in self.names}
        return self.template.format_map(values) if all(values.values()) else self.plain


class Explainer:
    """Turns contributions into reasons.

    Parameters
    ----------
    features
        The columns of the contributions.
    themes
        Every theme that a feature names, by name.

    Raises
    ------
    ArgumentError
        A feature names a theme that does not exist, or a sentence has a placeholder that is not
        a plain name, or a plain form has one at all.
    """

    def __init__(self, features: FeatureList, themes: Mapping[str, Theme]) -> None:
        self._n_features = len(features)
        self.themes = tuple(dict.fromkeys(feature.theme for feature in features))
        self._sentences: dict[tuple[str, str, Direction], _Sentence] = {}
        for name in self.themes:
            if name not in themes:
                raise ArgumentError(f"A feature names the theme {name!r}; there is none.")
            self._read(themes[name], label=name)
        column = {name: at for at, name in enumerate(self.themes)}
        self._of_theme = np.zeros((len(features), len(self.themes)))
        for at, feature in enumerate(features):
            self._of_theme[at, column[feature.theme]] = 1.0

    def _read(self, theme: Theme, *, label: str) -> None:
        for language in LANGUAGES:
            plain = getattr(theme, f"{language}_plain")
            if _placeholders(plain, f"{label}.{language}_plain"):
                raise ArgumentError(
                    f"The plain form of theme {label!r} must have no placeholder; got {plain!r}."
                )
            for direction in Direction:
                where = f"{label}.{language}_{direction}"
                sentence = _Sentence(
                    getattr(theme, f"{language}_{direction}"), where=where, plain=plain
                )
                self._sentences[label, language, direction] = sentence

    def theme_sums(self, contributions: NDArray[np.floating]) -> NDArray[np.float64]:
        """Sum contributions ``(n, n_features)`` by theme, in the order of ``themes``."""
        contributions = np.asarray(contributions, dtype=np.float64)
        if contributions.ndim != 2 or contributions.shape[1] != self._n_features:
            raise ArgumentError(
                f"Contributions must have the shape (n, {self._n_features}); "
                f"got {contributions.shape}.",
                field="contributions",
            )
        sums: NDArray[np.float64] = contributions @ self._of_theme
        return sums

    def explain(
        self, contributions: NDArray[np.floating], facts: Sequence[Facts], *, base: float
    ) -> tuple[Explanation, ...]:
        """Explain the candidates that are returned.

        Parameters
        ----------
        contributions
            From the ranker, shape ``(n, n_features)``.
        facts
            Values of the placeholders, for each candidate.
        base
            The ranker's base value.

        Raises
        ------
        ArgumentError
            Shapes do not fit.
        """
        sums = self.theme_sums(contributions)
        if len(facts) != len(sums):
            raise ArgumentError(
                f"{len(sums)} candidates need as many facts; got {len(facts)}.", field="facts"
            )
        moved = np.abs(sums).sum(axis=1).tolist()
        chosen = [[*ours, *theirs] for ours, theirs in zip(*_both_ways(sums), strict=True)]
        return tuple(
            Explanation(
                base,
                dict(zip(self.themes, line, strict=True)),
                self._reasons(line, at, known, moved=total or 1.0),
            )
            for line, at, known, total in zip(sums.tolist(), chosen, facts, moved, strict=True)
        )

    def agreement(
        self, contributions: NDArray[np.floating], reference: NDArray[np.floating]
    ) -> Agreement:
        """Compare the reasons that two attributions of the same candidates give.

        Parameters
        ----------
        contributions, reference
            Both ``(n, n_features)``, such as path contributions and TreeSHAP; ``n`` at least 1.
        """
        ours, theirs = self.theme_sums(contributions), self.theme_sums(reference)
        if ours.shape != theirs.shape or len(ours) == 0:
            raise ArgumentError(
                f"Agreement needs two attributions of the same candidates; got {len(ours)} "
                f"and {len(theirs)}.",
                field="reference",
            )
        pairs = list(zip(_weightiest(ours), _weightiest(theirs), strict=True))
        return Agreement(
            same_top=float(np.mean([a[:1] == b[:1] for a, b in pairs])),
            overlap=float(np.mean([len({*a} & {*b}) / (len({*a, *b}) or 1) for a, b in pairs])),
        )

    def _reasons(
        self, line: list[float], chosen: list[int], facts: Facts, *, moved: float
    ) -> tuple[Reason, ...]:
        return tuple(
            self._reason(at, line[at], facts, share=abs(line[at]) / moved)
            for at in chosen
            if abs(line[at]) >= MIN_SHARE * moved
        )

    def _reason(self, at: int, contribution: float, facts: Facts, *, share: float) -> Reason:
        direction = Direction.FOR if contribution > 0 else Direction.AGAINST
        theme = self.themes[at]
        zh, en = (
            self._sentences[theme, language, direction].say(facts.get(language, {}))
            for language in LANGUAGES
        )
        return Reason(theme, contribution, share, zh, en, direction)


def _both_ways(sums: NDArray[np.float64]) -> tuple[list[list[int]], list[list[int]]]:
    """Return for each line the themes that speak for the candidate, and against it."""
    return _weightiest(sums), _weightiest(-sums, limit=N_AGAINST)


def _weightiest(lines: NDArray[np.float64], *, limit: int = N_FOR) -> list[list[int]]:
    """Return where each line's largest positive values are, largest first, at most ``limit``."""
    order = np.argsort(-lines, axis=1, kind="stable")[:, :limit]
    positive = np.take_along_axis(lines, order, axis=1) > 0
    pairs = zip(order.tolist(), positive.sum(axis=1).tolist(), strict=True)
    return [places[:n] for places, n in pairs]  # the largest come first


def _placeholders(template: str, where: str) -> tuple[str, ...]:
    """Return the names of the placeholders of ``template``."""
    try:
        names = [name for _, name, _, _ in Formatter().parse(template) if name is not None]
    except ValueError as error:
        raise ArgumentError(f"The sentence {where} is no template: {error}.", field=where) from None
    for name in names:
        if not name.isidentifier():
            raise ArgumentError(
                f"The sentence {where} has the placeholder {name!r}; expected a plain name.",
                field=where,
            )
    return tuple(names)
