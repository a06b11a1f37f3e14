"""The service as it runs in a district office: gunicorn, several workers, kill -9, restart."""

import http.client
import json
import os
import signal
import socket
import sqlite3
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from intents.model import Model
from tests.conftest import WECHAT, Service
from tests.platform import Delivery, Platform, message, passive_text

pytestmark = pytest.mark.slow(seconds=60)


def deliver(service: Service, delivery: Delivery) -> bytes:
    request = urllib.request.Request(service.url + delivery.path, delivery.body, {"Content-Type": "text/xml"})
    with urllib.request.urlopen(request, timeout=20) as response:
        assert response.status == 200
        return bytes(response.read())


def say(service: Service, who: str, text: str) -> str:
    return passive_text(deliver(service, Platform().plain(message(who, Content=text))), who)


def ask(service: Service, text: str, user: str = "a", **more: str) -> dict[str, Any]:
    body = json.dumps({"user": user, "text": text, **more}).encode()
    request = urllib.request.Request(service.url + "/api/chat", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as response:
        return dict(json.load(response))


def rows(service: Service, sql: str, *values: object) -> list[Any]:
    with sqlite3.connect(service.folder / "bot.db") as db:
        return db.execute(sql, values).fetchall()


def heard(service: Service, who: str) -> list[str]:
    sql = "select text from messages where resident = ? and author = 'resident' order by id"
    return [row[0] for row in rows(service, sql, who)]


@pytest.fixture
def own_service(model: Model, tmp_path: Path) -> Iterator[Service]:
    """A service that a test may kill."""
    running = Service(tmp_path, **WECHAT)
    yield running
    if running.process.poll() is None:
        running.stop()


def workers(service: Service) -> list[int]:
    children = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children").read_text()
    return [int(pid) for pid in children.split()]


# -- serving -------------------------------------------------------------------------------------------------------------


def test_it_serves_with_several_workers_and_says_where(service: Service) -> None:
    until = time.monotonic() + 30
    while len(workers(service)) < 2:
        assert time.monotonic() < until
        time.sleep(0.1)
    assert f"{service.url}/" in (service.folder / "serve.log").read_text()
    assert ask(service, "法律援助怎么申请")["items"][0]["number"] == 51
    with urllib.request.urlopen(service.url + "/") as page:
        assert page.status == 200 and "text/html" in page.headers["Content-Type"]


def test_wechat_is_answered_in_every_form(service: Service) -> None:
    platform = Platform()
    xml = message("oForms", Content="法律援助怎么申请")
    assert "区司法局" in passive_text(deliver(service, platform.plain(xml)), "oForms")
    for sealed in (platform.safe(xml), platform.compatible(xml)):
        assert "区司法局" in passive_text(platform.unseal(deliver(service, sealed)), "oForms")
    assert heard(service, "wechat:oForms") == ["法律援助怎么申请"]


def test_a_delivery_that_reaches_several_workers_together_is_handled_once(service: Service) -> None:
    for k in range(5):
        who = f"oTwice{k}"
        delivery = Platform().plain(message(who, Content="我要投诉春城大街的垃圾没人收"))
        with ThreadPoolExecutor(12) as pool:
            shown = list(pool.map(lambda _, d=delivery, w=who: passive_text(deliver(service, d), w), range(12)))
        assert len(set(shown)) == 1
        assert len(heard(service, f"wechat:{who}")) == 1


def test_a_delivery_that_comes_again_after_the_caller_hung_up_gets_the_reply_once(service: Service) -> None:
    delivery = Platform().plain(message("oImpatient", Content="我要投诉春城大街的垃圾没人收"))
    impatient = http.client.HTTPConnection("127.0.0.1", service.port)
    impatient.request("POST", delivery.path, delivery.body)
    impatient.close()
    assert passive_text(deliver(service, delivery), "oImpatient")
    assert len(heard(service, "wechat:oImpatient")) == 1


def test_one_residents_messages_from_many_connections_are_answered_one_after_the_other(service: Service) -> None:
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda k: say(service, "oHasty", f"你好{k}"), range(60)))
    past = rows(service, "select id, author, answers from messages where resident = 'wechat:oHasty' order by id")
    assert len(past) == 120
    assert all(reply[1] == "service" and reply[2] == asked[0] for asked, reply in zip(past[::2], past[1::2], strict=True))


def test_a_body_without_a_length_is_limited_too(service: Service) -> None:
    for path, size in (("/api/chat", 200_000), (Platform().plain("").path, 3_000_000)):
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)
        body = iter([b'{"text":"', *[b"a" * 10_000] * (size // 10_000), b'"}'])
        try:
            connection.request("POST", path, body, {"Content-Type": "application/json"}, encode_chunked=True)
            status = connection.getresponse().status
        except ConnectionError:
            status = 413  # it hung up before it had read it all
        assert status in (400, 413)
        connection.close()


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414, "网址太长"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", 431, "Cookie"),
        (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", 400, "格式不对"),
        (b"\x16\x03\x01\x02\x00\r\n\r\n", 400, "格式不对"),
        (b"POST /api/chat HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 400, "请求有误"),
    ],
)
def test_what_is_no_request_is_told_in_chinese(service: Service, sent: bytes, status: int, words: str) -> None:
    with socket.create_connection(("127.0.0.1", service.port), timeout=20) as connection:
        connection.sendall(sent)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        page = answer.read().decode()
    assert answer.status == status and words in page and "gunicorn" not in page.lower()


def test_the_metrics_are_those_of_all_workers(service: Service) -> None:
    def counted() -> float:
        with urllib.request.urlopen(service.url + "/metrics") as page:
            lines = page.read().decode().splitlines()
        return sum(
            float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith('bot_requests_total{endpoint="chat.answer"')
        )

    before = counted()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda k: ask(service, "你好", user=f"metrics{k}"), range(20)))
    assert counted() == before + 20


def test_a_worker_that_dies_is_replaced(service: Service) -> None:
    gone = workers(service)[0]
    os.kill(gone, signal.SIGKILL)
    until = time.monotonic() + 30
    while gone in workers(service) or len(workers(service)) < 2:
        assert time.monotonic() < until
        time.sleep(0.1)
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda k: ask(service, "你好", user=f"after{k}")["mode"] == "chitchat", range(16)))


