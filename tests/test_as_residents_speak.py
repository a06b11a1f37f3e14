"""Complaints as residents really tell them: in halves, put right, held back, taken up again, said yes to in their own words."""

import sqlite3
from pathlib import Path

import pytest

from bot.messages import Mode
from tests.conftest import Clock, Say

TOILET = "正阳街公厕太脏"


@pytest.fixture
def file(tmp_path: Path, store: object) -> sqlite3.Connection:
    """The store's file, as staff's tools see it."""
    return sqlite3.connect(tmp_path / "bot.db")


def filed(file: sqlite3.Connection) -> list[tuple[str, str]]:
    """Matter and place of every ticket."""
    return file.execute("select matter, place from tickets order by rowid").fetchall()


@pytest.mark.parametrize("told", [TOILET, "青年路小学门口井盖坏了", "普阳街垃圾没人收", "锦江花园2栋的电梯坏了没人修"])
def test_what_is_wrong_at_a_named_place_is_a_complaint(say: Say, told: str) -> None:
    reply = say(told)
    assert reply.mode is Mode.FEEDBACK and reply.asking and "地点：" in reply.text


@pytest.mark.parametrize("asked", ["正阳街公厕太脏归谁管", "雨污分流施工时停水不", "占道经营怎么处罚"])
def test_a_question_about_what_is_wrong_is_no_complaint(say: Say, asked: str) -> None:
    assert say(asked).mode is not Mode.FEEDBACK


@pytest.mark.parametrize(
    "yes",
    ["中", "妥了", "好使", "发吧", "确认无误", "提交吧谢谢", "我确认", "没啥改的", "就这么报吧没啥改的", "你给我交上去",
     "没问题，赶紧的", "嗯呢", "嗯那", "yes", "確認", "确任", "queren", "一", "1。", "👌", "是的呢"],
)  # fmt: skip
def test_yes_is_heard_in_many_voices(say: Say, yes: str) -> None:
    say(TOILET)
    assert say(yes).ticket


@pytest.mark.parametrize("no", ["不是", "不", "不确认", "先别提交", "等一下", "我再想想"])
def test_who_hesitates_files_nothing_and_loses_nothing(say: Say, file: sqlite3.Connection, no: str) -> None:
    say(TOILET)
    reply = say(no)
    assert (reply.mode, reply.asking, reply.ticket) == (Mode.FEEDBACK, True, None)
    assert say("行，提交吧").ticket
    assert filed(file) == [(TOILET, "正阳街")]


@pytest.mark.parametrize("wrong", ["不对", "写错了", "改一下"])
def test_who_says_that_something_is_wrong_is_asked_what(say: Say, file: sqlite3.Connection, wrong: str) -> None:
    say(TOILET)
    assert "哪里要改" in say(wrong).text
    say("应该是景阳大路")
    say("确认")
    assert filed(file) == [("景阳大路公厕太脏", "景阳大路")]


def test_a_word_put_right_leaves_the_rest_of_the_matter(say: Say, file: sqlite3.Connection) -> None:
    say(TOILET)
    say("不是公厕，是垃圾站太脏")
    say("我说错了，不是正阳街是普阳街")
    say("确认")
    assert filed(file) == [("普阳街垃圾站太脏", "普阳街")]


@pytest.mark.parametrize("lost", ["地点不清楚", "不知道叫啥路", "说不上来"])
def test_who_cannot_name_the_place_can_file_all_the_same(say: Say, file: sqlite3.Connection, lost: str) -> None:
    say("楼下垃圾好几天没人收了，都臭了")
    assert "地点：没说清" in say(lost).text
    assert say("确认").ticket
    assert filed(file)[0][1] == "没说清"


def test_a_street_lamp_and_a_nameless_estate_are_no_places(say: Say) -> None:
    assert "什么地方" in say("俺家楼下那路灯都黑半个月了").text
    assert "什么地方" in say("小区停水2天了没人管", who="李大爷").text


def test_that_one_is_no_matter(say: Say, file: sqlite3.Connection) -> None:
    say("我想反映个事")
    assert "什么事" in say("就是那个").text
    say("烧烤摊油烟太大了")
    say("夜市街")
    say("确认")
    assert filed(file) == [("烧烤摊油烟太大了", "夜市街")]


def test_more_of_the_matter_is_no_place(say: Say, file: sqlite3.Connection) -> None:
    say("我要投诉")
    say("楼上天天半夜蹦迪")
    assert "什么地方" in say("物业也不干活").text
    assert "万鑫花园3栋" in say("万鑫花园3栋").text
    say("确认")
    assert filed(file) == [("楼上天天半夜蹦迪；物业也不干活", "万鑫花园3栋")]


@pytest.mark.parametrize("asked", ["有用吗", "多长时间能办", "这个归哪个局管", "行不行啊你们到底管不管"])
def test_what_becomes_of_it_is_told_and_is_no_part_of_it(say: Say, file: sqlite3.Connection, asked: str) -> None:
    say(TOILET)
    reply = say(asked)
    assert reply.mode is Mode.FEEDBACK and reply.asking and "查进度" in reply.text
    say("确认")
    assert filed(file) == [(TOILET, "正阳街")]


def test_a_statement_about_the_matter_is_added_not_turned_away(say: Say, file: sqlite3.Connection) -> None:
    say("锦江花园2栋的电表老跳闸没人修")
    assert say("2022年装的，坏了是上周").mode is Mode.FEEDBACK
    say("确认")
    assert "2022年装的" in filed(file)[0][0]


def test_who_comes_back_later_sees_the_form_again_and_says_yes_to_what_they_see(
    say: Say, file: sqlite3.Connection, clock: Clock
) -> None:
    say(TOILET)
    clock.forward(hours=2)
    again = say("确认")
    assert again.asking and "还没提交" in again.text and "正阳街" in again.text and filed(file) == []
    assert say("确认").ticket


def test_a_yes_too_many_gets_the_number_again(say: Say, file: sqlite3.Connection) -> None:
    assert "现在没有等您确认的事" in say("确认").text
    say(TOILET)
    number = say("确认").ticket
    again = say("确认")
    assert again.ticket == number and "已经提交过了" in again.text and len(filed(file)) == 1


@pytest.mark.parametrize("words", ["怎么还没人来啊", "咋还没修呢", "催一下"])
def test_who_waits_is_urged_for(say: Say, words: str) -> None:
    say(TOILET)
    number = say("确认").ticket
    reply = say(words)
    assert reply.ticket == number and "催办" in reply.text


def test_an_addition_after_filing_reaches_the_ticket(say: Say, file: sqlite3.Connection) -> None:
    say(TOILET)
    number = say("确认").ticket
    assert say("我再补充一句，里面没有灯").ticket == number
    texts = [text for (text,) in file.execute("select text from ticket_events where action = 'add'")]
    assert texts == ["里面没有灯"]


def test_what_is_not_answered_yet_cannot_be_rated(say: Say) -> None:
    say(TOILET)
    say("确认")
    assert "还在办" in say("不满意").text


def test_own_tickets_are_shown_to_who_asks_for_what_they_told(say: Say) -> None:
    say(TOILET)
    number = say("确认").ticket
    assert say("我要看我提过的所有事").ticket == number
