"""POST /api/chat and what the page and operators need beside it, over HTTP."""

import io
import json
import re
import shutil
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from bot.channels.http import Parts, create_app
from bot.config import Config, LimitsConfig, ServerConfig
from bot.dialogue.conversation import Conversation
from bot.messages import Message
from bot.store.sqlite import SqliteStore
from knowledge.base import KnowledgeBase

PAGE: dict[str, object] = {"district": "绿园区", "service_name": "问答", "plan_title": "计划", "examples": (), "footer": ""}
MODES = {"answer", "clarify", "eligibility", "feedback", "status", "handoff", "emergency", "chitchat", "reject"}
KEYS = {"id", "mode", "reply", "items", "options", "asking", "unit", "ticket", "sources"}


def is_probability(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def check_answer_object(answer: dict[str, Any], knowledge: KnowledgeBase) -> None:
    """Everything that contract.md says of the shape of an answer."""
    assert answer.keys() >= KEYS
    assert answer["mode"] in MODES
    assert isinstance(answer["reply"], str) and answer["reply"].strip()
    assert answer["asking"] in (True, False)
    assert answer["ticket"] is None or isinstance(answer["ticket"], str)
    services = [item["service"] for item in answer["items"]]
    assert len(services) == len(set(services))
    for item in answer["items"]:
        assert set(item) == {"number", "service", "title", "departments", "confidence"}
        known = knowledge.item_of(item["service"])
        assert (item["number"], tuple(item["departments"])) == (known.number, known.departments)
        assert item["title"] == knowledge.services[item["service"]].title
        assert is_probability(item["confidence"])
    options = answer["options"]
    assert all(set(option) == {"id", "text"} and option["text"] for option in options)
    assert [option["id"] for option in options] == [str(k) for k in range(1, len(options) + 1)]
    if answer["mode"] == "clarify":
        assert answer["asking"]
        assert 2 <= len(answer["items"]) <= 4
        assert [item["title"] for item in answer["items"]] == [option["text"] for option in options[: len(services)]]
    if answer["unit"] is not None:
        assert set(answer["unit"]) == {"name", "confidence"}
        assert answer["unit"]["name"] and is_probability(answer["unit"]["confidence"])
    for source in answer["sources"]:
        assert set(source) in ({"item", "document"}, {"law"}, {"hotline"}, {"published", "by"})
    if answer["mode"] == "answer" and answer["items"]:
        cited = {source["item"] for source in answer["sources"] if "item" in source}
        assert {item["number"] for item in answer["items"]} <= cited
    for source in answer["sources"]:
        if "hotline" in source:
            assert source["hotline"] in answer["reply"]


Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(client: FlaskClient) -> Ask:
    """Ask as a bearer: ``ask("你好")``, ``ask("你好", user="b")``; a browser's cookie is not used."""

    def speak(text: str, user: str = "a", **more: object) -> dict[str, Any]:
        response = client.application.test_client().post("/api/chat", json={"user": user, "text": text, **more})
        assert response.status_code == 200, response.text
        return dict(response.json)

    return speak


# -- the answer object ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("answer", ["法律援助怎么申请"]),
        ("answer", ["区司法局负责啥"]),
        ("answer", ["法律援助怎么申请", "找谁办"]),
        ("clarify", ["补贴"]),
        ("eligibility", ["我能办什么"]),
        ("eligibility", ["我能办什么", "我妈82了，瘫在床上，家里吃低保"]),
        ("feedback", ["我要投诉"]),
        ("feedback", ["春城大街的垃圾桶满了好几天没人收，臭死了"]),
        ("feedback", ["我要投诉", "垃圾桶满了好几天没人收", "春城大街", "确认"]),
        ("status", ["查进度"]),
        ("status", ["我要投诉", "垃圾桶满了好几天没人收", "春城大街", "确认", "查进度"]),
        ("handoff", ["转人工"]),
        ("emergency", ["着火了快来人啊，楼道里全是烟"]),
        ("chitchat", ["你好"]),
        ("chitchat", ["删除我的记录"]),
        ("chitchat", ["   "]),
        ("reject", ["护照丢了在哪补办"]),
    ],
)
def test_an_answer_object_keeps_its_shape_in_every_mode(ask: Ask, knowledge: KnowledgeBase, mode: str, said: list[str]) -> None:
    answers = [ask(text) for text in said]
    for answer in answers:
        check_answer_object(answer, knowledge)
    assert answers[-1]["mode"] == mode


