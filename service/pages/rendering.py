"""Templates filled: every text escaped, every sentence in the reader's language."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from data.labels import WORDS
from features.wording import amount_text, band_text, price_text
from service.access.sight import Sight
from service.pages.language import theme_of
from service.pages.navigation import NAVIGATION, Entry
from service.pages.wording import say
from service.serving.state import ServiceState
from service.settings import Language

STATIC = Path(__file__).parent / "static"
STATIC_PATH = "/static"
LOCALES = {Language.ZH: "zh_CN", Language.EN: "en_GB"}
NOTHING = "–"

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Strict: no inline script or style, nothing from elsewhere."""


@dataclass(frozen=True)
class Page:
    """One request for a page: who asks, in which language.

    Attributes
    ----------
    sight
        What the caller may see; ``None`` where nobody is signed in.
    """

    request: Request
    state: ServiceState
    language: Language
    sight: Sight | None = None

    @property
    def csrf_token(self) -> str:
        """What forms send back."""
        return "" if self.sight is None else self.sight.principal.csrf_token

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Entries of the side bar."""
        return () if self.sight is None else NAVIGATION[self.sight.principal.role]

    def say(self, key: str, **values: object) -> str:
        """Return a sentence in the language of the page."""
        return say(self.language, key, **values)


def render(page: Page, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a template filled for a page.

    Fragments for htmx are templates of their own, which the whole pages include.
    """
    text = environment().get_template(template).render(**_context(page), **values)
    response = HTMLResponse(text, status_code=status)
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Cookie, HX-Request"
    return response


def _context(page: Page) -> dict[str, Any]:
    language = page.language
    locale = LOCALES[language]
    return {
        "page": page,
        "lang": language.value,
        "html_lang": "zh-Hans" if language is Language.ZH else "en",
        "theme": theme_of(page.request),
        "demo": page.state.demo,
        "path": page.request.url.path,
        "csrf_token": page.csrf_token,
        "t": partial(say, language),
        "word": partial(word, language),
        "money": lambda minor, currency=None: money(minor, currency, language),
        "band": lambda low, high, currency=None: band(low, high, currency, language),
        "price": lambda low, high, fee: price(low, high, fee, language),
        "day": lambda value: day(value, locale),
        "instant": lambda value: instant(value, locale),
        "percent": lambda value, digits=0: percent(value, locale, digits),
        "number": lambda value: NOTHING if value is None else format_decimal(value, locale=locale),
        "pick": lambda record, name: record.get(f"{name}_{language.value}") or record.get(name),
        "nothing": NOTHING,
    }


def word(language: Language, value: object) -> str:
    """Return the word for a value of an enumeration, or the value itself."""
    if value is None:
        return NOTHING
    found = _WORDS.get(str(value))
    if found is None:
        return str(value)
    return found[0] if language is Language.ZH else found[1]


_WORDS: dict[str, tuple[str, str]] = {
    member.value: (texts[0], member.value.replace("_", " ")) for member, texts in WORDS.items()
}


def money(minor: float | None, currency: str | None, language: Language) -> str:
    """Say an amount of hundredths: 350万元, CNY 3.5 million."""
    return NOTHING if minor is None else amount_text(float(minor), currency, language.value)


def band(low: float | None, high: float | None, currency: str | None, language: Language) -> str:
    """Say a band of hundredths."""
    ends = [float("nan") if end is None else float(end) for end in (low, high)]
    return band_text(ends[0], ends[1], currency, language.value) or NOTHING


def price(low: float | None, high: float | None, fee: float | None, language: Language) -> str:
    """Say a rate a year, else a fee."""
    ends = [float("nan") if end is None else float(end) for end in (low, high, fee)]
    return price_text(ends[0], ends[1], ends[2], language.value) or NOTHING


def day(value: dt.date | str | None, locale: str) -> str:
    """Say a date."""
    if value is None or value == "":
        return NOTHING
    read = dt.date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return str(format_date(read, "medium", locale=locale))


def instant(value: dt.datetime | str | None, locale: str) -> str:
    """Say an instant in the time of the server's zone."""
    if value is None or value == "":
        return NOTHING
    read = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    return str(format_datetime(read.astimezone(), "yyyy-MM-dd HH:mm", locale=locale))


def percent(value: float | None, locale: str, digits: int) -> str:
    """Say a share."""
    if value is None:
        return NOTHING
    pattern = "0%" if digits == 0 else f"0.{'0' * digits}%"
    return str(format_percent(value, pattern, locale=locale))


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the environment of all templates, made once."""
    made = Environment(
        loader=PackageLoader("service.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals["asset"] = asset
    return made


@lru_cache(maxsize=256)
def asset(name: str) -> str:
    """Return the path of a static file with its content in it, so that it may be kept for long.

    Third-party scripts may be absent (they are fetched at set-up); pages work without them.
    """
    try:
        digest = sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    except FileNotFoundError:
        return f"{STATIC_PATH}/{name}"
    return f"{STATIC_PATH}/{name}?v={digest}"
