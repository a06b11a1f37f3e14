"""The words that residents have for their circumstances, read from intents/data/circumstances.toml and compiled once."""

import re
import tomllib
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

DATA = Path(__file__).parent.parent / "data" / "circumstances.toml"

Value = bool | str
SELF, HOUSEHOLD = "本人", "家里"


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Kin(_Row):
    """Who can be spoken of.

    ``generic``: a word that also takes up somebody named before; ``outside``: no member of the household.
    """

    who: str
    group: str
    label: str
    words: tuple[str, ...]
    woman: bool = False
    man: bool = False
    generic: bool = False
    outside: bool = False


class Pair(_Row):
    """Words for two persons at once (爸妈)."""

    words: tuple[str, ...]
    who: tuple[str, ...]


class AgeWord(_Row):
    """An age told in words (半百)."""

    words: str
    age: tuple[int, int]


class FactWords(_Row):
    """One circumstance and the words for it; the fields are explained in the data file."""

    name: str
    value: Value
    show: str
    words: tuple[str, ...]
    deny: str = ""
    home: str = ""
    fit: tuple[str, ...] = ()
    of: str = ""
    also: dict[str, Value] = {}
    ages: tuple[int, int] = (0, 130)
    now: bool = False
    firm: bool = False
    whole: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """All its words as one pattern."""
        return re.compile("|".join(f"(?:{words})" for words in self.words))

    @property
    def denies_all(self) -> bool:
        """Whether denying it denies the circumstance itself, not only this value of it."""
        return self.whole or isinstance(self.value, bool)


class Derived(_Row):
    """What follows from other circumstances."""

    when: dict[str, tuple[str, ...]] = {}
    any: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    speaker: tuple[str, ...] = ()
    age: tuple[int, int] | None = None
    who: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    then: dict[str, Value] = {}
    presumed: bool = False
    suggests: tuple[str, ...] = ()


class Vocabulary(_Row):
    """The data file as a whole."""

    idioms: tuple[str, ...]
    unsaid_before: str
    unsaid_after: str
    denied_before: str
    denied_after: str
    past_before: str
    ages: tuple[AgeWord, ...]
    shared: dict[str, str]
    groups: dict[str, tuple[int, int]]
    persons: tuple[Kin, ...]
    pairs: tuple[Pair, ...]
    facts: tuple[FactWords, ...]
    derived: tuple[Derived, ...]

    @cached_property
    def kin(self) -> dict[str, Kin]:
        """Every person of the vocabulary by ``who``."""
        return {kin.who: kin for kin in self.persons}


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary, read once."""
    data: dict[str, Any] = tomllib.loads(DATA.read_text(encoding="utf-8"))
    return Vocabulary.model_validate(data)
