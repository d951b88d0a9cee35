"""Reading pages as somebody does: signed in with a cookie, and what the page says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx
from starlette.testclient import TestClient

from data.people import Role
from service.pages.language import LANGUAGE_COOKIE
from service.settings import Language
from tests.service.serving_world import PASSWORD, Api, Member

SPOKEN = ("aria-label", "alt", "placeholder", "title", "data-offline")
"""Attributes that people read or hear."""
SILENT = frozenset({"script", "style"})
VOID = frozenset(
    {"br", "hr", "img", "input", "link", "meta", "source", "wbr", "col", "path", "use"}
)

_TOKEN = re.compile(r'name="csrf_token" value="([^"]*)"')


@dataclass
class Reader:
    """A browser without a script: cookies, forms, and no redirects followed unless asked for."""

    client: TestClient
    member: Member
    token: str = ""

    def get(self, path: str, **arguments: Any) -> httpx.Response:
        """Open a page."""
        return self.client.get(path, **arguments)

    def post(
        self, path: str, data: dict[str, Any] | None = None, **arguments: Any
    ) -> httpx.Response:
        """Send a form with the token of the session."""
        form = {"csrf_token": self.token, **(data or {})}
        return self.client.post(path, data=form, follow_redirects=False, **arguments)

    def tokenless(self, path: str, data: dict[str, Any]) -> httpx.Response:
        """Send a form as another site would."""
        return self.client.post(path, data=data, follow_redirects=False)


def visitor(api: Api, *, language: Language = Language.ZH) -> TestClient:
    """Return a browser in which nobody is signed in."""
    client = TestClient(api.client.app, base_url="http://localhost")
    client.cookies.set(LANGUAGE_COOKIE, language.value)
    return client


def sign_in(api: Api, role: Role, side: str = "own", *, language: Language = Language.ZH) -> Reader:
    """Return a browser in which somebody is signed in."""
    client, member = visitor(api, language=language), api.member(role, side)
    answer = client.post(
        "/sign-in", data={"login": member.login, "password": PASSWORD}, follow_redirects=False
    )
    assert answer.status_code == 303, answer.text
    found = _TOKEN.search(client.get("/account").text) or _TOKEN.search(client.get("/").text)
    return Reader(client, member, token="" if found is None else found[1])


@dataclass
class Said:
    """What a page says.

    Attributes
    ----------
    texts
        Texts and spoken attributes, in order, without those marked as of another language.
    """

    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Everything on one line."""
        return " ".join(" ".join(self.texts).split())


def said(html: str) -> Said:
    """Return what a page says to a reader in its own language."""
    parser = _Parser()
    parser.feed(html)
    return Said(parser.texts)


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._language: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "html":
            self._language = values.get("lang")
        quiet = self._quiet or tag in SILENT
        quiet = quiet or values.get("lang", self._language) != self._language
        if not quiet:
            self.texts += [values[name] for name in SPOKEN if values.get(name)]
        if tag not in VOID:
            self._open.append((tag, quiet))

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place][0] == tag:
                del self._open[place:]
                return

    def handle_data(self, data: str) -> None:
        if not self._quiet and data.strip():
            self.texts.append(data.strip())

    @property
    def _quiet(self) -> bool:
        return bool(self._open) and self._open[-1][1]
