"""Which entry of a menu a resident means: by number, ordinal, the option's words, or "none of these"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

_DIGITS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "俩": 2,
    "三": 3,
    "仨": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_NUMBER = re.compile(
    r"^(?:选|要|就|看|我选|我要)?\s*(?:第|no\.?)?\s*(\d{1,3}|[一二两俩三仨四五六七八九十]{1,3})\s*(?:个|项|件|条|号|种|样)?(?:吧|呗|那个|事|的)?[。.!,，、]?$"
)
_LAST = re.compile(r"^(?:就|选|要)?(?:最后|末)(?:那|一|这)?(?:一)?(?:个|项|件|条)(?:吧)?$")
_FIRST = re.compile(r"^(?:就|选|要)?(?:最前面|头|最上面|前面)(?:那|一)?(?:一)?(?:个|项|件|条)(?:吧)?$")
_NONE = re.compile(
    r"^(?:以上)?(?:这几个|这些)?(?:都|全)(?:不是|不对|没有|不沾边)(?:这些|这几个)?[的了啊呀吧呢]*[。.!,，]?$|^(?:没有|没)我(?:要|想)(?:的|问的)|^一个都不(?:是|对)|^哪个都不是|^不是(?:这些|这几个|上面的)"
)

_POINTING = re.compile(
    r"^(?:我?(?:说|问|要|选)的?|就)?(?:就)?是?(?:那个|这个)?|(?:的)?(?:那|这)(?:个|种|项|条|件|样)(?:事)?(?:吧|呗|啊|呀)*[。.!]*$"
)
"""What points at an entry around its own words (就是200块那个)."""
_MONEY = re.compile(r"块(?:钱)?")


class Choice(Enum):
    """Choices that are no entry."""

    NONE_OF_THESE = "none"
    OUT_OF_RANGE = "range"
    NO_CHOICE = "no"


@dataclass(frozen=True)
class Chosen:
    """The position of the chosen entry, from 0."""

    position: int


def chinese_number(words: str) -> int | None:
    """A number up to 99 in digits or Chinese numerals; None when it is none."""
    if words.isdigit():
        return int(words)
    if "十" in words:
        tens, _, ones = words.partition("十")
        first = _DIGITS.get(tens, 1 if not tens else None)
        last = _DIGITS.get(ones, 0 if not ones else None)
        return None if first is None or last is None else 10 * first + last
    return _DIGITS.get(words) if len(words) == 1 else None


def choose(text: str, options: Sequence[str]) -> Chosen | Choice:
    """What normalised ``text`` chooses among the options' words."""
    text = text.strip()
    plain = _plain(text)
    for position, option in enumerate(options):
        if plain == _plain(option):
            return Chosen(position)
    if _NONE.match(text):
        return Choice.NONE_OF_THESE
    if _LAST.match(text):
        return Chosen(len(options) - 1)
    if _FIRST.match(text):
        return Chosen(0)
    if match := _NUMBER.match(text):
        number = chinese_number(match.group(1))
        if number is not None:
            return Chosen(number - 1) if 1 <= number <= len(options) else Choice.OUT_OF_RANGE
    pointed = _plain(_POINTING.sub("", _MONEY.sub("元", text)))
    inside = [position for position, option in enumerate(options) if len(pointed) >= 2 and pointed in _plain(option)]
    return Chosen(inside[0]) if len(inside) == 1 else Choice.NO_CHOICE


def _plain(text: str) -> str:
    return "".join(c for c in re.sub(r"^\d{1,2}[.、．]\s*", "", text) if c.isalnum()).lower()
