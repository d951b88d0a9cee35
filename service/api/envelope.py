"""What surrounds every request: its id, its log line and metrics, limits on size and on load.

A pure ASGI layer: it costs a few dozen microseconds, which a chain of framework middlewares does
not.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.errors import error_answer
from service.logs import FIELDS, REQUEST_ID
from service.metrics import Metrics

LOG = logging.getLogger("finmatch.api")

REQUEST_ID_HEADER = b"x-request-id"
REQUEST_ID_PATTERN = re.compile(r"[A-Za-z0-9._-]{1,64}")
DEMO_HEADER = (b"x-finmatch-demo", b"generated data")

MOST_BODY_BYTES = 10 << 20
"""Of a body in memory. Uploads of tables go to a file and have a limit of their own."""
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Names of methods that are counted; a sender may make up others without end."""
NEVER_REFUSED = ("/health/", "/metrics")
"""What must answer under any load."""

SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)
CACHE_HEADER = b"cache-control"
NOT_KEPT = (CACHE_HEADER, b"no-store")
"""Of every answer that says nothing else itself: it is for one reader, and true for one instant."""
ENCRYPTED_ONLY = (b"strict-transport-security", b"max-age=31536000")
"""Of answers over https: browsers come back the same way for a year (RFC 6797)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one worker takes on.

    Attributes
    ----------
    in_flight
        Requests being answered or waiting for a thread; one more is answered 503 at once.
    body_bytes
        Of one request.
    large_body_paths
        Prefixes of paths whose routes stream their body and limit it themselves.
    """

    in_flight: int = 32
    body_bytes: int = MOST_BODY_BYTES
    large_body_paths: tuple[str, ...] = ("/v1/uploads",)


class Envelope:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, limits: Limits, demo: bool) -> None:
        self.app = app
        self.metrics = metrics
        self.limits = limits
        self.demo = demo
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand over what is none."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        bodiless = scope["method"] == "HEAD"
        if bodiless:  # answered as a GET without its body (RFC 9110, 9.3.2)
            scope = {**scope, "method": "GET"}
        request_id = _given_id(scope) or f"req_{secrets.token_hex(8)}"
        scope.setdefault("state", {})["request_id"] = request_id
        token = REQUEST_ID.set(request_id)
        begun, status = perf_counter(), 500
        exempt = scope["path"].startswith(NEVER_REFUSED)

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    (REQUEST_ID_HEADER, request_id.encode()),
                    *_added(scope, message["headers"]),
                    *((DEMO_HEADER,) if self.demo else ()),
                ]
            elif bodiless and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        self._in_flight += 1
        self.metrics.in_flight.set(self._in_flight)
        try:
            if self._in_flight > self.limits.in_flight and not exempt:
                self.metrics.refused.inc()
                answer = error_answer(
                    request_id, 503, "overloaded", "Too many requests at once; try again later."
                )
                await answer(scope, receive, named)
            else:
                await self._answer(scope, receive, named, request_id)
        finally:
            self._in_flight -= 1
            self.metrics.in_flight.set(self._in_flight)
            self._record(scope, status, perf_counter() - begun)
            REQUEST_ID.reset(token)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        limit = self.limits.body_bytes
        if scope["path"].startswith(self.limits.large_body_paths):
            await self.app(scope, receive, send)
            return
        counted = _Counted(receive, limit)
        too_large = error_answer(
            request_id, 413, "too_large", f"The body may hold at most {limit} bytes; send less."
        )
        answered = False

        async def checked(message: Message) -> None:
            nonlocal answered
            if not counted.exceeded:
                await send(message)
            elif not answered:  # whatever the application made of a body that broke off
                answered = True
                await too_large(scope, receive, send)

        if (_declared_length(scope) or 0) > limit:
            await too_large(scope, receive, send)
            return
        await self.app(scope, counted, checked)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = scope.get("route")
        path = getattr(route, "path", None) or "(none)"
        method = scope["method"] if scope["method"] in METHODS else "(other)"
        self.metrics.requests.labels(path, method, str(status)).inc()
        self.metrics.latency.labels(path).observe(seconds)
        if LOG.isEnabledFor(logging.INFO):
            fields = {
                "method": scope["method"],
                "path": scope["path"],
                "route": path,
                "status": status,
                "ms": round(1000 * seconds, 2),
                **scope["state"].get("log", {}),
            }
            LOG.info("request", extra={FIELDS: fields})


def _given_id(scope: Scope) -> str | None:
    """Return the caller's own id where it is a plain one: it goes into logs and headers."""
    for name, value in scope["headers"]:
        if name == REQUEST_ID_HEADER:
            text = value.decode("latin-1")
            return text if REQUEST_ID_PATTERN.fullmatch(text) else None
    return None


def _added(scope: Scope, headers: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """Return what every answer carries beside its own headers."""
    yield from SECURITY_HEADERS
    if all(name.lower() != CACHE_HEADER for name, _ in headers):
        yield NOT_KEPT
    if scope.get("scheme") == "https":
        yield ENCRYPTED_ONLY


def _declared_length(scope: Scope) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else None
    return None


class _Counted:
    """Receives a body, and says that the sender has gone once it is longer than it may be."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._taken = 0

    @property
    def exceeded(self) -> bool:
        """Whether more came than is taken."""
        return self._taken > self._limit

    async def __call__(self) -> Message:
        if self.exceeded:
            return {"type": "http.disconnect"}
        message = await self._receive()
        self._taken += len(message.get("body", b""))
        return {"type": "http.disconnect"} if self.exceeded else message
