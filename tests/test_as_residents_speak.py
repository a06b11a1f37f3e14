"""Complaints as residents really tell them: in halves, put right, held back, taken up again, said yes to in their own words."""

import sqlite3
from pathlib import Path

import pytest

from bot.dialogue.flows.feedback import FeedbackReader
from bot.dialogue.flows.particulars import ParticularsReader
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


@pytest.mark.parametrize(
    "told",
    [
        "请问一下，我想投诉一家面馆，碗里有苍蝇",
        "您好，我要反映一下楼道灯的事",
        "给收电费的小伙子点个赞，大热天上门",
        "麻烦问一下，我想举报一家黑诊所",
    ],
)
def test_polite_words_ahead_make_no_question_of_it(say: Say, told: str) -> None:
    assert say(told).mode is Mode.FEEDBACK


@pytest.mark.parametrize("asked", ["请问投诉面馆打哪个电话", "怎么给网格员点赞", "我想投诉找谁"])
def test_how_to_complain_or_praise_is_a_question(asked: str) -> None:
    assert not FeedbackReader().is_explicit(asked)


@pytest.mark.parametrize("asked", ["正阳街公厕太脏归谁管", "雨污分流施工时停水不", "占道经营怎么处罚"])
def test_a_question_about_what_is_wrong_is_no_complaint(say: Say, asked: str) -> None:
    assert say(asked).mode is not Mode.FEEDBACK


