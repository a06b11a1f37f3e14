"""A plan becomes a draft: every service from its item alone; last year's texts are carried over where the items match."""

import datetime
from collections import Counter
from pathlib import Path

import pytest

from bot.dialogue.eligibility import Certainty, outcome
from intents.circumstances import read as read_situation
from intents.text import normalise
from knowledge.base import KnowledgeBase
from knowledge.document import document_of, knowledge_of, problems_of
from knowledge.errors import KnowledgeError
from knowledge.load import DATA, load_knowledge
from knowledge.model import Aspect, Kind, PlaceList
from knowledge.plans.blocks import of_text
from knowledge.plans.draft import Corrections, PlanDraft, corrected, counts, draft_of, obstacles
from knowledge.plans.matching import Outcome, changed_figures, word_differences
from knowledge.plans.reader import read_plan
from knowledge.plans.records import ReadPlan
from knowledge.plans.word import of_word
from tests.plans.word_files import list_plan, table_plan

PLANS = Path(__file__).parent.parent / "data" / "plans"
TODAY = datetime.date(2026, 3, 2)
PRESENT = load_knowledge()
LAST_YEAR = (DATA / "plan-2022.txt").read_text()


def read(name: str) -> ReadPlan:
    return read_plan(of_text((PLANS / name).read_text()))


def draft(name: str, base: KnowledgeBase = PRESENT) -> KnowledgeBase:
    return knowledge_of(draft_of(read(name), name, base, TODAY).document)


def next_year(**changes: str) -> PlanDraft:
    """The present plan a year later, with other words for some of its own."""
    text = LAST_YEAR.replace("2022 年", "2023 年").replace("2022年", "2023年").replace("〔2022〕6号", "〔2023〕9号")
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after)
    return draft_of(read_plan(of_text(text)), "plan-2023.txt", PRESENT, TODAY)


# -- a district that nobody knows yet -----------------------------------------------------------------------------------


def test_a_plan_without_anything_known_before_gives_its_items_fields_and_departments_exactly() -> None:
    elsewhere = draft("yunshan-2026.txt")
    result = draft_of(read_plan(of_text(LAST_YEAR)), "plan-2022.txt", elsewhere, TODAY)
    new = knowledge_of(result.document)
    assert (len(new.items), len(new.fields), len(new.departments)) == (56, 10, 20)
    assert [(i.number, i.text, i.departments) for i in new.items.values()] == [
        (i.number, i.text, i.departments) for i in PRESENT.items.values()
    ]
    assert [part.title for part in new.fields] == [part.title for part in PRESENT.fields]
    assert {d.name for d in new.departments} == {d.name for d in PRESENT.departments}
    assert (new.plan.title, new.plan.year, new.plan.document_number) == (
        PRESENT.plan.title, PRESENT.plan.year, PRESENT.plan.document_number,
    )  # fmt: skip
    assert counts(result.matches)[Outcome.NEW] == 56
    assert problems_of(new) == []


@pytest.mark.parametrize("name", ["yunshan-2026.txt", "tingzhou-2025.txt", "pasted-2027.txt", "table", "list"])
def test_a_draft_passes_every_check_and_states_only_what_its_items_state(name: str) -> None:
    plan = read_plan(of_word(table_plan() if name == "table" else list_plan())) if "." not in name else read(name)
    known = knowledge_of(draft_of(plan, name, PRESENT, TODAY).document)
    assert problems_of(known) == []
    assert len(known.items) == len(plan.items) and all(department.full_name for department in known.departments)
    assert known.plan.year == plan.year and known.plan.title == plan.title
    said = [text for service in known.services.values() for text in service.answers.values()]
    assert all(text.startswith(f"{plan.year}年计划") for text in said)
    assert "绿园" not in str(document_of(known)) and "2022" not in str(said)


