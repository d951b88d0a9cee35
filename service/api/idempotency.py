"""``Idempotency-Key``: a POST that comes again is answered again and done once.

A layer of ASGI around the routes. A key belongs to one person, with the scopes of what that person
comes with, and one path; with another body it is refused (409). While the first request is under
way, a second one waits a little for its answer. Only answers to what was done are kept: a request
that failed for want of rights, for load or by our fault may be tried again with the same key. So
may one whose answer shows what a firm consented to: by the time it came again, the consent could be
gone, and the firm's log would not have it. Uploads, whose bodies are not held in memory, check
their key in their route.

What a server that was killed had done, but not yet answered, is done again after
:data:`~data.store.kept_answers.ABANDONED_AFTER`; routes whose effect has an id of its own (events,
jobs) do it once even then.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import time
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data.errors import ArgumentError, ConflictError, FinMatchError, SignInError
from data.jobs import KeptAnswer
from data.store.kept_answers import Begun
from service.access.authentication import SESSION_COOKIE, authenticate
from service.access.sight import Sight
from service.api.dependencies import SIGHT
from service.api.errors import error_answer, status_of
from service.serving.state import ServiceState

LOG = logging.getLogger("finmatch.api")

KEY_FIELD = "Idempotency-Key"
KEY_PATTERN = re.compile(r"[\x21-\x7e]{1,200}")
REPLAYED = (b"idempotency-replayed", b"true")
OWN_CHECK = ("/v1/uploads",)
"""Prefixes of paths whose routes check the key themselves."""
NOT_FOR = ("/v1/session", "/v1/keys")
"""What they give is a secret, shown once and not kept; so is any answer marked ``no-store``."""

MOST_ANSWER_BYTES = 4 << 20
"""A longer answer is not kept; its key may be used again."""
WAIT_S, LOOK_S = 3.0, 0.1
KEPT_STATUS = frozenset({200, 201, 202, 204, 404, 409, 422})


def checked_key(text: str | None) -> str | None:
    """Return a key as a caller sent it.

    Raises
    ------
    ArgumentError
        It is too long or has characters that no key has.
    """
    if text is not None and not KEY_PATTERN.fullmatch(text):
        raise ArgumentError(
            f"{KEY_FIELD} must be 1 to 200 visible ASCII characters.",
            field=KEY_FIELD,
            remedy="Use a random UUID.",
        )
    return text


@dataclass(slots=True)
class _Heard:
    """The answer of a route while it is sent."""

    status: int = 500
    media_type: str = "application/json"
    body: bytearray = field(default_factory=bytearray)
    plain: bool = True

    def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = {name.lower(): value for name, value in message["headers"]}
            self.media_type = headers.get(b"content-type", b"").decode("latin-1")
            secret = b"no-store" in headers.get(b"cache-control", b"")
            self.plain = b"set-cookie" not in headers and not secret
        elif message["type"] == "http.response.body" and self.plain:
            self.body += message.get("body", b"")
            self.plain = len(self.body) <= MOST_ANSWER_BYTES

    @property
    def answer(self) -> KeptAnswer:
        """As it is kept."""
        return KeptAnswer(status=self.status, media_type=self.media_type, body=bytes(self.body))

    @property
    def worth_keeping(self) -> bool:
        return self.plain and self.status in KEPT_STATUS


class Idempotency:
    """The layer; put it inside the envelope."""

    def __init__(self, app: ASGIApp, *, state: ServiceState) -> None:
        self.app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand it on."""
        key = _key_of(scope)
        if key is None:
            await self.app(scope, receive, send)
            return
        try:
            checked_key(key)
            caller = await anyio.to_thread.run_sync(self._caller, scope)
        except SignInError:
            caller = None
        except FinMatchError as error:
            await self._refuse(error, scope, receive, send)
            return
        if caller is None:  # the route says what is missing
            await self.app(scope, receive, send)
            return
        body = await _read_body(receive)
        if body is None:  # the caller is gone
            return
        place = hashlib.sha256(f"{caller}\n{scope['path']}\n{key}".encode()).hexdigest()
        try:
            begun = await self._begin(place, _digest(key, scope, body))
        except FinMatchError as error:
            await self._refuse(error, scope, receive, send)
            return
        if begun.answer is not None:
            await _replay(begun.answer, send)
        else:
            await self._do(place, str(begun.token), body, scope, send)

    def _caller(self, scope: Scope) -> str | None:
        """Return who asks, and with what rights: a weaker key is not given a stronger one's."""
        request = Request(scope)
        found = authenticate(
            self._state.store,
            key=request.headers.get("x-api-key"),
            cookie=_cookie(request.headers.get("cookie", "")),
            now=self._state.clock(),
        )
        if found is None:
            return None
        return " ".join((found.person_id, *sorted(found.scopes)))

    async def _begin(self, place: str, digest: str) -> Begun:
        """Take the key, or wait for the answer of who has it."""
        give_up = time.monotonic() + WAIT_S
        while True:
            begun = await anyio.to_thread.run_sync(self._look, place, digest)
            if begun.answer is not None or begun.token is not None:
                return begun
            if time.monotonic() > give_up:
                raise ConflictError(
                    "A request with this Idempotency-Key is under way.",
                    field=KEY_FIELD,
                    remedy="Send it again in a moment.",
                )
            await anyio.sleep(LOOK_S)

    def _look(self, place: str, digest: str) -> Begun:
        answers = self._state.store.kept_answers
        return answers.begin(place, body_digest=digest, now=self._state.clock())

    async def _do(self, place: str, token: str, body: bytes, scope: Scope, send: Send) -> None:
        heard, given = _Heard(), False

        async def receive() -> Message:
            nonlocal given
            if given:
                return {"type": "http.disconnect"}
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        ends: list[Message] = []

        async def listen(message: Message) -> None:
            heard.take(message)
            last = message["type"] == "http.response.body" and not message.get("more_body")
            if last:
                ends.append(message)  # goes out once the answer is kept
            else:
                await send(message)

        keep = False
        try:
            await self.app(scope, receive, listen)
            keep = heard.worth_keeping and not _has_disclosed(scope)
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(
                    self._settle, place, token, heard.answer if keep else None
                )
        for message in ends:
            await send(message)

    def _settle(self, place: str, token: str, answer: KeptAnswer | None) -> None:
        """Keep an answer, or free its key; what was done stands where the store is away now."""
        answers = self._state.store.kept_answers
        try:
            if answer is None:
                answers.release(place, token=token)
            else:
                answers.keep(place, token=token, answer=answer)
        except FinMatchError as error:
            LOG.warning("an answer was not kept: %s", error)

    async def _refuse(
        self, error: FinMatchError, scope: Scope, receive: Receive, send: Send
    ) -> None:
        request_id = str(scope.get("state", {}).get("request_id", ""))
        answer = error_answer(request_id, status_of(error), error.code, str(error), error.field)
        await answer(scope, receive, send)


