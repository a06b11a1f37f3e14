"""Residents ask while two plans are in force: an answer says which plan it is of; where both have the matter, both are named."""

import pytest

from app import Installation
from bot.config import Config
from bot.messages import Mode, Reply
from tests.conftest import Say
from tests.plans.two_plans import FIRST, SECOND, two_plans


@pytest.fixture
def installation() -> Installation:
    return Installation(Config(), two_plans())


def numbers(reply: Reply) -> list[int]:
    return [item.number for item in reply.items]


def test_an_answer_about_a_further_plans_service_names_that_plan(say: Say) -> None:
    reply = say("防走失定位手环怎么领")
    assert (reply.mode, numbers(reply)) == (Mode.ANSWER, [1003])
    assert "2023年计划" in reply.text.splitlines()[0] and "2022" not in reply.text
    assert reply.text.splitlines()[-1] == f"依据：《{SECOND}》第3条"
    assert {"item": 3, "document": "长绿发〔2023〕3号"} in reply.sources


def test_the_first_plans_own_services_are_answered_as_before(say: Say) -> None:
    reply = say("特困供养上哪申请")
    assert numbers(reply) == [5] and "2023" not in reply.text
    assert {"item": 5, "document": "长绿发〔2022〕6号"} in reply.sources


def test_the_same_matter_in_two_plans_is_named_side_by_side_the_newer_first(say: Say) -> None:
    reply = say("居家养老服务一个月给多少钱")
    assert (reply.mode, numbers(reply)) == (Mode.ANSWER, [1001, 7])
    assert reply.text.index("每人每月260元") < reply.text.index("每人每月200元")
    assert "2023年、2022年计划" in reply.text.splitlines()[0]
    assert [option.text[-9:] for option in reply.options] == ["（2023年计划）", "（2022年计划）"]
    assert f"依据：《{SECOND}》第1条；《{FIRST}》第7条" in reply.text


def test_one_of_the_two_is_chosen_and_followed_up(say: Say) -> None:
    say("居家养老服务一个月给多少钱")
    assert numbers(say("2")) == [7]
    assert numbers(say("找谁办")) == [7]


def test_a_message_that_names_the_year_is_answered_from_that_plan(say: Say) -> None:
    assert numbers(say("2022年的居家养老服务一个月给多少钱")) == [7]
    assert numbers(say("2023年的居家养老服务一个月给多少钱")) == [1001]


def test_a_promise_of_a_further_plan_is_told_with_its_year(say: Say) -> None:
    reply = say("社区自习室建设进展怎么样了")
    assert numbers(reply) == [1004] and reply.text.startswith("2023年计划的目标：社区自习室建设12个。")


def test_fields_of_all_plans_are_browsed_told_apart(say: Say) -> None:
    fields = [option.text for option in say("有哪些方面").options]
    assert len(fields) == 12 and "社会保障方面" in fields
    shown = say("社会保障方面（2023年计划）")
    assert numbers(shown) == [1001, 1002, 1002, 1003]
    assert "家庭养老床位（2023年计划）" in [option.text for option in shown.options]
    assert numbers(say("家庭养老床位（2023年计划）")) == [1002]


def test_a_department_lists_its_items_plan_by_plan(say: Say) -> None:
    reply = say("区民政局管啥")
    text = reply.text
    assert text.startswith("区民政局在2023年、2022年计划里负责")
    assert text.index(f"《{FIRST}》：") < text.index("第7条") < text.index(f"《{SECOND}》：") < text.index("第3条 防走失")
    assert {"item": 3, "document": "长绿发〔2023〕3号"} in reply.sources


def test_what_may_apply_is_told_of_both_plans_each_with_its_year(say: Say) -> None:
    reply = say("我妈78岁失能，家里困难，能享受啥")
    for _ in range(5):
        if not reply.asking:
            break
        reply = say("不清楚")
    assert reply.mode is Mode.ELIGIBILITY and {6, 1002} <= set(numbers(reply))
    assert "2023年计划写的是" in reply.text and "2022年计划写的是" in reply.text


def test_what_no_plan_covers_is_turned_away_for_both(say: Say) -> None:
    reply = say("怎么买彩票")
    assert reply.mode is Mode.REJECT and "2023年、2022年计划的61条里没有" in reply.text


def test_a_menu_offers_a_matter_of_both_plans_told_apart(say: Say) -> None:
    reply = say("养老")
    assert reply.mode is Mode.CLARIFY
    offered = [option.text for option in reply.options]
    newer = offered.index("居家养老服务（每人每月260元）（2023年计划）")
    assert offered[newer + 1] == "居家养老服务（每人每月200元）（2022年计划）"
    assert numbers(say(str(newer + 2))) == [7]
