"""The firm that a page of a firm is about: the one that its reader stands for."""

from __future__ import annotations

from data.errors import ForbiddenError
from data.records import Firm, Need
from service.access.policy import Action
from service.access.sight import Sight
from service.pages.rendering import Page


def reader_of(page: Page) -> Sight:
    """Return what the reader may see; the page lets nobody in who is not signed in."""
    assert page.sight is not None
    return page.sight


def firm_id_of(page: Page) -> str:
    """Return the firm that the reader stands for.

    Raises
    ------
    ForbiddenError
        The reader stands for none.
    """
    firm_id = reader_of(page).principal.firm_id
    if firm_id is None:
        raise ForbiddenError("This page is for firms.", remedy="Sign in as a firm.")
    return firm_id


def firm_of(page: Page) -> Firm:
    """Return the record of the firm that the reader stands for; see :func:`firm_id_of`."""
    return reader_of(page).own_firm(firm_id_of(page), Action.READ_FIRMS)


def latest_need(page: Page) -> Need | None:
    """Return the need that the firm stated last."""
    needs = reader_of(page).store.needs_of(firm_id_of(page))
    return max(needs, key=lambda need: (need.stated_on, need.need_id), default=None)
