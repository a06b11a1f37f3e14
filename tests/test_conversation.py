"""Residents talk: questions, follow-ups, menus, dangers, people, browsing, deletion, and whatever else people send."""

import re
import sqlite3
from pathlib import Path

import pytest

from bot.messages import Kind, Mode, Reply
from knowledge.base import KnowledgeBase
from tests.conftest import Clock, Say

NEXT_STEP = re.compile(r"12\d{3}|转人工|直接说|换个说法|回复")


def first_line(reply: Reply) -> str:
    return reply.text.splitlines()[0]


def numbers(reply: Reply) -> list[int]:
    return [item.number for item in reply.items]


def services(reply: Reply) -> list[str]:
    return [item.service for item in reply.items]


def options(reply: Reply) -> list[str]:
    return [option.text for option in reply.options]


@pytest.fixture
def file(tmp_path: Path, store: object) -> sqlite3.Connection:
    """The store's file, as staff's tools see it."""
    return sqlite3.connect(tmp_path / "bot.db")


def inbox(file: sqlite3.Connection, kind: str) -> list[str]:
    """What residents said that staff must see."""
    return [text for (text,) in file.execute("select text from inbox where kind = ? order by id", [kind])]


# -- R1: a question in one's own words ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "item", "first"),
    [
        ("居家适老化改造谁能享受", 6, "符合条件的失能、困难老人"),
        ("买居家养老服务一个月给多少钱", 7, "每人每月200元"),
        ("法律援助要带啥材料", 51, "没有写要带什么材料"),
        ("慈善助学的助学金给多少钱", 15, "没有写助学金给多少钱"),
        ("窝沟封闭收费不", 17, "免费"),
        ("特困供养上哪申请", 5, "镇政府（街道办事处）"),
        ("换电站都建在哪儿", 24, "没有写具体位置"),
        ("老旧小区改造归谁管", 30, "区住建局"),
    ],
)
def test_what_was_asked_stands_in_the_first_line(say: Say, question: str, item: int, first: str) -> None:
    reply = say(question)
    assert (reply.mode, numbers(reply)) == (Mode.ANSWER, [item])
    assert first in first_line(reply) and "2022年计划" in first_line(reply)


@pytest.mark.parametrize(
    ("question", "item"),
    [
        ("俺想打官司没钱请律师咋整啊", 51),
        ("殡葬那六项费用是不是给免了", 46),
        ("孩子牙沟那个窝沟封必免费做吗", 17),
        ("yewan bangshi zizhu fuwu 24xiaoshi", 55),
        ("我们村的厕所啥时候给改", 34),
    ],
)
def test_dialect_misspelling_and_pinyin_are_understood(say: Say, question: str, item: int) -> None:
    reply = say(question)
    assert item in numbers(reply) and reply.mode in (Mode.ANSWER, Mode.CLARIFY)


def test_an_answer_names_the_department_then_the_source_and_says_who_knows_what_holds_now(say: Say) -> None:
    lines = say("居家养老服务补贴怎么申请").text.splitlines()
    department = lines.index("责任部门：区民政局")
    assert lines[-1] == "依据：《2022年建设幸福绿园行动计划》第7条"
    assert department < len(lines) - 2 and "以区民政局的答复为准" in lines[-2]


def test_an_answer_carries_a_source_for_every_statement(say: Say) -> None:
    reply = say("特困供养谁能享受")
    assert {"item": 5, "document": "长绿发〔2022〕6号"} in reply.sources
    assert any("特困人员认定办法" in source.get("law", "") for source in reply.sources)


def test_nobody_is_told_that_their_estate_is_not_in_an_open_list(say: Say) -> None:
    reply = say("老旧小区改造有锦绣花园小区吗")
    assert numbers(reply) == [30]
    assert "没有列全" in reply.text and "核实" in reply.text and "奔驰花园小区" in reply.text
    assert not re.search("不在名单|没有您|不包括", reply.text)


def test_a_rights_line_is_not_given_to_who_asks_how_to_enrol(say: Say) -> None:
    assert "12338" not in say("妇联的妇女创业培训怎么报名").text
    assert "12348" in say("法律援助怎么申请").text


