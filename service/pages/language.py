"""In which language a page is: what the reader chose, Chinese otherwise."""

from __future__ import annotations

from fastapi import Request

from service.settings import Language

LANGUAGE_COOKIE = "finmatch_language"
THEME_COOKIE = "finmatch_theme"
THEMES = ("light", "dark")


def language_of(request: Request) -> Language:
    """Return the language of a request: ``?lang=``, else the cookie, else the default."""
    for said in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if said in set(Language):
            return Language(said)
    return Language.ZH


def theme_of(request: Request) -> str | None:
    """Return the theme that the reader chose, ``None`` for that of the system."""
    said = request.cookies.get(THEME_COOKIE)
    return said if said in THEMES else None