def test_a_filed_matter_has_its_number_in_the_answer_and_in_the_words(ask: Ask) -> None:
    for text in ("我要投诉", "垃圾桶满了好几天没人收", "春城大街"):
        assert ask(text)["ticket"] is None
    filed = ask("确认")
    assert filed["ticket"] and filed["ticket"] in filed["reply"]
    assert filed["asking"] is False
    assert ask("查进度")["ticket"] == filed["ticket"]


@pytest.mark.parametrize("given", ["7", 7, None, 1.5, True, "", "中文"])
def test_the_id_comes_back_as_given(ask: Ask, given: object) -> None:
    assert ask("你好", id=given)["id"] == given


# -- what is refused -----------------------------------------------------------------------------------------------------

DEEP = '{"text":"x","a":' + "[" * 20_000 + "]" * 20_000 + "}"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b"{}",
        b'{"text": 5}',
        b'{"text": null}',
        b'{"text": ["x"]}',
        b'{"text": "x", "user": 5}',
        b'{"text": "x", "user": ""}',
        b'{"text": "x", "user": ["a"]}',
        b'{"text": "x", "user": {"a": 1}}',
        b'{"text": "x", "user": "' + b"u" * 129 + b'"}',
        b'{"text": "x", "user": "a", "message_id": 5}',
        b'{"text": "x", "user": "a", "message_id": ""}',
        b'{"text": "x", "user": "a", "message_id": "' + b"m" * 129 + b'"}',
        b'{"text": "\xff\xfe"}',
        b'{"text": ' + b"9" * 5000 + b"}",
        DEEP.encode(),
    ],
)
def test_a_bad_body_is_told_so(client: FlaskClient, body: bytes) -> None:
    response = client.post("/api/chat", data=body, content_type="application/json")
    assert response.status_code == 400
    assert response.json["error"]
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
def test_a_body_that_does_not_say_that_it_is_json_is_refused(client: FlaskClient, kind: str) -> None:
    response = client.post("/api/chat", data='{"user":"a","text":"你好"}', content_type=kind)
    assert response.status_code == 415
    assert response.json["error"]


def body_of(size: int) -> bytes:
    head = json.dumps({"user": "a", "text": ""}).encode()
    return head[:-2] + b"a" * (size - len(head)) + head[-2:]


def test_a_body_of_64_kib_is_answered_in_time_and_a_byte_more_is_refused(client: FlaskClient) -> None:
    began = time.perf_counter()
    fits = client.post("/api/chat", data=body_of(65536), content_type="application/json")
    assert fits.status_code == 200
    assert time.perf_counter() - began < 5
    for size in (65537, 1_000_000, 3_000_000):
        over = client.post("/api/chat", data=body_of(size), content_type="application/json")
        assert over.status_code == 413
        assert over.json["error"]


