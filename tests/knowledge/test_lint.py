"""The check of answer texts: each rule finds what it is for, and leaves alone what is right."""

import datetime
from typing import Any

import pytest

from knowledge.base import KnowledgeBase
from knowledge.changes import with_change
from knowledge.document import document_of, knowledge_of
from knowledge.lint import Finding, lint

TODAY = datetime.date(2026, 3, 2)
KEY = "service:home-care-purchase"


def findings(knowledge: KnowledgeBase, *changes: tuple[str, str, Any], rule: str = "") -> list[Finding]:
    document = document_of(knowledge)
    for change in changes:
        document = with_change(document, *change)
    return [one for one in lint(knowledge_of(document), TODAY) if not rule or one.rule == rule]


def found_in(knowledge: KnowledgeBase, text: str, rule: str, **upkeep: str) -> list[str]:
    """What the rule finds in this text, written as the amount of item 7."""
    changes = [(KEY, "answers.amount", text), (KEY, "upkeep.amount", upkeep or None)]
    found = findings(knowledge, *changes, rule=rule)
    return [one.found or one.words for one in found if (one.object, one.field.partition(".")[2]) == (KEY, "amount")]


def test_the_texts_that_the_project_brings_hold_nothing_without_a_source(knowledge: KnowledgeBase) -> None:
    assert {one.rule for one in findings(knowledge)} <= {"owner", "sentence"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("标准将在近期公布。", ["近期"]),
        ("原则上尽快发放。", ["尽快", "原则上"]),
        ("2022年计划的标准是每人每月200元。", []),
        ("实施提升行动。", []),
    ],
)
def test_a_promise_of_nothing_is_found(knowledge: KnowledgeBase, text: str, found: list[str]) -> None:
    assert found_in(knowledge, text, "vague") == found


def test_a_vague_word_that_the_plan_itself_has_is_not_counted(knowledge: KnowledgeBase) -> None:
    item = next(i for i in knowledge.items.values() if "进一步" in i.text or "逐步" in i.text or "及时" in i.text)
    word = next(word for word in ("进一步", "逐步", "及时") if word in item.text)
    changes = [(f"service:{item.services[0].id}", "answers.overview", f"2022年计划写的是{word}办好这件事。")]
    assert not findings(knowledge, *changes, rule="vague")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("请拨打87654321。", ["87654321"]),
        ("请拨打0431-87654321咨询。", ["0431-87654321"]),
        ("请拨打12399。", ["12399"]),
        ("请拨打12345。", []),
        ("每人120元，共12345人。", []),
        ("手机13800001111。", ["13800001111"]),
    ],
)
def test_a_telephone_number_that_nobody_registered_is_found(knowledge: KnowledgeBase, text: str, found: list[str]) -> None:
    assert found_in(knowledge, text, "telephone") == found


def test_a_telephone_number_of_a_department_or_of_the_basis_is_known(knowledge: KnowledgeBase) -> None:
    assert found_in(knowledge, "请拨打87654321。", "telephone", basis="区民政局来函：咨询电话0431-87654321") == []
    phone = ("department:区民政局", "phone", "0431-87654321")
    text = (KEY, "answers.amount", "请拨打87654321。")
    assert findings(knowledge, phone, text, rule="telephone") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [("由区老龄局发放。", ["区老龄局"]), ("由区民政局发放。", []), ("到镇政府（街道办事处）办理。", [])],
)
def test_an_office_that_there_is_none_of_is_found(knowledge: KnowledgeBase, text: str, found: list[str]) -> None:
    assert found_in(knowledge, text, "office") == found


def test_a_place_without_a_source_is_found(knowledge: KnowledgeBase) -> None:
    assert found_in(knowledge, "在幸福路、光明街建设。", "place")
    address = ("department:区民政局", "address", "幸福路、光明街交汇处")
    assert not findings(knowledge, address, (KEY, "answers.amount", "在幸福路、光明街建设。"), rule="place")


def test_figures_in_digits_and_in_words_are_found(knowledge: KnowledgeBase) -> None:
    assert found_in(knowledge, "每人每月300元，每年两次。", "figure") == ["300", "两"]
    assert found_in(knowledge, "每人每月二百元，十类老人。", "figure") == []
    assert found_in(knowledge, "每人每月300元，每年两次。", "figure", basis="来函：每人每月300元，每年2次") == []


def test_a_sentence_too_long_for_a_phone_is_found(knowledge: KnowledgeBase) -> None:
    assert found_in(knowledge, "长" * 71 + "。", "sentence")
    assert not found_in(knowledge, ("短" * 40 + "。") * 3, "sentence")


def test_what_is_past_its_date_or_due_for_review_is_found(knowledge: KnowledgeBase) -> None:
    assert found_in(knowledge, "标准是每人每月200元。", "date", review_on="2026-03-02")
    assert found_in(knowledge, "标准是每人每月200元。", "date", valid_until="2026-03-01")
    assert not found_in(knowledge, "标准是每人每月200元。", "date", valid_until="2026-03-02", review_on="2026-03-03")
    for key, field in ((KEY, "review_on"), ("department:区民政局", "review_on"), ("hotline:12345", "review_on")):
        assert [one.object for one in findings(knowledge, (key, field, "2026-01-01"), rule="date")] == [key]


def test_an_owner_of_the_service_or_of_each_text_is_enough(knowledge: KnowledgeBase) -> None:
    def without(*changes: tuple[str, str, Any]) -> bool:
        return KEY in {one.object for one in findings(knowledge, *changes, rule="owner")}

    assert without()
    assert not without((KEY, "owner", "区民政局"))
    texts = [(KEY, f"upkeep.{aspect}", {"owner": "养老科"}) for aspect in knowledge.services["home-care-purchase"].answers]
    assert not without(*texts) and without(*texts[1:])


def test_a_text_of_the_console_without_a_basis_is_found(knowledge: KnowledgeBase) -> None:
    assert found_in(knowledge, "标准是每人每月200元。", "basis", published="2026-03-01", by="管理员")
    assert not found_in(knowledge, "标准是每人每月200元。", "basis", published="2026-03-01", by="管理员", basis="来函")


def test_a_reference_to_an_item_that_is_gone_is_found(knowledge: KnowledgeBase) -> None:
    (found,) = findings(knowledge, (KEY, "answers.how", "参见第99条。"), rule="reference")
    assert (found.object, found.field) == (KEY, "answers.how")
