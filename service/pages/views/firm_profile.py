"""The firm's profile and need in one form: checks as one types, a file of one row, and saving."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from data import columns as col
from data.amounts import Amount
from data.company_code import find_fault
from data.errors import ArgumentError, ChangedError, InputError
from data.records import Firm, Need
from service.access.policy import Action
from service.pages.access import opens
from service.pages.firm_form import AMOUNT, FIELDS, FIRM, GROUPS, NEED, columns_of, shown_record
from service.pages.forms import Form, Kind, Typed, read_fields
from service.pages.own_firm import firm_id_of, firm_of, latest_need, reader_of
from service.pages.rendering import Page, render
from service.profile_file import read_profile
from service.serving.profiles import CNY, ProfileChange, completed, save_profile
from service.serving.writing import Condition, tag_of

MOST_FILE_BYTES = 2 << 20
FILE_ENDINGS = (".xlsx", ".csv", ".json", ".parquet")
NEW = "new"
EMPTY = (None, (), Amount())
"""What a field gives in which nothing was typed."""

router = APIRouter(prefix="/firm", include_in_schema=False)

Reading = Annotated[Page, opens(Action.READ_FIRMS)]
Writing = Annotated[Page, opens(Action.WRITE_FIRMS)]


@router.get("/profile", name="page_firm_profile")
def show_profile(page: Reading) -> Response:
    """Show the form, filled with what is stored."""
    firm, need = firm_of(page), _need_asked_for(page)
    texts = _stored_texts(page, firm, need)
    return _form(page, firm, texts, need_id=None if need is None else need.need_id)


@router.post("/profile", name="page_firm_profile_saved")
def take_profile(page: Writing, form: Form) -> Response:
    """Store firm and need, or show the form again with what to correct."""
    firm = firm_of(page)
    change, faults = _change(form, firm)
    if not faults:
        try:
            save_profile(reader_of(page), firm_id_of(page), change)
        except ChangedError:
            faults = {"": "profile.changed"}
        except ArgumentError as error:
            faults = {_field_of(error.field): "fault.refused"}
    if not faults:
        return RedirectResponse("/firm/profile?done=saved", status_code=303)
    texts = _typed_texts(form)
    need_id = change.need_id
    return _form(page, firm, texts, need_id=need_id, faults=faults, tag=form.one("tag"))


@router.post("/profile/check", name="page_firm_profile_check")
def check_profile(page: Writing, form: Form) -> Response:
    """Say what to correct in what is typed so far, and what follows from it; nothing is stored."""
    firm = firm_of(page)
    change, faults = _change(form, firm)
    found = completed(dataclasses.replace(firm, **change.firm))
    return render(page, "firm/profile_checks.html.jinja", faults=faults, **_follows(found))


@router.post("/profile/import", name="page_firm_profile_import")
def import_profile(page: Writing, form: Form) -> Response:
    """Fill the form from a file of one row; nothing is stored before the form is sent."""
    firm, need = firm_of(page), latest_need(page)
    need_id = None if need is None else need.need_id
    texts = _stored_texts(page, firm, need)
    fault = None
    try:
        texts |= _file_texts(page, form)
    except InputError as error:
        fault = error.message
    return _form(page, firm, texts, need_id=need_id, imported=fault is None, file_fault=fault)


def _need_asked_for(page: Page) -> Need | None:
    return None if page.request.query_params.get(NEED) == NEW else latest_need(page)


def _change(form: Typed, firm: Firm) -> tuple[ProfileChange, dict[str, str]]:
    values, faults = read_fields(_firm_fields(firm), form, prefix=FIRM)
    need_values, need_faults = read_fields(FIELDS[NEED], form, prefix=NEED)
    asked = bool(need_faults) or any(v not in EMPTY for v in need_values.values())
    if asked and need_values.get(col.KIND) is None:
        need_faults.setdefault(f"{NEED}_{col.KIND}", "fault.required")
    tag = form.one("tag")
    change = ProfileChange(
        firm=columns_of(values),
        need=columns_of(need_values) if asked and not need_faults else {},
        need_id=form.one("need_id") or None,
        condition=Condition(frozenset({tag}) if tag else None),
    )
    return change, faults | (need_faults if asked else {})


def _firm_fields(firm: Firm) -> tuple[Any, ...]:
    """Return the fields that may be typed: money only where it is counted in CNY."""
    in_cny = firm.currency in (None, CNY)
    return tuple(one for one in FIELDS[FIRM] if in_cny or one.kind is not Kind.MONEY)


def _field_of(column: str | None) -> str:
    names = {one.name: f"{prefix}_{one.name}" for prefix in (NEED, FIRM) for one in FIELDS[prefix]}
    amounts = {col.AMOUNT_LOW_MINOR, col.AMOUNT_HIGH_MINOR, col.CURRENCY}
    return f"{NEED}_{AMOUNT}" if column in amounts else names.get(column or "", "")


def _stored_texts(page: Page, firm: Firm, need: Need | None) -> dict[str, Any]:
    language = page.language.value
    return shown_record(firm, language=language) | shown_record(need, language=language)


def _typed_texts(form: Typed) -> dict[str, Any]:
    several = {
        f"{prefix}_{one.name}"
        for prefix in (FIRM, NEED)
        for one in FIELDS[prefix]
        if one.kind is Kind.CHOICES
    }
    return {
        name: tuple(values) if name in several else values[0] for name, values in form.texts.items()
    }


def _file_texts(page: Page, form: Typed) -> dict[str, Any]:
    file = form.files.get("file")
    ending = "" if file is None else Path(file.filename or "").suffix.lower()
    if file is None or ending not in FILE_ENDINGS:
        raise InputError(page.say("profile.import.kind"))
    content = file.file.read(MOST_FILE_BYTES + 1)
    if len(content) > MOST_FILE_BYTES:
        raise InputError(page.say("profile.import.large"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"profile{ending}"
        path.write_bytes(content)
        try:
            read = read_profile(path, as_of=reader_of(page).now.date())
        except InputError as error:
            raise InputError(
                page.say("profile.import.unreadable", column=error.field or "–")
            ) from (error)
    language = page.language.value
    texts = shown_record(read.firm, language=language) | shown_record(read.need, language=language)
    return {name: text for name, text in texts.items() if text}


def _follows(firm: Firm) -> dict[str, Any]:
    """Return what follows from a firm: its size class, and what is odd about its code."""
    code = firm.company_code
    return {
        "size_class": firm.size_class,
        "code_fault": None if not code else find_fault(code),
    }


def _form(
    page: Page,
    firm: Firm,
    texts: Mapping[str, Any],
    *,
    need_id: str | None,
    faults: Mapping[str, str] | None = None,
    tag: str | None = None,
    imported: bool = False,
    file_fault: str | None = None,
) -> Response:
    fields = frozenset(one.name for one in _firm_fields(firm))
    return render(
        page,
        "firm/profile.html.jinja",
        status=422 if faults or file_fault else 200,
        groups=GROUPS,
        editable=fields,
        texts=texts,
        faults=faults or {},
        need_id=need_id or "",
        tag=tag or tag_of(firm),
        imported=imported,
        file_fault=file_fault,
        endings=",".join(FILE_ENDINGS),
        done=page.request.query_params.get("done"),
        active="/firm/profile",
        firm=firm,
        **_follows(firm),
    )