def test_a_body_without_a_length_may_not_be_larger_either(client: FlaskClient) -> None:
    over = client.post(
        "/api/chat",
        input_stream=io.BytesIO(body_of(100_000)),
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    assert over.status_code in (400, 413)


@pytest.mark.parametrize(("method", "path", "status"), [("get", "/api/chat", 405), ("get", "/nowhere", 404), ("put", "/", 405)])
def test_other_errors_have_the_same_shape(client: FlaskClient, method: str, path: str, status: int) -> None:
    response = getattr(client, method)(path)
    assert response.status_code == status
    assert response.json["error"]


def app_with(config: Config, conversation: Conversation, store: SqliteStore) -> FlaskClient:
    return create_app(Parts(config, conversation, store, PAGE, "secret")).test_client()


def test_a_resident_who_asks_too_fast_is_asked_to_wait_and_others_are_served(
    conversation: Conversation, store: SqliteStore
) -> None:
    browser = app_with(Config(limits=LimitsConfig(resident_per_minute=3, address_per_minute=100)), conversation, store)
    said = [browser.post("/api/chat", json={"text": "你好"}).status_code for _ in range(6)]
    assert said[0] == 200 and said[-1] == 429
    assert 3 <= said.count(200) <= 4  # the first visit has no cookie yet
    refused = browser.post("/api/chat", json={"text": "你好", "user": "somebody-else"})
    assert refused.status_code == 429
    assert refused.json["error"]
    assert int(refused.headers["Retry-After"]) <= 60
    other = browser.application.test_client().post("/api/chat", json={"text": "你好", "user": "b"})
    assert other.status_code == 200


def test_one_address_may_not_ask_too_fast_under_many_names(conversation: Conversation, store: SqliteStore) -> None:
    caller = app_with(Config(limits=LimitsConfig(resident_per_minute=3, address_per_minute=5)), conversation, store)
    said = [caller.post("/api/chat", json={"text": "你好", "user": f"u{k}"}).status_code for k in range(8)]
    assert said == [200] * 5 + [429] * 3


# -- who is who ----------------------------------------------------------------------------------------------------------


def test_the_cookie_outranks_the_user(client: FlaskClient, store: SqliteStore) -> None:
    client.post("/api/chat", json={"text": "你好"})
    for user in ("a", "b"):
        client.post("/api/chat", json={"text": "谢谢", "user": user})
    shown = [message["text"] for message in client.get("/api/messages").json["messages"] if message["from"] == "resident"]
    assert shown == ["你好", "谢谢", "谢谢"]
    assert store.history("api:a") == []


def test_a_bearers_name_reaches_neither_a_page_nor_a_wechat_resident(
    client: FlaskClient, conversation: Conversation, ask: Ask
) -> None:
    client.post("/api/chat", json={"text": "你好"})
    with client.session_transaction() as session:
        page_resident = session["resident"]
    for resident in (page_resident, "wechat:oWang"):
        for text in ("我要投诉", "垃圾桶满了好几天没人收", "春城大街", "确认"):
            conversation.handle(Message(resident, text, "test"))
    bare = page_resident.split(":", 1)[-1]
    for name in (page_resident, bare, "wechat:oWang", "oWang", "../wechat:oWang", "wechat:oWang\x00", " wechat:oWang", "%"):
        status = ask("查进度", user=name)
        assert status["ticket"] is None, name
        assert "LY-" not in status["reply"], name


def test_two_bearers_never_get_each_others_reply_for_a_message_id(ask: Ask) -> None:
    mine = ask("我要投诉春城大街的垃圾没人收", user="a", message_id="b:c")
    yours = ask("法律援助怎么申请", user="a:b", message_id="c")
    assert yours["message_id"] != mine["message_id"]
    assert yours["mode"] == "answer"


def test_a_forged_cookie_is_no_resident(client: FlaskClient, ask: Ask) -> None:
    stranger = client.application.test_client()
    stranger.set_cookie("resident", "eyJyZXNpZGVudCI6IndlY2hhdDpvV2FuZyJ9.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb")
    stranger.post("/api/chat", json={"text": "你好"})
    with stranger.session_transaction() as session:
        assert session["resident"].startswith("web:")


def test_messages_are_only_ones_own(client: FlaskClient, ask: Ask) -> None:
    other = client.application.test_client()
    client.post("/api/chat", json={"text": "法律援助怎么申请"})
    other.post("/api/chat", json={"text": "你好"})
    ask("谢谢")
    mine = client.get("/api/messages?user=a").json["messages"]
    assert [m["text"] for m in mine if m["from"] == "resident"] == ["法律援助怎么申请"]
    assert [m["from"] for m in mine] == ["resident", "service"]
    assert set(mine[1]) == {"id", "from", "text", "mode", "options", "asking", "ticket", "time", "photo"}
    assert mine[1]["mode"] == "answer" and mine[1]["options"]
    assert client.application.test_client().get("/api/messages?user=a").json == {"messages": [], "live": None}


def test_messages_after_one_are_the_later_ones(client: FlaskClient) -> None:
    first = client.post("/api/chat", json={"text": "你好"}).json["message_id"]
    client.post("/api/chat", json={"text": "谢谢"})
    later = client.get(f"/api/messages?after={first}").json["messages"]
    assert [m["from"] for m in later] == ["resident", "service"]
    assert later[0]["text"] == "谢谢"
    assert later[1]["id"] > later[0]["id"] > first
    for odd in ("x", "-5", "9" * 30, ""):
        assert client.get(f"/api/messages?after={odd}").status_code in (200, 400)


# -- the same message again ----------------------------------------------------------------------------------------------


def test_a_message_sent_again_gets_the_same_answer_and_is_handled_once(ask: Ask, store: SqliteStore) -> None:
    answers = [ask("我要投诉春城大街的垃圾没人收", message_id="m1") for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert len(store.history("api:a")) == 2
    assert ask("我要投诉春城大街的垃圾没人收", user="b", message_id="m1")["message_id"] != answers[0]["message_id"]


def test_messages_sent_twice_together_are_handled_once(ask: Ask, store: SqliteStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask("法律援助怎么申请", message_id="m1"), range(16)))
    assert all(answer == answers[0] for answer in answers)
    assert len(store.history("api:a")) == 2


# -- odd text ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "\ud83d",
        "法律援助\udc00怎么申请",
        "\x00",
        "法律\x00援助",
        "\x1b[31m",
        "\ufffe",
        "{0}{plan}",
        "😀",
        "a" * 60_000,
        "低保 " * 8_000,
    ],
)
def test_odd_text_is_answered_and_kept_as_it_can_be(
    client: FlaskClient, knowledge: KnowledgeBase, store: SqliteStore, text: str
) -> None:
    body = json.dumps({"user": "odd", "text": text}, ensure_ascii=len(text) < 100)
    began = time.perf_counter()
    response = client.post("/api/chat", data=body.encode(), content_type="application/json")
    assert response.status_code == 200
    assert time.perf_counter() - began < 5
    check_answer_object(response.json, knowledge)
    assert len(store.history("api:odd")) == 2


