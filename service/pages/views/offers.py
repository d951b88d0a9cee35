"""Own offers: the list, the editor with a live count of firms, and the rules of each."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from data import columns as col
from data.errors import ArgumentError, ChangedError, ConflictError
from data.records import NeedKind, Offer
from matcher.drafts import DraftCount
from matcher.eligibility import titles_of
from service.access.policy import Action
from service.pages.access import opens
from service.pages.institution import (
    MOST_OFFERS,
    bases_of,
    done,
    institution_of,
    nobodys,
    said,
    sight_of,
)
from service.pages.offer_form import FIELDS, GROUPS, OfferForm, form_of_offer, read_offer_form
from service.pages.rendering import Page, render
from service.serving.offer_drafts import count_draft
from service.serving.offer_rules import plain_version, rules_of
from service.serving.writing import Condition, add_record, put_record, remove_record, tag_of

OFFERS = "/offers"
DRAFT = "offer_draft"

router = APIRouter(prefix="/offers", include_in_schema=False)

Writing = Annotated[Page, opens(Action.WRITE_OFFERS)]


@router.get("", name="page_offers")
def show_offers(page: Writing, after: Annotated[str, Query(max_length=200)] = "") -> Response:
    """List the offers of the institution; an administrator reads all."""
    mine = institution_of(page)
    filters = {} if mine is None else {col.INSTITUTION_ID: mine}
    listed = sight_of(page).offers(filters, after=after or None, n=MOST_OFFERS)
    today = page.state.clock().date()
    rows = [
        {"offer": one, "state": _state(one, today), "n_rules": 0 if mine is None else len(
            [r for r in rules_of(page.state.store, one.offer_id) if r.in_force(today)])}
        for one in sorted(listed.items, key=lambda one: (one.name, one.offer_id))
    ]  # fmt: skip
    return render(
        page,
        "institution/offers.html.jinja",
        active=OFFERS,
        rows=rows,
        after=listed.after,
        may_add=mine is not None,
        said=said(page),
    )


def _state(offer: Offer, today: Any) -> str:
    if offer.valid_to is not None and offer.valid_to < today:
        return "ended"
    return "later" if offer.valid_from is not None and offer.valid_from > today else "open"


@router.get("/new", name="page_offer_new")
def show_new(page: Writing) -> Response:
    """Show the editor of a new offer."""
    if institution_of(page) is None:
        return nobodys(page)
    return editor(page, form_of_offer(None), None)


@router.post("/new", name="page_offer_add")
async def add_offer(page: Writing) -> Response:
    """Store a new offer."""
    form = read_offer_form(await page.request.form())
    return _stored(page, form, None)


@router.post("/preview", name="page_offer_preview")
async def preview(page: Writing) -> Response:
    """Count anew for a new offer as it stands, and save nothing."""
    return editor(page, read_offer_form(await page.request.form()), None)


@router.post("/count", name="page_offer_count")
async def count(page: Writing) -> Response:
    """Return how many firms the offer would admit as it is typed, for htmx."""
    data = await page.request.form()
    form, offer_id = read_offer_form(data), str(data.get("offer_id", ""))
    before = sight_of(page).own_offer(offer_id, Action.WRITE_OFFERS) if offer_id else None
    return render(
        page, "institution/offer_count.html.jinja", form=form, counted=counted(page, form, before)
    )


@router.get("/{offer_id}", name="page_offer")
def show_offer(page: Writing, offer_id: str) -> Response:
    """Show the editor of an offer, with its rules."""
    offer = sight_of(page).own_offer(offer_id, Action.WRITE_OFFERS)
    return editor(page, form_of_offer(offer), offer)


@router.post("/{offer_id}", name="page_offer_save")
async def save_offer(page: Writing, offer_id: str) -> Response:
    """Store a changed offer."""
    before = sight_of(page).own_offer(offer_id, Action.WRITE_OFFERS)
    data = await page.request.form()
    return _stored(page, read_offer_form(data), before, tag=str(data.get("tag", "")))


@router.post("/{offer_id}/preview", name="page_offer_repreview")
async def preview_change(page: Writing, offer_id: str) -> Response:
    """Count anew for an offer as it stands in the form, and save nothing."""
    before = sight_of(page).own_offer(offer_id, Action.WRITE_OFFERS)
    return editor(page, read_offer_form(await page.request.form()), before)


@router.post("/{offer_id}/removal", name="page_offer_remove")
def remove_offer(page: Writing, offer_id: str) -> Response:
    """Delete an offer that nothing refers to; another one gets a last day instead."""
    offer = sight_of(page).own_offer(offer_id, Action.WRITE_OFFERS)
    try:
        remove_record(sight_of(page), Offer, offer_id)
    except ConflictError:
        return editor(page, form_of_offer(offer), offer, fault="product.fault.in_use", status=409)
    page.state.ranked.forget(offer.institution_id)
    return done(OFFERS, "offer_removed")


def _stored(page: Page, form: OfferForm, before: Offer | None, *, tag: str = "") -> Response:
    """Store what was typed, or show the form again with what is wrong."""
    if form.faults:
        return editor(page, form, before, status=422)
    sight = sight_of(page)

    def make(key: str, there: Offer | None) -> Offer:
        return record_of(page, form, there, offer_id=key)

    try:
        if before is None:
            written = add_record(sight, Offer, make)
        else:
            condition = Condition(tags=frozenset({tag}))
            written = put_record(sight, Offer, before.offer_id, make, condition=condition)
    except ChangedError:
        return editor(page, form, before, fault="product.fault.changed", status=409)
    except ArgumentError as error:
        name = error.field or ""
        if name in FIELDS:
            form.faults[name] = "product.fault.refused"
        return editor(page, form, before, fault="product.fault.refused", status=422)
    page.state.ranked.forget(written.record.institution_id)
    return done(f"{OFFERS}/{written.record.offer_id}", "offer_saved")


def record_of(page: Page, form: OfferForm, before: Offer | None, *, offer_id: str) -> Offer:
    """Return the offer that a form describes, under an id."""
    given = {
        "offer_id": offer_id,
        "institution_id": before.institution_id if before else institution_of(page) or "",
        "source": before.source if before else None,
        "source_key": before.source_key if before else None,
    }
    return Offer(**{**form.values, **given})


def counted(page: Page, form: OfferForm, before: Offer | None) -> DraftCount | None:
    """Return how many firms the form would admit; ``None`` where it cannot be read."""
    readable = {name for name in form.faults if name != "name"}
    if readable or form.values.get("kind") is None:
        return None
    values = {**form.values, "name": form.values.get("name") or DRAFT}
    draft = OfferForm(form.typed, values)
    key = before.offer_id if before else DRAFT
    return count_draft(page.state, sight_of(page), record_of(page, draft, before, offer_id=key))


def editor(
    page: Page,
    form: OfferForm,
    before: Offer | None,
    *,
    fault: str | None = None,
    status: int = 200,
) -> Response:
    """Return the editor of an offer."""
    today = page.state.clock().date()
    rules = [] if before is None else rules_of(page.state.store, before.offer_id)
    if not form.values:
        form.values = {**_EMPTY, "kind": NeedKind.DEBT}
    found = counted(page, form, before)
    return render(
        page,
        "institution/offer.html.jinja",
        status=status,
        active=OFFERS,
        form=form,
        groups=GROUPS,
        offer=before,
        tag="" if before is None else tag_of(before),
        base_names=bases_of(page),
        counted=found,
        titles=titles_of(found.excluded, found.titles) if found else {},
        versions=[plain_version(rule, before.offer_id, today=today) for rule in rules]
        if before
        else [],
        today=today,
        fault=fault,
        said=said(page),
    )


_EMPTY: dict[str, Any] = {
    one.name: () if one.sort in ("words", "ticks", "bases") else None for one in FIELDS.values()
} | {"resident_first": False}
