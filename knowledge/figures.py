"""Figures of a text that its sources do not hold: in digits, and spelt out (每年两次, 三百元)."""

import re
from collections.abc import Iterator

from knowledge.base import KnowledgeBase
from knowledge.check import unsupported_figures
from knowledge.model import Item, Service, tight

_SPELT = re.compile(
    r"([零〇一二两三四五六七八九十百千万]+)(?=多?(?:个工作日|工作日|个月|小时|周|天|日|月|年|次|元|块|万元|岁|倍|成|折|人|名|户))"
)
_NUMBERS = re.compile(r"\d+(?:\.\d+)?%?")
_DIGITS = re.compile(r"\d+")
_VALUES = {**{c: n for n, c in enumerate("零一二三四五六七八九")}, "〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}


def figures_without_source(text: str, knowledge: KnowledgeBase, item: Item, service: Service, basis: str = "") -> list[str]:
    """Each figure once, in the text's order: those that the check before publishing refuses, then those spelt out in Chinese."""
    spelt = _spelt_out(text, " ".join(sources_of(knowledge, item, service, basis)))
    return list(dict.fromkeys([*unsupported_figures(text, knowledge, item, service, basis), *spelt]))


def figures_in(text: str) -> list[str]:
    """The figures of a text that are written in digits."""
    return _NUMBERS.findall(tight(text))


def sources_of(knowledge: KnowledgeBase, item: Item, service: Service, basis: str = "") -> list[str]:
    """What a text of the service may lean on: the item's words, the laws that the service cites, and the text's own basis."""
    return [item.text, basis, *(law.name + law.fact for law in knowledge.laws if law.id in service.laws)]


def _spelt_out(text: str, source: str) -> Iterator[str]:
    """Amounts, counts and times in Chinese numerals whose value the source has neither spelt out nor in digits; a lone 一 is
    mostly no figure."""
    known = {_value(found) for found in _SPELT.findall(source)} | {int(found) for found in _DIGITS.findall(tight(source))}
    for match in _SPELT.finditer(text):
        if match[1] != "一" and _value(match[1]) not in known and match[1] not in source:
            yield match[1]


def _value(numeral: str) -> int:
    """三百二十 as 320."""
    total = section = digit = 0
    for character in numeral:
        if character == "万":
            total, section, digit = (total + section + digit) * 10_000, 0, 0
        elif character in _TENS:
            section, digit = section + (digit or 1) * _TENS[character], 0
        else:
            digit = _VALUES[character]
    return total + section + digit
