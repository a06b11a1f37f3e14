"""Several plans in force: each keeps its own items, text and year; one is renewed or taken out without touching the others."""

from typing import Any

import numpy as np
import pytest

from bot.progress.rules import promises_of
from bot.publishing.stamping import stamped
from bot.topics import catalogue_of
from intents.certainty import Certainty
from knowledge.changes import apart, differences, merged, together, with_change
from knowledge.dead import dead_references
from knowledge.document import Document, document_of, knowledge_of, problems_of
from knowledge.errors import KnowledgeError
from knowledge.load import DATA, load_knowledge
from knowledge.plans.beside import taken_out
from knowledge.plans.blocks import of_text
from knowledge.plans.draft import draft_of
from knowledge.plans.matching import Outcome
from knowledge.plans.reader import read_plan
from tests.plans.two_plans import FIRST, SECOND, TEXT, TODAY, put_beside, two_plans

PRESENT = load_knowledge()
BEFORE = document_of(PRESENT)
BOTH = two_plans()


def plan_of_first(text: str) -> Document:
    return draft_of(read_plan(of_text(text)), "plan.txt", BOTH, TODAY).document


def test_a_document_of_one_plan_is_as_it_always_was() -> None:
    assert "plans" not in BEFORE and not any("place" in part for part in BEFORE["fields"])
    assert document_of(knowledge_of(BEFORE)) == BEFORE and together(apart(BEFORE)) == BEFORE


def test_a_plan_beside_leaves_the_first_one_whole() -> None:
    after = document_of(BOTH)
    assert (after["plan"], after["document"]) == (BEFORE["plan"], BEFORE["document"])
    assert after["fields"][: len(BEFORE["fields"])] == BEFORE["fields"]
    assert [item.number for item in BOTH.items.values()][56:] == [1001, 1002, 1003, 1004, 1005]
    assert BOTH.item_name(1003) == f"《{SECOND}》第3条" and BOTH.item_name(3) == "第3条"
    assert problems_of(BOTH) == [] and list(dead_references(BOTH)) == []


def test_departments_that_the_district_has_are_the_same_and_new_ones_are_added() -> None:
    names = [department.name for department in BOTH.departments]
    assert names == [*(department.name for department in PRESENT.departments), "区数据局"]
    assert [item.number for item in BOTH.items_of_department("区民政局")][-3:] == [1001, 1002, 1003]


def test_what_is_written_about_the_same_promise_is_carried_over_to_services_of_its_own() -> None:
    service = BOTH.services["home-care-purchase-2023"]
    assert "每人每月260元" in service.answers["amount"] and "2023年计划" in service.answers["amount"]  # type: ignore[index]
    assert "200元" in BOTH.services["home-care-purchase"].answers["amount"]  # type: ignore[index]
    assert BOTH.same_matter("home-care-purchase") == ["home-care-purchase-2023", "home-care-purchase"]
    assert "online-notary-2023" not in BOTH.services, "the new item does not speak of it"


def test_a_text_that_is_not_its_own_plans_is_told_with_the_plan() -> None:
    broken = with_change(document_of(BOTH), "item:1004", "text", "建设社区自习室 13 个，免费向学生开放。")
    assert any(p.startswith(f"《{SECOND}》第4条：条文、责任部门") for p in problems_of(knowledge_of(broken)))
    foreign = with_change(document_of(BOTH), "service:home-care-purchase-2023", "answers.amount", "2023年计划是每人每月200元。")
    assert any(f"《{SECOND}》第1条" in p and "200" in p for p in problems_of(knowledge_of(foreign)))


def test_a_number_in_an_answer_means_an_item_of_its_own_plan() -> None:
    text = with_change(document_of(BOTH), "service:legal-aid-2023", "answers.contact", "和第9条一起办。")
    assert [str(p) for p in dead_references(knowledge_of(text))] == [f"《{SECOND}》第5条 法律援助：答复里说到第9条，计划里没有"]


def test_items_without_their_plan_are_a_problem() -> None:
    lost = {name: value for name, value in document_of(BOTH).items() if name != "plans"}
    assert "第1001条：没有它所在的计划" in problems_of(knowledge_of(lost))


