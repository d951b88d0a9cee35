"""What surrounds requests: load above what is taken on, metrics, logs, lists kept together."""

from __future__ import annotations

import io
import json
import logging
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from data.errors import StoreError
from data.people import Role
from data.shown import Showing, ShownList
from service.api.app import create_app
from service.api.envelope import Limits
from service.logs import FIELDS, REQUEST_ID, JsonLines, set_up
from service.serving.keeping import Keeper
from tests.service.serving_world import NOW, Api


def test_more_requests_than_are_taken_on_are_refused_at_once(api: Api, monkeypatch):
    """One request is held; the next one above the limit gets 503 and when to come again."""
    app = create_app(api.state, limits=Limits(in_flight=1))
    held, release = threading.Event(), threading.Event()

    def slow() -> None:
        held.set()
        release.wait(20)

    monkeypatch.setattr(api.state.store, "ping", slow)

    async def ask(path: str) -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get(path)

    import anyio

    async def play() -> tuple[httpx.Response, httpx.Response]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask, "/health/ready")
            await anyio.to_thread.run_sync(held.wait)
            refused = await ask("/v1/session")
            alive = await ask("/health/live")
            release.set()
        return refused, alive

    refused, alive = anyio.run(play)
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["error"]["code"] == "overloaded"
    assert alive.status_code == 200


def test_metrics_tell_what_was_answered(api: Api):
    firm, evaluator = api.as_(Role.FIRM), api.as_(Role.EVALUATOR)
    firm.post("/v1/recommendations", json={"firm_id": firm.member.subject_id})
    text = evaluator.get("/metrics").text
    assert 'finmatch_requests_total{method="POST",route="/v1/recommendations",status="200"}' in text
    for name in ("finmatch_stage_seconds", "finmatch_candidates", "finmatch_excluded_total"):
        assert name in text
    assert f'finmatch_bundle{{bundle="{api.state.live.bundle_name}"}} 1.0' in text
    assert firm.get("/metrics").status_code == 403


def test_ready_says_what_is_wanting(api: Api, monkeypatch):
    assert api.client.get("/health/ready").json()["status"] == "ready"

    def away() -> None:
        raise StoreError("The database cannot be reached.")

    monkeypatch.setattr(api.state.store, "ping", away)
    answer = api.client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "away"
    assert api.client.get("/health/live").status_code == 200


def test_a_log_line_is_one_object_whatever_users_write():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("finmatch.test_of_lines")
    logger.propagate = False
    logger.addHandler(handler)
    token = REQUEST_ID.set("req_1")
    logger.error('forged"}\n{"level": "info"', extra={FIELDS: {"path": "/a\nb"}})
    REQUEST_ID.reset(token)
    (line,) = stream.getvalue().splitlines()
    read = json.loads(line)
    assert read["request_id"] == "req_1"
    assert read["path"] == "/a\nb"
    assert read["level"] == "error"


def test_logs_are_set_up_once_for_all():
    stream = io.StringIO()
    before = {name: logging.getLogger(name).handlers for name in ("finmatch", "uvicorn")}
    try:
        set_up("warning", stream)
        logging.getLogger("finmatch.api").info("not this one")
        logging.getLogger("finmatch.api").warning("this one")
        assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == [
            "this one"
        ]
    finally:
        for name, handlers in before.items():
            logging.getLogger(name).handlers = handlers
            logging.getLogger(name).propagate = True


class SlowShown:
    """A store of shown lists that counts its transactions, and fails when told to."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.fails = False

    @property
    def shown(self) -> SlowShown:
        return self

    def add(self, showings) -> None:
        threading.Event().wait(0.02)
        if self.fails:
            raise StoreError("no room")
        self.batches.append(len(showings))


def showing(number: int) -> Showing:
    head = ShownList(
        recommendation_id=f"rec_{number}",
        shown_at=NOW,
        organisation_id="o",
        person_id="p",
        side="firm",
        bundle="b",
        model_version="m",
        content={},
    )
    return Showing(shown=head, impressions=())


def test_lists_that_come_together_are_written_together():
    store = SlowShown()
    keeper = Keeper(store)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(keeper.keep, (showing(n) for n in range(200))))
    assert sum(store.batches) == 200
    assert len(store.batches) < 100


def test_a_list_that_was_not_kept_is_not_answered():
    store = SlowShown()
    store.fails = True
    keeper = Keeper(store)
    with ThreadPoolExecutor(8) as pool:
        found = [pool.submit(keeper.keep, showing(n)) for n in range(20)]
    for one in found:
        with pytest.raises(StoreError):
            one.result()
    store.fails = False
    keeper.keep(showing(99))
    assert store.batches == [1]


def test_no_answer_is_kept_on_its_way(api: Api):
    """Of all kinds: data, errors, exports, metrics, the description of the API."""
    administrator = api.as_(Role.ADMINISTRATOR)
    paths = ("/v1/firms", "/v1/firms/nobody", "/v1/nothing", "/metrics", "/openapi.json")
    for path in (*paths, "/v1/exports/offers?format=csv", "/health/ready"):
        answer = administrator.get(path)
        assert answer.headers.get_list("cache-control") == ["no-store"], path
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "strict-transport-security" not in answer.headers
    secure = api.client.get("https://testserver/health/live")
    assert secure.headers["strict-transport-security"].startswith("max-age=")


def test_static_files_say_themselves_how_long_they_are_kept(api: Api):
    page = api.client.get("/sign-in").text
    path = re.search(r'"(/static/[^"]+[.]css[^"]*)"', page)
    assert path is not None
    assert "immutable" in api.client.get(path[1]).headers["cache-control"]


def test_head_is_answered_as_get_without_a_body(api: Api):
    bank = api.as_(Role.INSTITUTION)
    for path in ("/health/ready", "/v1/offers", "/v1/offers/nobody"):
        whole, head = bank.get(path), bank.request("HEAD", path)
        assert (head.status_code, head.content) == (whole.status_code, b"")
        assert head.headers["content-type"] == whole.headers["content-type"]
    assert api.client.head("/v1/offers").status_code == 401
    assert bank.request("HEAD", "/v1/rank").status_code == 405


def test_a_request_id_of_the_caller_is_plain_or_not_taken(api: Api):
    """It goes into logs and headers: no line ends, no markup, nothing long."""
    for given, taken in (
        ("trace-1.a_B", True),
        ("a b", False),
        ("a\tb", False),
        ("<b>", False),
        ("x" * 65, False),
        ("", False),
    ):
        answer = api.client.get("/health/live", headers={"X-Request-Id": given})
        assert (answer.headers["x-request-id"] == given) == taken
        assert answer.headers.get_list("x-request-id") == [answer.headers["x-request-id"]]


def test_methods_that_a_sender_makes_up_are_counted_as_one(api: Api):
    for number in range(3):
        assert api.client.request(f"MADEUP{number}", "/health/live").status_code == 405
    text = api.as_(Role.EVALUATOR).get("/metrics").text
    assert "MADEUP" not in text
    assert 'method="(other)"' in text
