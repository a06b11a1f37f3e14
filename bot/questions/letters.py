"""What residents are written when staff settle their question, by data/letters.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_DATA = Path(__file__).parent / "data" / "letters.toml"
_LONGEST_QUOTE = 60


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(_DATA.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Reason:
    """Why a question is not the district's: what staff choose, what the resident reads (nothing: not written), where to turn."""

    id: str
    title: str
    text: str
    hotline: str


def reasons() -> list[Reason]:
    """The reasons to choose from, in the file's order."""
    return [Reason(name, **given) for name, given in _data()["reasons"].items()]


def letter(kind: str, question: str, **values: str) -> str:
    """The words for one question; kinds: taught, answered, not_ours, passed."""
    text: str = _data()["letters"][kind]
    return text.format(question=_quoted(question), **values)


def turn_to(number: str, name: str) -> str:
    """Where else to turn."""
    text: str = _data()["letters"]["hotline"]
    return text.format(number=number, name=name)


def _quoted(question: str) -> str:
    plain = " ".join(question.split())
    return plain if len(plain) <= _LONGEST_QUOTE else plain[: _LONGEST_QUOTE - 1] + "…"
