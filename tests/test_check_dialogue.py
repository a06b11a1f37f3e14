"""Which services apply to me: residents tell of their lives and answer what is asked."""

import re

import pytest

from bot.messages import Mode, Reply
from tests.conftest import Clock, Say

QUALIFIES = re.compile(r"您(?:完全|肯定|一定)?(?:符合|有资格|可以享受|能享受|可以领|能领)|保证|一定能|肯定能")


def numbers(reply: Reply) -> list[int]:
    return [item.number for item in reply.items]


def texts(reply: Reply) -> list[str]:
    return [option.text for option in reply.options]


def answered_all(say: Say, reply: Reply, words: str = "不清楚", most: int = 8) -> tuple[Reply, list[Reply]]:
    """The outcome when every question is answered the same way, and the questions that were asked."""
    questions = []
    while reply.asking and len(questions) < most:
        questions.append(reply)
        reply = say(words)
    return reply, questions


OPENING = "我妈瘫痪三年了，能享受点啥"
TOLD = "我妈78了，瘫痪在床三年，家里是低保，能享受啥政策"
LIVES = [
    ("我妈78了，瘫痪在床三年，家里是低保", {6, 7}),
    ("我爸八十二失能，家里低保，闺女今年高考", {6, 7, 12, 15}),
    ("俺是五保户，七十一了，腿脚不好", {5, 7}),
    ("我老伴二级残疾，瘫在家里，七十三了", {45}),
    ("我刚退伍回来，正找工作呢", {4}),
    ("我怀孕七个月了，出门不方便", {56}),
]


@pytest.mark.parametrize(("life", "items"), LIVES)
def test_a_life_is_told_back_at_once_and_ends_in_what_may_apply(say: Say, life: str, items: set[int]) -> None:
    first = say(life)
    assert first.mode is Mode.ELIGIBILITY and "我理解的情况：" in first.text
    end, _ = answered_all(say, first)
    assert (end.mode, end.asking) == (Mode.ELIGIBILITY, False)
    assert set(numbers(end)) >= items


@pytest.mark.parametrize(("life", "_items"), LIVES)
def test_questions_are_asked_one_at_a_time_tappable_and_five_at_most(say: Say, life: str, _items: set[int]) -> None:
    _, questions = answered_all(say, say(life))
    assert len(questions) <= 5
    for question in questions:
        asked = question.text.splitlines()[-1]
        assert asked.endswith("？") and len(asked) <= 25
        assert 2 <= len(question.options) <= 4 and texts(question)[-1] == "不清楚"
    assert len({question.text.splitlines()[-1] for question in questions}) == len(questions), "none is asked twice"


@pytest.mark.parametrize(("life", "_items"), LIVES)
def test_nobody_is_told_that_they_qualify(say: Say, life: str, _items: set[int]) -> None:
    end, questions = answered_all(say, say(life))
    for reply in [*questions, end]:
        assert not QUALIFIES.search(reply.text)
    assert "可能符合" in end.text and "审核为准" in end.text


@pytest.mark.parametrize(("life", "_items"), LIVES)
def test_every_service_stands_with_its_reason_and_its_source(say: Say, life: str, _items: set[int]) -> None:
    end, _ = answered_all(say, say(life))
    assert end.text.count("因为：") == len(end.items) and texts(end) == [item.title for item in end.items]
    for item in end.items:
        assert item.title in end.text and f"第{item.number}条" in end.text
        assert any(source.get("item") == item.number for source in end.sources)
    confidences = [item.confidence for item in end.items]
    assert confidences == sorted(confidences, reverse=True), "sure ones first"


def test_the_reason_is_what_the_resident_said(say: Say) -> None:
    end, _ = answered_all(say, say(TOLD))
    reasons = re.findall("因为：(.*?)；", end.text)
    assert any("78" in reason for reason in reasons) and any("低保" in reason for reason in reasons)


def test_while_asking_the_candidates_so_far_are_named(say: Say) -> None:
    first = say(OPENING)
    assert first.asking and {6, 7} & set(numbers(first))


def test_a_changed_answer_changes_the_outcome(say: Say) -> None:
    life = "孩子今年高考，家里紧巴，能享受点啥"
    poor, _ = answered_all(say, say(life, who="甲"), "不清楚")
    first = say(life)
    while first.asking and "低保" not in first.text.splitlines()[-1]:
        first = say("不清楚")
    assert first.asking and "吃低保" in texts(first)
    end, _ = answered_all(say, say("吃低保"))
    assert {12, 15} <= set(numbers(end)) and not {12, 15} <= set(numbers(poor) if not poor.asking else [])