@pytest.mark.parametrize(
    "yes",
    ["中", "妥了", "好使", "发吧", "确认无误", "提交吧谢谢", "我确认", "没啥改的", "就这么报吧没啥改的", "你给我交上去",
     "没问题，赶紧的", "昂", "整吧", "就这么地吧", "嗯呢", "嗯那", "yes", "確認", "确任", "queren", "一", "1。", "👌", "是的呢"],
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
    assert "哪个小区" in say("物业也不干活").text
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


@pytest.mark.parametrize("first", ["公交站牌坏了该谁修", "垃圾没人收", "我家停水停电还停气咋整"])
def test_what_was_answered_as_a_question_can_be_taken_up_without_saying_it_again(
    say: Say, file: sqlite3.Connection, first: str
) -> None:
    assert "我要反映" in say(first).text
    assert first in say("我要反映").text
    say("青年路5号")
    say("确认")
    assert filed(file) == [(first, "青年路5号")]


def test_a_place_alone_is_no_matter(say: Say) -> None:
    say("我要投诉")
    assert "青年路5号" in say("青年路5号").text
    shown = say("垃圾没人收")
    assert "事情：垃圾没人收" in shown.text and "地点：青年路5号" in shown.text


def test_praise_told_in_two_messages_stays_praise(say: Say) -> None:
    say("表扬")
    shown = say("社区的王姐")
    assert "类别：表扬" in shown.text and "什么地方" not in shown.text


def test_a_wish_for_secrecy_is_no_matter(say: Say, file: sqlite3.Connection) -> None:
    assert "什么事" in say("我要举报，别让人知道是我").text
    shown = say("青年路34号私自改燃气管道")
    assert "保密" in shown.text and "类别：举报" in shown.text
    say("确认")
    assert filed(file) == [("青年路34号私自改燃气管道", "青年路34号")]


def test_an_anonymous_report_says_so_itself(say: Say) -> None:
    shown = say("匿名举报正阳街一家饭店用地沟油，我姓赵")
    assert "保密" in shown.text and "地点：正阳街" in shown.text and "赵" not in shown.text


def test_one_s_own_door_is_asked_for_once_more_and_only_once(say: Say, file: sqlite3.Connection) -> None:
    say("路灯不亮")
    assert "哪个小区" in say("在我家门口").text
    assert say("门口").asking
    assert say("确认").ticket


def test_what_happened_at_the_place_belongs_to_the_matter(say: Say, file: sqlite3.Connection) -> None:
    say("投诉城管态度恶劣")
    say("昨天在正阳街把我摊子掀了")
    say("确认")
    assert filed(file) == [("投诉城管态度恶劣；昨天在正阳街把我摊子掀了", "正阳街")]


def test_place_since_when_name_and_number_in_one_breath_are_told_apart(say: Say, file: sqlite3.Connection) -> None:
    say("路灯不亮")
    shown = say("我在春城大街住，姓刘，电话13500001111，坏了三天了").text
    assert "地点：春城大街" in shown and "时间：三天了" in shown and "刘 135****1111" in shown and "事情：路灯不亮\n" in shown


@pytest.mark.parametrize(
    ("said", "since"),
    [
        ("从2019年就没人管的烂尾楼", "从2019年"),
        ("电梯从国庆节后就坏了", "从国庆节后"),
        ("2022年装的电表", ""),
        ("欠我3个月工资", ""),
    ],
)
def test_a_year_or_a_feast_tells_since_when(said: str, since: str) -> None:
    assert ParticularsReader().read(said).since == since


def test_since_when_is_put_right(say: Say) -> None:
    say(TOILET)
    assert "时间：上个月" in say("时间错了，是上个月").text


def test_who_leaves_no_number_is_in_no_danger(say: Say) -> None:
    say(TOILET)
    assert say("电话不留了").mode is Mode.FEEDBACK
    assert say("活着没意思，真不想活了", who="李大爷").mode is Mode.EMERGENCY


def test_a_question_before_the_matter_is_told_is_answered(say: Say, file: sqlite3.Connection) -> None:
    say("我要投诉")
    reply = say("法律援助怎么申请")
    assert reply.mode is Mode.ANSWER and "还没说完" in reply.text
    say("正阳街早市占道")
    say("确认")
    assert filed(file) == [("正阳街早市占道", "正阳街")]


def test_the_reminder_names_what_is_still_missing(say: Say) -> None:
    say("楼下垃圾好几天没人收了，都臭了")
    reply = say("法律援助怎么申请")
    assert "还差地点" in reply.text and "回复“确认”提交" not in reply.text


def test_the_same_complaint_is_not_filed_twice_by_the_same_resident(say: Say, file: sqlite3.Connection) -> None:
    say(TOILET)
    number = say("确认").ticket
    again = say(TOILET)
    assert again.ticket == number and "已经反映过" in again.text and len(filed(file)) == 1


def test_the_ticket_that_is_meant_is_withdrawn(say: Say, file: sqlite3.Connection) -> None:
    say(TOILET)
    toilet = say("确认").ticket
    say("青年路井盖没了")
    cover = say("确认").ticket
    assert say("催一下井盖那个").ticket == cover
    assert say("撤回公厕的").ticket == toilet


@pytest.mark.parametrize("asked", ["那个编号多少来着", "什么时候能办完", "谁在办"])
def test_questions_after_filing_are_about_the_ticket(say: Say, asked: str) -> None:
    say(TOILET)
    number = say("确认").ticket
    assert say(asked).ticket == number


def test_how_a_photo_comes_along_is_told(say: Say) -> None:
    say(TOILET)
    assert "照片直接发" in say("发图片咋发").text


@pytest.mark.parametrize("change", ["类别改成建议", "不是投诉，是建议"])
def test_the_kind_is_put_right_in_either_order(say: Say, change: str) -> None:
    say(TOILET)
    assert "类别：建议" in say(change).text
    assert "类别：投诉" in say("不对还是投诉").text


def test_two_complaints_in_one_message_become_two_tickets(say: Say, file: sqlite3.Connection) -> None:
    shown = say("我要投诉正阳街公厕脏，青年路路灯不亮")
    assert "正阳街公厕脏" in shown.text and "还说了1件" in shown.text
    filed_first = say("确认")
    assert filed_first.ticket and filed_first.asking and "青年路路灯不亮" in filed_first.text
    second = say("确认")
    assert second.ticket and second.ticket != filed_first.ticket and not second.asking
    assert [place for _, place in filed(file)] == ["正阳街", "青年路"]


@pytest.mark.parametrize(
    "said",
    [
        "垃圾没人收，投诉。顺便问下法律援助咋申请",
        "法律援助找谁，还有我要投诉正阳街早市占道",
        "正阳街公厕脏，请问法律援助怎么申请",
    ],
)
def test_a_question_beside_a_complaint_is_answered_and_the_complaint_is_taken(say: Say, said: str) -> None:
    reply = say(said)
    assert reply.mode is Mode.FEEDBACK and reply.asking and "12348" in reply.text
    assert "法律援助" not in reply.text.split("事情：")[-1].split("已经记下：")[-1].splitlines()[0]


@pytest.mark.parametrize("said", ["凌晨收垃圾太吵，投诉", "正阳街公厕脏，没人扫，水龙头也坏了", "物业收了钱不干活，电梯坏了三天"])
def test_one_complaint_in_several_clauses_stays_one(say: Say, said: str) -> None:
    assert "另一件" not in say(said).text and "件别的事" not in say(said).text


def test_saying_once_more_that_one_complains_is_neither_matter_nor_place(say: Say, file: sqlite3.Connection) -> None:
    say("楼下垃圾好几天没人收了，都臭了")
    assert "什么地方" in say("我要投诉").text
    say("普阳小区")
    say("我是3栋的")
    say("确认")
    assert filed(file) == [("楼下垃圾好几天没人收了，都臭了", "普阳小区3栋")]


def test_who_has_filed_nothing_has_nothing_to_withdraw(say: Say) -> None:
    assert say("撤销投诉").mode is Mode.STATUS
    assert say("催办").mode is Mode.STATUS


@pytest.mark.parametrize("told", ["咱家楼下井盖丢了", "我家暖气不热 快冻死了"])
def test_what_is_wrong_is_taken_at_once_where_the_plan_has_no_answer(say: Say, file: sqlite3.Connection, told: str) -> None:
    assert "在什么地方" in say(told).text
    say("万福街和春城大街交汇那")
    say("没照片")
    say("对")
    assert filed(file) == [(told, "万福街和春城大街交汇那")]


@pytest.mark.parametrize("text", ["隔壁楼冒黑烟", "对门屋里往外冒浓烟", "电梯停半道了里头有老人心脏不好"])
def test_smoke_and_a_lift_with_people_in_it_are_dangers(say: Say, text: str) -> None:
    assert "119" in (reply := say(text)).text and reply.mode is Mode.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "楼道堆杂物怕着火",
        "我被车撞了，对方不赔钱",
        "我想死你们了",
        "楼下饭店天天往我家窗户冒黑烟",
        "上个月电梯卡住困了人，物业没道歉",
    ],
)
def test_what_is_feared_or_argued_about_is_no_emergency(say: Say, text: str) -> None:
    assert say(text).mode is not Mode.EMERGENCY


