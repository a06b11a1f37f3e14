"""What a resident puts right in a form: every part of it, in the words that come to mind."""

from typing import Any

import pytest

from bot.messages import Kind, Mode
from bot.store.sqlite import SqliteStore
from tests.conftest import Clock, Say

LAMP = "正阳街的路灯三天不亮了，没人修"
PHONE = "13912345678"


def kept(store: SqliteStore) -> dict[str, Any]:
    """The latest ticket with the person behind it."""
    sql = "select t.kind, t.matter, t.place, t.since, t.suggested, r.name, r.contact from tickets t"
    return store.engine.rows(sql + " join ticket_reporters r using (number) order by t.rowid desc limit 1")[0]


@pytest.mark.parametrize(
    ("said", "part", "value"),
    [
        ("不是三天是五天", "since", "五天"),
        ("不是昨天是上礼拜", "since", "上礼拜"),
        ("时间不对，是从上个月开始的", "since", "从上个月开始的"),
        ("地方写错了，是景阳大路12号", "place", "景阳大路12号"),
        ("哎呀，位置发错了，在青年路", "place", "青年路"),
        ("错了，是春城大街", "place", "春城大街"),
        ("不是路灯是井盖", "matter", "正阳街的井盖三天不亮了，没人修"),
        ("事情是井盖丢了", "matter", "井盖丢了"),
        ("换成建议", "kind", "suggestion"),
        ("名字写错了，我姓李", "name", "李"),
        ("电话写错了，是13512345670", "contact", "13512345670"),
        ("手机号最后一位是9", "contact", "13912345679"),
        ("不是13912345678，是13512345670", "contact", "13512345670"),
        ("电话不要了", "contact", ""),
        ("不留电话了，删掉", "contact", ""),
    ],
)
def test_every_part_is_put_right_in_words(say: Say, store: SqliteStore, said: str, part: str, value: str) -> None:
    say(f"{LAMP}，我叫王秀英，电话{PHONE}")
    shown = say(said)
    assert shown.mode is Mode.FEEDBACK and shown.asking and "我记下的是" in shown.text
    assert say("确认").ticket
    assert kept(store)[part] == value


@pytest.mark.parametrize(
    ("wrong", "asked", "right", "part", "value"),
    [
        ("电话打错一位", "电话号码完整", "13512345670", "contact", "13512345670"),
        ("电话不对", "电话号码完整", "不留电话", "contact", ""),
        ("地方写错了", "什么地方", "景阳大路", "place", "景阳大路"),
        ("不对，定位错了", "什么地方", "和平大街1180号", "place", "和平大街1180号"),
        ("时间错了", "什么时候开始", "上礼拜三", "since", "上礼拜三"),
        ("事情写错了", "事情应该怎么写", "是井盖丢了", "matter", "井盖丢了"),
        ("类别不对", "哪一种", "建议", "kind", "suggestion"),
        ("名字错了", "怎么称呼", "刘桂兰", "name", "刘桂兰"),
    ],
)
def test_a_part_that_is_only_said_to_be_wrong_is_asked_for(
    say: Say, store: SqliteStore, wrong: str, asked: str, right: str, part: str, value: str
) -> None:
    say(f"{LAMP}，我叫王秀英，电话{PHONE}")
    question = say(wrong)
    assert question.mode is Mode.FEEDBACK and question.asking and asked in question.text
    assert "我记下的是" in say(right).text
    assert say("确认").ticket
    assert kept(store)[part] == value


def test_a_number_with_a_digit_too_few_is_read_back_and_asked_for(say: Say, store: SqliteStore) -> None:
    say(LAMP)
    for broken in ("电话是139123456", "139123456789"):
        reply = say(broken)
        assert reply.mode is Mode.FEEDBACK and reply.asking and "11位" in reply.text and broken[-9:] in reply.text
    assert "139****5678" in say(PHONE).text
    say("确认")
    assert kept(store)["contact"] == PHONE


def test_since_when_and_place_are_put_right_in_the_words_of_the_matter_too(say: Say, store: SqliteStore) -> None:
    say(LAMP)
    say("不是三天是五天")
    say("在景阳大路")
    say("确认")
    assert kept(store)["matter"] == "景阳大路的路灯五天不亮了，没人修"


def test_another_matter_goes_to_who_takes_that(say: Say, store: SqliteStore) -> None:
    assert say("正阳街那家饭店卖过期食品，不给退，投诉").unit.name == "市场监管"  # type: ignore[union-attr]
    shown = say("事情写错了，是公厕太脏没人打扫")
    assert shown.unit is not None and shown.unit.name == "区城管局"


def test_photos_that_were_sent_by_mistake_are_left_out(say: Say, store: SqliteStore) -> None:
    say(LAMP)
    assert (
        "照片：1张"
        in say("", kind=Kind.IMAGE, data={"picture": "http://mmbiz.qpic.cn/x/0", "media": "1"}, delivery="wechat:1").text
    )
    assert "照片：" not in say("照片发错了").text


def test_the_same_words_once_more_are_not_added(say: Say, store: SqliteStore) -> None:
    say(LAMP)
    say(LAMP)
    say("确认")
    assert kept(store)["matter"] == LAMP


def test_a_part_put_right_does_not_name_the_lines_to_call_again(say: Say) -> None:
    assert "12345" in say(LAMP).text
    assert "12345" not in say("换成建议").text


def test_who_comes_back_the_day_after_goes_on_where_they_left(say: Say, store: SqliteStore, clock: Clock) -> None:
    say("楼下垃圾好几天没人收了，都臭了")
    clock.forward(hours=30)
    shown = say("青年路5号")
    assert shown.asking and "还没提交" in shown.text and "地点：青年路5号" in shown.text
    assert say("确认").ticket
    say(LAMP, who="李大爷")
    clock.forward(hours=30)
    assert "还没提交" in say("接着昨天的说", who="李大爷").text


def test_what_was_left_too_long_ago_is_spoken_of_no_more(say: Say, clock: Clock) -> None:
    say(LAMP)
    clock.forward(days=3)
    reply = say("确认")
    assert "没有等您确认的事" in reply.text and "还没提交" not in reply.text