@pytest.mark.parametrize("way", ["text", "number", "ordinal"])
def test_an_answer_is_tapped_numbered_or_an_ordinal(say: Say, way: str) -> None:
    first = say(OPENING)
    assert first.asking and "满60岁" in first.text
    assert say({"text": "没满60岁", "number": "2", "ordinal": "第二个"}[way]).mode is Mode.ELIGIBILITY
    end, _ = answered_all(say, say("不清楚"))
    assert not {6, 7} & set(numbers(end))


def test_free_words_answer_a_question_too(say: Say) -> None:
    first = say(OPENING)
    assert "满60岁" in first.text
    reply = say("都七十六了")
    assert reply.mode is Mode.ELIGIBILITY and "76" in reply.text


def test_a_correction_changes_the_outcome(say: Say) -> None:
    before, _ = answered_all(say, say("我妈78了，瘫痪在床，家里低保，孩子今年高考，能享受啥政策"))
    assert {12, 15} <= set(numbers(before))
    after, _ = answered_all(say, say("说错了，不是低保"))
    assert after.mode is Mode.ELIGIBILITY and not {12, 15} & set(numbers(after))
    assert {6, 7} <= set(numbers(after)), "what else was said still holds"


def test_more_that_is_told_afterwards_is_taken_in(say: Say) -> None:
    before, _ = answered_all(say, say(TOLD))
    assert 45 not in [item.number for item in before.items if item.confidence > 0.8]
    after, _ = answered_all(say, say("她还有一级残疾证"))
    assert after.mode is Mode.ELIGIBILITY and 45 in numbers(after)


def test_what_can_i_get_asks_for_a_life_first(say: Say) -> None:
    start = say("我能办什么")
    assert (start.mode, start.asking, start.items) == (Mode.ELIGIBILITY, True, ())
    end, _ = answered_all(say, say(TOLD))
    assert {6, 7} <= set(numbers(end))


def test_one_fact_at_a_time_is_enough(say: Say) -> None:
    say("我能享受什么政策")
    say("我妈瘫痪了三年了")
    say("七十八了")
    end, _ = answered_all(say, say("家里吃低保"))
    assert {6, 7} <= set(numbers(end))


def test_a_life_that_nothing_fits_is_told_so_with_a_next_step(say: Say) -> None:
    say("我能办什么")
    end, _ = answered_all(say, say("我三十二，一年挣四十万，有房有车，没结婚"))
    assert (end.mode, end.items) == (Mode.ELIGIBILITY, ()) and "12345" in end.text


@pytest.mark.parametrize("stop", ["算了", "不查了", "取消"])
def test_the_check_can_be_left(say: Say, stop: str) -> None:
    assert say(OPENING).asking
    assert not say(stop).asking
    assert numbers(say("窝沟封闭是免费的吗")) == [17]


def test_a_question_in_the_middle_is_answered_and_the_check_goes_on(say: Say) -> None:
    first = say(OPENING)
    assert "满60岁" in first.text
    assert say("法律援助怎么申请").mode is Mode.ANSWER
    reply = say("满60岁了")
    assert reply.mode is Mode.ELIGIBILITY and {6, 7} & set(numbers(reply))


def test_an_outcome_leads_to_the_details_of_each_service(say: Say) -> None:
    end, _ = answered_all(say, say(TOLD))
    second = end.items[1]
    for words in ("2", second.title):
        reply = say(words)
        assert reply.mode is Mode.ANSWER and [item.service for item in reply.items] == [second.service]


def test_after_the_details_a_fragment_is_about_that_service(say: Say) -> None:
    end, _ = answered_all(say, say(TOLD))
    say(end.items[0].title)
    reply = say("那要带啥材料")
    assert reply.mode is Mode.ANSWER and [item.service for item in reply.items] == [end.items[0].service]


def test_a_check_is_forgotten_after_half_an_hour(say: Say, clock: Clock) -> None:
    say(OPENING)
    clock.forward(minutes=31)
    assert say("满60岁了").text.count("瘫痪") == 0


def test_extreme_poverty_support_excludes_the_disability_subsidies(say: Say) -> None:
    end, _ = answered_all(say, say("我是特困供养的，有二级残疾证，一个人过，还能享受啥"))
    assert 5 in numbers(end) and 45 not in numbers(end)
