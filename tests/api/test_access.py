"""Who may call, and what hostile callers are told: always one shape, never a fault."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import web
from bot.accounts.keys import add_key
from bot.config import Config
from bot.store.api_keys import SqliteApiKeys
from bot.store.engine import connect
from bot.store.sqlite import SqliteStore
from tests.api.conftest import LAMP, NewSystem, System
from tests.console.conftest import Clerk

ADDRESSES = [("GET", "/api/tickets"), ("POST", "/api/tickets"), ("GET", "/api/tickets/LY-1"), ("POST", "/api/tickets/LY-1/note")]


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Basic YTpi", "Bearer key_", "bearer \udcff", "Bearer a b"])
def test_without_a_good_key_nothing_is_told(application: Flask, method: str, path: str, header: str) -> None:
    client = application.test_client()
    headers = {"Authorization": header.encode("utf-8", "surrogateescape").decode("latin-1")} if header else {}
    answer = client.open(path, method=method, headers=headers, json=LAMP if method == "POST" else None)
    assert answer.status_code == 401 and answer.json["code"] == "unauthorized"
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert {"error", "code", "request_id"} == set(answer.json)


def test_a_key_that_was_taken_back_is_no_key(system: NewSystem, store: SqliteStore, clock: Any) -> None:
    outside = system()
    assert outside.get("/api/tickets").status_code == 200
    SqliteApiKeys(store.engine, clock).revoke(outside.key.id)
    assert outside.get("/api/tickets").status_code == 401


def test_cookies_count_for_nothing_and_no_token_is_needed(clerk: Callable[..., Clerk], system: NewSystem) -> None:
    admin = clerk()
    for answer in (admin.client.post("/api/tickets", json=LAMP), admin.client.get("/api/tickets")):
        assert answer.status_code == 401
    form = admin.client.post("/open311/v2/requests.json", data={"service_code": "complaint", "address_string": "正阳街"})
    assert form.status_code in (403, 404)
    assert system().post("/api/tickets", LAMP).status_code == 201, "no cookie, no token"


@pytest.mark.parametrize(
    ("data", "kind", "status", "code"),
    [
        (b"{" * 100_000, "application/json", 413, "too_large"),
        (b"[" * 30_000, "application/json", 400, "bad_request"),
        (b'{"kind": "complaint", "matter": "\xff\xfe"}', "application/json", 400, "bad_request"),
        (json.dumps(LAMP).encode("utf-16"), "application/json", 400, "bad_request"),
        (b'{"location": {"latitude": NaN}}', "application/json", 400, "bad_request"),
        (b"[]", "application/json", 400, "bad_request"),
        (b"null", "application/json", 400, "bad_request"),
        (b"", "application/json", 400, "bad_request"),
        (b"kind=complaint", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "text/xml", 415, "unsupported_media_type"),
        (b"x", "", 415, "unsupported_media_type"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(system: NewSystem, data: bytes, kind: str, status: int, code: str) -> None:
    answer = system().call("POST", "/api/tickets", data=data, content_type=kind)
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.text


@pytest.mark.parametrize("key", ["", "长" * 3, "a" * 129, "a\tb"])
def test_an_idempotency_key_is_short_and_printable(system: NewSystem, key: str) -> None:
    answer = system().post("/api/tickets", LAMP, Idempotency_Key=key.encode().decode("latin-1"))
    assert answer.status_code == 400 and answer.json["code"] == "bad_request"


def test_half_characters_and_nul_are_kept_as_something_that_can_be_kept(system: NewSystem) -> None:
    made = system().post("/api/tickets", data=b"").status_code  # a body of nothing is none
    assert made == 415
    body = json.dumps(LAMP | {"matter": "路灯\ud83d坏了\x00"})
    answer = system("乙系统").call("POST", "/api/tickets", data=body, content_type="application/json")
    assert answer.status_code == 201 and "路灯" in answer.json["matter"] and "\x00" not in answer.json["matter"]


def test_what_is_not_there_has_the_same_shape(system: NewSystem) -> None:
    outside = system()
    for answer, status, code in (
        (outside.get("/api/nothing"), 404, "not_found"),
        (outside.call("DELETE", "/api/tickets"), 405, "method_not_allowed"),
        (outside.call("PUT", "/api/tickets/LY-1"), 405, "method_not_allowed"),
    ):
        assert (answer.status_code, answer.json["code"]) == (status, code)


def test_a_key_may_call_only_so_often_and_others_are_not_held_up(
    installation: Any, conversation: Any, model: Any, store: SqliteStore, clock: Any
) -> None:
    config = Config.model_validate({"limits": {"api_per_minute": 3}})
    place = type(installation)(config, installation.knowledge)
    application = web(place, conversation, store, lambda: model, "test-secret", clock=clock)
    keys = SqliteApiKeys(store.engine, clock)
    one, other = (System(application, *add_key(keys, name, ["read"])) for name in ("甲系统", "乙系统"))
    answers = [one.get("/api/tickets") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].json["code"] == "too_many_requests" and int(answers[3].headers["Retry-After"]) > 0
    assert other.get("/api/tickets").status_code == 200


def test_while_the_store_cannot_be_written_callers_are_told_to_come_again(system: NewSystem, store: SqliteStore) -> None:
    outside = system()
    assert outside.get("/api/tickets").status_code == 200
    other = connect(store.engine.path)
    other.execute("begin immediate")
    try:
        answer = outside.post("/api/tickets", LAMP)
        assert (answer.status_code, answer.json["code"], answer.headers["Retry-After"]) == (503, "busy", "1")
        form = {"service_code": "praise", "address_string": "正阳街"}
        standard = outside.call("POST", "/open311/v2/requests.json", data=form)
        assert standard.status_code == 503 and standard.json[0]["code"] == 503 and standard.headers["Retry-After"] == "1"
        assert outside.get("/api/tickets").status_code == 200, "reading goes on"
    finally:
        other.execute("rollback")
        other.close()
    assert outside.post("/api/tickets", LAMP).status_code == 201


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from([*LAMP, "since", "location", "urgency", "secret", "name", "contact", "external_number", "photos", "x"])


def test_whatever_is_sent_is_filed_or_refused_with_a_reason(system: NewSystem) -> None:
    outside = system()

    @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.dictionaries(NAMES, VALUES, max_size=4), st.sampled_from(["/api/tickets", "/api/tickets/LY-1/return"]))
    def send(fields: dict[str, Any], path: str) -> None:
        answer = outside.call("POST", path, data=json.dumps(LAMP | fields), content_type="application/json")
        assert answer.status_code in (200, 201, 403, 404, 422), answer.text
        assert answer.status_code < 300 or (answer.json["error"] and answer.json["code"])

    send()


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.dictionaries(
        st.sampled_from(["cursor", "limit", "since", "q", "number", "order", "unit"]), st.text(max_size=30), max_size=3
    )
)
def test_whatever_is_asked_is_answered_or_refused_with_a_reason(system: NewSystem, query: dict[str, str]) -> None:
    name = f"系统{abs(hash(str(query))) % 10**9}"
    answer = system(name).get("/api/tickets", **{key: text.encode("utf-8", "replace").decode() for key, text in query.items()})
    assert answer.status_code in (200, 422), answer.text