# -- R3: following up -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fragment", "first"),
    [
        ("那要啥条件", "困难"),
        ("找谁办", "区司法局"),
        ("要带啥材料", "没有写要带什么材料"),
        ("那咋申请", "申请步骤"),
        ("多少钱", "没有写明金额"),
        ("那我爸能享受吗", "困难"),
    ],
)
def test_a_fragment_is_about_the_service_in_focus(say: Say, fragment: str, first: str) -> None:
    assert services(say("法律援助是干啥的")) == ["legal-aid"]
    reply = say(fragment)
    assert (reply.mode, services(reply)) == (Mode.ANSWER, ["legal-aid"])
    assert first in first_line(reply)


def test_another_question_switches_the_topic_and_fragments_follow_it(say: Say) -> None:
    say("法律援助怎么申请")
    assert numbers(say("窝沟封闭是免费的吗")) == [17]
    assert numbers(say("找谁")) == [17]


def test_a_correction_of_the_topic_is_taken(say: Say) -> None:
    say("居家适老化改造怎么申请")
    assert numbers(say("不是这个，我问的是老旧小区改造")) == [30]


def test_a_focus_fades_after_half_an_hour(say: Say, clock: Clock) -> None:
    say("法律援助怎么申请")
    clock.forward(minutes=25)
    assert services(say("找谁办")) == ["legal-aid"]
    clock.forward(minutes=25)
    assert services(say("要带啥材料")) == ["legal-aid"], "every follow-up keeps it alive"
    clock.forward(minutes=31)
    reply = say("多少钱")
    assert not (reply.mode is Mode.ANSWER and services(reply) == ["legal-aid"])


def test_what_one_resident_talks_about_is_nothing_to_another(say: Say) -> None:
    say("法律援助怎么申请", who="王阿姨")
    reply = say("找谁办", who="李大爷")
    assert not (reply.mode is Mode.ANSWER and services(reply) == ["legal-aid"])


def test_two_questions_in_one_message_are_both_answered(say: Say) -> None:
    reply = say("窝沟封闭要钱吗？另外法律援助怎么申请？")
    assert (reply.mode, set(numbers(reply))) == (Mode.ANSWER, {17, 51})
    assert "第17条" in reply.text and "第51条" in reply.text
    assert {source.get("item") for source in reply.sources} >= {17, 51}


# -- R4: menus ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def menu(say: Say) -> Reply:
    """What a word gets that means many things."""
    reply = say("老人")
    assert (reply.mode, reply.asking) == (Mode.CLARIFY, True)
    return reply


def test_a_menu_shows_its_services_in_order_and_a_way_out(menu: Reply) -> None:
    assert 2 <= len(menu.items) <= 4
    assert options(menu) == [item.title for item in menu.items] + ["都不是"]


@pytest.mark.parametrize("said", ["2", "第二个", "选2", "二"])
def test_a_menu_is_answered_by_number_or_ordinal(say: Say, menu: Reply, said: str) -> None:
    reply = say(said)
    assert (reply.mode, services(reply)) == (Mode.ANSWER, services(menu)[1:2])


def test_a_menu_is_answered_by_a_tap_or_the_words_of_an_option(say: Say, menu: Reply) -> None:
    for item in menu.items:
        say("老人")
        assert services(say(item.title)) == [item.service]


def test_a_number_out_of_range_repeats_the_menu_with_its_range(say: Say, menu: Reply) -> None:
    reply = say("9")
    assert (reply.mode, reply.asking, services(reply)) == (Mode.CLARIFY, True, services(menu))
    assert f"只有{len(menu.options)}项" in reply.text and options(reply) == options(menu)
    assert services(say("1")) == services(menu)[:1]


def test_none_of_these_leads_to_a_second_menu_then_to_staff(say: Say, menu: Reply, file: sqlite3.Connection) -> None:
    second = say("都不是")
    assert second.mode is Mode.CLARIFY and set(services(second)).isdisjoint(services(menu))
    last = say("都不是")
    assert last.mode is Mode.REJECT and not last.asking and "转人工" in last.text
    reasons = [reason for (reason,) in file.execute("select reason from inbox where kind = 'question'")]
    assert any("老人" in reason for reason in reasons), "staff see what had been asked"


def test_none_of_these_can_be_chosen_by_its_number(say: Say, menu: Reply) -> None:
    assert set(services(say(str(len(menu.options))))).isdisjoint(services(menu))


def test_a_fresh_question_instead_of_a_choice_is_answered_as_such(say: Say, menu: Reply) -> None:
    assert numbers(say("窝沟封闭是免费的吗")) == [17]


