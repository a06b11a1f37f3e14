"""Between a resident and who works on their ticket: the unit asks, the resident presses, is not content, and says why."""

import pytest

from bot.messages import Mode
from bot.store.sqlite import SqliteStore
from bot.store.tickets import TicketOffice
from bot.tickets.known_units import units_of
from bot.tickets.records import Actor, Role
from bot.tickets.rules import load_rules
from knowledge.base import KnowledgeBase
from tests.conftest import Clock, Say

LAMP = "正阳街的路灯三天不亮了，没人修"
CHIEF = Actor(Role.ADMINISTRATOR, "管理员", account=1)


class Unit:
    """Does what a unit does to the latest ticket."""

    def __init__(self, office: TicketOffice) -> None:
        self.office = office

    def do(self, *actions: str, **details: str) -> str:
        number = str(self.office.engine.rows("select number from tickets order by rowid desc limit 1")[0]["number"])
        with self.office.desk() as desk:
            for action in actions:
                desk.perform(number, action, CHIEF, **details)
        return number

    def events(self, action: str) -> list[str]:
        rows = self.office.engine.rows("select text from ticket_events where action = ? order by id", [action])
        return [row["text"] for row in rows]


@pytest.fixture
def unit(store: SqliteStore, knowledge: KnowledgeBase, clock: Clock, say: Say) -> Unit:
    """The unit of a ticket that 王阿姨 filed."""
    office = TicketOffice(store.engine, load_rules(), clock)
    office.prepare(units_of(knowledge))
    say(LAMP)
    say("确认")
    unit = Unit(office)
    unit.do("sign", "start")
    return unit


@pytest.mark.parametrize("words", ["快点", "快点啊", "赶紧的吧", "怎么这么慢", "咋还没修"])
def test_whoever_presses_is_in_no_danger_and_urges(say: Say, unit: Unit, words: str) -> None:
    reply = say(words)
    assert reply.mode is Mode.STATUS and "催办" in reply.text and len(unit.events("urge")) == 1


def test_why_somebody_is_not_content_is_asked_and_heard_in_any_words(say: Say, unit: Unit) -> None:
    unit.do("answer", text="已经更换灯泡。")
    assert say("不满意").asking
    reply = say("灯还是不亮")
    assert reply.mode is Mode.STATUS and "回访" in reply.text
    assert unit.events("rate") == ["灯还是不亮"]
    shown = say("查进度").text
    assert "会回访" in shown and "期限" not in shown


@pytest.mark.parametrize("words", ["不想说", "算了"])
def test_whoever_gives_no_reason_is_called_back_all_the_same(say: Say, unit: Unit, words: str) -> None:
    unit.do("answer", text="已经更换灯泡。")
    say("不满意")
    assert "回访" in say(words).text
    assert unit.events("rate") == ["没说原因"]


def test_a_question_instead_of_the_reason_is_answered(say: Say, unit: Unit) -> None:
    unit.do("answer", text="已经更换灯泡。")
    say("不满意")
    assert say("法律援助怎么申请").mode is Mode.ANSWER and unit.events("rate") == []
    say("还行，谢谢")
    assert unit.events("rate") == ["谢谢"]


def test_what_the_unit_asks_is_answered_in_plain_words_once_it_was_read(say: Say, unit: Unit) -> None:
    number = unit.do("ask_resident", text="是哪根灯杆？")
    assert "是哪根灯杆" in say("谢谢").text
    assert unit.events("add") == []
    reply = say("靠近3号门口那根")
    assert (reply.mode, reply.ticket) == (Mode.STATUS, number)
    assert unit.events("add") == ["靠近3号门口那根"]
    assert say("靠近3号门口那根").mode is not Mode.STATUS, "it was answered"


def test_a_question_and_another_complaint_are_no_answer_to_the_unit(say: Say, unit: Unit) -> None:
    unit.do("ask_resident", text="是哪根灯杆？")
    say("你好")
    assert say("法律援助怎么申请").mode is Mode.ANSWER
    assert say("我要投诉青年路井盖坏了没人管").mode is Mode.FEEDBACK
    assert unit.events("add") == []
