"""Complaints, suggestions, requests and praise: from the first words to a ticket, and what becomes of it."""

import re
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wechat import REPLY_BYTES, render
from bot.messages import Kind, Mode, Reply
from bot.tickets.matters import check_digit, number_in, ticket_number
from tests.conftest import Clock, Say

NUMBER = re.compile(r"LY-\d{8}-\d{4}-\d")
LAMP = "正阳街的路灯三天不亮了，没人修"


@pytest.fixture
def file(tmp_path: Path, store: object) -> sqlite3.Connection:
    """The store's file, as staff's tools see it."""
    return sqlite3.connect(tmp_path / "bot.db")


def filed(file: sqlite3.Connection) -> list[tuple[str, str, str, str]]:
    """Kind, matter, place and state of every ticket."""
    return file.execute("select kind, matter, place, state from tickets order by rowid").fetchall()


def events(file: sqlite3.Connection) -> list[tuple[str, str]]:
    """What happened to the tickets."""
    return file.execute("select action, text from ticket_events order by id").fetchall()


def ticket(say: Say, words: str = LAMP, who: str = "王阿姨") -> str:
    """The number of a complaint that is said and confirmed."""
    say(words, who=who)
    number = say("确认", who=who).ticket
    assert number is not None
    return number


# -- from words to a ticket -----------------------------------------------------------------------------------------------


def test_a_complaint_with_its_place_is_shown_confirmed_and_gets_a_number(say: Say, file: sqlite3.Connection) -> None:
    shown = say(LAMP)
    assert (shown.mode, shown.asking, shown.ticket) == (Mode.FEEDBACK, True, None)
    assert "投诉" in shown.text and "正阳街" in shown.text and [o.text for o in shown.options] == ["确认", "取消"]
    assert filed(file) == [], "nothing is filed before it is confirmed"
    done = say("确认")
    assert (done.mode, done.asking) == (Mode.FEEDBACK, False)
    assert done.ticket is not None and NUMBER.fullmatch(done.ticket) and done.ticket in done.text
    assert filed(file) == [("complaint", LAMP, "正阳街", "received")]


def test_a_complaint_without_a_place_is_asked_for_it(say: Say, file: sqlite3.Connection) -> None:
    asked = say("楼下垃圾好几天没人收了，都臭了")
    assert asked.mode is Mode.FEEDBACK and asked.asking and "什么地方" in asked.text
    shown = say("在西安大路38号门口")
    assert shown.asking and "西安大路38号门口" in shown.text
    assert say("对").ticket
    assert filed(file)[0][2] == "西安大路38号门口"


def test_who_only_wants_to_complain_is_asked_what_about(say: Say, file: sqlite3.Connection) -> None:
    assert "什么事" in say("我要投诉").text
    assert "什么事" in say("嗯").text, "a nod is no matter"
    say("青年路早市占道，车都过不去")
    assert say("确认").ticket
    assert filed(file)[0][1:3] == ("青年路早市占道，车都过不去", "青年路")


@pytest.mark.parametrize("yes", ["确认", "对", "是的", "没错，提交", "好的", "行", "嗯嗯", "1", "ok", "对，就这样报上去吧"])
def test_a_form_is_confirmed_in_many_words(say: Say, yes: str) -> None:
    say(LAMP)
    assert say(yes).ticket


@pytest.mark.parametrize("no", ["取消", "算了不投诉了", "不用了", "当我没说", "2"])
def test_a_form_is_cancelled_in_words_or_by_its_option(say: Say, file: sqlite3.Connection, no: str) -> None:
    say(LAMP)
    reply = say(no)
    assert (reply.mode, reply.asking, reply.ticket) == (Mode.FEEDBACK, False, None)
    say("确认")
    assert filed(file) == []


def test_who_is_asked_for_the_place_can_leave(say: Say, file: sqlite3.Connection) -> None:
    say("楼下垃圾好几天没人收了，都臭了")
    assert not say("取消").asking
    assert say("法律援助怎么申请").mode is Mode.ANSWER
    assert filed(file) == []


