"""What validation finds: one result a check, and all of them together."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MOST_EXAMPLES = 5


class Status(StrEnum):
    """How a check ended, from good to bad."""

    PASS = "PASS"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True)
class Text:
    """One sentence in both languages of the product."""

    zh: str
    en: str

    def say(self, *, chinese: bool) -> str:
        """Return the sentence in one of them."""
        return self.zh if chinese else self.en


@dataclass(frozen=True)
class Finding:
    """What a check found: how many of ``total`` things are wrong, and some of them.

    ``details`` are figures beside the count, by name.
    """

    count: int
    total: int
    examples: tuple[str, ...] = ()
    details: dict[str, float] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """The share that is wrong; 0 where there is nothing to check."""
        return self.count / self.total if self.total else 0.0


@dataclass(frozen=True)
class CheckResult:
    """One named check with its verdict."""

    name: str
    status: Status
    finding: Finding
    title: Text
    remedy: Text

    def as_dict(self) -> dict[str, Any]:
        """Return the result as JSON values."""
        return {
            "name": self.name,
            "status": self.status.value,
            "count": self.finding.count,
            "total": self.finding.total,
            "share": self.finding.share,
            "examples": list(self.finding.examples),
            "details": self.finding.details,
            "title": {"zh": self.title.zh, "en": self.title.en},
            "remedy": {"zh": self.remedy.zh, "en": self.remedy.en},
        }


@dataclass(frozen=True)
class ValidationReport:
    """All checks, in the order in which they are listed."""

    results: tuple[CheckResult, ...]

    @property
    def status(self) -> Status:
        """The worst status of any check."""
        order = list(Status)
        return max((result.status for result in self.results), key=order.index)

    def get(self, name: str) -> CheckResult:
        """Return the result of the check called ``name``."""
        return next(result for result in self.results if result.name == name)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "status": self.status.value,
            "checks": [result.as_dict() for result in self.results],
        }

    def rows(self, *, chinese: bool) -> list[tuple[str, str, str, str, str, str]]:
        """Return a row a check: status, title, count, share, examples, remedy where needed."""
        return [
            (
                result.status.value,
                result.title.say(chinese=chinese),
                f"{result.finding.count:,}",
                f"{result.finding.share:.2%}",
                "\n".join(result.finding.examples),
                "" if result.status is Status.PASS else result.remedy.say(chinese=chinese),
            )
            for result in self.results
        ]
