"""Numbers and ages as residents write them: 八十二, 七十多, 快六十了, 90后, 六几年."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from intents.circumstances.vocabulary import vocabulary

_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_N = "[一二三四五六七八九]"
_OLDEST, _YOUNGEST_IN_BARE_DIGITS = 115, 13


def digits(text: str) -> str:
    """``text`` with Chinese numerals as digits where they are numbers; approximate ones become ranges (七八十 → 70~89)."""
    text = re.sub(f"({_N})({_N})十(?!{_N})", lambda m: f"{_DIGIT[m[1]]}0~{_DIGIT[m[2]]}9", text)
    text = re.sub(f"({_N}?)十({_N})({_N})(?=岁|了|啦|,|的|$)", _two_ends, text)
    text = re.sub(f"(?<!几)({_N}?)十几", lambda m: f"{_DIGIT.get(m[1], 1)}1~{_DIGIT.get(m[1], 1)}9", text)
    text = re.sub(f"一?百零?({_N})岁", lambda m: f"10{_DIGIT[m[1]]}岁", text).replace("百岁", "100岁")
    text = re.sub(f"(?<![几数])({_N}?)十({_N}?)", lambda m: f"{_DIGIT.get(m[1], 1)}{_DIGIT.get(m[2], 0)}", text)
    text = re.sub(f"({_N})({_N})(?=周?岁)", lambda m: f"{_DIGIT[m[1]]}~{_DIGIT[m[2]]}", text)
    text = re.sub("([一二两三四五六七八九])(?=周?岁)", lambda m: str(_DIGIT[m[1]]), text)
    return re.sub("([四五六七八九])([零〇一二三四五六七八九])(?=年(?!级))", _year, text)


def _two_ends(match: re.Match[str]) -> str:
    tens = _DIGIT.get(match[1], 1)
    return f"{tens}{_DIGIT[match[2]]}~{tens}{_DIGIT[match[3]]}"


def _year(match: re.Match[str]) -> str:
    """六一年 is 61年, but 六七年 is some six or seven years."""
    first, second = _DIGIT[match[1]], _DIGIT[match[2]]
    return match[0] if second == first + 1 else f"{first}{second}"


@dataclass(frozen=True)
class Age:
    """An age found at ``start``–``end``: the range of years it leaves open, and how it was said."""

    start: int
    end: int
    years: tuple[int, int]
    said: str
    bare: bool = False


_NEAR = {"快": 3, "奔": 5, "小": 5, "将近": 3, "接近": 3, "马上": 2, "眼瞅着": 2, "不到": 9, "没到": 9, "奔着": 5}
_AGE = re.compile(
    r"(?P<near>快到?|奔着?|小|将近|接近|马上|眼瞅着|不到|没到)?(?<![\d.])(?P<lo>\d{1,3})(?:[~\-到至、,](?P<hi>\d{1,3}))?"
    r"(?P<more>多|好几|几|出头|挂零|来|大几)?(?P<unit>周岁|虚岁|岁|了|啦|的人|高龄|整|大寿)(?P<side>以上|以下|往上|多|半)?"
)
_BARE = re.compile(
    r"(?<![\d.])(?P<near>快|奔|小|将近)?(?P<lo>\d{2})(?:~(?P<hi>\d{2}))?(?P<more>多|好几|几|出头|来)?"
    r"(?![\d元块平楼层号年个天次月级分米斤亩万千百%后届线路中位人口条栋单门座只头类场多.])"
)
_DECADE = re.compile(r"(?<!\d)([5-9]0|[01]0)后")
_BORN = re.compile(r"(?<!\d)((?:19|20)?\d\d)年?(?:生人|出生|生的|生(?=[,。]|$))")


def ages_in(text: str, year: int) -> Iterator[Age]:
    """The ages that ``text`` tells, with numerals as digits; ``bare`` ones count only right after a person."""
    for word in vocabulary().ages:
        for found in re.finditer(word.words, text):
            yield Age(found.start(), found.end(), word.age, found[0])
    for found in _DECADE.finditer(text):
        born = 1900 + int(found[1]) if int(found[1]) >= 50 else 2000 + int(found[1])
        yield Age(found.start(), found.end(), (max(0, year - born - 9), year - born), found[0])
    for found in _BORN.finditer(text):
        born = int(found[1]) if len(found[1]) == 4 else int(found[1]) + (1900 if int(found[1]) > 30 else 2000)
        yield Age(found.start(), found.end(), (year - born - 1, year - born), found[0])
    for found in _AGE.finditer(text):
        yield from _age(found, found["unit"], bare=False)
    for found in _BARE.finditer(text):
        yield from _age(found, "", bare=True)


def _age(found: re.Match[str], unit: str, bare: bool) -> Iterator[Age]:
    lo, hi = int(found["lo"]), int(found["hi"] or found["lo"])
    years_said = unit in ("岁", "周岁", "虚岁", "高龄", "大寿")
    if hi > _OLDEST or hi < lo or (not years_said and lo < _YOUNGEST_IN_BARE_DIGITS):
        return
    side = found.groupdict().get("side") or ""
    years = _widened(lo, hi, found["near"] or "", found["more"] or "", side)
    said = f"{found['near'] or ''}{found['lo']}{'到' + found['hi'] if found['hi'] else ''}{found['more'] or ''}岁{side}"
    yield Age(found.start(), found.end(), years, said, bare)


def _widened(lo: int, hi: int, near: str, more: str, side: str) -> tuple[int, int]:
    """The years that 快六十, 七十多, 六十以上 leave open."""
    if near:
        return max(0, lo - _NEAR.get(near, 3)), max(0, lo - 1)
    if side in ("以上", "往上"):
        return lo, _OLDEST
    if side == "以下":
        return 0, hi
    if more == "来":
        return lo - 2, lo + 3
    return (lo + 1, lo + (3 if more in ("出头", "挂零") else 9)) if more else (lo, hi)
