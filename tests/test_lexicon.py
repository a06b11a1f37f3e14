"""Words, their sounds, and pinyin: terms stay whole, misspelt ones are put right, ordinary words stay as they are."""

import pickle
import re
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import jieba
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.topics import catalogue_of
from intents.lexicon import Lexicon, split_pinyin, syllables
from intents.pinyin import PinyinDecoder
from intents.sounds import sounds
from knowledge.base import KnowledgeBase

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def terms(knowledge: KnowledgeBase) -> list[str]:
    """The catalogue's terms that are words: Chinese characters only, up to ten."""
    return [t for t in catalogue_of(knowledge).terms if 2 <= len(t) <= 10 and all("\u3400" <= c <= "\u9fff" for c in t)]


@pytest.fixture(scope="module")
def lexicon(knowledge: KnowledgeBase) -> Lexicon:
    lexicon = Lexicon(catalogue_of(knowledge).terms)
    lexicon.warm()
    return lexicon


@pytest.fixture(scope="module")
def plain() -> dict[str, int]:
    """jieba's own dictionary: word → count."""
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    return dict(tokenizer.FREQ)


# -- cutting ------------------------------------------------------------------------------------------------------------


def test_every_term_comes_out_whole_alone(lexicon: Lexicon, terms: list[str]) -> None:
    assert len(terms) > 400 and set(terms) == set(lexicon.terms)
    assert [term for term in terms if lexicon.cut(term) != [term]] == []


@pytest.mark.parametrize(
    "sentence",
    [
        "我想问{}的事",
        "{}怎么办理",
        "我家老人{}能不能申请",
        "听说有{}了",
        "区里的{}归谁管",
        "给俺说说{}呗",
        "不是{}也行吗",
        "要{}就去",
        "大{}小",
        "这{}那",
        "办{}费用",
        "新{}人",
        "这回的{}员工",
        "有{}没",
        "{},还有别的吗",
        "2022年{}2次",
    ],
)
def test_every_term_comes_out_whole_inside_a_sentence(lexicon: Lexicon, terms: list[str], sentence: str) -> None:
    torn = [(term, words) for term in terms if term not in (words := lexicon.cut(sentence.format(term)))]
    assert torn == []


def test_terms_hold_together_when_a_neighbour_makes_a_common_word_with_their_end(
    lexicon: Lexicon, terms: list[str], plain: dict[str, int]
) -> None:
    """The neighbour is the one that makes the commonest word of all: what is left over is truly another reading (民政局面)."""
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for word in sorted((w for w, count in plain.items() if len(w) == 2 and count), key=lambda w: plain[w]):
        before[word[1]], after[word[0]] = word[0], word[1]
    pulled = [(t, before.get(t[0], "") + t) for t in terms if len(t) >= 3] + [
        (t, t + after.get(t[-1], "")) for t in terms if len(t) >= 3
    ]
    torn = [sentence for term, sentence in pulled if term not in lexicon.cut(sentence)]
    assert len(pulled) > 800 and len(torn) / len(pulled) <= 0.03, torn


def test_two_terms_side_by_side_come_out_as_two(lexicon: Lexicon) -> None:
    assert lexicon.cut("低保法律援助") == ["低保", "法律援助"]
    assert lexicon.cut("残疾证特困供养窝沟封闭") == ["残疾证", "特困供养", "窝沟封闭"]


def test_the_longest_term_wins_over_those_inside_it(lexicon: Lexicon) -> None:
    assert lexicon.cut("老年人法律援助") == ["老年人法律援助"]
    assert lexicon.cut("低保边缘家庭")[0] == "低保边缘"


def test_marks_and_blanks_are_no_words_and_figures_are(lexicon: Lexicon) -> None:
    assert lexicon.cut("低保,200元!怎么 办?") == ["低保", "200", "元", "怎么", "办"]
    assert lexicon.cut("") == lexicon.cut("...?!") == []


def test_a_lexicon_survives_being_stored(lexicon: Lexicon) -> None:
    again = pickle.loads(pickle.dumps(lexicon))
    assert again.terms == lexicon.terms and again.cut("我妈能享受居家养老服务吗") == lexicon.cut("我妈能享受居家养老服务吗")


def test_the_lexicon_of_another_district_knows_its_own_words_only(lexicon: Lexicon) -> None:
    other = Lexicon(["蓝莓采摘节补贴"])
    assert other.cut("有蓝莓采摘节补贴吗")[1] == "蓝莓采摘节补贴" and "窝沟封闭" not in other.cut("窝沟封闭")
    assert "蓝莓采摘节补贴" not in lexicon.cut("有蓝莓采摘节补贴吗")


# -- what it does to the rest of the process ------------------------------------------------------------------------------


