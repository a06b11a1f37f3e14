"""From "the bot did not know" to "it knows now", in the running service with two worker processes, on the web and in WeChat."""

import http.cookiejar
import json
import re
import time
import urllib.parse
import urllib.request
from collections.abc import Callable

import pytest

from bot.tickets.records import Role
from tests.conftest import Service
from tests.console.browser import PASSWORD, add_accounts
from tests.platform import Platform, message, passive_text

pytestmark = pytest.mark.slow

ASKED = "楼里养大型犬要不要登记办证"
UNSEEN = ["小区里养大型犬需要办证吗", "我家养的大狗要登记办证不", "住楼里养大型犬，得去登记办个证吗"]
SERVICE, ITEM = "city-management", 41
"""Whichever service staff choose: what counts is that their choice holds."""


class Visitor:
    """Somebody with a browser's cookies."""

    def __init__(self, service: Service) -> None:
        self.url = service.url
        self.open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())).open

    def ask(self, text: str) -> dict[str, object]:
        body = json.dumps({"text": text}).encode()
        request = urllib.request.Request(self.url + "/api/chat", body, {"Content-Type": "application/json"})
        with self.open(request, timeout=20) as response:
            return dict(json.load(response))

    def shown(self) -> list[str]:
        with self.open(self.url + "/api/messages", timeout=20) as response:
            return [message["text"] for message in json.load(response)["messages"]]

    def page(self, path: str) -> str:
        with self.open(self.url + path, timeout=20) as response:
            return str(response.read().decode())

    def post(self, path: str, **fields: str) -> str:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.page("/console/me"))
        assert token
        body = urllib.parse.urlencode({"csrf_token": token[1], **fields}).encode()
        with self.open(self.url + path, body, timeout=20) as response:
            return str(response.read().decode())


def in_wechat(service: Service, who: str, text: str) -> str:
    delivery = Platform().plain(message(who, Content=text))
    request = urllib.request.Request(service.url + delivery.path, delivery.body, {"Content-Type": "text/xml"})
    with urllib.request.urlopen(request, timeout=20) as response:
        return passive_text(response.read(), who)


def within(seconds: float, holds: Callable[[], bool]) -> float:
    """Wait until it holds; after how long it did."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, "it does not hold in time"
        time.sleep(0.3)
    return time.monotonic() - began


def right(answer: dict[str, object]) -> bool:
    items = answer["items"]
    assert isinstance(items, list)
    return answer["mode"] == "answer" and [item["service"] for item in items] == [SERVICE]


def test_a_rejected_question_is_taught_and_comes_out_right_everywhere(service: Service) -> None:
    add_accounts(service.folder / "bot.db", Role.DISPATCHER)
    first, follower = Visitor(service), "oFirstAsker"
    assert first.ask(ASKED)["mode"] == "reject"
    assert "没有" in in_wechat(service, follower, ASKED)
    for text in UNSEEN:
        assert not right(Visitor(service).ask(text)), "not known before it is taught"

    clerk = Visitor(service)
    token = re.search(r'name="csrf_token" value="([^"]+)"', clerk.page("/console/login"))
    assert token
    fields = urllib.parse.urlencode({"csrf_token": token[1], "username": "dispatcher", "password": PASSWORD}).encode()
    clerk.open(service.url + "/console/login", fields, timeout=20).close()
    found: list[str] = []

    def grouped() -> bool:
        found[:] = re.findall(r'href="(/console/questions/\d+)">[^<]*养大', clerk.page("/console/questions/"))
        return bool(found)

    within(30, grouped)
    for address in found:
        assert "处理好了" in clerk.post(f"{address}/assign", service=SERVICE, sure=SERVICE)

    # Every worker has it: twenty answers in a row, spread over both of them.
    within(30, lambda: all(right(Visitor(service).ask(ASKED)) for _ in range(20)))
    for text in UNSEEN:
        assert right(Visitor(service).ask(text)), text
        assert f"第{ITEM}条" in in_wechat(service, f"oOther{UNSEEN.index(text)}", text)
    assert f"第{ITEM}条" in in_wechat(service, "oNobodyYet", ASKED)

    said = first.shown()
    assert any(ASKED in text and f"第{ITEM}条" in text for text in said), said
    news = in_wechat(service, follower, "谢谢")
    assert ASKED in news and f"第{ITEM}条" in news
