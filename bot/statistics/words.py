"""What figures are called: data/figures.toml; how numbers are written."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bot.statistics.records import Share

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Named:
    """A figure's name and how it is reckoned."""

    name: str
    meaning: str


@cache
def _file() -> dict[str, Any]:
    with (DATA / "figures.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def figure_words(group: str) -> Mapping[str, Named]:
    """The figures of a group: turns, tickets."""
    return {key: Named(*words) for key, words in _file()[group].items()}


def value_words(group: str) -> Mapping[str, str]:
    """What values are called: channels, modes, sources."""
    words: dict[str, str] = _file()[group]
    return words


def percent(share: Share, none: str = "—") -> str:
    """0.934 as 93.4%; ``none`` where there is no whole."""
    return none if share.value is None else f"{share.value * 100:.1f}%"


def duration(hours: float | None, none: str = "—") -> str:
    """A time in words: minutes, hours, days."""
    if hours is None:
        return none
    if hours < 1:
        return f"{hours * 60:.0f}分钟"
    if hours < 48:
        return f"{hours:.1f}小时"
    return f"{hours / 24:.1f}天"


def change(now: float | int, before: float | int) -> str:
    """How a number moved, in words."""
    if not before:
        return "上期没有" if now else "和上期一样"
    moved = (now - before) / before
    return "和上期持平" if abs(moved) < 0.005 else f"比上期{'增加' if moved > 0 else '减少'}{abs(moved) * 100:.0f}%"


def moved(now: Share, before: Share) -> str:
    """How a share moved, in percentage points."""
    if now.value is None or before.value is None:
        return "上期没有可比的"
    points = (now.value - before.value) * 100
    return "和上期持平" if abs(points) < 0.05 else f"比上期{'提高' if points > 0 else '下降'}{abs(points):.1f}个百分点"