def fresh_process(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run in a process of its own, where a module named pkg_resources lies in wait and tells when it is imported."""
    (folder / "pkg_resources.py").write_text("print('pkg_resources was imported')\nresource_stream = None\n", encoding="utf-8")
    environment = {"PYTHONPATH": f"{folder}:{ROOT}", "PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-W", "error::UserWarning", "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_the_global_jieba_is_left_as_it_is(tmp_path: Path) -> None:
    code = """
from intents.lexicon import Lexicon
lexicon = Lexicon(["窝沟封闭免费做"])
assert lexicon.cut("窝沟封闭免费做") == ["窝沟封闭免费做"]
import jieba
assert not jieba.dt.initialized, "somebody cut with the global tokenizer"
assert "窝沟封闭免费做" not in jieba.lcut("窝沟封闭免费做")
print("untouched")
"""
    done = fresh_process(code, tmp_path)
    assert (done.returncode, done.stdout.split()) == (0, ["untouched"]), done.stderr


def test_pkg_resources_is_not_imported_and_nothing_is_printed_or_warned_of(tmp_path: Path) -> None:
    done = fresh_process("from intents.lexicon import Lexicon; Lexicon(['低保边缘']).correct('低宝边缘')", tmp_path)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "pkg_resources" not in done.stderr and "Building prefix dict" not in done.stderr and "UserWarning" not in done.stderr


def test_others_can_still_import_pkg_resources_afterwards(tmp_path: Path) -> None:
    done = fresh_process("import intents.lexicon, pkg_resources", tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, "pkg_resources was imported"), done.stderr


# -- misspelt terms -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("低宝怎么申请", "低保怎么申请"),
        ("补帖啥时候发", "补贴啥时候发"),
        ("残级证丢了", "残疾证丢了"),
        ("老旧小区该造", "老旧小区改造"),
        ("法律元助在哪", "法律援助在哪"),
        ("能上门带办不", "能上门代办不"),
        ("窝勾封闭疼不疼", "窝沟封闭疼不疼"),
        ("特困人园有啥待遇", "特困人员有啥待遇"),
        ("居家样老服务", "居家养老服务"),
        ("雨污分六啥时候完", "雨污分流啥时候完"),
        ("换点站在哪", "换电站在哪"),
        ("补帖,低宝,残级证", "补贴,低保,残疾证"),
    ],
)
def test_a_term_written_by_its_sound_is_put_right(lexicon: Lexicon, written: str, meant: str) -> None:
    assert lexicon.correct(written) == meant


def test_nearly_every_longer_term_survives_one_wrong_character_of_the_same_sound(
    lexicon: Lexicon, terms: list[str], plain: dict[str, int]
) -> None:
    alike: dict[str, list[str]] = defaultdict(list)
    for character, count in plain.items():
        if len(character) == 1 and count > 500 and "\u4e00" <= character <= "\u9fff":
            alike[syllables(character)[0]].append(character)
    tried = right = 0
    for term in (t for t in terms if 3 <= len(t) <= 6):
        for k, character in enumerate(term):
            others = [c for c in alike[syllables(character)[0]] if c != character]
            if others:
                wrong = max(others, key=lambda c: plain[c])
                tried += 1
                right += lexicon.correct(term[:k] + wrong + term[k + 1 :]) == term
    assert tried > 1000 and right / tried >= 0.85


def test_terms_that_are_right_stay_as_they_are(lexicon: Lexicon, terms: list[str]) -> None:
    assert [term for term in terms if lexicon.correct(term) != term] == []
    assert [term for term in terms if lexicon.correct(f"想问{term}的事") != f"想问{term}的事"] == []


@pytest.mark.parametrize(
    "sentence",
    [
        "今天天气真好",
        "请公正处理",
        "我的工作证丢了",
        "吃饭了没",
        "打车去火车站",
        "修了条路",
        "电影院几点关门",
        "他很固执,不听劝",
        "app打不开,报错404",
        "hello world",
        "",
    ],
)
def test_ordinary_words_are_not_touched(lexicon: Lexicon, sentence: str) -> None:
    assert lexicon.correct(sentence) == sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "老师能不能上门",
        "这是能报销的",
        "几时能办好",
        "卫生室能看病吗",
        "昨晚十点多还在响",
        "咱们一块去教育局",
        "我弟保护我",
        "耕地保护",
        "特困护理费",
        "农民工回屯子再说",
        "我是按标准交的",
        "他说走就走,说改就改",
    ],
)
def test_characters_of_two_words_are_not_read_as_one_misspelt_term(lexicon: Lexicon, sentence: str) -> None:
    """师能 sounds like 失能, 地保护 like 低保户: what stands in ordinary words is no error."""
    assert lexicon.correct(sentence) == sentence


def test_correcting_twice_changes_nothing_more(lexicon: Lexicon) -> None:
    for text in ("低宝户申清补帖", "窝勾封闭和残级证", "老旧小区该造啥时候到我们楼"):
        assert lexicon.correct(lexicon.correct(text)) == lexicon.correct(text)


def test_a_long_message_is_corrected_and_cut_while_the_resident_waits(lexicon: Lexicon) -> None:
    text = "我妈瘫痪三年了家里低宝想问补帖怎么申请" * 20
    started = time.perf_counter()
    assert "低宝" not in lexicon.correct(text) and lexicon.cut(text)
    assert time.perf_counter() - started < 5


# -- sounds ---------------------------------------------------------------------------------------------------------------


def test_text_sounds_as_it_is_read_out_whether_written_in_characters_or_pinyin() -> None:
    assert syllables("低保") == syllables("dibao") == syllables("低bao") == ["di", "bao"]
    assert syllables("补帖,200元 app") == ["bu", "tie", "yuan", "app"]
    assert syllables("") == syllables("123?!") == []


@pytest.mark.parametrize(
    ("letters", "sounds"),
    [
        ("dibao", ["di", "bao"]),
        ("shangmengongzheng", ["shang", "men", "gong", "zheng"]),
        ("zhuangxiu", ["zhuang", "xiu"]),
        ("xian", ["xian"]),
        ("nver", ["nv", "er"]),
        ("nüer", ["nü", "er"]),
        ("a", ["a"]),
    ],
)
def test_pinyin_is_split_into_the_fewest_syllables(letters: str, sounds: list[str]) -> None:
    assert [sound.replace("ü", "v") for sound in split_pinyin(letters) or []] == [sound.replace("ü", "v") for sound in sounds]


@pytest.mark.parametrize("letters", ["app", "wifi4", "xyz", "ktv", "hello", "b", ""])
def test_letters_that_spell_no_syllables_are_not_split(letters: str) -> None:
    assert split_pinyin(letters) is None


# -- pinyin → characters ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def decoder() -> PinyinDecoder:
    known = re.findall("[^ ]+", "法律援助 怎么 申请 低保 我 家 老人 补贴 多少 钱 残疾证 在 哪 办 能 不 吗")
    return PinyinDecoder().fit([known, known, ["低保", "补贴", "地宝"], ["家", "加"]])


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("falv yuanzhu zenme shenqing", "法律援助怎么申请"),
        ("falvyuanzhuzenmeshenqing", "法律援助怎么申请"),
        ("dibao", "低保"),
        ("wo jia laoren butie duoshao qian", "我家老人补贴多少钱"),
        ("canjizheng zai na ban?", "残疾证在哪办?"),
        ("我家dibao zenme办", "我家低保怎么办"),
        ("di'bao", "低保"),
    ],
)
def test_messages_in_pinyin_are_read_by_the_words_that_residents_use(decoder: PinyinDecoder, typed: str, read: str) -> None:
    assert decoder.decode(typed) == read


@pytest.mark.parametrize(
    "typed", ["app打不开", "wifi", "ok", "vip", "zhe xie zi mei ren yong", "www.baidu.com", "b", "a", "", "2022"]
)
def test_what_the_known_words_do_not_cover_stays_as_it_is(decoder: PinyinDecoder, typed: str) -> None:
    assert decoder.decode(typed) == typed


def test_the_commoner_of_two_words_with_one_sound_is_read(decoder: PinyinDecoder) -> None:
    assert decoder.decode("dibao") == "低保" and decoder.decode("jia butie") == "家补贴"


def test_a_decoder_without_words_leaves_everything() -> None:
    assert PinyinDecoder().fit([]).decode("dibao zenme ban") == "dibao zenme ban"


@given(st.text("abcdefghijklmnopqrstuvwxyzü '低保1,", max_size=400))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_no_letters_are_refused(decoder: PinyinDecoder, text: str) -> None:
    decoder.decode(text)
    assert all(sound for sound in syllables(text))


def test_the_table_of_sounds_says_what_pypinyin_says(terms: list[str]) -> None:
    from pypinyin import lazy_pinyin
    from pypinyin.phrases_dict import phrases_dict

    phrases = [phrase for phrase in list(phrases_dict)[::100] if all("\u3400" <= c <= "\u9fff" for c in phrase)]
    heard = [*terms, *phrases, "区城管局", "长春市朝阳区重庆路街道", "A座12345热线", "银行行长", ""]
    assert len(phrases) > 400 and [words for words in heard if sounds().word(words) != lazy_pinyin(words)] == []
    assert sounds().character("长") == "zhang" and sounds().character("x") == "x"
