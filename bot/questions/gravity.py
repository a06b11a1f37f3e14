"""How soon a group of unanswered questions is to be looked at."""

import datetime
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

_DATA = Path(__file__).parent / "data" / "gravity.toml"
_BEGINNING = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)


@cache
def _weights() -> dict[str, Any]:
    return tomllib.loads(_DATA.read_text(encoding="utf-8"))


def is_grave(texts: Sequence[str]) -> bool:
    """Whether one of the questions holds a word of hardship or danger."""
    words: list[str] = _weights()["words"]
    return any(word in text for text in texts for word in words)


def rank(people: int, asked: int, useless: int, grave: bool, first_at: datetime.datetime) -> float:
    """The greater the sooner.  It does not change while time passes: what came first is ahead by the days between.

    >>> day = datetime.timedelta(days=1)
    >>> rank(3, 3, 0, False, _BEGINNING) - rank(1, 1, 0, False, _BEGINNING)
    2.0
    >>> rank(1, 1, 0, False, _BEGINNING) - rank(1, 1, 0, False, _BEGINNING + 2 * day)
    1.0
    """
    weigh = _weights()
    days = (first_at - _BEGINNING).total_seconds() / 86400
    total = weigh["person"] * people + weigh["again"] * (asked - people) + weigh["useless"] * useless
    return float(total + (weigh["grave"] if grave else 0.0) - weigh["day"] * days)
