"""Since when, and how to reach who tells it: taken from what is said, offered once, never insisted on, kept apart."""

from typing import Any

import pytest

from bot.dialogue.flows.particulars import ParticularsReader, masked, without_person
from bot.messages import Mode
from bot.store.sqlite import SqliteStore
from bot.tickets.records import Actor, Role
from tests.conftest import Clock, Say

LAMP = "正阳街的路灯三天不亮了，没人修"
MARKET = "青年路早市占道，车都过不去"
PHONE = "13912345678"
READER = ParticularsReader()


def kept(store: SqliteStore) -> dict[str, Any]:
    """The latest ticket with the person behind it."""
    sql = "select t.matter, t.place, t.since, r.name, r.contact from tickets t join ticket_reporters r using (number)"
    return store.engine.rows(sql + " order by t.rowid desc limit 1")[0]


@pytest.mark.parametrize(
    ("said", "since"),
    [
        ("路灯三天不亮了", "三天"),
        ("好几天没人收垃圾了", "好几天"),
        ("都半个月了没人管", "都半个月了"),
        ("从上周开始就停水", "从上周开始"),
        ("去年冬天就开始不热", "去年冬天就开始"),
        ("昨晚就没水了", "昨晚"),
        ("楼道灯坏仨月了", "仨月了"),
        ("半拉月没热水", "半拉月"),
        ("一个多月没人修", "一个多月"),
        ("坏了半个来月了", "半个来月了"),
        ("大半年没修", "大半年"),
        ("停了三四天了", "三四天了"),
        ("二十多天了", "二十多天了"),
        ("将近两个月没收", "将近两个月"),
        ("打入冬就没热过", "打入冬"),
        ("打春节起就没人来", "打春节起"),
        ("自打改线就没车坐", "自打改线"),
        ("年前就报了", "年前"),
        ("打电话就没人接", ""),
        ("押我仨月工资", ""),
        ("上半年没修的路", ""),
        ("每天两小时停水", ""),
        ("一天三次来敲门", ""),
        ("7天无理由退货不给退", ""),
        ("请在三天内答复", ""),
        ("物业费涨到2000元", ""),
    ],
)
def test_since_when_is_heard_in_what_is_said_anyway(said: str, since: str) -> None:
    assert READER.read(said).since == since


@pytest.mark.parametrize(
    ("said", "contact"),
    [
        ("井盖丢了,我电话13912345678", PHONE),
        ("井盖丢了,13912345678", PHONE),
        ("联系电话:139-1234-5678,井盖丢了", PHONE),
        ("我家座机0431-87654321", "043187654321"),
        ("诈骗电话13912345678打给我好几次", ""),
        ("骗子骗我钱,我的电话13912345678", PHONE),
        ("门牌12345678号", ""),
        ("身份证220102199001011234丢了", ""),
    ],
)
def test_a_number_is_one_s_own_only_where_it_is_said_so(said: str, contact: str) -> None:
    assert READER.read(said).contact == contact


def test_the_matter_is_left_without_who_tells_it() -> None:
    told = READER.read("我叫王秀英,电话13912345678,井盖丢了")
    assert (told.name, told.contact) == ("王秀英", PHONE)
    assert without_person("我叫王秀英，电话13912345678，井盖丢了", told) == "井盖丢了"
    assert masked(PHONE) == "139****5678"


def test_what_was_said_already_is_not_asked(say: Say, store: SqliteStore) -> None:
    shown = say(LAMP + "，我电话" + PHONE)
    assert "时间：三天" in shown.text and "139****5678" in shown.text and "想补充" not in shown.text
    say("确认")
    assert kept(store) == {"matter": LAMP, "place": "正阳街", "since": "三天", "name": "", "contact": PHONE}


def test_what_is_missing_is_offered_once_with_the_confirmation(say: Say, store: SqliteStore) -> None:
    shown = say(MARKET)
    assert "从什么时候开始" in shown.text and "电话" in shown.text and "确认" in [option.text for option in shown.options]
    again = say("上周三吧")
    assert again.asking and "时间：上周三吧" in again.text and "想让承办单位联系您" not in again.text, "never a question more"
    assert "139****5678" in say("我姓王，电话139 1234 5678").text
    say("确认")
    assert kept(store) == {"matter": MARKET, "place": "青年路", "since": "上周三吧", "name": "王", "contact": PHONE}


def test_confirming_files_at_once_whatever_is_offered(say: Say, store: SqliteStore) -> None:
    say(MARKET)
    assert say("确认").ticket
    assert (kept(store)["since"], kept(store)["contact"]) == ("", "")


@pytest.mark.parametrize("words", ["不留电话", "记不清了", "没有", "不方便留", "忘了，不留了"])
def test_it_is_declined_in_words_and_the_form_stays(say: Say, store: SqliteStore, words: str) -> None:
    say(MARKET)
    again = say(words)
    assert again.mode is Mode.FEEDBACK and again.asking and "想补充" not in again.text
    assert say("确认").ticket
    assert kept(store)["matter"] == MARKET


def test_a_number_said_with_the_confirmation_is_kept(say: Say, store: SqliteStore) -> None:
    say(MARKET)
    assert say("确认，电话" + PHONE).ticket
    assert kept(store)["contact"] == PHONE


def test_since_when_beside_the_place_is_no_part_of_the_place(say: Say, store: SqliteStore) -> None:
    say("楼下垃圾没人收，都臭了")
    say("在西安大路38号门口，从上周开始的")
    say("确认")
    assert (kept(store)["since"], "上周" in kept(store)["place"]) == ("从上周开始", False)


def test_at_most_three_questions_lead_to_a_ticket(say: Say) -> None:
    asked = [say("我要投诉"), say("垃圾没人收，都臭了"), say("西安大路38号门口")]
    assert all(reply.asking for reply in asked)
    assert say("确认").ticket


def test_praise_and_suggestions_are_not_asked_for_a_number(say: Say) -> None:
    assert "电话；" not in say("表扬一下民政局的小刘，特别负责").text


@pytest.mark.parametrize("later", [True, False])
def test_a_secret_report_holds_the_person_apart_from_the_matter(say: Say, store: SqliteStore, clock: Clock, later: bool) -> None:
    words = "我叫王秀英，电话13912345678，我要举报青年路12号有人私自开地下加油点"
    if later:
        say(words)
        say("保密")
    else:
        say(words + "，要保密")
    number = say("确认").ticket
    found = kept(store)
    assert number and (found["name"], found["contact"]) == ("王秀英", PHONE)
    assert "王秀英" not in found["matter"] and PHONE not in found["matter"] and "地下加油点" in found["matter"]
    with store.turn("test:王阿姨") as turn:
        desk = turn.tickets(clock()).desk
        ticket = desk.store.ticket(number)
        assert ticket and desk.people(ticket, Actor(Role.DISPATCHER, "派单员", account=1)) == []


def test_who_joins_a_neighbour_s_ticket_leaves_their_number_too(say: Say, store: SqliteStore) -> None:
    say(LAMP, who="李大爷")
    say("确认", who="李大爷")
    say(LAMP + "，我电话" + PHONE)
    say("一起反映")
    assert store.engine.rows("select contact from ticket_reporters where role = 'joined'") == [{"contact": PHONE}]
