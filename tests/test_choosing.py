"""Which entry of a menu the resident means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.choosing import Choice, Chosen, choose
from intents.text import normalise

MENU = ["居家适老化改造", "家庭养老床位", "居家养老服务（每人每月200元）", "都不是"]


def chosen(said: str, menu: list[str] = MENU) -> Chosen | Choice:
    """What a message, as a resident types it, chooses."""
    return choose(normalise(said), menu)


@pytest.mark.parametrize(
    "said", ["2", "２", "②", "2。", "2吧", "二", "第2个", "第二个", "第二项", "选2", "我选第二个", "就第二个吧", "要二", "2号"]
)
def test_a_number_or_an_ordinal_chooses(said: str) -> None:
    assert chosen(said) == Chosen(1)


@pytest.mark.parametrize("said", ["家庭养老床位", " 家庭养老床位。", "2.家庭养老床位", "2、家庭养老床位", "养老床位", "床位"])
def test_the_words_of_an_option_choose(said: str) -> None:
    assert chosen(said) == Chosen(1)


@pytest.mark.parametrize("said", ["200块那个", "就是200块钱那个", "我说的是每月200元的那种"])
def test_what_points_at_an_option_chooses(said: str) -> None:
    assert chosen(said) == Chosen(2)


def test_a_tapped_option_chooses_whatever_marks_it_holds() -> None:
    for position, option in enumerate(MENU):
        assert chosen(option) == Chosen(position)


@pytest.mark.parametrize(
    ("said", "position"), [("最后一个", 3), ("最后那个", 3), ("第一个", 0), ("头一个", 0), ("最上面那个", 0)]
)
def test_the_first_and_the_last_can_be_named_by_their_place(said: str, position: int) -> None:
    assert chosen(said) == Chosen(position)


@pytest.mark.parametrize("said", ["5", "9", "0", "第八个", "十二", "选100"])
def test_a_number_that_the_menu_does_not_have_is_out_of_range(said: str) -> None:
    assert chosen(said) is Choice.OUT_OF_RANGE


@pytest.mark.parametrize(
    "said", ["都不对", "以上都不是", "全不是", "都没有", "没有我要问的", "一个都不是", "哪个都不是", "不是这几个"]
)
def test_none_of_these_is_understood_in_many_words(said: str) -> None:
    assert chosen(said, MENU[:3]) is Choice.NONE_OF_THESE


@pytest.mark.parametrize("said", ["都没有人来收垃圾", "全没有暖气了", "都不是本地户口能上学吗"])
def test_a_new_matter_that_begins_like_none_of_these_is_no_choice(said: str) -> None:
    assert chosen(said, MENU[:3]) is Choice.NO_CHOICE


@pytest.mark.parametrize(
    "said", ["居家", "养老", "改", "200块钱上哪领", "我想问的不是养老是上学", "12345", "2022年的计划", "两口人", "家里三个老人"]
)
def test_what_fits_several_options_or_none_is_no_choice(said: str) -> None:
    assert chosen(said) is Choice.NO_CHOICE


@pytest.mark.parametrize(
    ("number", "said"), [(10, "十"), (11, "第十一个"), (12, "十二"), (20, "二十"), (21, "第二十一项"), (2, "俩")]
)
def test_long_lists_are_chosen_from_in_chinese_numerals(number: int, said: str) -> None:
    assert chosen(said, [f"事项{letter}" for letter in "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌"]) == Chosen(number - 1)


@given(st.integers(min_value=0, max_value=999), st.integers(min_value=1, max_value=30))
def test_every_number_chooses_its_own_entry_or_is_out_of_range(number: int, length: int) -> None:
    expected = Chosen(number - 1) if 1 <= number <= length else Choice.OUT_OF_RANGE
    assert choose(str(number), ["字" * (k + 1) for k in range(length)]) == expected


@given(st.text(max_size=40), st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=8))
def test_whatever_is_said_the_choice_is_an_entry_that_exists(said: str, menu: list[str]) -> None:
    choice = chosen(said, menu)
    assert isinstance(choice, Choice) or 0 <= choice.position < len(menu)
