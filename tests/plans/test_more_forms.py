"""Plans of three more districts, each in a form of its own, up to the services that are made of them."""

import datetime
from functools import cache
from pathlib import Path

import pytest

from knowledge.base import KnowledgeBase
from knowledge.document import knowledge_of, problems_of
from knowledge.load import load_knowledge
from knowledge.model import Aspect, Kind, Service
from knowledge.plans.blocks import of_text
from knowledge.plans.draft import draft_of, obstacles
from knowledge.plans.labels import label_of
from knowledge.plans.reader import read_plan
from knowledge.plans.records import ReadPlan
from knowledge.plans.word import of_word
from tests.plans.word_files import two_headed_plan

PLANS = Path(__file__).parent.parent / "data" / "plans"


@cache
def plan(name: str) -> ReadPlan:
    if name == "baihua":
        return read_plan(of_word(two_headed_plan()))
    return read_plan(of_text((PLANS / f"{name}.txt").read_text()))


@cache
def known(name: str) -> KnowledgeBase:
    return knowledge_of(draft_of(plan(name), name, load_knowledge(), datetime.date(2026, 3, 2)).document)


def service(name: str, number: int) -> Service:
    return known(name).items[number].services[0]


@pytest.mark.parametrize("name", ["baihua", "songling-2025", "yinxing-2027"])
def test_they_become_a_draft_without_a_hand_and_a_fault(name: str) -> None:
    assert plan(name).faults == () and obstacles(plan(name)) == [] and problems_of(known(name)) == []
    assert "绿园" not in str(known(name)) and "长春" not in str(known(name).departments)


def test_offices_below_a_heading_are_those_of_each_item_that_names_none() -> None:
    read = plan("songling-2025")
    assert [part.title for part in read.fields] == ["教育惠民", "健康惠民", "交通惠民", "安居惠民", "救助惠民"]
    offices = {item.number: item.offices.names for item in read.items}
    assert offices[1] == offices[2] == ("县教体局",) and offices[3] == ("县教体局", "团县委", "县科协")
    assert offices[4] == offices[6] == ("县卫健委", "各乡镇（街道）") and offices[12] == ("县残联",)
    assert (read.title, read.year, read.number) == ("关于做好2025年十类民生实事的意见", 2025, "松发〔2025〕2号")


def test_a_table_at_the_end_that_shares_the_items_out_gives_their_offices_and_no_items() -> None:
    read = plan("yinxing-2027")
    assert [(item.number, item.field) for item in read.items][::3] == [
        (1, "稳就业"),
        (4, "护老幼"),
        (7, "优环境"),
        (10, "保平安"),
    ]
    assert read.items[1].text == "举办“春风行动”“金秋招聘月”等招聘活动40场。"
    assert read.items[3].offices.assist == ("各乡镇（街道）",) and read.items[5].offices_place == "第46行第3格"
    told = {unread.text for unread in read.unread}
    assert {"二、工作要求", "各责任单位要压实责任，确保12月20日前全部完成。", "- 1 -"} <= told
    assert read.title == "银杏区2027年政府民生工程实施计划"


def test_several_offices_in_a_cell_stand_a_line_each_or_go_on_in_the_next() -> None:
    offices = [item.offices for item in plan("baihua").items]
    assert (offices[0].lead, offices[0].assist) == (("区住房保障中心",), ("区财政局", "各街道办事处"))
    assert offices[1].lead == ("区城市建设发展集团",) and offices[3].lead == ("区农业农村和水利局",)
    assert [item.field for item in plan("baihua").items] == ["住有宜居", "住有宜居", "病有良医", "病有良医"]
    assert plan("baihua").number == "白办发〔2026〕15号" and plan("baihua").title == "2026年白桦区“民生幸福”行动方案"


@pytest.mark.parametrize(("text", "number"), [("Ⅳ．安居", 4), ("IX、安居", 9), ("Ⅻ 安居", 12), ("XIV. 安居", 14)])
def test_roman_numbers_are_numbers(text: str, number: int) -> None:
    label = label_of(text)
    assert label and (label.style, label.number, label.rest) == ("roman", number, "安居")


def test_a_table_that_shares_out_something_else_is_not_taken_for_the_items() -> None:
    table = "序号\t项目\t责任单位\n1\t会议筹备\t区政府办\n2\t宣传报道\t区委宣传部\n"
    text = "《2026年某区民生实事》\n【养老】\n1. 新建食堂3处。\n2. 建公园2个。\n" + table
    read = read_plan(of_text(text))
    assert [item.number for item in read.items] == [1, 2, 1, 2]
    assert {fault.kind for fault in read.faults} >= {"doubled_number", "no_department"}


@pytest.mark.parametrize(
    ("name", "number", "title", "kind", "target"),
    [
        ("songling-2025", 3, "中小学课后服务", Kind.SERVICE, None),
        ("songling-2025", 4, "健康体检", Kind.SERVICE, None),
        ("songling-2025", 9, "危房改造", Kind.BENEFIT, ("危房改造", "120户")),
        ("songling-2025", 11, "农村低保标准", Kind.BENEFIT, None),
        ("songling-2025", 12, "辅助器具适配", Kind.SERVICE, ("辅助器具适配", "600件")),
        ("yinxing-2027", 5, "孤儿基本生活费", Kind.BENEFIT, None),
        ("yinxing-2027", 6, "农村生活污水治理", Kind.WORKS, ("自然村生活污水治理", "16个")),
        ("yinxing-2027", 10, "护学岗", Kind.GOVERNANCE, None),
        ("baihua", 3, "夜间门诊", Kind.SERVICE, ("夜间门诊", "4家社区卫生服务中心")),
    ],
)
def test_titles_kinds_and_targets_are_what_the_words_say(
    name: str, number: int, title: str, kind: Kind, target: tuple[str, str] | None
) -> None:
    one = service(name, number)
    assert (one.title, one.kind) == (title, kind)
    assert [(t.what, t.amount) for t in one.targets] == ([target] if target else [])


def test_whom_it_is_for_stands_word_for_word_and_is_always_somebody() -> None:
    assert service("songling-2025", 4).answers[Aspect.ELIGIBILITY] == "2025年计划写的对象是：农村65岁以上老年人。"
    assert service("yinxing-2027", 5).answers[Aspect.ELIGIBILITY] == "2027年计划写的对象是：孤儿、事实无人抚养儿童。"
    assert service("baihua", 4).answers[Aspect.ELIGIBILITY] == "2026年计划写的对象是：35至64周岁农村妇女。"
    assert Aspect.ELIGIBILITY not in service("baihua", 3).answers


def test_other_names_are_names_and_no_pieces_of_sentences() -> None:
    services = [one for name in ("songling-2025", "yinxing-2027", "baihua") for one in known(name).services.values()]
    names = [name for one in services for name in one.aliases]
    pieces = ("每", "不少于", "一次", "提高到", "起实行", "其中", "不超过")
    assert len(names) > 100 and not [name for name in names if any(piece in name for piece in pieces)]
    assert "既有住宅加装电梯" in service("baihua", 1).aliases and "低保" not in service("baihua", 1).aliases
