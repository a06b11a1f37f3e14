"""What is not accepted because no office of a district may settle it (data/not_accepted.toml), with the lawful way."""

import re
import tomllib
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, field_validator

DATA = Path(__file__).parent / "data"


class LawfulWay(BaseModel):
    """Who settles such a matter instead: ``reason`` why not here and ``way`` are told to the resident."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    words: str
    unless: str = ""
    reason: str
    way: str
    source: str

    @field_validator("words", "unless")
    @classmethod
    def _is_pattern(cls, value: str) -> str:
        re.compile(value)
        return value

    def holds(self, matter: str) -> bool:
        """Whether the matter goes that way."""
        return bool(re.search(self.words, matter)) and not (self.unless and re.search(self.unless, matter))


def lawful_way(matter: str) -> LawfulWay | None:
    """Where a matter must go that no office of a district may settle; None when it can be filed.

    For complaints, requests and reports: praise and suggestions are filed whatever they speak of.
    """
    return next((way for way in _ways() if way.holds(matter)), None)


@cache
def _ways(path: Path = DATA / "not_accepted.toml") -> tuple[LawfulWay, ...]:
    return tuple(LawfulWay.model_validate(rule) for rule in tomllib.loads(path.read_text(encoding="utf-8"))["rules"])