def test_services_have_the_kind_the_figures_and_the_places_of_their_item() -> None:
    known = draft("yunshan-2026.txt")
    services = {service.title: service for service in known.services.values()}
    assert services["高龄津贴"].kind is Kind.BENEFIT and services["公益托管班"].kind is Kind.ACTIVITY
    assert services["高龄津贴"].answers[Aspect.AMOUNT] == "2026年计划写的是：标准提高到每人每月120元。"
    assert services["高龄津贴"].answers[Aspect.ELIGIBILITY] == "2026年计划写的对象是：80周岁以上老人。"
    old = services["老旧小区改造"]
    assert old.places == ("柳荫小区", "纺织厂家属院", "红星里") and old.place_list is PlaceList.OPEN
    assert [(target.what, target.amount) for target in old.targets] == [("老旧小区改造", "26个")]
    assert Aspect.AMOUNT not in old.answers and Aspect.HOW not in old.answers
    assert {service.title for service in known.items[22].services} == {"零工招聘会", "零工驿站建设"}
    assert services["流感疫苗接种"].answers[Aspect.TIME] == "2026年计划写的是：9月底前完成。"


def test_a_group_that_an_item_names_may_fall_under_it_and_nobody_else() -> None:
    known = draft("yunshan-2026.txt")
    old = outcome(known, read_situation(normalise("我爸今年八十五了，能享受什么"), year=2026))
    assert {1, 10} <= {found.item for found in old} and all(found.certainty is not Certainty.SURE for found in old)
    assert {found.item for found in old} <= {1, 4, 10}
    assert all(one.words in known.item_of(s.id).text for s in known.services.values() for one in s.criteria)


def test_only_what_holds_everywhere_is_taken_from_another_district() -> None:
    known = draft("yunshan-2026.txt")
    assert {hotline.number for hotline in known.hotlines} >= {"110", "119", "120", "12345"}
    labour = known.hotline("12333")
    assert labour.departments == ("区人社局",) and labour.items == (21, 22)
    assert known.department("区人社局").full_name == "临汀市云杉区人社局"
    assert "劳动局" in known.department("区人社局").aliases
    assert known.notices == () and known.laws == ()


# -- next year's plan of the same district ------------------------------------------------------------------------------


def test_items_are_kept_changed_new_or_gone() -> None:
    text = LAST_YEAR.replace("招聘会 6 场", "招聘会 8 场")
    last = next(line for line in text.splitlines() if line.startswith("56."))
    text = text.replace(last, "56.为高考学生提供免费送考车 30 辆。（责任部门：区教育局）")
    result = draft_of(read_plan(of_text(text)), "plan.txt", PRESENT, TODAY)
    assert counts(result.matches) == {Outcome.KEPT: 54, Outcome.CHANGED: 1, Outcome.NEW: 1, Outcome.GONE: 1}
    by_outcome = {match.outcome: match for match in result.matches}
    gone, changed = by_outcome[Outcome.GONE].old, by_outcome[Outcome.CHANGED]
    assert gone is not None and gone.number == 56
    assert changed.old is not None and changed.new is not None
    pieces = word_differences(changed.old.text, changed.new.text)
    assert [(piece.kind, piece.text) for piece in pieces if piece.kind != "same"] == [("del", "6"), ("ins", "8")]
    assert "".join(piece.text for piece in pieces if piece.kind != "ins") in changed.old.text.replace(" ", "")


def test_items_are_recognised_under_other_numbers_and_in_another_order() -> None:
    plan = read_plan(of_text(LAST_YEAR))
    turned = tuple(
        item.__class__(**{**item.__dict__, "number": 57 - item.number}) for item in reversed(plan.items)
    )  # fmt: skip
    result = draft_of(plan.__class__(**{**plan.__dict__, "items": turned}), "plan.txt", PRESENT, TODAY)
    assert counts(result.matches)[Outcome.KEPT] == 56
    known = knowledge_of(result.document)
    assert known.item_of("legal-aid").number == 57 - 51
    assert 57 - 51 in known.hotline("12348").items and known.law("legal-aid-31").items == (57 - 51,)
    assert problems_of(known) == []