@pytest.mark.parametrize(
    ("correction", "place"),
    [
        ("地方写错了，是青年路", "青年路"),
        ("地点应该是普阳街口", "普阳街口"),
        ("不是正阳街，是春城大街", "春城大街"),
        ("位置不对，改成锦西路小学门口", "锦西路小学门口"),
    ],
)
def test_the_place_is_corrected_in_words(say: Say, file: sqlite3.Connection, correction: str, place: str) -> None:
    say(LAMP)
    shown = say(correction)
    assert shown.asking and f"地点：{place}" in shown.text
    say("确认")
    told = LAMP.replace("正阳街", place)
    assert filed(file) == [("complaint", told, place, "received")], "who handles it does not find two places"


def test_the_matter_and_the_kind_are_corrected_in_words(say: Say, file: sqlite3.Connection) -> None:
    say(LAMP)
    assert "井盖丢了" in say("事情写错了，应该是井盖丢了").text
    assert "类别：建议" in say("不是投诉，是建议").text
    say("确认")
    assert filed(file) == [("suggestion", "井盖丢了", "正阳街", "received")]


def test_more_that_is_said_before_confirming_is_added_to_the_matter(say: Say, file: sqlite3.Connection) -> None:
    say(LAMP)
    shown = say("晚上黑得啥也看不见，老人都不敢出门")
    assert shown.asking and "不敢出门" in shown.text
    say("确认")
    assert "不亮" in filed(file)[0][1] and "不敢出门" in filed(file)[0][1]


def test_thanks_and_greetings_are_not_added_to_the_matter(say: Say, file: sqlite3.Connection) -> None:
    say(LAMP)
    say("谢谢你啊")
    say("确认")
    assert filed(file)[0][1] == LAMP


@pytest.mark.parametrize("matter", ["文化馆在西安大路的课说取消就取消，也不通知", "正阳街健身器材坏得不用了也没人拆"])
def test_a_matter_that_speaks_of_cancelling_is_still_a_matter(say: Say, file: sqlite3.Connection, matter: str) -> None:
    say("我要投诉")
    say(matter)
    assert say("确认").ticket
    assert filed(file)[0][1] == matter


def test_praise_needs_no_place(say: Say, file: sqlite3.Connection) -> None:
    shown = say("表扬一下民政局的小刘，特别负责")
    assert shown.asking and "表扬" in shown.text and "什么地方" not in shown.text
    assert "谢谢" in say("确认").text
    assert [row[0] for row in filed(file)] == ["praise"]


def test_a_suggestion_needs_no_place(say: Say, file: sqlite3.Connection) -> None:
    shown = say("建议多建几个充电桩，现在排队太久")
    assert shown.asking and "建议" in shown.text and "什么地方" not in shown.text
    assert say("确认").ticket
    assert [row[0] for row in filed(file)] == ["suggestion"]


def test_a_matter_of_the_plan_names_its_item_and_unit(say: Say) -> None:
    shown = say("正阳街的公厕太脏了没人打扫")
    assert shown.unit is not None and shown.unit.name == "区城管局"
    assert [item.number for item in shown.items] == [44]
    assert "承办：区城管局（计划第44条）" in shown.text and any(source.get("item") == 44 for source in shown.sources)


def test_a_matter_outside_the_plan_names_who_usually_takes_it(say: Say) -> None:
    shown = say("我要投诉，正阳街那家超市卖过期食品，不给退")
    assert shown.unit is not None and shown.unit.name == "市场监管"
    assert shown.items == () and "12315" in shown.text


def test_everybody_is_told_the_line_that_acts_at_once(say: Say) -> None:
    assert "12345" in say(LAMP).text


def test_staff_see_a_matter_from_its_first_words(say: Say, file: sqlite3.Connection) -> None:
    say(LAMP)
    say("取消")
    assert file.execute("select kind, text from inbox").fetchall() == [("feedback", LAMP)]


# -- in the middle of it ----------------------------------------------------------------------------------------------------


def test_a_question_in_the_middle_is_answered_and_the_form_goes_on(say: Say, file: sqlite3.Connection) -> None:
    say(LAMP)
    between = say("法律援助怎么申请")
    assert between.mode is Mode.ANSWER and [item.number for item in between.items] == [51]
    assert "还没提交" in between.text, "the resident is reminded of what waits"
    assert say("确认").ticket
    assert filed(file)[0][1] == LAMP


def test_a_question_instead_of_the_place_is_answered_and_the_place_still_taken(say: Say, file: sqlite3.Connection) -> None:
    say("楼下垃圾好几天没人收了，都臭了")
    assert say("窝沟封闭是免费的吗").mode is Mode.ANSWER
    say("西安大路38号门口")
    say("确认")
    assert filed(file)[0][2] == "西安大路38号门口"