def test_an_old_menu_is_no_longer_chosen_from(say: Say, menu: Reply, clock: Clock) -> None:
    clock.forward(minutes=31)
    assert services(say("2")) != services(menu)[1:2]


def test_what_may_be_asked_next_can_be_tapped(say: Say) -> None:
    asked = say("换电站建在哪")
    assert "办到哪一步了" in options(asked)
    reply = say("办到哪一步了")
    assert numbers(reply) == [24] and "没有区工信局填报的进展" in reply.text


# -- R5: what the plan does not cover -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "line"), [("护照到期了上哪换", "12367"), ("公积金咋提取", "12329"), ("医保异地就医怎么备案", "12393")]
)
def test_a_question_outside_the_plan_names_who_can_tell_and_is_kept(
    say: Say, file: sqlite3.Connection, question: str, line: str
) -> None:
    reply = say(question)
    assert (reply.mode, reply.items, reply.asking) == (Mode.REJECT, (), False)
    assert line in reply.text and {"hotline": line} in reply.sources
    assert inbox(file, "question") == [question]


def test_after_two_failures_in_a_row_a_person_is_offered(say: Say) -> None:
    assert "转人工" not in say("彩票中奖了去哪兑").text
    assert "转人工" in say("飞机票怎么改签").text
    say("法律援助怎么申请")
    assert "转人工" not in say("彩票中奖了去哪兑").text, "an answer between them starts the count anew"


# -- R7: danger -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cry", "number"),
    [
        ("我家着火了快救命", "119"),
        ("屋里全是煤气味头晕得厉害", "119"),
        ("有人拿刀砍人了", "110"),
        ("我老伴突然晕倒叫不醒了", "120"),
        ("我爸不行了喘不上气", "120"),
        ("我不想活了，活着没意思", "120"),
        ("孩子掉河里了快来人", "110"),
        ("电梯里困住人了出不来", "119"),
        ("刚才让骗子骗走三万块钱才转过去", "110"),
        ("孩子在早市走丢了找不着", "110"),
        ("路口两车撞了人躺地上都是血", "120"),
    ],
)
def test_a_danger_gets_the_right_number_first_and_staff_see_it(say: Say, file: sqlite3.Connection, cry: str, number: str) -> None:
    reply = say(cry)
    assert reply.mode is Mode.EMERGENCY
    assert re.findall(r"1[12]\d", reply.text)[0] == number and number in first_line(reply)
    assert {"hotline": number} in reply.sources
    assert inbox(file, "emergency") == [cry]


def test_who_wants_to_die_hears_gentle_words_and_the_help_line_after_the_ambulance(say: Say) -> None:
    text = say("我真不想活了，药都买好了").text
    assert text.index("120") < text.index("12356") and "不是一个人" in text


@pytest.mark.parametrize("cry", ["着火了！！", "救命啊有人打我", "我老伴突然晕倒叫不醒了"])
@pytest.mark.parametrize("before", ["我要投诉", "我能办什么", "老人", "删除我的记录"])
def test_a_danger_outranks_whatever_is_going_on(say: Say, before: str, cry: str) -> None:
    assert say(before).asking
    assert say(cry).mode is Mode.EMERGENCY


def test_a_form_that_a_danger_interrupted_is_gone_on_with(say: Say) -> None:
    say("我要投诉，正阳街的路灯三天不亮了")
    cry = say("楼下着火了烟都上来了")
    assert cry.mode is Mode.EMERGENCY and "接着说" in cry.text
    filed = say("确认")
    assert filed.ticket is not None and "路灯" in filed.text and "着火" not in filed.text


def test_a_menu_that_a_danger_interrupted_can_still_be_chosen_from(say: Say, menu: Reply) -> None:
    say("我家厨房着火了")
    assert services(say("1")) == services(menu)[:1]


@pytest.mark.parametrize(
    "said",
    [
        "气死我了，跑了三趟都没办成",
        "楼下烧烤摊烟熏死人了",
        "热死了，公园啥时候修好",
        "去年我家着过火，能申请点补助吗",
        "我们小区前年发生过煤气泄漏，管道改造了吗",
        "广场舞吵死人了",
        "消防演练什么时候搞",
        "笑死我了，你是机器人吧",
    ],
)
def test_figures_of_speech_and_what_is_long_past_raise_no_alarm(say: Say, file: sqlite3.Connection, said: str) -> None:
    assert say(said).mode is not Mode.EMERGENCY
    assert inbox(file, "emergency") == []