def test_what_was_written_by_hand_stays_and_changed_figures_take_the_place_of_the_old() -> None:
    result = next_year(**{"每人每月 200 元": "每人每月 260 元"})
    before, now = PRESENT.services["home-care-purchase"], knowledge_of(result.document).services["home-care-purchase"]
    assert problems_of(knowledge_of(result.document)) == []
    assert (before.title, now.title) == ("居家养老服务（每人每月200元）", "居家养老服务（每人每月260元）")
    assert len(now.aliases) == len(before.aliases) and "购买居家养老服务" in now.aliases
    assert now.answers[Aspect.AMOUNT] == "2023年计划的标准是每人每月260元，由区里用来购买居家养老服务。"
    assert now.upkeep[Aspect.AMOUNT].review_on == TODAY
    assert any("第7条" in note and "请复核" in note for note in result.notes)
    legal = knowledge_of(result.document).services["legal-aid"]
    assert legal.upkeep.get(Aspect.OVERVIEW) is None and "2023年计划" in legal.answers[Aspect.OVERVIEW]


def test_what_the_new_words_no_longer_bear_out_is_left_behind_and_told() -> None:
    result = next_year(**{"奔驰花园小区、娜奇美 5 区等 9 个": "奔驰花园小区、幸福里等 12 个"})
    service = knowledge_of(result.document).services["old-community-renovation"]
    assert service.places == ("奔驰花园小区", "幸福里")
    assert "娜奇美" not in service.answers[Aspect.OVERVIEW] and "幸福里" in service.answers[Aspect.OVERVIEW]
    told = "\n".join(result.notes)
    assert "地点“娜奇美 5 区”没有沿用" in told and "原来是：2022年计划里，推进奔驰花园小区" in told


def test_contacts_of_departments_stay() -> None:
    record = document_of(PRESENT)
    office = next(one for one in record["departments"] if one["name"] == "区民政局")
    office["phone"] = "0431-0000000"
    result = draft_of(read_plan(of_text(LAST_YEAR)), "plan.txt", knowledge_of(record), TODAY)
    assert knowledge_of(result.document).department("区民政局").phone == "0431-0000000"


def test_importing_the_present_plan_again_changes_nothing() -> None:
    assert draft_of(read_plan(of_text(LAST_YEAR)), "plan-2022.txt", PRESENT, TODAY).document == document_of(PRESENT)


def test_a_figure_that_changed_in_two_ways_is_not_replaced() -> None:
    assert changed_figures("建5座，修5条", "建6座，修7条") == {}
    assert changed_figures("建5座，修3条", "建6座，修3条") == {"5": "6"}


# -- what stands in the way ---------------------------------------------------------------------------------------------


def test_a_plan_with_obstacles_is_no_draft_and_all_of_them_are_told_at_once() -> None:
    with pytest.raises(KnowledgeError) as refused:
        draft("faulty-2026.txt")
    assert Counter(problem.partition("：")[2][:6] for problem in refused.value.problems)["第4条没有责"] == 1
    assert len(refused.value.problems) == 6


def test_more_items_than_any_plan_has_are_refused() -> None:
    lines = "\n".join(f"{n}. 新建老年食堂{n}处。（区民政局）" for n in range(1, 502))
    assert obstacles(read_plan(of_text("《2026年云杉区民生实事》\n" + lines)))[-1] == "条目太多（501条），最多500条"


def test_a_person_can_put_right_what_the_reader_could_not() -> None:
    plan = read("faulty-2026.txt")
    doubled = [item.place for item in plan.items if [i.number for i in plan.items].count(item.number) > 1][1:]
    places = [*doubled, *(item.place for item in plan.items if not item.text or item.number < 1)]
    offices = {item.place: ("区民政局",) for item in plan.items if not item.offices}
    right = corrected(plan, Corrections(number="某政发〔2026〕1号", left_out=tuple(places), offices=offices))
    assert obstacles(right) == []
    known = knowledge_of(draft_of(right, "plan.txt", PRESENT, TODAY).document)
    assert known.items[4].departments == ("区民政局",) and known.plan.document_number == "某政发〔2026〕1号"
