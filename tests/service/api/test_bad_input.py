"""What should never arrive: huge, deep, broken and crafted requests."""

from __future__ import annotations

import json

import pytest

from data.people import Role
from service.api.envelope import MOST_BODY_BYTES
from tests.service.serving_world import Api

PATH = "/v1/recommendations"


def send(api: Api, content: bytes, **headers: str):
    return api.as_(Role.FIRM).post(
        PATH, content=content, headers={"Content-Type": "application/json", **headers}
    )


def code_of(answer) -> str:
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "field", "request_id"}
    return body["error"]["code"]


def test_a_body_of_50_megabytes_is_refused_without_being_read(api: Api):
    answer = send(api, b" " * (50 << 20))
    assert answer.status_code == 413
    assert code_of(answer) == "too_large"


def test_a_long_body_of_unknown_length_is_cut_off(api: Api):
    def chunks():
        for _ in range(MOST_BODY_BYTES // (1 << 20) + 2):
            yield b" " * (1 << 20)

    answer = api.as_(Role.FIRM).post(
        PATH, content=chunks(), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b'{"firm_id": NaN}',
        b'{"firm_id": "x", "diversity": NaN}',
        b'{"firm_id": "x", "diversity": Infinity}',
        b'{"firm_id": "x", "n": 1e400}',
        b'{"firm_id": "\\u0000"}',
        b'{"firm_id": "\\ud800"}',
        b'{"firm_id": ""}',
        b'{"firm_id": {"$ne": null}}',
        b'{"firm_id": ["a"]}',
        b'{"firm_id": true}',
        b'{"firm_id": "x", "firm_id": "y", "n": -1}',
        b'{"profile": ' + b'{"firm":' * 2_000 + b"1" + b"}" * 2_000 + b"}",
        b'{"profile": {"firm": {"name": "x"}, "facts": ' + b"[" * 5_000 + b"]" * 5_000 + b"}}",
        json.dumps({"firm_id": "x" * 10_000}).encode(),
        json.dumps({"profile": {"firm": {"name": "名" * 30_000}}}).encode(),
        json.dumps({"profile": {"firm": {"name": "x", "employees": 2**70}}}).encode(),
        json.dumps({"profile": {"firm": {"name": "x", "founded_on": "0000-00-00"}}}).encode(),
        json.dumps({"profile": {"firm": {"name": "x"}, "facts": {"x" * 300: 1}}}).encode(),
    ],
    ids=lambda content: repr(content[:40]),
)
def test_broken_bodies_are_the_senders_fault(api: Api, content: bytes):
    answer = send(api, content)
    assert answer.status_code in (400, 404, 422)
    assert code_of(answer)


@pytest.mark.parametrize(
    "firm_id",
    ["a%2Fb", "..%2F..%2Fetc%2Fpasswd", "'%20OR%201=1--", "%22", "%00", "%E0%A4%A", "x" * 5_000],
)
def test_odd_ids_in_paths_are_nobodys(api: Api, firm_id: str):
    answer = api.as_(Role.FIRM).get(f"/v1/firms/{firm_id}/recommendations")
    assert answer.status_code in (404, 422)
    assert code_of(answer)


@pytest.mark.parametrize("cursor", ["-1", "WzEwMDAwMF0", "Wy0xXQ", "WzFlOTld", "%00", "A" * 2_000])
def test_odd_cursors_are_refused(api: Api, cursor: str):
    firm = api.as_(Role.FIRM)
    path = f"/v1/firms/{firm.member.subject_id}/recommendations"
    answer = firm.get(path, params={"cursor": cursor})
    assert answer.status_code == 422


@pytest.mark.parametrize("key", ["", "fm_", "fm_x_y", "fm_" + "0" * 16 + "_" + "0" * 64, "é" * 50])
def test_odd_keys_are_nobodys(api: Api, key: str):
    answer = api.client.get("/v1/session", headers={"X-API-Key": key.encode("utf-8", "replace")})
    assert answer.status_code == 401
    assert code_of(answer) == "not_signed_in"


def test_methods_and_paths_that_are_not_there_have_the_same_shape(api: Api):
    firm = api.as_(Role.FIRM)
    assert code_of(firm.delete(PATH)) == "method_not_allowed"
    assert code_of(firm.get("/v1/nothing")) == "unknown_path"


def test_a_given_request_id_comes_back_only_where_it_is_plain(api: Api):
    firm = api.as_(Role.FIRM)
    kept = firm.get("/v1/session", headers={"X-Request-Id": "trace-1.2_3"})
    assert kept.headers["x-request-id"] == "trace-1.2_3"
    forged = firm.get("/v1/session", headers={"X-Request-Id": 'a"b {}'})
    assert forged.headers["x-request-id"].startswith("req_")