# -- kill -9, restart ----------------------------------------------------------------------------------------------------


def test_what_was_acknowledged_before_kill_9_is_there_once_and_a_form_goes_on(own_service: Service) -> None:
    service = own_service
    say(service, "oForm", "我要投诉")
    say(service, "oForm", "垃圾桶满了好几天没人收")
    acknowledged: list[tuple[str, str]] = []
    unanswered: list[tuple[str, str, Delivery]] = []
    enough = threading.Event()

    def talk(k: int) -> None:
        for n in range(10_000):
            who, text = f"oTalker{k}", f"我想问问法律援助的事，第{n}回"
            delivery = Platform().plain(message(who, Content=text))
            try:
                assert passive_text(deliver(service, delivery), who)
            except (OSError, http.client.HTTPException):
                unanswered.append((who, text, delivery))
                return
            acknowledged.append((who, text))
            if len(acknowledged) >= 60:
                enough.set()

    talking = [threading.Thread(target=talk, args=(k,)) for k in range(8)]
    for thread in talking:
        thread.start()
    assert enough.wait(60)
    service.kill()
    for thread in talking:
        thread.join(30)
    service.start()

    def kept() -> Counter[tuple[str, str]]:
        said = rows(service, "select resident, text from messages where author = 'resident'")
        return Counter((who.removeprefix("wechat:"), text) for who, text in said)

    assert [pair for pair in acknowledged if kept()[pair] != 1] == []
    for who, text, delivery in unanswered:  # WeChat asks again
        assert passive_text(deliver(service, delivery), who)
        assert kept()[(who, text)] == 1
    assert rows(service, "pragma integrity_check") == [("ok",)]
    say(service, "oForm", "春城大街")
    assert "LY-" in say(service, "oForm", "确认")


def test_sigterm_stops_it_cleanly_and_messages_on_their_way_are_answered(own_service: Service) -> None:
    service = own_service
    lost: list[str] = []
    stopping = threading.Event()

    def talk(k: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)
        for n in range(10_000):
            if stopping.is_set():
                return
            delivery = Platform().plain(message(f"oTalker{k}", Content=f"第{n}回"))
            try:
                connection.request("POST", delivery.path, delivery.body)
                response = connection.getresponse()
                whole = response.read().endswith(b"</xml>")
            except (ConnectionError, http.client.RemoteDisconnected):
                whole = stopping.is_set()  # not begun: WeChat asks again
            except http.client.IncompleteRead:
                whole = False
            if not whole:
                lost.append(f"{k}/{n}")

    talking = [threading.Thread(target=talk, args=(k,)) for k in range(4)]
    for thread in talking:
        thread.start()
    time.sleep(1)
    stopping.set()
    began = time.monotonic()
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(20) == 0
    assert time.monotonic() - began < 20
    for thread in talking:
        thread.join(20)
    assert lost == []
    log = (service.folder / "serve.log").read_text()
    assert "Traceback" not in log
    assert [pid for pid in _group(service) if pid != service.process.pid] == []


def test_an_idle_service_stops_without_being_waited_for(own_service: Service) -> None:
    ask(own_service, "你好")
    counters = (own_service.folder / "metrics").resolve()
    assert any(counters.iterdir())
    began = time.monotonic()
    own_service.stop()
    assert time.monotonic() - began < 8  # gunicorn kills workers that hang after ten
    assert own_service.process.returncode == 0
    assert not counters.exists()


def _group(service: Service) -> list[int]:
    """The processes that are still there of the service's group."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rsplit(") ", 1)[1].split()
        except OSError:
            continue
        if int(fields[2]) == service.process.pid and fields[0] != "Z":
            found.append(int(folder.name))
    return found


def test_ctrl_c_stops_it_without_a_traceback(own_service: Service) -> None:
    os.killpg(own_service.process.pid, signal.SIGINT)
    assert own_service.process.wait(20) in (0, 130, -2)
    assert "Traceback" not in (own_service.folder / "serve.log").read_text()


def test_a_second_start_trains_nothing_prints_no_password_and_remembers_tickets_and_cookies(own_service: Service) -> None:
    service = own_service
    filed = [ask(service, text, user="old") for text in ("我要投诉", "垃圾桶满了好几天没人收", "春城大街", "确认")][-1]["ticket"]
    assert filed
    post = urllib.request.Request(service.url + "/api/chat", b'{"text": "hi"}', {"Content-Type": "application/json"})
    with urllib.request.urlopen(post) as response:
        cookie = response.headers["Set-Cookie"].split(";")[0]

    def shown() -> int:
        request = urllib.request.Request(service.url + "/api/messages", headers={"Cookie": cookie})
        with urllib.request.urlopen(request) as response:
            return len(json.load(response)["messages"])

    assert {shown() for _ in range(10)} == {2}
    service.stop()
    service.start()
    assert ask(service, "查进度", user="old")["ticket"] == filed
    assert shown() == 2
    said = (service.folder / "serve.log").read_text()
    assert said.count("一次性密码") == 1 and said.count("工作台：") == 2 and "训练" not in said
