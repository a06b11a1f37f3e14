"""What a resident can do around a ticket: secrecy, standing behind another's, looking it up, rating the outcome."""

import re
import sqlite3
from pathlib import Path

import pytest

from bot.messages import Mode, Reply
from bot.store.sqlite import SqliteStore
from tests.conftest import Say

TOILET = "正阳街那公厕老脏了没人管"


@pytest.fixture
def file(store: SqliteStore) -> sqlite3.Connection:
    return sqlite3.connect(Path(store.engine.path))


def filed(say: Say, words: str = TOILET, who: str = "王阿姨") -> Reply:
    say(words, who=who)
    reply = say("确认", who=who)
    assert reply.ticket
    return reply


def answered(file: sqlite3.Connection, number: str, text: str = "公厕已经打扫干净。") -> None:
    """The unit has answered."""
    with file:
        file.execute("update tickets set state = 'answered', reply = ?, answered_at = at where number = ?", [text, number])


@pytest.mark.parametrize("words", ["我的诉求", "查一下我的工单", "我的投诉到哪了", "查进度"])
def test_own_tickets_are_listed_however_they_are_asked_for(say: Say, words: str) -> None:
    number = filed(say).ticket
    reply = say(words)
    assert reply.mode is Mode.STATUS and reply.ticket == number and "正阳街" in reply.text


def test_a_ticket_is_shown_to_who_knows_number_and_code(say: Say) -> None:
    reply = filed(say)
    code = re.search(r"查询码 (\d{6})", reply.text)
    assert code and reply.ticket
    assert "正阳街" not in say(f"查{reply.ticket}", who="李大爷").text
    wrong = f"{(int(code[1]) + 1) % 1_000_000:06d}"
    assert "正阳街" not in say(f"{reply.ticket} 查询码{wrong}", who="李大爷").text
    shown = say(f"{reply.ticket} 查询码{code[1]}", who="李大爷")
    assert shown.mode is Mode.STATUS and "正阳街" in shown.text


def test_a_neighbour_can_stand_behind_an_open_ticket(say: Say, file: sqlite3.Connection) -> None:
    number = filed(say).ticket
    offered = say("正阳街公厕太脏了没人管", who="李大爷")
    assert number in offered.text and [option.id for option in offered.options] == ["1", "2", "3"]
    joined = say("一起反映", who="李大爷")
    assert joined.ticket == number and "2位居民" in joined.text
    assert say("查进度", who="李大爷").ticket == number
    assert file.execute("select count(*) from tickets").fetchone() == (1,)


def test_a_neighbour_can_file_alone_all_the_same(say: Say) -> None:
    number = filed(say).ticket
    say("正阳街公厕太脏了没人管", who="李大爷")
    assert say("确认", who="李大爷").ticket not in (None, number)


def test_a_report_can_be_kept_secret_and_its_conversation_is_sealed(say: Say, file: sqlite3.Connection) -> None:
    offered = say("举报春城大街饭店偷着排污水")
    assert "保密" in offered.text and "地点：春城大街" in offered.text
    assert "看不到是谁举报的" in say("保密").text
    reply = say("确认")
    assert "保密举报" in reply.text
    assert file.execute("select secret from tickets where number = ?", [reply.ticket]).fetchone() == (1,)
    assert file.execute("select count(*) from messages where sealed = 0").fetchone() == (0,)


def test_who_asks_for_secrecy_at_once_is_not_offered_it_again(say: Say, file: sqlite3.Connection) -> None:
    say("我要举报楼下有人私自开麻将馆，别说是我说的，怕报复")
    shown = say("绿园小区3号楼")
    assert "看不到是谁举报的" in shown.text and "回复“保密”" not in shown.text
    assert say("确认").ticket
    assert file.execute("select secret from tickets").fetchone() == (1,)


def test_what_a_court_must_settle_is_not_accepted_and_the_way_is_named(say: Say, file: sqlite3.Connection) -> None:
    reply = say("我要投诉，法院判决不公，我不服判决")
    assert reply.mode is Mode.FEEDBACK and not reply.asking and "12348" in reply.text and reply.ticket is None
    assert file.execute("select count(*) from tickets").fetchone() == (0,)


def test_an_answer_is_shown_and_rated(say: Say, file: sqlite3.Connection) -> None:
    number = filed(say).ticket
    assert number
    answered(file, number)
    assert "公厕已经打扫干净" in say("查进度").text
    assert say("挺满意，都解决了").ticket == number
    row = file.execute("select state, satisfaction, solved from tickets where number = ?", [number]).fetchone()
    assert row == ("closed", "satisfied", 1)


def test_who_is_dissatisfied_is_asked_why_and_called_back(say: Say, file: sqlite3.Connection) -> None:
    number = filed(say).ticket
    assert number
    answered(file, number)
    assert say("不满意").asking
    assert "回访" in say("不满意，根本没人来").text
    row = file.execute("select state, satisfaction, solved, rating_reason from tickets where number = ?", [number]).fetchone()
    assert row == ("callback", "dissatisfied", 0, "根本没人来")


def test_the_departments_can_be_looked_through(say: Say) -> None:
    shown = say("都有哪些部门")
    assert shown.mode is Mode.ANSWER and len(shown.options) == 20
    assert "区退役军人事务局" in say("3").text
