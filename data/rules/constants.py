"""National figures that are no condition of a firm: caps of fees, shares of risk, leverage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

FILE = "constants.yaml"


@dataclass(frozen=True, slots=True)
class Constant:
    """One figure; ``confirmed`` is false where it was not confirmed against its source."""

    value: float
    unit: str
    source: str
    confirmed: bool


@cache
def national_constants() -> Mapping[str, Constant]:
    """Return the figures by name."""
    text = (files("data.rules") / FILE).read_text(encoding="utf-8")
    return {
        name: Constant(float(said["value"]), said["unit"], said["source"], said["confirmed"])
        for name, said in yaml.safe_load(text).items()
    }


def guarantee_fee_allowed(fee_pct: float) -> bool:
    """Return whether a yearly guarantee fee in per cent keeps the cap of government guarantees."""
    return fee_pct <= national_constants()["government_guarantee_fee_max"].value


def reguarantee_fee_cap(amount_wan: float) -> float:
    """Return the cap of the re-guarantee fee in per cent for a guarantee of ``amount_wan`` 万元."""
    figures = national_constants()
    small = amount_wan <= figures["government_guarantee_small_max"].value
    return figures[
        "reguarantee_fee_max_up_to_500" if small else "reguarantee_fee_max_over_500"
    ].value


def national_risk_share(credentials: tuple[str, ...]) -> float | None:
    """Return the national fund's largest share of risk in per cent (科技创新专项担保).

    ``None`` for a firm without a title that the scheme names.
    """
    figures = national_constants()
    tiers = (
        (("little_giant", "specialised_sme"), "little_giant"),
        (("high_tech",), "high_tech"),
        (("tech_sme", "innovative_sme"), "tech_sme"),
    )
    for titles, tier in tiers:
        if set(titles) & set(credentials):
            return figures[f"tech_guarantee_national_share_{tier}"].value
    return None