def test_what_nearly_happened_is_added_and_only_cautioned(say: Say, file: sqlite3.Connection) -> None:
    say(TOILET)
    number = say("确认").ticket
    reply = say("再加一句，有个小孩差点掉下去")
    assert reply.mode is Mode.STATUS and reply.ticket == number and "120" in reply.text
    assert "催办" in say("快点呗").text
    assert [text for (text,) in file.execute("select text from ticket_events where action = 'add'")] == ["有个小孩差点掉下去"]
    assert say("有个小孩掉井里了快来人").mode is Mode.EMERGENCY
    assert say("我差点让他拿锤子砸死，他又来了").mode is Mode.EMERGENCY


def test_what_was_done_of_a_promise_is_asked_without_naming_it(say: Say) -> None:
    say("高校毕业生招聘会啥时候")
    assert "还没有" in say("你们去年办了几场").text
    say("夜市")
    assert "地点" in say("都有哪几个夜市").text


def test_a_few_words_complain_of_what_was_just_spoken_of(say: Say, file: sqlite3.Connection) -> None:
    say("公厕")
    assert say("太脏了").mode is Mode.FEEDBACK
    say("正阳街")
    say("确认")
    ((matter, place),) = filed(file)
    assert "公厕" in matter and "太脏了" in matter and place == "正阳街"