# -- R8: a person ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["转人工", "我要找真人说话", "给我接工作人员"])
def test_who_wants_a_person_is_noted_for_staff_and_promised_no_time(say: Say, file: sqlite3.Connection, said: str) -> None:
    reply = say(said)
    assert (reply.mode, inbox(file, "handoff")) == (Mode.HANDOFF, [said])
    assert "12345" in reply.text and not re.search(r"\d+\s*(分钟|小时|天)内|马上就来", reply.text)


# -- R9 and R10: browsing, departments, progress ---------------------------------------------------------------------------


def test_fields_lead_to_items_and_items_to_answers(say: Say, knowledge: KnowledgeBase) -> None:
    fields = say("都有哪些方面")
    assert fields.mode is Mode.ANSWER and options(fields) == [field.title for field in knowledge.fields]
    items = say("社会保障方面")
    assert items.mode is Mode.ANSWER and set(numbers(items)) == {5, 6, 7, 8, 9, 10}
    assert options(items) == [item.title for item in items.items]
    assert services(say("3")) == services(items)[2:3]


@pytest.mark.parametrize(
    ("question", "department", "items"),
    [
        ("民政局管哪些事", "区民政局", {5, 6, 7, 8, 9, 15, 45, 46}),
        ("区司法局都负责啥", "区司法局", {51, 52, 53}),
        ("税务局管啥的", "区税务局", {48, 49, 50}),
    ],
)
def test_a_department_tells_what_it_answers_for(say: Say, question: str, department: str, items: set[int]) -> None:
    reply = say(question)
    assert reply.mode is Mode.ANSWER and department in first_line(reply)
    assert set(numbers(reply)) == items == {source["item"] for source in reply.sources}


@pytest.mark.parametrize(("question", "item", "target"), [("换电站建了几座了", 24, "5座"), ("招聘会今年办了几场", 1, "6场以上")])
def test_progress_tells_the_target_and_that_nothing_is_reported(say: Say, question: str, item: int, target: str) -> None:
    reply = say(question)
    assert item in numbers(reply) and target in reply.text
    assert "没有" in reply.text and "填报的进展" in reply.text


# -- R11: deletion ---------------------------------------------------------------------------------------------------------


def test_who_asks_what_is_kept_is_told_and_nothing_is_deleted(say: Say) -> None:
    say("法律援助怎么申请")
    reply = say("你们都存了我啥信息")
    assert reply.mode is Mode.CHITCHAT and "2条" in reply.text and "365天" in reply.text
    assert services(say("找谁办")) == ["legal-aid"]


def test_deletion_is_told_confirmed_and_done(say: Say, file: sqlite3.Connection) -> None:
    say("护照到期了上哪换", who="李大爷")
    say("护照到期了上哪换")
    say("正阳街12号门口的路灯三天不亮了，没人修")
    filed = say("确认")
    assert filed.ticket is not None
    told = say("删除我的记录")
    assert told.mode is Mode.CHITCHAT and told.asking and "6条" in told.text and "诉求" in told.text
    done = say("确认删除")
    assert not done.asking and "已经全部删除" in done.text
    kept = "\n".join(
        str(row)
        for table in ("messages", "inbox", "ticket_reporters", "conversations")
        for row in file.execute(f"select * from {table} where resident like '%王阿姨'")
    )
    assert not re.search("正阳街|护照|路灯", kept)
    assert say("查进度").ticket is None
    assert inbox(file, "question") == ["护照到期了上哪换"], "another resident's question stays"


@pytest.mark.parametrize("said", ["取消", "算了不删了", "先别删"])
def test_deletion_can_be_declined(say: Say, file: sqlite3.Connection, said: str) -> None:
    say("护照到期了上哪换")
    say("删除我的记录")
    assert "没有删除" in say(said).text
    say("好的")
    assert inbox(file, "question") == ["护照到期了上哪换"]


def test_a_nod_to_something_else_is_no_consent_to_deletion(say: Say, file: sqlite3.Connection) -> None:
    say("护照到期了上哪换")
    assert say("删除我的记录").asking
    assert numbers(say("窝沟封闭是免费的吗")) == [17]
    say("好的")
    assert inbox(file, "question") == ["护照到期了上哪换"]


