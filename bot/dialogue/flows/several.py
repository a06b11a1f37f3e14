"""A message with more than one concern: each complaint by itself, and the question that is asked along with it."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.dialogue.choosing import chinese_number
from bot.dialogue.flows.feedback import FeedbackReader

_DATA = Path(__file__).parent.parent / "data" / "several.toml"
MOST_MATTERS = 5


@dataclass(frozen=True)
class Concerns:
    """The complaints of a message, and what is asked besides; both empty where there is one concern."""

    matters: tuple[str, ...] = ()
    question: str = ""


class ConcernReader:
    """Tells matters apart, by the patterns in data/several.toml."""

    def __init__(self, reader: FeedbackReader, path: Path = _DATA) -> None:
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        self._reader = reader
        names = ("between", "first", "more_before", "more_inside", "sources", "together", "all", "which")
        self._patterns = {name: re.compile(data[name]) for name in names}
        self._things = [re.compile(pattern) for pattern in data["things"]]

    def read(self, text: str) -> Concerns:
        """What a normalised message is about; one complaint and no question give nothing: the message is taken whole."""
        matters: list[str] = []
        asked: list[str] = []
        last_asks = False
        for part, opens in self._parts(text):
            if self._reader.asks(part) and not self._reader.is_explicit(part):
                asked.append(part)
                last_asks = True
            elif not matters:
                if not asked or self._reader.complains(part):
                    matters.append(part)  # the complaint, or what leads to it
                    last_asks = False
            elif self._is_another(part, matters[-1], opens):
                matters.append(part)
                last_asks = False
            elif not last_asks:
                matters[-1] += f",{part}"
        if not matters or not all(self._tells(matter) for matter in matters):
            return Concerns()
        if len(matters) == 1 and (not asked or not self._reader.complains(matters[0])):
            return Concerns()
        kept = [*matters[: MOST_MATTERS - 1], ",".join(matters[MOST_MATTERS - 1 :])]
        return Concerns(tuple(matter for matter in kept if matter), ",".join(asked))

    def _tells(self, matter: str) -> bool:
        return self._reader.complains(matter) or self._reader.grieves(matter)

    def _is_another(self, part: str, matter: str, opens: bool) -> bool:
        """Whether the clause is a matter of its own: at a place of its own, or about another thing that has no doer in common."""
        if self._reader.complains(part) and self._reader.place(part) and self._reader.place(matter):
            return True
        told = self._reader.grieves(part) and self._reader.grieves(matter)
        says_more = opens or bool(self._patterns["more_inside"].search(part))
        if not (told and says_more) or self._patterns["sources"].search(matter):
            return False
        about, before = self._about(part), self._about(matter)
        return bool(about and before) and not about & before

    def _about(self, text: str) -> set[int]:
        return {k for k, thing in enumerate(self._things) if thing.search(text)}

    def _parts(self, text: str) -> list[tuple[str, bool]]:
        """The clauses, and whether each is opened as one more matter."""
        parts: list[tuple[str, bool]] = []
        last = 0
        opens = False
        for mark in [*self._patterns["between"].finditer(text), None]:
            end = mark.start() if mark else len(text)
            part = self._patterns["first"].sub("", text[last:end]).strip(" ,，、")
            if part:
                parts.append((part, opens))
                opens = False
            if mark:
                opens = opens or bool(self._patterns["more_before"].search(mark[0]))
                last = mark.end()
        return parts

    # -- what is said of several ------------------------------------------------------------------------------------------

    def is_one(self, text: str) -> bool:
        """Whether the words say that what was taken for several matters is one."""
        return bool(self._patterns["together"].search(text))

    def means_all(self, text: str) -> bool:
        """Whether the words give up all of them."""
        return bool(self._patterns["all"].search(text))

    def meant(self, text: str, matters: Sequence[str], first: int) -> int | None:
        """Which of the matters the words mean, from 0, the first of them being the ``first``-th that was told; None for none."""
        if match := self._patterns["which"].search(text):
            number = first + len(matters) - 1 if match["nth"] is None else chinese_number(match["nth"]) or 0
            return number - first if first <= number < first + len(matters) else None
        shares = [sum(text[k : k + 2] in matter for k in range(len(text) - 1)) for matter in matters]
        best = max(shares, default=0)
        return shares.index(best) if best and shares.count(best) == 1 else None
