"""The numbers and headings at the beginning of a line: 1.  1、  （一）  第1条  一、  【养老】."""

import re
from dataclasses import dataclass

_HAN = "[〇零一二三四五六七八九十百]{1,5}"
_ANY = rf"(?:\d{{1,3}}|{_HAN})"
_ROMAN = "ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅪⅫ"
_CIRCLES = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"

_STYLES = tuple(
    (name, re.compile(rf"^(?:{pattern})"))
    for name, pattern in (
        ("article", rf"第\s*({_ANY})\s*[条项]\s*[、.．：:]?\s*"),
        ("part", rf"第\s*({_ANY})\s*(?:章|部分|篇|节|类|方面)\s*[、：:]?\s*"),
        ("bracket-han", rf"[（(]\s*({_HAN})\s*[)）]\s*[、.．]?\s*"),
        ("bracket", r"[（(]\s*(\d{1,3})\s*[)）]\s*[、.．]?\s*"),
        ("han", rf"({_HAN})\s*[、.．]\s*"),
        ("roman", rf"([{_ROMAN}]|[IVX]{{1,5}}(?=\s*[、.．]))\s*[、.．]?\s*"),
        ("point", r"(\d{1,3})\s*(?:[.．](?!\d)|、(?!\d))\s*"),
        ("half-bracket", r"(\d{1,3})\s*[)）]\s*"),
        ("circle", rf"([{_CIRCLES}])\s*"),
    )
)
_FRAMED = re.compile(r"^[【\[]\s*([^【】\[\]]{2,20})\s*[】\]]$")
_SHORT_HEADING = re.compile(r"^[#◆●■★▲\s]*([^\s，。；：,.;:（）()、]{2,14}(?:方面|领域|类|篇))$")
_MARKED = re.compile(r"^(?:#{1,4}|[◆●■★▲])\s*(\S.{1,25})$")

PLAIN = "plain"
_LETTERS = {"I": 1, "V": 5, "X": 10}


@dataclass(frozen=True)
class Label:
    """How a line begins: the style of its number (``plain``: a heading without one), the number, and the words behind it."""

    style: str
    number: int
    rest: str
    written: str = ""


def label_of(text: str, heading: bool = False) -> Label | None:
    """The label at the beginning of a line; None when it has none."""
    for style, pattern in _STYLES:
        if found := pattern.match(text):
            return Label(style, number_of(found.group(1)), text[found.end() :].strip(), found.group().strip())
    for pattern in (_FRAMED, _SHORT_HEADING, _MARKED):
        if found := pattern.match(text):
            return Label(PLAIN, 0, found.group(1).strip())
    return Label(PLAIN, 0, text.strip()) if heading and len(text) <= 30 else None


def number_of(written: str) -> int:
    """12, 十二, ⑫ and XII as a number."""
    if written.isdecimal():
        return int(written)
    if written in _CIRCLES:
        return _CIRCLES.index(written) + 1
    if written in _ROMAN:
        return _ROMAN.index(written) + 1
    if written[0] in _LETTERS:
        values = [_LETTERS[letter] for letter in written]
        return sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))
    total, digit = 0, 0
    for character in written:
        if character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = "〇一二三四五六七八九".index(character.replace("零", "〇"))
    return total + digit


def han(number: int) -> str:
    """A number below 1000 in Chinese: 12 → 十二."""
    digits = "零一二三四五六七八九"
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    out = digits[hundreds] + "百" if hundreds else ""
    if tens:
        out += ("" if tens == 1 and not hundreds else digits[tens]) + "十"
    elif hundreds and ones:
        out += "零"
    return out + (digits[ones] if ones or not number else "")
