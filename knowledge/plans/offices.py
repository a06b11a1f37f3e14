"""Who is responsible: found at an item's end, in brackets, behind 责任单位：, behind a dash, in a table's cell."""

import re
from dataclasses import dataclass
from typing import Any

from knowledge.plans.settings import settings

_READING = settings("reading")
_KINDS: list[dict[str, Any]] = settings("national")["kinds"]
_ENDING = re.compile(rf"({'|'.join(_READING['office_endings'])})([（(][^（()）]{{1,12}}[)）])?$")
_KEYS = sorted([*_READING["lead_keys"], *_READING["assist_keys"]], key=len, reverse=True)
_KEY = re.compile(rf"({'|'.join(_KEYS)})\s*[:：]\s*")
_TAIL = re.compile(rf"({'|'.join(sorted(_READING['office_tails'], key=len, reverse=True))})$")
_ROLE = re.compile(rf"({'|'.join([*_READING['lead_words'], *_READING['assist_words']])})$")
_SEPARATORS = re.compile(r"[、，,；;／/\s]+")
_AND = re.compile(r"和|以及|及|与")
_BRACKET = re.compile(r"[（(【\[]((?:[^（()）【】\[\]]|[（(][^（()）]*[)）]){2,120})[)）】\]]\s*[。．.；;]?\s*$")
_BEHIND_DASH = re.compile(r"(?:[—–-]{1,2}|\s{2,}|　)\s*([^—–。，；]{2,60}?)\s*[。．.]?$")
_NOT_IN_NAMES = re.compile(r"[。！？：:“”《》]")


@dataclass(frozen=True)
class Offices:
    """Who leads and who assists, and the names among them that look like no office's."""

    lead: tuple[str, ...] = ()
    assist: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All of them once, those that lead first."""
        return tuple(dict.fromkeys((*self.lead, *self.assist)))

    def __bool__(self) -> bool:
        return bool(self.lead or self.assist)


def looks_like_office(name: str) -> bool:
    """Whether a name ends as names of offices end."""
    return 2 <= len(name) <= 24 and not name.endswith("农村") and bool(_ENDING.search(name)) and not _NOT_IN_NAMES.search(name)


def read_offices(words: str, assist: bool = False) -> Offices:
    """The offices that ``words`` name: 牵头单位：甲局；配合单位：乙局、丙局 — 甲局牵头，乙局配合 — 甲局会同乙局 — 甲局和乙局."""
    leads: list[str] = []
    assists: list[str] = []
    pieces = _KEY.split(words)
    for k in range(0, len(pieces), 2):
        key = pieces[k - 1] if k else ""
        helping = key in _READING["assist_keys"] if key else assist
        waiting: list[str] = []
        for name in _SEPARATORS.split(_unbracketed(pieces[k])):
            before, _, after = name.partition("会同")
            for part, behind in ((before, False), (after, True)):
                if behind and after:
                    leads += waiting
                    waiting = []
                role, names = _names(part)
                if not names:
                    continue
                waiting += names
                if role or behind:
                    into = assists if behind or role in _READING["assist_words"] else leads
                    into += waiting
                    waiting = []
            if after:
                helping = True
        (assists if helping else leads).extend(waiting)
    odd = tuple(dict.fromkeys(name for name in (*leads, *assists) if not looks_like_office(name)))
    return Offices(tuple(leads), tuple(assists), odd)


def _unbracketed(words: str) -> str:
    """Without the blanks and stops around, and without brackets there that are not a pair: 各乡镇（街道） keeps its own."""
    words = words.strip(" 　。．.（(")
    while words.endswith((")", "）")) and len(re.findall(r"[（(]", words)) < len(re.findall(r"[)）]", words)):
        words = words[:-1].rstrip(" 　。．.")
    return words.rstrip(" 　。．.")


def _names(part: str) -> tuple[str, list[str]]:
    """The role that stands behind a name, and the name, or two of them that 和 joins."""
    part = part.strip()
    part = _TAIL.sub("", part)
    role = _ROLE.search(part)
    if role:
        part = part[: role.start()]
    part = _TAIL.sub("", part).strip()
    if not part:
        return (role.group() if role else ""), []
    for joint in _AND.finditer(part):
        first, second = part[: joint.start()], part[joint.end() :]
        if looks_like_office(first) and looks_like_office(second):
            return (role.group() if role else ""), [first, second]
    return (role.group() if role else ""), [part]


def take_offices(text: str) -> tuple[str, Offices]:
    """An item's words without the offices at their end, and the offices; as they are when none are named there."""
    found = Offices()
    while True:
        if match := _BRACKET.search(text):
            offices = read_offices(match.group(1))
            named = _KEY.match(match.group(1)) or len(offices.odd) < len(offices.names)
            if offices and named:
                text, found = text[: match.start()].rstrip(), _together(offices, found)
                continue
        if match := _KEY.search(text):
            offices = read_offices(text[match.start() :])
            if offices and "。" not in text[match.start() :].rstrip("。 ") and not _left_open(text[: match.start()]):
                return text[: match.start()].rstrip(" 　（(【"), _together(offices, found)
        break
    if not found and (match := _BEHIND_DASH.search(text)):
        offices = read_offices(match.group(1))
        if offices and not offices.odd:
            return text[: match.start()].rstrip(), offices
    return text, found


def _left_open(before: str) -> bool:
    """Whether a bracket opens just here: what ends it stands on the next line."""
    return before.rstrip().endswith(("（", "(", "【", "["))


def kind_of_office(name: str) -> dict[str, Any]:
    """What is known everywhere of this kind of department (aliases, hotline …); empty when the kind is not known."""
    fitting = [(len(e), kind) for kind in _KINDS for e in kind["endings"] if name.endswith(e)]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else {}


def _together(first: Offices, second: Offices) -> Offices:
    return Offices(first.lead + second.lead, first.assist + second.assist, first.odd + second.odd)


def bracket_at_end(text: str) -> str:
    """What stands in the brackets at the end of ``text``; empty when there are none."""
    match = _BRACKET.search(text)
    return match.group(1) if match else ""
