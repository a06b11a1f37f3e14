"""Lives told to the bot as the first message, every question back answered 不清楚: what is named in the end."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.dialogue.conversation import Conversation
from bot.messages import Message, Mode, Reply

SITUATIONS = [json.loads(line) for line in (Path(__file__).parent / "data" / "situations.jsonl").open(encoding="utf-8")]
ASKS_BACK = {Mode.ELIGIBILITY, Mode.CLARIFY}
MOST_QUESTIONS = 8


@pytest.fixture
def tell(conversation: Conversation) -> Callable[[str, str], Reply]:
    def speak(who: str, text: str) -> Reply:
        return conversation.handle(Message(f"web:{who}", text, "web")).reply

    return speak


def test_lives_are_told_what_may_apply_and_are_no_emergency(tell: Callable[[str, str], Reply]) -> None:
    sure = found = 0
    for row in SITUATIONS:
        reply, named = tell(row["id"], row["text"]), set()
        for _ in range(MOST_QUESTIONS):
            if reply.mode is Mode.ANSWER:
                named |= {item.number for item in reply.items}
            if not (reply.asking and reply.mode in ASKS_BACK):
                break
            reply = tell(row["id"], "不清楚")
        if reply.mode is Mode.ELIGIBILITY:
            named |= {item.number for item in reply.items}
        sure, found = sure + len(row["sure"]), found + len(named & set(row["sure"]))
    assert len(SITUATIONS) >= 150
    assert found / sure >= 0.95


@pytest.mark.parametrize(
    "text",
    ["小孙子八岁了，他爸坐牢，他妈跑了，跟着我过", "老母亲95岁高龄了，就我一个人伺候，她起不来炕", "婆婆摔了一跤骨折了卧床不起"],
)
def test_how_people_live_is_no_emergency(tell: Callable[[str, str], Reply], text: str) -> None:
    assert tell("life", text).mode is Mode.ELIGIBILITY


def test_who_asks_surely_about_one_service_is_not_asked_about_their_life(tell: Callable[[str, str], Reply]) -> None:
    reply = tell("lawyer", "我要跟邻居打官司没钱请律师")
    assert reply.mode is Mode.ANSWER and [item.service for item in reply.items] == ["legal-aid"]
