"""The rules of one offer: list every version, add one, let one end."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, RootModel

from service.access.policy import Action
from service.access.sight import Sight
from service.api.crud import RecordId
from service.api.dependencies import allow
from service.api.errors import ERROR_CASES
from service.api.paging import PageOut
from service.serving.offer_rules import end_rule, plain_version, put_rule, rules_of

router = APIRouter(prefix="/v1/offers/{record_id}/rules", tags=["offers"], responses=ERROR_CASES)

RuleName = Annotated[str, Path(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9_\-.一-鿿]+$")]

EXAMPLE: dict[str, Any] = {
    "version": "1",
    "title": {"zh": "至少三名员工", "en": "At least three employees"},
    "effective_from": "2026-09-01",
    "source": "产品手册第3条",
    "require": {"employees": {"min": 3}},
}


class RuleIn(RootModel[dict[str, Any]]):
    """A rule as in a rule file, without what the path says; see ``finmatch rules schema``."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})


class RuleVersionOut(BaseModel):
    """One version of a rule."""

    name: str
    in_force: bool = Field(description="Whether it holds today.")
    rule: dict[str, Any] = Field(description="As in a rule file.", examples=[EXAMPLE])


@router.get("", response_model=PageOut[RuleVersionOut], summary="Every version of the rules")
def list_offer_rules(
    sight: Annotated[Sight, allow(Action.READ_OFFERS)], record_id: RecordId
) -> Any:
    """List the offer's own rules by name, oldest version first; all on one page."""
    offer = sight.offer(record_id)
    today = sight.now.date()
    versions = rules_of(sight.store, offer.offer_id)
    items = [plain_version(rule, offer.offer_id, today=today) for rule in versions]
    return {"items": items, "next_cursor": None}


@router.put("/{name}", response_model=RuleVersionOut, summary="Add a version of a rule")
def put_offer_rule(
    sight: Annotated[Sight, allow(Action.WRITE_OFFERS)],
    record_id: RecordId,
    name: RuleName,
    body: RuleIn,
    dry_run: Annotated[bool, Query(description="Only check, and store nothing.")] = False,
) -> Any:
    """Check a rule and add it; the version before ends on the day before this one begins.

    A version never changes once it is there: give what changed a new one. All faults are told at
    once.
    """
    rule = put_rule(sight, record_id, name, body.root, dry_run=dry_run)
    return plain_version(rule, record_id, today=sight.now.date())


@router.delete("/{name}", status_code=204, summary="Let a rule hold no more")
def end_offer_rule(
    sight: Annotated[Sight, allow(Action.WRITE_OFFERS)], record_id: RecordId, name: RuleName
) -> None:
    """End the version that holds, and withdraw those that begin later.

    What held stays on record with its last day; one that is set already stays as it is.
    """
    end_rule(sight, record_id, name)