@pytest.mark.parametrize("tap", ["怎么办理", "1"])
def test_what_is_tapped_under_an_answer_in_between_belongs_to_that_answer(say: Say, file: sqlite3.Connection, tap: str) -> None:
    say(LAMP)
    between = say("法律援助怎么申请")
    assert between.options[0].text == "谁能享受"
    reply = say(tap if tap == "1" else between.options[0].text)
    assert reply.mode is Mode.ANSWER and [item.number for item in reply.items] == [51]
    say("确认")
    assert filed(file)[0][1] == LAMP


def test_a_form_is_forgotten_after_half_an_hour(say: Say, file: sqlite3.Connection, clock: Clock) -> None:
    say(LAMP)
    clock.forward(minutes=31)
    say("好的")
    assert filed(file) == []


def test_a_location_answers_where(say: Say, file: sqlite3.Connection) -> None:
    say("楼下垃圾好几天没人收了，都臭了")
    shown = say("", kind=Kind.LOCATION, data={"label": "绿园区和平大街1177号", "latitude": "43.88", "longitude": "125.25"})
    assert shown.asking and "和平大街1177号" in shown.text
    say("确认")
    assert filed(file)[0][2] == "绿园区和平大街1177号"


def test_a_location_without_a_name_answers_where_too(say: Say, file: sqlite3.Connection) -> None:
    say("楼下垃圾好几天没人收了，都臭了")
    say("", kind=Kind.LOCATION, data={"latitude": "43.88", "longitude": "125.25"})
    assert say("确认").ticket
    assert "43.88" in filed(file)[0][2]


def test_a_location_sent_first_is_the_place_of_what_follows(say: Say, file: sqlite3.Connection) -> None:
    first = say("", kind=Kind.LOCATION, data={"label": "绿园区和平大街1177号"})
    assert first.mode is Mode.FEEDBACK and "和平大街1177号" in first.text
    shown = say("垃圾好几天没人收了，都臭了")
    assert shown.asking and "什么地方" not in shown.text
    say("确认")
    assert filed(file)[0][2] == "绿园区和平大街1177号"


MAP = {"label": "绿园区和平大街1177号", "latitude": "43.88", "longitude": "125.25"}


def point(file: sqlite3.Connection) -> tuple[float | None, float | None]:
    """Where the latest ticket is on the map."""
    found: tuple[float | None, float | None] = file.execute(
        "select latitude, longitude from tickets order by rowid desc limit 1"
    ).fetchone()
    return found


@pytest.mark.parametrize("first", [True, False])
def test_a_ticket_keeps_where_on_the_map_its_place_is(say: Say, file: sqlite3.Connection, first: bool) -> None:
    steps = [lambda: say("", kind=Kind.LOCATION, data=MAP), lambda: say("楼下垃圾好几天没人收了，都臭了")]
    for step in steps if first else reversed(steps):
        step()
    say("确认")
    assert point(file) == (43.88, 125.25)


def test_a_place_put_right_in_words_is_no_longer_the_point_on_the_map(say: Say, file: sqlite3.Connection) -> None:
    say("楼下垃圾好几天没人收了，都臭了")
    say("", kind=Kind.LOCATION, data=MAP)
    say("地方写错了，是青年路")
    say("确认")
    assert filed(file)[0][2] == "青年路" and point(file) == (None, None)


@pytest.mark.parametrize(
    "broken", [{"latitude": "x", "longitude": "1"}, {"latitude": "91", "longitude": "1"}, {"latitude": "nan", "longitude": "1"}]
)
def test_a_location_that_cannot_be_is_kept_by_its_name_only(say: Say, file: sqlite3.Connection, broken: dict[str, str]) -> None:
    say("楼下垃圾好几天没人收了，都臭了")
    say("", kind=Kind.LOCATION, data={"label": "绿园区和平大街1177号", **broken})
    say("确认")
    assert filed(file)[0][2] == "绿园区和平大街1177号" and point(file) == (None, None)


# -- numbers ----------------------------------------------------------------------------------------------------------------


