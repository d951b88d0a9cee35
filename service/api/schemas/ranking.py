"""Bodies of ranked answers: offers for firms, firms for institutions, one pair in full."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from data.records import InstitutionKind, NeedKind, SizeClass
from matcher.eligibility import UnknownPolicy
from service.api.schemas.records import FirmIn, NeedIn, Text
from service.serving.question import DEFAULT_N, MOST_N, MOST_UNBLOCK, ExplainLevel
from service.settings import Language

Id = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
Ids = Annotated[list[Id], Field(max_length=1_000)]
Words = Annotated[list[Text], Field(max_length=100)]
Amount = Annotated[int, Field(ge=0, le=2**53, strict=True)]

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)


class OfferFilters(BaseModel):
    """Which offers to look at; what is left out does not restrict."""

    model_config = STRICT

    institution_ids: Ids = Field(default_factory=list)
    institution_kinds: list[InstitutionKind] = Field(default_factory=list, max_length=10)
    without_offer_ids: Ids = Field(default_factory=list)
    rate_max_pct: float | None = Field(default=None, ge=0, le=1_000)


class ProfileIn(BaseModel):
    """A firm that is not in the store, with its need; nothing of it is kept."""

    model_config = STRICT

    firm: FirmIn  # type: ignore[valid-type]
    need: NeedIn | None = None  # type: ignore[valid-type]
    facts: dict[str, Any] = Field(
        default_factory=dict,
        description="What else is known, by name, as in `finmatch rules facts`.",
        examples=[{"hired_eligible": 3}],
        max_length=200,
    )


class Asked(BaseModel):
    """How a ranked answer shall look."""

    model_config = STRICT

    n: int = Field(default=DEFAULT_N, ge=1, le=MOST_N, description="Rows of this answer.")
    cursor: str | None = Field(
        default=None, max_length=200, description="`next_cursor` from before."
    )
    language: Language | None = Field(default=None, description="Of the reasons; null gives both.")
    unknown: UnknownPolicy = Field(
        default=UnknownPolicy.SHOW, description="Whether pairs with open questions are shown."
    )
    explain: ExplainLevel = ExplainLevel.REASONS


class RecommendationIn(Asked):
    """Ask for ranked offers: for exactly one of a firm, a need, a base and a profile."""

    model_config = ConfigDict(
        **STRICT,
        json_schema_extra={
            "examples": [
                {"firm_id": "firm_demo_0000017", "n": 5, "language": "zh"},
                {
                    "profile": {
                        "firm": {"name": "苏州示例科技有限公司", "city": "苏州市"},
                        "need": {"kind": "debt", "stated_on": "2026-06-01"},
                    },
                    "kinds": ["debt", "guarantee"],
                    "by_kind": True,
                },
            ]
        },
    )

    firm_id: Id | None = None
    need_id: Id | None = None
    base_id: Id | None = None
    profile: ProfileIn | None = None
    kinds: list[NeedKind] = Field(
        default_factory=list, max_length=5, description="Kinds of offer; the need's own by default."
    )
    by_kind: bool = Field(default=False, description="Rank each kind for itself, `n` of each.")
    filters: OfferFilters = Field(default_factory=OfferFilters)
    diversity: float = Field(default=0.0, ge=0, le=1)
    unblock: int = Field(
        default=0, ge=0, le=MOST_UNBLOCK, description="Left-out offers to say what opens them."
    )


class RankIn(RecommendationIn):
    """Rank candidates of one's own."""

    model_config = ConfigDict(
        **STRICT,
        json_schema_extra={
            "examples": [
                {
                    "firm_id": "firm_demo_0000017",
                    "offer_ids": ["offer_demo_00030", "offer_demo_00031"],
                    "language": "zh",
                }
            ]
        },
    )

    offer_ids: Annotated[list[Id], Field(min_length=1, max_length=5_000)]


class ReasonOut(BaseModel):
    """One reason; `text` in the language asked for, else `zh` and `en`."""

    theme: str
    direction: str
    share: float
    text: str | None = None
    zh: str | None = None
    en: str | None = None


class RuleOut(BaseModel):
    """What one rule says of the pair."""

    rule_id: str
    version: str
    source: str | None
    title_zh: str
    title_en: str
    value: str
    demand_zh: str | None = None
    demand_en: str | None = None


class OfferTermsOut(BaseModel):
    """What an offer is called and what it costs."""

    name: str
    institution_name: str | None
    institution_kind: str | None
    currency: str | None
    amount_min_minor: int | None
    amount_max_minor: int | None
    term_min_months: int | None
    term_max_months: int | None
    rate_low_pct: float | None
    rate_high_pct: float | None
    fee_pct: float | None
    resident_first: bool


class RankedOut(BaseModel):
    """One ranked pair. Reasons and rules are absent with `explain: none`."""

    rank: int
    offer_id: str
    institution_id: str
    kind: str
    need_id: str
    firm_id: str | None
    base_id: str | None
    implied: bool
    score: float = Field(description="Match score, 0 to 100. Not a credit rating.")
    probability: float
    firm_side: float | None
    institution_side: float | None
    verdict: str
    offer: OfferTermsOut
    reasons: list[ReasonOut] | None = None
    eligibility: list[RuleOut] | None = None
    base_score: float | None = None
    themes: dict[str, float] | None = None


