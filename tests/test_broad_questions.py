"""Who asks what help there is for some people, and names no service, chooses among what is for these people."""

import pytest

from bot.dialogue.broad import BroadQuestions
from bot.dialogue.conversation import Conversation
from bot.messages import Message, Mode
from knowledge.base import KnowledgeBase
from tests.plans.test_draft import draft


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("老年人补贴", 7),
        ("养老补贴怎么领", 7),
        ("岁数大的有啥优惠政策没", 7),
        ("laonianren butie", 7),
        ("我问的是养老", 7),
        ("残疾人有什么优惠政策", 45),
        ("我想问一下困难学生有没有补助", 12),
    ],
)
def test_what_there_is_for_some_people_is_a_menu_or_the_answer(conversation: Conversation, text: str, first: int) -> None:
    reply = conversation.handle(Message("web:broad", text, "web")).reply
    assert reply.mode in (Mode.CLARIFY, Mode.ANSWER) and reply.items[0].number == first


def test_the_one_that_is_chosen_is_told_as_a_whole(conversation: Conversation) -> None:
    conversation.handle(Message("web:broad", "我想问问老人补贴", "web"))
    assert "每人每月200元" in conversation.handle(Message("web:broad", "第一个", "web")).reply.text.partition("责任部门")[0]


@pytest.mark.parametrize(
    "text", ["养老金", "养老院", "高龄补贴", "80岁老人补贴", "老人补贴多少钱，什么时候打到卡里，怎么还没有到账"]
)
def test_what_says_more_than_for_whom_is_left_to_the_classifier(knowledge: KnowledgeBase, text: str) -> None:
    assert BroadQuestions(knowledge).services(text) == []


def test_another_districts_services_are_found_by_whom_they_are_for() -> None:
    elsewhere = draft("yunshan-2026.txt")
    found = [elsewhere.services[one] for one in BroadQuestions(elsewhere).services("老年人补贴")]
    assert all(any("elderly" in criterion.all for criterion in one.criteria) for one in found)