def test_a_newer_version_of_a_plan_beside_replaces_that_one_only() -> None:
    newer = TEXT.replace("260 元", "300 元").replace("4. 建设社区自习室 12 个，免费向学生开放。（区文旅局）\n\n5.", "4.")
    draft = put_beside(BOTH, newer)
    assert [match.outcome for match in draft.matches].count(Outcome.GONE) == 1
    after = knowledge_of(draft.document)
    assert len(after.plans) == 1 and [n for n in after.items if n > 1000] == [1001, 1002, 1003, 1004]
    assert "300元" in after.services["home-care-purchase-2023"].answers["amount"]  # type: ignore[index]
    changed = {change.object for change in differences(document_of(BOTH), draft.document)}
    assert not any(key.startswith("service:") and not key.endswith("-2023") and "zi-xi" not in key for key in changed)
    assert problems_of(after) == []


def test_a_plan_with_another_title_comes_beside_both() -> None:
    special = TEXT.replace("建设幸福绿园行动计划", "老年人关爱专项计划").replace("3号", "8号").replace("2023年", "2022年")
    three = knowledge_of(put_beside(BOTH, special).document)
    assert [plan.place for plan in three.plans] == [1, 2] and 2005 in three.items
    assert len(three.same_matter("home-care-purchase")) == 3 and problems_of(three) == []


def test_the_plan_that_is_the_first_cannot_come_beside_itself() -> None:
    with pytest.raises(KnowledgeError, match="已经是现在的计划"):
        put_beside(PRESENT, (DATA / "plan-2022.txt").read_text())


def test_taken_out_again_nothing_of_it_is_left() -> None:
    assert taken_out(document_of(BOTH), 1) == BEFORE


def test_the_first_plan_is_replaced_and_the_one_beside_stays() -> None:
    text = (DATA / "plan-2022.txt").read_text().replace("6 场以上", "8 场以上")
    changed = differences(document_of(BOTH), plan_of_first(text))
    assert "item:1" in {change.object for change in changed}
    assert not any(change.object.startswith(("item:10", "further")) for change in changed)
    assert plan_of_first((DATA / "plan-2022.txt").read_text())["plans"] == document_of(BOTH)["plans"]


def test_records_and_merging_know_both_plans() -> None:
    after = document_of(BOTH)
    assert together(apart(after)) == after
    edited = with_change(BEFORE, "department:区民政局", "phone", "0431-1")
    carried, _, left = merged(BEFORE, after, edited)
    assert not left and with_change(carried, "department:区民政局", "phone", None) == after


def test_the_texts_of_a_plan_that_comes_beside_are_not_stamped_as_written_by_the_district() -> None:
    assert stamped(BEFORE, document_of(BOTH), {}, "files", TODAY) == document_of(BOTH)


def test_services_about_the_same_matter_answer_for_each_other() -> None:
    groups: dict[str, Any] = {topic.id: topic.group for topic in catalogue_of(BOTH).topics}
    assert groups["home-care-purchase-2023"] == groups["home-care-purchase"] == 7
    assert groups["legal-aid-2023"] == 51 and groups["she-qu-zi-xi-shi-jian-she"] == 1004
    assert all(topic.group == PRESENT.item_of(topic.id).number for topic in catalogue_of(PRESENT).topics)


def test_promises_of_all_plans_are_reported_on() -> None:
    assert [promise.item for promise in promises_of(BOTH) if promise.service == "she-qu-zi-xi-shi-jian-she"] == [1004]
    assert BOTH.plan.title == FIRST


def test_certainty_is_the_same_whether_group_numbers_have_gaps_or_not() -> None:
    random = np.random.default_rng(3)
    near = np.array([0, 1, 1, 2, 3, 3])
    far = np.array([0, 1, 1, 2, 1004, 1004])
    probabilities = random.dirichlet(np.ones(6), 200)
    stages = [random.random((200, 6)).astype(np.float32)]
    labels = random.integers(0, 6, 200)
    judged = [Certainty(groups).fit(probabilities, stages, labels).probabilities(probabilities, stages) for groups in (near, far)]
    assert np.array_equal(judged[0], judged[1])
