"""Normalising what residents type, dictate or paste."""

import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from intents.text import MAX_CHARACTERS, has_words, normalise

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
TYPED = st.text(
    st.one_of(HAN, st.sampled_from("，。！？…、~-_*#=.!?（）“”《》 \n\t0123456789０１２abcABC😂👍️🏻‍補貼殘疾証")), max_size=60
)
ANYTHING = st.text(st.characters(codec=None), max_size=60)  # with surrogates, control characters and unassigned ones


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("低保！？（一类）", "低保!?(一类)"),
        ("③楼 ㎡ Ⅳ ½", "3楼 m2 iv 1⁄2"),
        ("㍿", "株式会社"),
        ("ﬁn", "fin"),
        ("ｶﾞ", "ガ"),
    ],
)
def test_full_width_and_compatibility_forms_become_plain(typed: str, read: str) -> None:
    assert normalise(typed) == read


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("請問殘疾人補貼怎麼申請", "请问残疾人补贴怎么申请"),
        ("老舊小區改造", "老旧小区改造"),
        ("醫療費用", "医疗费用"),
        ("法律援助", "法律援助"),
    ],
)
def test_traditional_characters_become_simplified_and_simplified_ones_stay(typed: str, read: str) -> None:
    assert normalise(typed) == read


def test_letters_become_lower_case() -> None:
    assert normalise("APP登录不上 VIP") == "app登录不上 vip"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("谢谢😂😂😂", "谢谢"),
        ("👨‍👩‍👧‍👦我家四口", "我家四口"),
        ("好👍🏻的", "好的"),
        ("❤️🇨🇳★", ""),
        ("😀", ""),
        ("老人😭补贴", "老人补贴"),
    ],
)
def test_emoji_go_with_all_that_belongs_to_them(typed: str, read: str) -> None:
    assert normalise(typed) == read


@pytest.mark.parametrize(
    "hidden", ["\u200b", "\ufeff", "\u200d", "\u202e", "\x00", "\x1b", "\x7f", "\u00ad", "\ue000", "\ud800", "\udfff"]
)
def test_what_nobody_sees_goes_and_what_it_stands_between_stays_together(hidden: str) -> None:
    assert normalise(f"低{hidden}保{hidden}") == "低保"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("在吗？？？？？", "在吗?"),
        ("快点！！", "快点!"),
        ("这个……", "这个."),
        ("啊啊啊啊啊啊", "啊啊"),
        ("哈哈", "哈哈"),
        ("救命救命", "救命救命"),
        ("=====分割线=====", "=分割线="),
    ],
)
def test_repeated_marks_stand_once_and_repeated_characters_twice_at_most(typed: str, read: str) -> None:
    assert normalise(typed) == read


@pytest.mark.parametrize(
    "number", ["13000000000", "1000000元", "220106195511111111", "12345", "5000册", "111", "电话88888888", "2222年", "00000"]
)
def test_digits_are_never_collapsed(number: str) -> None:
    assert normalise(number) == number


def test_full_width_digits_are_not_collapsed_either() -> None:
    assert normalise("１３０００００００００") == "13000000000"


@pytest.mark.parametrize("blank", [" ", "   ", "\n", "\t", "\r\n", "\u3000", "\u00a0", "\u2003", "\u2028", "\x0b"])
def test_any_blank_is_a_break_between_chinese_words_and_one_blank_elsewhere(blank: str) -> None:
    assert normalise(f"早市{blank}摊位") == "早市,摊位"
    assert normalise(f"{blank}app{blank}下载 {blank}") == "app 下载"


@pytest.mark.parametrize("nothing", ["", " ", "\n\n", "😂", "\u200b\u200b", "\x00", "\ud83d"])
def test_nothing_stays_nothing(nothing: str) -> None:
    assert normalise(nothing) == "" and not has_words(normalise(nothing))


@pytest.mark.parametrize(
    ("text", "carries"), [("？？", False), ("...", False), ("1", True), ("嗯", True), ("ok", True), ("", False)]
)
def test_marks_alone_carry_no_words(text: str, carries: bool) -> None:
    assert has_words(normalise(text)) is carries


def test_of_a_very_long_message_the_beginning_and_the_end_are_kept() -> None:
    middle = "".join(chr(0x4E00 + k % 5000) for k in range(200_000))
    started = time.perf_counter()
    read = normalise("我妈瘫痪三年了" + middle + "能申请什么补贴")
    assert time.perf_counter() - started < 5
    assert len(read) <= MAX_CHARACTERS
    assert read.startswith("我妈瘫痪三年了") and read.endswith("能申请什么补贴")


@pytest.mark.parametrize("piece", ["啊", "？", "- ", "好 ", "\u0301", "👍", "ab", "１"])
def test_a_flood_is_read_at_once(piece: str) -> None:
    started = time.perf_counter()
    assert len(normalise(piece * 100_000)) <= MAX_CHARACTERS
    assert time.perf_counter() - started < 5


@given(TYPED)
@settings(max_examples=400, deadline=None, derandomize=True)
@example("啊" * 3 + "😂" + "啊" * 3)
@example("，" * 5 + " " + "，" * 5)
@example("薴麻")
def test_what_is_normal_stays_as_it_is(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(st.text(TYPED.filter(bool).map(lambda t: t[0]), min_size=MAX_CHARACTERS - 5, max_size=MAX_CHARACTERS + 60))
@settings(max_examples=60, deadline=None, derandomize=True)
@example("甲乙" * 99 + "啊啊" + "丙丁" * 20 + "啊啊" + "戊己" * 99)
@example("甲乙" * 99 + "丁, " + "丙丁" * 20 + "。," + "戊己" * 99)
def test_what_is_normal_stays_as_it_is_also_when_it_was_cut(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(ANYTHING)
@settings(max_examples=400, deadline=None, derandomize=True)
@example("\ud83d\ude00")
@example("𠀀" * 3)
@example("\u0345\u0301a")
def test_no_text_at_all_is_refused_and_the_result_can_be_stored_and_shown(text: str) -> None:
    once = normalise(text)
    once.encode("utf-8")
    assert len(once) <= MAX_CHARACTERS
    assert "\x00" not in once and not any(unicodedata.category(c) in ("Cc", "Cs", "Cn") for c in once)
    assert once == once.strip() and "  " not in once


@given(ANYTHING)
@settings(max_examples=400, deadline=None, derandomize=True)
@example("İstanbul")
@example("ᄀ\u200dᅡ")
def test_what_is_normal_stays_as_it_is_in_any_script(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