# -- whatever else people send ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["", "   ", "\n\t", "😀", "👍👍👍", "？？？", "。。。。", "\u200b\u200b"])
def test_blanks_emoji_and_marks_get_a_short_kind_reply(say: Say, file: sqlite3.Connection, said: str) -> None:
    reply = say(said)
    assert reply.mode is Mode.CHITCHAT and len(reply.text) < 80
    assert inbox(file, "question") == []


@pytest.mark.parametrize("said", ["你个傻子", "滚犊子", "什么破玩意儿，废物"])
def test_insults_are_met_politely_with_a_way_on(say: Say, said: str) -> None:
    reply = say(said)
    assert reply.mode is Mode.CHITCHAT and NEXT_STEP.search(reply.text)


@pytest.mark.parametrize("said", ["你好", "谢谢啊", "再见", "你是谁", "今天天气咋样"])
def test_small_talk_gets_small_talk(say: Say, said: str) -> None:
    reply = say(said)
    assert (reply.mode, reply.items, reply.asking) == (Mode.CHITCHAT, (), False)


@pytest.mark.parametrize("said", ["asdkjfhaskdjfh", "1q2w3e4r5t"])
def test_noise_is_not_kept_for_staff(say: Say, file: sqlite3.Connection, said: str) -> None:
    reply = say(said)
    assert reply.mode in (Mode.REJECT, Mode.CHITCHAT) and NEXT_STEP.search(reply.text)
    assert inbox(file, "question") == []


@pytest.mark.parametrize(
    "said",
    [
        "<script>alert(1)</script>法律援助怎么申请",
        "法律援助怎么申请 <a href='http://x.example'>点我</a>",
        "'; drop table messages; -- 法律援助怎么申请",
        "{answer.source} {0} %s 法律援助怎么申请",
    ],
)
def test_markup_and_code_are_only_words(say: Say, said: str) -> None:
    reply = say(said)
    assert 51 in numbers(reply) and "<" not in reply.text and "alert" not in reply.text


@pytest.mark.parametrize("said", ["好" * 5000, "法律援助怎么申请？" + "我家的事说来话长。" * 500, "a" * 5000, "12345" * 1000])
def test_five_thousand_characters_get_a_sensible_reply(say: Say, said: str) -> None:
    reply = say(said, limit=2048)
    assert reply.text and len(reply.text.encode()) <= 2048


@pytest.mark.parametrize(
    "said", ["How can I apply for legal aid?", "Where is the nearest hospital", "こんにちは、税金について", "Здравствуйте"]
)
def test_other_languages_get_a_reply_that_leads_on(say: Say, said: str) -> None:
    reply = say(said)
    assert reply.mode in (Mode.ANSWER, Mode.CLARIFY) or NEXT_STEP.search(reply.text)


def test_what_cannot_be_read_asks_for_words(say: Say) -> None:
    for kind in (Kind.VOICE, Kind.IMAGE, Kind.VIDEO, Kind.LINK):
        reply = say("", kind=kind)
        assert reply.mode is Mode.CHITCHAT and "文字" in reply.text


def test_recognised_speech_is_read_like_text(say: Say) -> None:
    assert numbers(say("法律援助怎么申请", kind=Kind.VOICE)) == [51]


def test_who_follows_is_welcomed_with_what_can_be_asked(say: Say) -> None:
    reply = say("", kind=Kind.FOLLOW)
    assert reply.mode is Mode.CHITCHAT and "56" in reply.text


def test_a_long_reply_is_cut_at_a_sentence_and_read_on(say: Say) -> None:
    whole = say("民政局管哪些事", who="网页").text
    shown = say("民政局管哪些事", limit=700)
    assert shown.text.endswith("（没说完，回复“继续”接着看）")
    pieces = [shown.text.removesuffix("（没说完，回复“继续”接着看）")]
    while len(pieces) < 20 and "已经看完了" not in (reply := say("继续", limit=700)).text:
        assert reply.mode is Mode.ANSWER and len(reply.text.encode()) <= 700
        assert reply.sources, "what is read on has its sources too"
        pieces.append(reply.text.removesuffix("（没说完，回复“继续”接着看）"))
    assert re.sub(r"\s", "", "".join(pieces)) == re.sub(r"\s", "", whole)


def test_a_rating_is_thanked_and_a_bad_one_kept(say: Say, file: sqlite3.Connection) -> None:
    say("法律援助怎么申请")
    assert "谢谢" in say("有用").text
    assert inbox(file, "question") == []
    say("没用")
    assert [reason for (reason,) in file.execute("select reason from inbox")] == ["评价没用：法律援助怎么申请"]