@pytest.mark.parametrize("text", ["太脏了", "太臭了", "这也太吵了", "真埋汰"])
def test_what_is_merely_unpleasant_is_no_emergency(say: Say, text: str) -> None:
    reply = say(text)
    assert reply.mode is not Mode.EMERGENCY and "110" not in reply.text


def test_a_wish_put_as_a_question_is_the_matter_of_a_suggestion(say: Say) -> None:
    say("建议")
    assert "类别：建议" in say("能不能在铁西那边多放几个垃圾桶").text


def test_what_was_asked_can_be_reported_by_the_bot(say: Say) -> None:
    say("怎么举报乱收费的补课班")
    assert "乱收费的补课班" in say("你帮我举报").text


def test_the_whole_estate_is_no_place_and_all_of_both_is(say: Say, file: sqlite3.Connection) -> None:
    say("小区停电了")
    assert "哪个小区" in say("全小区都停").text
    say("都是青浦小区")
    say("就这些")
    say("确认")
    assert filed(file) == [("小区停电了", "青浦小区")]


def test_when_one_hears_of_it_is_told_before_filing(say: Say) -> None:
    say(TOILET)
    assert "期限" in say("什么时候能给我回复").text


def test_a_department_is_asked_for_and_how_to_reach_it_comes_first(say: Say) -> None:
    assert say("民政局在哪").text.startswith("区民政局的电话和地址，计划没有写")


def test_a_telephone_is_asked_for_and_no_person(say: Say) -> None:
    say("法律援助怎么申请")
    assert "12348" in say("有电话没").text


def test_who_does_not_understand_is_offered_other_words_and_a_person(say: Say) -> None:
    reply = say("听不懂")
    assert "转人工" in reply.text and reply.options


def test_a_woman_is_not_the_father_just_spoken_of(say: Say) -> None:
    say("我爸瘫了，我在家带孩子没工作，想找个活")
    told = say("女的").text
    assert "您爸爸失能" in told and "女士" in told


@pytest.mark.parametrize(
    ("said", "whole"),
    [("老年人法律援助", "阳光行动"), ("我爹没了 想问问火化的事", "免除六项基本殡葬"), ("公证一网通办", "高频公证")],
)
def test_who_names_a_service_and_asks_nothing_of_it_is_told_what_it_is(say: Say, said: str, whole: str) -> None:
    assert whole in say(said).text.partition("责任部门")[0]


def test_whether_it_costs_anything_is_asked_of_the_service_in_focus(say: Say) -> None:
    say("窝沟封闭在哪做")
    assert "免费" in say("要交钱吗").text


def test_what_was_said_is_said_once_more(say: Say) -> None:
    told = say("法律援助怎么申请").text
    assert say("再说一遍").text == told
    assert say("麻烦你重新讲一下").text == told


def test_who_was_told_what_is_kept_can_have_it_deleted_in_two_words(say: Say) -> None:
    say("你们存我啥信息了")
    assert "确定要删" in say("删了吧").text
    assert "没有删除" in say("算了不删了").text


def test_who_came_back_is_no_farewell(say: Say) -> None:
    say("我儿子离家出走一宿没回来了")
    assert "没事就好" in say("回来了 没事了").text


def test_once_is_no_part_of_a_place(say: Say) -> None:
    assert "地点：一下" not in say("我要表扬一下社区的王大姐 帮我妈送饭").text


def test_what_the_managers_leave_undone_can_be_taken_up(say: Say) -> None:
    say("房子漏雨物业不管 找谁")
    assert "漏雨" in say("我要投诉他们").text
