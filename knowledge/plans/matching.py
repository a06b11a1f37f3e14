"""A new plan's items beside the present ones: which are the same, which changed and how, which are new, which are gone."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from knowledge.model import Item, tight
from knowledge.plans.records import ReadItem

ALIKE = 0.45
"""The least likeness at which two items are the same promise with changes."""
_SAME_OFFICE = 0.1
_TOKEN = re.compile(r"\d+(?:\.\d+)?%?|[A-Za-z]+|\s+|.")
_PLAIN = re.compile(r"[^\u4e00-\u9fffA-Za-z]")


class Outcome(StrEnum):
    """What became of an item from one plan to the next."""

    KEPT = "kept"
    CHANGED = "changed"
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True)
class Match:
    """An item of the present plan and one of the new plan; one of them is None where there is no counterpart."""

    outcome: Outcome
    old: Item | None
    new: ReadItem | None


@dataclass(frozen=True)
class Piece:
    """Words that are in both texts (``same``), only in the old one (``del``) or only in the new one (``ins``)."""

    kind: str
    text: str


def matched(old: Sequence[Item], new: Sequence[ReadItem]) -> list[Match]:
    """Every item of both plans once: those of the new plan in its order, then those that are gone."""
    pairs = sorted(
        ((_likeness(a, b), i, j) for i, a in enumerate(old) for j, b in enumerate(new)), key=lambda one: (-one[0], one[1], one[2])
    )
    of_new: dict[int, int] = {}
    taken: set[int] = set()
    for likeness, i, j in pairs:
        if likeness < ALIKE:
            break
        if i not in taken and j not in of_new:
            taken.add(i)
            of_new[j] = i
    found = [
        Match(_outcome(old[of_new[j]], item), old[of_new[j]], item) if j in of_new else Match(Outcome.NEW, None, item)
        for j, item in enumerate(new)
    ]
    return found + [Match(Outcome.GONE, item, None) for i, item in enumerate(old) if i not in taken]


def _outcome(old: Item, new: ReadItem) -> Outcome:
    same = tight(old.text) == tight(new.text) and old.departments == new.offices.names
    return Outcome.KEPT if same else Outcome.CHANGED


def _likeness(old: Item, new: ReadItem) -> float:
    """Twice the shared pairs of characters over all of them (Dice); figures do not count, a shared office counts a little."""
    first, second = _pairs(old.text), _pairs(new.text)
    total = first.total() + second.total()
    alike = 2 * (first & second).total() / total if total else 0.0
    return alike + (_SAME_OFFICE if set(old.departments) & set(new.offices.names) else 0.0)


def _pairs(text: str) -> Counter[str]:
    plain = _PLAIN.sub("", text)
    return Counter(plain[k : k + 2] for k in range(len(plain) - 1))


def word_differences(old: str, new: str) -> list[Piece]:
    """The new text with what was taken out and put in, figure by figure and character by character."""
    return list(_pieces(_TOKEN.findall(tight(old)), _TOKEN.findall(tight(new))))


def _pieces(first: list[str], second: list[str]) -> Iterator[Piece]:
    for operation, a, b, c, d in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if operation == "equal":
            yield Piece("same", "".join(first[a:b]))
            continue
        if b > a:
            yield Piece("del", "".join(first[a:b]))
        if d > c:
            yield Piece("ins", "".join(second[c:d]))


def changed_figures(old: str, new: str) -> dict[str, str]:
    """Figures that stand in the place of others: {6: 8} for 招聘会6场 → 招聘会8场; none that changed in two ways."""
    first, second = _TOKEN.findall(tight(old)), _TOKEN.findall(tight(new))
    found: dict[str, set[str]] = {}
    for operation, a, b, c, d in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if operation != "equal":
            for was, now in zip(_figures(first[a:b]), _figures(second[c:d]), strict=False):
                found.setdefault(was, set()).add(now)
    kept = {token for token in first if token in second}
    return {was: now.pop() for was, now in found.items() if len(now) == 1 and was not in kept}


def _figures(tokens: Sequence[str]) -> list[str]:
    return [token for token in tokens if token[0].isdigit()]
