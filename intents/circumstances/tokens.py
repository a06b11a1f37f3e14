"""The pieces of a message that say something: persons named, circumstances said or denied, ages."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from intents.circumstances.numerals import Age
from intents.circumstances.vocabulary import SELF, FactWords, vocabulary

ONE_MORE, PRONOUN = ("一个",), ("他",)
"""What mentions name that are no kinship: one more of several (一个…一个…), and somebody named before (她)."""

_BLANK = "□"
_PREFIX = "(?:(?:我们家?|俺们家?|咱们家?|我家|俺家|咱家|我|俺|咱|他|她)的?(?:那|这)?(?:个|俩|两个)?)?"
_PLURAL = re.compile(r"(?:俩|两个|两|2个|仨|三个|3个|几个)$")
_KEPT = re.compile(r"(?:带|养|供|照顾|伺候|拉扯|抚养)(?:着|了|大)?(?:个|俩|两个|仨|三个|一个|2个|3个)?$")
_THERE_IS_NONE = re.compile(r"没有?$")
_ONE_OF_THEM = re.compile(r"(?:还有|另外)?一个(?=□|上|读|念|在|今年|高|初|小|大|中|才|刚|\d|要|[一二三四五六]年|幼)")
_PRONOUN = re.compile(r"(?<!其)[他她](?!们|爸|妈|爹|家|爷|奶|姥|俩)")
_ADDRESSED_OUTSIDER = re.compile(r"(?:跟|和|与|被|同)$")
_WINDOW = 14
"""Characters before a circumstance in which what denies or supposes it is looked for."""


@dataclass(frozen=True)
class Mention:
    """Persons named: ``who`` of the vocabulary.

    ``own``: with 我/俺 before it; ``another``: one more of several; ``kept``: looked after by somebody (带俩娃).
    """

    start: int
    end: int
    who: tuple[str, ...]
    own: bool = False
    another: bool = False
    kept: bool = False


@dataclass(frozen=True)
class Found:
    """A circumstance found; ``denied`` when the words around it deny it, ``ignored`` when they ask about or suppose it."""

    start: int
    end: int
    words: FactWords
    denied: bool = False
    ignored: bool = False


Token = Mention | Found | Age


def blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """``text`` of the same length with the spans taken out."""
    for start, end in spans:
        text = text[:start] + _BLANK * (end - start) + text[end:]
    return text


def without_idioms(text: str) -> str:
    """``text`` with figures of speech blanked."""
    return blanked(text, (match.span() for match in _idioms().finditer(text)))


def facts_in(text: str) -> list[Found]:
    """The circumstances that ``text`` tells; of overlapping ones the longest."""
    raw = [(m.start(), m.end(), row) for row in vocabulary().facts for m in row.pattern.finditer(text) if m.end() > m.start()]
    chosen = _longest((start, end, index) for index, (start, end, _) in enumerate(raw))
    return [_judged(text, *raw[index]) for _, _, index in chosen]


def _judged(text: str, start: int, end: int, row: FactWords) -> Found:
    """Whether the words around a circumstance deny it, ask about it, or place it in the past."""
    words = vocabulary()
    before = re.split(r"[,。!?;、]", text[max(0, start - _WINDOW) : start])[-1]
    after = re.split(r"[。!?;]", text[end : end + _WINDOW])[0]
    unsaid = re.search(words.unsaid_before, before) or re.search(words.unsaid_after, after)
    ignored = bool(unsaid) or (row.now and bool(re.search(words.past_before, before)))
    if row.firm:
        return Found(start, end, row, ignored=ignored and not unsaid)
    denied = bool(re.search(words.denied_before, before) or re.search(words.denied_after, after))
    return Found(start, end, row, denied=denied, ignored=ignored)


def mentions_in(text: str) -> tuple[list[Mention], tuple[tuple[str, str], ...]]:
    """The persons that ``text`` names, and those put right in it (不是我爸是我妈: 父亲 → 母亲)."""
    raw = list(_raw_mentions(text))
    chosen = [raw[index] for *_, index in _longest((m.start, m.end, i) for i, m in enumerate(raw))]
    wrong = [m for m in chosen if re.search(r"(?:不是|不是说|不是指)$", text[max(0, m.start - 4) : m.start])]
    right = [m for m in chosen if m not in wrong and re.search(r"(?:是|是说|指的是)$", text[max(0, m.start - 3) : m.start])]
    renamed = tuple((w.who[0], right[0].who[0]) for w in wrong if right and w.who != right[0].who)
    return [m for m in chosen if m not in wrong], renamed


def _raw_mentions(text: str) -> Iterator[Mention]:
    for who, own, pattern in _kin_patterns():
        for match in pattern.finditer(text):
            if _THERE_IS_NONE.search(text[max(0, match.start() - 2) : match.start()]):
                continue
            if who[0].startswith("邻居") and _ADDRESSED_OUTSIDER.search(text[: match.start()]):
                continue
            named = own or who == (SELF,) or match[0][0] in "我俺咱"
            plural = bool(_PLURAL.search(text[max(0, match.start() - 2) : match.start()]))
            kept = bool(_KEPT.search(text[max(0, match.start() - 5) : match.start()]))
            yield Mention(match.start(), match.end(), who, own=named, another=plural, kept=kept)
    for match in _ONE_OF_THEM.finditer(text):
        yield Mention(match.start(), match.end(), ONE_MORE, another=True)
    for match in _PRONOUN.finditer(text):
        yield Mention(match.start(), match.end(), PRONOUN)


def _longest(spans: Iterable[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Spans that do not overlap, longer ones first chosen, in the order of the text."""
    chosen: list[tuple[int, int, int]] = []
    for start, end, index in sorted(spans, key=lambda s: (s[0] - s[1], s[0], s[2])):
        if all(end <= other[0] or start >= other[1] for other in chosen):
            chosen.append((start, end, index))
    return sorted(chosen)


@cache
def _idioms() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{words})" for words in vocabulary().idioms))


@cache
def _kin_patterns() -> tuple[tuple[tuple[str, ...], bool, re.Pattern[str]], ...]:
    """Every kinship's words with an optional 我/俺家 before them; the speaker's and pairs' without."""
    words = vocabulary()
    singles = [((kin.who,), False, kin.words, "" if kin.who == SELF else _PREFIX) for kin in words.persons]
    pairs = [(pair.who, True, pair.words, _PREFIX) for pair in words.pairs]
    return tuple((who, own, re.compile(prefix + f"(?:{'|'.join(options)})")) for who, own, options, prefix in [*singles, *pairs])