@pytest.mark.parametrize("key", ["id", "user", "message_id"])
@pytest.mark.parametrize("value", ["\ud800", "a\x00b", "\u202e"])
def test_odd_characters_in_other_fields_do_no_harm(client: FlaskClient, key: str, value: str) -> None:
    body = json.dumps({"user": "odd", "text": "你好", key: value})
    response = client.post("/api/chat", data=body, content_type="application/json")
    assert response.status_code in (200, 400)
    assert response.json


# -- headers, health -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/api/messages", "/healthz", "/nowhere", "/metrics"])
def test_every_reply_carries_the_security_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"]
    assert headers["X-Request-Id"]


@pytest.mark.parametrize(("url", "secure"), [("", False), ("https://wenda.example.gov.cn", True)])
def test_the_cookie_is_kept_from_scripts_and_other_sites(
    conversation: Conversation, store: SqliteStore, url: str, secure: bool
) -> None:
    browser = app_with(Config(server=ServerConfig(public_url=url)), conversation, store)
    cookie = browser.post("/api/chat", json={"text": "你好"}).headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert ("Secure" in cookie) == secure


def test_the_service_tells_that_it_is_alive_and_ready(client: FlaskClient) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_it_is_alive_but_not_ready_when_the_store_is_gone(client: FlaskClient, tmp_path: Path) -> None:
    assert client.get("/readyz").status_code == 200
    for file in tmp_path.glob("bot.db*"):
        file.unlink()
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
    fresh = app_with(Config(), client.application.extensions["conversation"], SqliteStore(tmp_path / "bot.db"))
    assert fresh.get("/readyz").status_code == 503