class ListedOut(BaseModel):
    """What every ranked answer carries."""

    recommendation_id: str
    model_version: str
    bundle: str
    took_ms: float
    disclaimer: str = Field(examples=["匹配度，非信用评价"])
    excluded: dict[str, int] = Field(description="Pairs that each rule kept out, by rule id.")
    rule_titles: dict[str, dict[str, str]]
    n_considered: int
    n_eligible: int
    next_cursor: str | None


class RecommendationOut(ListedOut):
    """Ranked offers, with what would open the best of those left out."""

    need_id: str
    firm_id: str | None
    base_id: str | None
    implied: bool
    items: list[RankedOut]
    unblock: list[dict[str, Any]]


class NeedFilters(BaseModel):
    """Which firms and needs to look at; what is left out does not restrict."""

    model_config = STRICT

    base_ids: Ids = Field(default_factory=list)
    regions: Words = Field(default_factory=list, description="Provinces or cities.")
    sectors: Words = Field(default_factory=list)
    stages: Words = Field(default_factory=list)
    size_classes: list[SizeClass] = Field(default_factory=list, max_length=4)
    credentials: Words = Field(default_factory=list)
    kinds: list[NeedKind] = Field(default_factory=list, max_length=5)
    amount_low_minor: Amount | None = None
    amount_high_minor: Amount | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    stated_since: dt.date | None = None


class CandidatesQuery(NeedFilters):
    """Filters of a query string; lists repeat their parameter."""

    n: int = Field(default=DEFAULT_N, ge=1, le=MOST_N, description="Rows of this answer.")
    language: Language | None = None


class CandidatesIn(Asked):
    """Ask for ranked firms."""

    model_config = ConfigDict(
        **STRICT,
        json_schema_extra={
            "examples": [{"n": 20, "filters": {"regions": ["苏州市"], "kinds": ["equity"]}}]
        },
    )

    offer_id: Id | None = Field(default=None, description="For one offer; all of them by default.")
    filters: NeedFilters | None = None
    thesis_id: Id | None = Field(
        default=None, description="The filters of a saved thesis, in place of `filters`."
    )
    include_implied: bool = Field(default=True, description="Also firms that stated no need.")

    @model_validator(mode="after")
    def _one(self) -> CandidatesIn:
        if self.filters is not None and self.thesis_id is not None:
            raise ValueError("give filters or a thesis_id, not both")
        return self


class ExplanationIn(BaseModel):
    """Ask for one pair: exactly one of a firm, a need and a profile, and an offer."""

    model_config = ConfigDict(
        **STRICT,
        json_schema_extra={
            "examples": [{"firm_id": "firm_demo_0000017", "offer_id": "offer_demo_00030"}]
        },
    )

    offer_id: Id
    firm_id: Id | None = Field(default=None, description="Id, or handle of a firm that you see.")
    need_id: Id | None = None
    profile: ProfileIn | None = None
    language: Language | None = None

    @model_validator(mode="after")
    def _one(self) -> ExplanationIn:
        if sum(one is not None for one in (self.firm_id, self.need_id, self.profile)) != 1:
            raise ValueError("give exactly one of firm_id, need_id and profile")
        return self


class SeenOut(BaseModel):
    """What the caller may see: a teaser, or more where the firm agreed."""

    model_config = ConfigDict(extra="allow")

    key: str = Field(description="Names the firm or need in everything that you send back.")
    view: str = Field(examples=["teaser"])
    classes: list[str] = Field(description="Classes of data that `fields` holds.")
    teaser: dict[str, Any]
    fields: dict[str, Any]
    disputed: bool


class CandidateOut(BaseModel):
    """One ranked firm or base with its need."""

    rank: int
    offer_id: str
    institution_id: str
    kind: str
    implied: bool
    score: float = Field(description="Match score, 0 to 100. Not a credit rating.")
    probability: float
    firm_side: float | None
    institution_side: float | None
    verdict: str
    offer: OfferTermsOut
    firm: SeenOut | None
    need: SeenOut | None
    base_id: str | None
    reasons: list[ReasonOut] | None = None
    eligibility: list[RuleOut] | None = None
    eligibility_counts: dict[str, int] | None = Field(
        default=None, description="In place of the rules while the firm is a teaser."
    )
    base_score: float | None = None
    themes: dict[str, float] | None = None


class SimilarFirmOut(BaseModel):
    """A firm whose need is like another's; 1 is the same."""

    likeness: float
    firm: SeenOut


class SimilarOut(BaseModel):
    """Firms like one firm, most alike first."""

    items: list[SimilarFirmOut]


class CandidatesOut(ListedOut):
    """Ranked firms for an institution."""

    institution_id: str
    offer_ids: list[str]
    items: list[CandidateOut]


class PairOut(BaseModel):
    """Everything about one pair that the caller may know."""

    model_config = ConfigDict(extra="allow")

    disclaimer: str
    model_version: str
    bundle: str
    view: str
    offer: OfferTermsOut
    score: float
    probability: float
    verdict: str
    answer_id: str | None = Field(
        default=None, description="Replays the eligibility with the facts and rules of now."
    )
