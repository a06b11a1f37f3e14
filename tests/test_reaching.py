"""How to reach who told a matter: left, changed and taken back after it was filed; kept apart from the history."""

import pytest

from bot.channels.residents import plain_text
from bot.messages import Mode
from bot.store.sqlite import SqliteStore
from bot.tickets.case import WrongDetails
from tests.conftest import Say
from tests.tickets.conftest import DISPATCHER, Hands, hands, office

__all__ = ["hands", "office"]
LAMP = "正阳街的路灯三天不亮了，没人修"
PHONE = "13912345678"


def contacts(store: SqliteStore) -> list[str]:
    return [row["contact"] for row in store.engine.rows("select contact from ticket_reporters order by id")]


def test_a_number_left_after_filing_is_kept_with_the_ticket(say: Say, store: SqliteStore) -> None:
    say(LAMP)
    number = say("确认").ticket
    reply = say(f"我姓王，电话{PHONE}")
    assert (reply.mode, reply.ticket) == (Mode.STATUS, number) and "139****5678" in reply.text
    assert contacts(store) == [PHONE]
    assert PHONE not in str(store.engine.rows("select text, detail from ticket_events"))


def test_a_number_left_after_joining_is_the_joiners(say: Say, store: SqliteStore) -> None:
    say(LAMP, who="李大爷")
    say("确认", who="李大爷")
    say(LAMP)
    say("一起反映")
    say(f"我的电话{PHONE}")
    assert contacts(store) == ["", PHONE]


@pytest.mark.parametrize(
    ("said", "asks", "kept"),
    [
        ("电话打错了，是13512345670", False, "13512345670"),
        ("我的电话换了", True, PHONE),
        ("电话是1391234", True, PHONE),
        ("不要给我打电话了，把电话删掉", False, ""),
    ],
)
def test_a_number_is_changed_asked_for_again_or_taken_back(
    say: Say, store: SqliteStore, said: str, asks: bool, kept: str
) -> None:
    say(f"{LAMP}，电话{PHONE}")
    say("确认")
    reply = say(said)
    assert reply.mode is Mode.STATUS and ("完整" in reply.text or "不全" in reply.text) is asks
    assert contacts(store) == [kept]


def test_a_secret_reporters_new_number_is_told_to_nobody(say: Say, store: SqliteStore) -> None:
    say("匿名举报正阳街12号一家饭店用地沟油")
    number = say("确认").ticket
    say(f"我的电话{PHONE}")
    assert contacts(store) == [PHONE]
    open_lines = store.engine.rows("select text from messages where sealed = 0")
    assert number and not any(PHONE in row["text"] or PHONE[-4:] in row["text"] for row in open_lines)


def test_a_broken_number_is_refused_whoever_enters_it(hands: Hands) -> None:
    ticket = hands.file()
    for broken in ("139 1234 567", "1391234567890", "12345"):
        with pytest.raises(WrongDetails, match="联系方式"):
            hands.do(ticket, "join", DISPATCHER, name="赵大妈", contact=broken)
    for number, sound in enumerate((PHONE, "0431-87654321", "微信 zhao", "")):
        hands.do(ticket, "join", DISPATCHER, name=f"赵大妈{number}", contact=sound)
    assert len(hands.office.reading().store.reporters(ticket.number)) == 5


def test_marks_that_turn_the_order_of_words_about_are_not_kept(say: Say, store: SqliteStore) -> None:
    assert plain_text("正阳街\u202e灯路\u2066坏\u200b了\x07") == "正阳街灯路坏了"
    assert plain_text("谢谢👨\u200d👩\u200d👧\n二行\t") == "谢谢👨\u200d👩\u200d👧\n二行\t", "emoji and lines stay whole"


def test_a_number_is_looked_up_and_a_form_goes_on_while_a_person_is_waited_for(say: Say) -> None:
    say(LAMP)
    number = say("确认").ticket
    say("转人工")
    assert say(f"查{number}").ticket == number
    say("青年路井盖坏了没人管")
    reply = say("算了")
    assert reply.mode is Mode.HANDOFF and "结束" in reply.text and "还没提交" in reply.text
    assert say("确认").ticket


def test_a_question_for_a_court_is_told_the_lawful_way_even_where_it_is_no_complaint(say: Say) -> None:
    reply = say("我对交警罚款不服要复议")
    assert reply.mode is Mode.REJECT and "行政复议" in reply.text and "12348" in reply.text and "我要反映" not in reply.text


def test_a_form_survives_the_wish_to_delete_and_a_plain_yes_deletes_nothing(say: Say, store: SqliteStore) -> None:
    say(LAMP)
    say("删除我的记录")
    assert "确认删除" in say("确认").text, "it is asked which of the two"
    assert "还没提交" in say("取消").text
    assert say("确认").ticket
