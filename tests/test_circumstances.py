"""What is read from a resident's words about their life."""

import pytest

from intents.circumstances import Situation, Truth, candidates, life_situation, read
from intents.circumstances.numerals import digits
from intents.text import normalise


def told(text: str, before: Situation | None = None) -> Situation:
    return read(normalise(text), before, year=2022)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("我爸82了失能，我妈75，家里低保，闺女今年高考", "您爸爸（82岁，失能）；您妈妈（75岁）；家里低保；女儿今年高考"),
        ("俺爹七十多了,没儿没女一个人住 没残疾证", "您爸爸（70多岁，无儿无女，独自居住，没有残疾证）"),
        ("老伴二级残疾 我七十二三 不是低保", "您（72到73岁）；您老伴二级残疾；家里不是低保"),
        ("爸妈都八十多了 我爸能自理 我妈下不了楼想立遗嘱", "您爸爸（80多岁，能自理）；您妈妈（80多岁，行动不便，想办公证）"),
        ("82岁失能的老母亲", "您妈妈（82岁，失能）"),
    ],
)
def test_what_was_understood_is_shown_back_and_nothing_else(text: str, shown: str) -> None:
    assert told(text).shown() == shown


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("我妈八十二", (82, 82)),
        ("我妈七十多了", (71, 79)),
        ("我妈快六十了", (57, 59)),
        ("我妈七八十岁", (70, 89)),
        ("我妈1950年生人", (71, 72)),
        ("我妈60后", (53, 62)),
    ],
)
def test_ages_are_read_in_digits_numerals_and_rough_words(text: str, years: tuple[int, int]) -> None:
    mother = told(text).person("母亲")
    assert mother is not None and mother.age == years


def test_durations_prices_and_floors_are_no_ages() -> None:
    for text in ("我妈瘫痪三十多年了", "我家在八十平的房子住", "工资欠了我30天", "我家60元水费", "六十年代的老楼"):
        assert all(person.age is None for person in told(text).persons), text


def test_numerals_become_digits_only_where_they_are_numbers() -> None:
    assert digits("八十二岁,七八十,四五岁,几十块,三年级") == "82岁,70~89,4~5岁,几十块,三年级"


@pytest.mark.parametrize("text", ["气死我了", "手机没了,急死我了", "系统瘫痪了", "有啥补贴对象", "打工人累瘫了", "他妈的"])
def test_figures_of_speech_tell_nothing(text: str) -> None:
    assert not told(text).known


@pytest.mark.parametrize("text", ["不是低保", "没有低保", "低保没办下来", "低保被取消了", "没吃上低保"])
def test_a_denied_income_is_never_taken_for_one(text: str) -> None:
    fact = told(text).household["income"]
    assert fact.value is None and fact.denied == ("低保",)


def test_what_is_asked_supposed_or_past_is_not_said() -> None:
    for text in ("怎么算低保", "是不是低保才行", "以前是低保"):
        assert "income" not in told(text).household, text


def test_two_children_in_two_schools_are_two_children() -> None:
    assert told("俩孩子一个今年高考一个上小学,低保").shown() == "家里低保；孩子今年高考；孩子（第2个）上小学"


def test_a_neighbour_shares_nothing_with_the_household() -> None:
    situation = told("邻居大爷80多了没儿没女,我家低保")
    neighbour = next(view for view in candidates(situation) if view.key == "邻居老人")
    assert neighbour.truth("income", ["低保"]) is Truth.UNKNOWN


def test_a_circumstance_of_the_household_holds_for_its_members() -> None:
    daughter = next(view for view in candidates(told("我妈吃低保,闺女今年高考")) if view.key == "女儿")
    assert daughter.truth("income", ["低保"]) is Truth.TRUE


def test_a_correction_replaces_what_stood_there() -> None:
    before = told("我妈75,家里低保")
    after = before.updated(told("说错了,不是低保", before), correcting=True)
    assert after.shown() == "您妈妈（75岁）；家里不是低保"
    assert after.updated(told("是低保边缘", after), correcting=True).shown() == "您妈妈（75岁）；家里低保边缘"


def test_a_person_put_right_takes_over_the_circumstances() -> None:
    before = told("我爸82了失能")
    assert before.updated(told("是我妈不是我爸", before), correcting=True).shown() == "您妈妈（82岁，失能）"


def test_a_corrected_age_goes_to_the_one_whose_age_was_told() -> None:
    before = told("我爸82了,闺女今年高考")
    father = before.updated(told("说错了,72岁", before), correcting=True).person("父亲")
    assert father is not None and father.age == (72, 72)


def test_a_situation_survives_json() -> None:
    situation = told("我爸82了失能，家里不是低保，闺女今年高考")
    assert Situation.model_validate_json(situation.model_dump_json()) == situation


@pytest.mark.parametrize("text", ["我妈瘫痪三年了,家里低保", "儿子去年退伍回来了,现在没工作", "我是村医,在村卫生所干二十年了"])
def test_a_life_told_is_a_life_situation(text: str) -> None:
    assert life_situation(normalise(text)).is_one


@pytest.mark.parametrize(
    "text", ["窝沟封闭在哪做", "低保怎么申请", "残疾人两项补贴找谁办", "适老化改造几月开始", "你好", "换电站建了几座"]
)
def test_a_question_about_one_service_is_none(text: str) -> None:
    names = ("窝沟封闭", "残疾人两项补贴", "退役士兵招聘会", "换电站")
    assert not life_situation(normalise(text), names).is_one
