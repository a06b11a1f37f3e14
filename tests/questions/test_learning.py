"""From "the bot did not know" to "it knows now", in the running service with two worker processes, on the web and in WeChat."""

import re
import time
from collections.abc import Callable

import pytest

from bot.tickets.records import Role
from tests.conftest import Service
from tests.console.browser import add_accounts
from tests.questions.visitors import Visitor, in_wechat, raw_in_wechat

pytestmark = pytest.mark.slow

ASKED = "楼里养大型犬要不要登记办证"
UNSEEN = ["小区里养大型犬需要办证吗", "我家养的大狗要登记办证不", "住楼里养大型犬，得去登记办个证吗"]
SERVICE, ITEM = "city-management", 41
"""Whichever service staff choose: what counts is that their choice holds."""


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
    clerk.sign_in("dispatcher")
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


def test_a_follower_talks_with_a_clerk_and_wechat_gets_no_words_of_the_bots(service: Service) -> None:
    who, clerk = "oWantsPerson", Visitor(service)
    clerk.sign_in("dispatcher")
    assert "正在为您找" in in_wechat(service, who, "转人工")
    address = re.search(r'href="(/console/live/\d+)"', clerk.page("/console/live/"))
    assert address
    clerk.post(f"{address[1]}/take")
    assert in_wechat(service, who, "我想问问护照").endswith("说完了，回复“结束人工”。")
    assert raw_in_wechat(service, who, "过期两年了") == b"success"
    clerk.post(f"{address[1]}/send", text="请带旧护照去换。")
    assert in_wechat(service, who, "好的").endswith("工作人员：请带旧护照去换。")
    clerk.post(f"{address[1]}/hand-back")
    back = in_wechat(service, who, "法律援助怎么申请")
    assert "已经结束这次对话" in back and "区司法局" in back