def test_numbers_run_on_within_a_day_of_china_and_begin_anew(say: Say, clock: Clock) -> None:
    assert ticket(say).startswith("LY-20260302-0001-") and ticket(say, who="李大爷").startswith("LY-20260302-0002-")
    clock.forward(hours=15)  # past midnight in China, not yet in UTC
    assert ticket(say, who="张姐").startswith("LY-20260303-0001-")


@given(st.integers(0, 9999), st.integers(0, 11), st.integers(1, 9))
def test_one_misheard_digit_is_another_number(sequence: int, place: int, change: int) -> None:
    digits = f"20260302{sequence:04d}"
    wrong = digits[:place] + str((int(digits[place]) + change) % 10) + digits[place + 1 :]
    assert check_digit(wrong) != check_digit(digits)


@pytest.mark.parametrize("said", ["{}", "查一下{}", "编号{}到哪了", "  {} "])
def test_a_number_is_found_in_what_is_said_however_it_is_typed(said: str) -> None:
    number = ticket_number("LY", "20260302", 7)
    for typed in (number, number.lower(), number.replace("-", ""), number.replace("-", " ")):
        assert number_in(said.format(typed)) == number


# -- what became of it --------------------------------------------------------------------------------------------------------


def test_progress_is_told_with_and_without_the_number(say: Say) -> None:
    number = ticket(say)
    for words in ("查进度", f"查一下{number}", number.lower()):
        reply = say(words)
        assert (reply.mode, reply.ticket) == (Mode.STATUS, number)
        assert number in reply.text and "路灯" in reply.text and "已收到" in reply.text


def test_several_tickets_are_listed_newest_first(say: Say) -> None:
    first, second = ticket(say), ticket(say, "青年路早市占道，车都过不去")
    reply = say("查进度")
    assert reply.ticket == second and reply.text.index(second) < reply.text.index(first)


def test_another_resident_cannot_see_or_change_a_ticket(say: Say, file: sqlite3.Connection) -> None:
    number = ticket(say, who="王阿姨")
    for words in (f"查一下{number}", "查进度", f"撤回{number}", f"催一下{number}"):
        reply = say(words, who="李大爷")
        assert reply.ticket is None and "路灯" not in reply.text and "正阳街" not in reply.text
    assert filed(file)[0][3] == "received" and events(file) == [("file", "")]


def test_a_wrong_number_is_told_to_be_checked(say: Say) -> None:
    number = ticket(say)
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    reply = say(f"查一下{wrong}")
    assert reply.mode is Mode.STATUS and reply.ticket is None and "核对编号" in reply.text


def test_who_has_no_ticket_is_told_where_else_to_ask(say: Say) -> None:
    reply = say("查进度")
    assert (reply.mode, reply.ticket) == (Mode.STATUS, None) and "12345" in reply.text


def test_a_ticket_is_urged_added_to_and_withdrawn(say: Say, file: sqlite3.Connection) -> None:
    number = ticket(say)
    assert (urged := say("催一下，怎么还没人来")).ticket == number and "催办" in urged.text
    assert say(f"补充{number}：今天连楼道灯也不亮了").ticket == number
    assert "撤回" in say("我要撤回").text
    assert [kind for kind, _ in events(file)] == ["file", "urge", "add", "withdraw"]
    assert any("楼道灯也不亮" in text for _, text in events(file))
    assert "已撤回" in say("查进度").text


def test_a_withdrawn_ticket_is_not_urged(say: Say, file: sqlite3.Connection) -> None:
    number = ticket(say)
    say("我要撤回")
    assert say(f"催一下{number}").ticket is None
    assert [kind for kind, _ in events(file)] == ["file", "withdraw"]


# -- the room that WeChat gives -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [10, 200, 500, 5000])
def test_every_step_fits_into_wechat_however_long_the_matter(say: Say, length: int) -> None:
    matter = ("正阳街的路灯不亮了，投诉没人修，" * length)[:length]
    steps: list[Reply] = [say(words, limit=REPLY_BYTES) for words in ("我要投诉", matter, "正阳街" * 20, "确认", "查进度")]
    assert all(len(render(step).encode()) <= REPLY_BYTES for step in steps)
    assert any(step.ticket for step in steps)


def test_markup_in_a_matter_reaches_nobody_as_markup(say: Say) -> None:
    shown = say("正阳街路灯不亮 <a href='http://x.example'>点我</a> <b>投诉</b>")
    assert shown.mode is Mode.FEEDBACK and "<a" not in shown.text and "<b>" not in shown.text