def _has_disclosed(scope: Scope) -> bool:
    """Return whether the answer shows what a firm let its reader see."""
    sight = scope.get("state", {}).get(SIGHT)
    return isinstance(sight, Sight) and sight.has_disclosed


def _key_of(scope: Scope) -> str | None:
    """Return the key of a request that this layer is for."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return None
    if scope["path"].startswith((*OWN_CHECK, *NOT_FOR)):
        return None
    name = KEY_FIELD.lower().encode()
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)


def _cookie(header: str) -> str | None:
    try:
        morsel = SimpleCookie(header).get(SESSION_COOKIE)
    except CookieError:
        return None
    return None if morsel is None else morsel.value


async def _read_body(receive: Receive) -> bytes | None:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


def _digest(key: str, scope: Scope, body: bytes) -> str:
    """Return a hash of what is asked.

    A body may hold a password: without the key, which is not stored, nobody can try passwords
    against the hash.
    """
    asked = hmac.new(key.encode(), scope.get("query_string", b"") + b"\n", "sha256")
    asked.update(body)
    return asked.hexdigest()


async def _replay(answer: KeptAnswer, send: Send) -> None:
    headers = [(b"content-length", str(len(answer.body)).encode()), REPLAYED]
    if answer.media_type:
        headers.append((b"content-type", answer.media_type.encode("latin-1")))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
