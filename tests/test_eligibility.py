"""Which services may apply to a life, and what is asked to find out."""

import json
from pathlib import Path

import pytest

from bot.dialogue.eligibility import Certainty, answered, match, next_question, outcome
from intents.circumstances import Situation, read
from intents.text import normalise
from knowledge.base import KnowledgeBase
from knowledge.load import load_knowledge

SITUATIONS = [json.loads(line) for line in (Path(__file__).parent / "data" / "situations.jsonl").open(encoding="utf-8")]


@pytest.fixture(scope="module")
def knowledge() -> KnowledgeBase:
    return load_knowledge()


def told(text: str) -> Situation:
    return read(normalise(text), year=2022)


def items(knowledge: KnowledgeBase, text: str) -> set[int]:
    return {found.item for found in outcome(knowledge, told(text))}


def without_knowing(knowledge: KnowledgeBase, text: str) -> tuple[set[int], list[str]]:
    """The items named when every question is answered 不清楚, and the questions."""
    situation, asked = told(text), []
    while question := next_question(knowledge, situation, asked):
        asked.append(question.id)
        situation = answered(situation, question.id, "不清楚").situation
    return {found.item for found in outcome(knowledge, situation)}, asked


def test_situations_find_what_a_clerk_would_name_and_nothing_that_cannot_be(knowledge: KnowledgeBase) -> None:
    sure = named_sure = named_all = stray = questions = 0
    for row in SITUATIONS:
        named, asked = without_knowing(knowledge, row["text"])
        assert not named & set(row["never"]), row
        sure, named_sure = sure + len(row["sure"]), named_sure + len(named & set(row["sure"]))
        named_all, stray = named_all + len(named), stray + len(named - set(row["sure"]) - set(row["maybe"]))
        questions += len(asked)
    assert len(SITUATIONS) >= 60
    assert named_sure / sure >= 0.9
    assert stray / named_all <= 0.1
    assert questions / len(SITUATIONS) <= 3


def test_at_most_five_questions_are_asked(knowledge: KnowledgeBase) -> None:
    assert all(len(without_knowing(knowledge, row["text"])[1]) <= 5 for row in SITUATIONS)


def test_a_match_says_which_words_met_which(knowledge: KnowledgeBase) -> None:
    found = next(m for m in match(knowledge, told("我爸82了失能")) if m.service_id == "home-care-bed")
    assert (found.certainty, found.who, found.facts) == (Certainty.SURE, "父亲", ("82岁", "失能"))
    assert found.words == "符合条件的失能、困难老人" and found.open


def test_sure_matches_come_first(knowledge: KnowledgeBase) -> None:
    order = [m.certainty for m in match(knowledge, told("我爸82了失能，家里低保，闺女上高中"))]
    assert order == sorted(order, key=lambda certainty: certainty != Certainty.SURE)


def test_extreme_poverty_support_excludes_the_disability_subsidies(knowledge: KnowledgeBase) -> None:
    assert 45 in items(knowledge, "我二级残疾") and 45 not in items(knowledge, "我二级残疾，是五保户")


def test_conditions_must_be_met_by_one_person(knowledge: KnowledgeBase) -> None:
    assert 6 not in items(knowledge, "我爸82了身体硬朗，我弟四十瘫痪")


def test_the_three_kinds_of_help_with_school_are_told_apart(knowledge: KnowledgeBase) -> None:
    def school(text: str) -> set[int]:
        return items(knowledge, text) & {12, 14, 15}

    assert school("家里低保，孩子上初二") == {12}
    assert school("家里低保，孩子今年高考") == {12, 15}
    assert school("脱贫户，孩子今年中考") == {15}
    assert school("困难职工，孩子上大学") == {14}


def test_an_old_person_without_need_is_asked_about_and_not_named(knowledge: KnowledgeBase) -> None:
    assert not items(knowledge, "我妈75")
    question = next_question(knowledge, told("我妈75"), [])
    assert question is not None and question.options[-1][1] == "不清楚" and 2 <= len(question.options) <= 4


def test_somebody_young_and_well_off_gets_nothing_and_is_not_asked(knowledge: KnowledgeBase) -> None:
    assert without_knowing(knowledge, "我三十二，年薪四十万，有车有房，能享受点啥") == (set(), [])


@pytest.mark.parametrize("reply", ["1", "第一个", "吃低保", "是的", "我们家吃低保"])
def test_an_answer_is_taken_by_number_option_or_free_words(knowledge: KnowledgeBase, reply: str) -> None:
    after = answered(told("孩子今年高考"), "income@家里", reply)
    assert after.understood and {12, 15} <= {m.item for m in outcome(knowledge, after.situation)}


def test_a_negative_answer_removes_what_it_contradicts(knowledge: KnowledgeBase) -> None:
    before = told("我妈瘫痪了")
    assert 6 in {m.item for m in outcome(knowledge, before)}
    after = answered(before, "age@母亲", "没满60岁").situation
    assert not {6, 7} & {m.item for m in match(knowledge, after)}


def test_an_age_told_instead_of_an_option_is_taken(knowledge: KnowledgeBase) -> None:
    mother = answered(told("我妈瘫痪了"), "age@母亲", "73").situation.person("母亲")
    assert mother is not None and mother.age == (73, 73)


def test_what_is_no_answer_changes_nothing() -> None:
    before = told("我妈75")
    assert answered(before, "income@家里", "今天天气真好").understood is False
    assert answered(before, "income@家里", "不清楚").situation == before
