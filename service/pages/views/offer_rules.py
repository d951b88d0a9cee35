"""The rules of an offer: written in a form or as text, checked, counted, stored as versions."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from data.errors import ArgumentError, DuplicateIdError, UnknownIdError
from data.records import Offer
from data.rules.nodes import Fault, RuleFaultsError
from data.rules.vocabulary import FACTS
from matcher.drafts import DraftCount
from matcher.eligibility import titles_of
from service.access.policy import Action
from service.pages.access import opens
from service.pages.institution import done, said, sight_of
from service.pages.rendering import Page, render
from service.pages.rule_form import (
    COMPARISONS,
    ORDERED,
    ROWS,
    RuleForm,
    plain_text,
    read_rule_form,
    text_of,
)
from service.serving.offer_drafts import count_draft
from service.serving.offer_rules import (
    GIVEN_BY_PATH,
    end_rule,
    plain_version,
    put_rule,
    rules_of,
)
from service.serving.rule_texts import read_rule_text

NAME = r"[A-Za-z0-9_\-.一-鿿]{1,80}"
CHECK, SAVE, WRITE = "check", "save", "write"

router = APIRouter(prefix="/offers/{offer_id}/rules", include_in_schema=False)

Writing = Annotated[Page, opens(Action.WRITE_OFFERS)]


@router.get("", name="page_rules")
def show_rules(
    page: Writing, offer_id: str, name: Annotated[str, Query(max_length=80)] = ""
) -> Response:
    """Show every version of the offer's rules, and the editor of one of them, or of a new one."""
    offer = sight_of(page).own_offer(offer_id, Action.WRITE_OFFERS)
    return _editor(page, offer, _form_of(page, offer, name))


def _form_of(page: Page, offer: Offer, name: str) -> RuleForm:
    """Return the form for the next version of a rule, or for a new rule."""
    today = page.state.clock().date()
    versions = [
        plain_version(rule, offer.offer_id, today=today)
        for rule in rules_of(page.state.store, offer.offer_id)
    ]
    before = [one for one in versions if one["name"] == name]
    rows = [("", "min", "")] * ROWS
    if not before:
        return RuleForm(name=name, effective_from=today.isoformat(), rows=rows)
    last = before[-1]["rule"]
    body = {
        key: value for key, value in last.items() if key not in (*GIVEN_BY_PATH, "effective_to")
    }
    body |= {"version": _next(str(last["version"])), "effective_from": today.isoformat()}
    return RuleForm(
        name=name, version=body["version"], effective_from=today.isoformat(), rows=rows,
        text=plain_text(body),
    )  # fmt: skip


def _next(version: str) -> str:
    return str(int(version) + 1) if version.isascii() and version.isdigit() else f"{version}-2"


@router.post("", name="page_rule_save")
async def save_rule(page: Writing, offer_id: str) -> Response:
    """Write the form's conditions as text, check a text, or store it as a version."""
    offer = sight_of(page).own_offer(offer_id, Action.WRITE_OFFERS)
    data = await page.request.form()
    form, do = read_rule_form(data), str(data.get("do", CHECK))
    if do == WRITE or not form.text.strip():
        form.text = text_of(form)
        if form.faults:
            return _editor(page, offer, form, status=422)
    return _checked(page, offer, form, store=do == SAVE)


def _checked(page: Page, offer: Offer, form: RuleForm, *, store: bool) -> Response:
    """Check a text; store it where that is wanted and nothing is wrong."""
    body, faults = read_rule_text(form.text)
    if not _is_name(form.name):
        form.faults["name"] = "rule.fault.name"
    if faults or form.faults:
        return _editor(page, offer, form, faults=faults, status=422)
    sight = sight_of(page)
    try:
        rule = put_rule(sight, offer.offer_id, form.name, body, dry_run=not store)
    except RuleFaultsError as error:
        return _editor(page, offer, form, faults=list(error.faults), status=422)
    except DuplicateIdError:
        form.faults["version"] = "rule.fault.version"
        return _editor(page, offer, form, status=409)
    except ArgumentError as error:
        fault = Fault(error.field or "", None, error.message, error.remedy or "")
        return _editor(page, offer, form, faults=[fault], status=422)
    if store:
        page.state.ranked.forget(offer.institution_id)
        return done(f"/offers/{offer.offer_id}/rules", "rule_saved")
    counted = count_draft(page.state, sight, offer, rule=rule)
    return _editor(page, offer, form, counted=counted, checked=True)


def _is_name(text: str) -> bool:
    import re

    return re.fullmatch(NAME, text) is not None


@router.post("/{name}/end", name="page_rule_end")
def end(page: Writing, offer_id: str, name: str) -> Response:
    """Let a rule hold no more."""
    offer = sight_of(page).own_offer(offer_id, Action.WRITE_OFFERS)
    try:
        end_rule(sight_of(page), offer_id, name)
    except RuleFaultsError as error:
        return _editor(
            page, offer, _form_of(page, offer, name), faults=list(error.faults), status=409
        )
    except UnknownIdError:
        return done(f"/offers/{offer_id}/rules", "nothing")
    page.state.ranked.forget(offer.institution_id)
    return done(f"/offers/{offer_id}/rules", "rule_ended")


def _editor(
    page: Page,
    offer: Offer,
    form: RuleForm,
    *,
    faults: list[Fault] | None = None,
    counted: DraftCount | None = None,
    checked: bool = False,
    status: int = 200,
) -> Response:
    today = page.state.clock().date()
    zh = page.language.value == "zh"
    facts: list[tuple[str, str]] = [
        (name, FACTS[name].zh if zh else FACTS[name].en) for name in ORDERED
    ]
    versions: list[dict[str, Any]] = [
        plain_version(rule, offer.offer_id, today=today)
        for rule in rules_of(page.state.store, offer.offer_id)
    ]
    return render(
        page,
        "institution/rules.html.jinja",
        status=status,
        active="/offers",
        offer=offer,
        form=form,
        facts=facts,
        comparisons=COMPARISONS,
        n_rows=ROWS,
        versions=versions,
        texts=[plain_text(one["rule"]) for one in versions],
        faults=faults or [],
        counted=counted,
        titles=titles_of(counted.excluded, counted.titles) if counted else {},
        checked=checked,
        today=today,
        said=said(page),
    )