def test_it_is_not_ready_when_the_store_cannot_be_opened(conversation: Conversation, tmp_path: Path) -> None:
    client = app_with(Config(), conversation, SqliteStore(tmp_path / "nowhere" / "bot.db"))
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_what_is_lost_with_the_store_is_not_acknowledged(client: FlaskClient, tmp_path: Path) -> None:
    client.post("/api/chat", json={"text": "你好", "user": "a"})
    shutil.rmtree(tmp_path)
    answer = client.application.test_client().post("/api/chat", json={"text": "法律援助怎么申请", "user": "a"}).json
    assert answer["message_id"] == 0
    assert "没有存下来" in answer["reply"]


def test_a_fault_of_ours_is_a_sentence_with_the_logs_number(client: FlaskClient, ask: Ask, tmp_path: Path) -> None:
    ask("你好")
    with sqlite3.connect(tmp_path / "bot.db") as db:
        db.execute("update conversations set state = '{broken'")
    response = client.post("/api/chat", json={"text": "你好", "user": "a"})
    assert response.status_code in (200, 500)
    assert "Traceback" not in response.text
    if response.status_code == 500:
        assert response.json["error"]
        assert response.json["request_id"] == response.headers["X-Request-Id"]


def test_metrics_count_the_requests_as_prometheus_reads_them(client: FlaskClient, ask: Ask) -> None:
    def count() -> float:
        text = client.get("/metrics").text
        counted = re.search(r'^bot_requests_total\{endpoint="chat.answer",status="200"\} (\S+)$', text, re.MULTILINE)
        return float(counted[1]) if counted else 0.0

    before = count()
    ask("你好")
    assert count() == before + 1
    assert "bot_request_seconds_bucket" in client.get("/metrics").text


def test_a_place_from_the_browser_becomes_the_matter_s_place_in_the_map_s_coordinates(
    client: FlaskClient, store: SqliteStore
) -> None:
    client.post("/api/chat", json={"text": "楼下垃圾好几天没人收了，都臭了"})
    shown = client.post("/api/chat", json={"text": "", "location": {"latitude": 39.90734, "longitude": 116.39089}})
    assert shown.status_code == 200 and "地图位置" in shown.get_json()["reply"]
    client.post("/api/chat", json={"text": "确认"})
    (row,) = store.engine.rows("select latitude, longitude from tickets")
    assert row == {"latitude": pytest.approx(39.90874, abs=1e-4), "longitude": pytest.approx(116.39713, abs=1e-4)}


@pytest.mark.parametrize(
    "location", ["家", {}, {"latitude": 1}, {"latitude": 100, "longitude": 0}, {"latitude": None, "longitude": 1}]
)
def test_a_place_that_is_none_is_refused(client: FlaskClient, location: object) -> None:
    response = client.post("/api/chat", json={"text": "", "location": location})
    assert response.status_code == 400 and "经纬度" in response.get_json()["error"]


def test_a_script_is_fetched_once_for_as_long_as_it_stays_the_same(client: FlaskClient) -> None:
    client.post("/api/chat", json={"text": "你好"})
    addresses = re.findall(r'(?:src|href)="(/static/[^"]+)"', client.get("/").text)
    assert len(addresses) >= 4
    for address in addresses:
        file = client.get(address)
        assert file.status_code == 200 and "immutable" in file.headers["Cache-Control"], address
        assert not {"Set-Cookie", "Vary"} & set(file.headers.keys()), address
        assert "immutable" not in client.get(address + "x").headers["Cache-Control"]
