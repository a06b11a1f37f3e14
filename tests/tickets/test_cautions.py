"""What is to be looked at once more before a text goes to a resident."""

import datetime
import re

import pytest

from bot.tickets.cautions import Background, cautions, plain
from bot.tickets.published import PublishedText
from bot.tickets.reply_templates import TemplateError, check_template, own_templates
from knowledge.base import KnowledgeBase

TODAY = datetime.date(2026, 3, 2)


def found(text: str, **background: object) -> list[str]:
    return [caution.found for caution in cautions(text, Background(TODAY, **background))]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("请和楼上住户13843112345联系", "13843112345"),
        ("他家电话0431-87654321", "0431-87654321"),
        ("户主身份证220106197203154218已核对", "220106197203154218"),
        ("退到卡6222021234567890128", "6222021234567890128"),
        ("车牌吉A·12345的车主", "吉A·12345"),
        ("请致电１３８４３１１２３４５", "13843112345"),
    ],
)
def test_somebodys_personal_data_is_found(text: str, piece: str) -> None:
    assert found(text) == [piece]


@pytest.mark.parametrize(
    "text",
    [
        "工单LY-20260302-0001-4已办",
        "编号220106197203154210",  # its check digit is wrong: no ID number
        "3月1日已修好，换了灯泡2个",
        "停水3天是因为管道爆裂",
        "不一定是我们管",
        "谢谢您的建议",
        "您第三次反映，我们第2天后又去过",
        "第十三个工作日内各单位开过会",
    ],
)
def test_what_is_neither_personal_nor_a_promise_is_let_pass(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("我们保证修好", "保证"),
        ("尽快处理", "尽快"),
        ("年底前完工", "年底前"),
        ("三天内修好", "三天内"),
        ("10个工作日内答复", "10个工作日内"),
        ("可补贴500元", "500元"),
        ("3月20日完工", "3月20日"),
        ("2月30日完工", "2月30日"),
    ],
)
def test_a_promise_that_nothing_backs_is_found(text: str, piece: str) -> None:
    assert found(text) == [piece]


def test_what_is_published_and_what_the_resident_said_may_be_repeated(knowledge: KnowledgeBase) -> None:
    published = PublishedText(lambda: knowledge)()
    target = re.findall(r"\d+(?:\.\d+)?(?:亿|万)?元|\d+%", knowledge.document)[0]
    assert found(f"标准是{target}", published=published) == []
    assert found("标准是98765元", published=published) == ["98765元"]
    assert found("您说的收费300元已退", told="乱收费300元") == []
    assert found("收费300元", published=plain("1300元")) == ["300元"]
    assert found("请打0431-87654321", published=plain("0431-87654321")) == []


def test_the_residents_own_data_may_stand_there_but_not_those_behind_a_secret_report() -> None:
    assert found("已给您13843112345回过电话", own=("13843112345",)) == []
    assert found("已给刘芳13843112345回过电话", secret=("刘芳", "13843112345"))[:2] == ["刘芳", "13843112345"]
    assert found("和张建国一起看过", names=("张建国",)) == ["张建国"]


def test_templates_that_come_with_the_service_can_be_filled_and_a_wrong_placeholder_is_named() -> None:
    for template in own_templates():
        check_template(template.text)
    for wrong in ("{nobody}", "{number", "{0}", "{number.code}"):
        with pytest.raises(TemplateError):
            check_template(wrong)
