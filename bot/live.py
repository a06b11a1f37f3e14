"""Talking with a person: when somebody is there, how long one waits for them, and where a wish for a person stands."""

import datetime
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")

_DAYS = "一二三四五六日"
_DAY_RANGE = re.compile(r"周([一二三四五六日天])(?:[至到\-—~～]周?([一二三四五六日天]))?")
_TIME_RANGE = re.compile(r"(\d{1,2})[:：](\d{2})\s*[至到\-—~～]\s*(\d{1,2})[:：](\d{2})")


class HandoffState(StrEnum):
    """Where a wish for a person stands: nobody yet, somebody has it, a message was left, it is over."""

    WAITING = "waiting"
    TAKEN = "taken"
    LEFT = "left"
    ENDED = "ended"


class HandoffChange(StrEnum):
    """What a turn does to it: ask for a person, leave them a message, or give it up."""

    OPEN = "open"
    LEAVE = "leave"
    END = "end"


@dataclass(frozen=True)
class Handoff:
    """An open wish for a person: waiting or taken, since when (ISO 8601, UTC)."""

    state: HandoffState
    since: str


@dataclass(frozen=True)
class OfficeHours:
    """When somebody is there, in China's time; ``words`` as they were entered.

    >>> hours = OfficeHours.parse("周一至周五 8:30-11:30 13:00-16:30")
    >>> hours.open_at(datetime.datetime(2026, 3, 2, 10, 0, tzinfo=CHINA))
    True
    >>> hours.open_at(datetime.datetime(2026, 3, 1, 10, 0, tzinfo=CHINA))
    False
    """

    words: str
    days: frozenset[int]
    times: tuple[tuple[datetime.time, datetime.time], ...]

    @classmethod
    def parse(cls, words: str) -> Self:
        """From 周一至周五 8:30-11:30 13:00-16:30; without days every day.

        Raises:
            ValueError: no time in it, or one that does not exist.
        """
        days: set[int] = set()
        for first, last in _DAY_RANGE.findall(words):
            start = _DAYS.index(first.replace("天", "日"))
            stop = _DAYS.index(last.replace("天", "日")) if last else start
            days |= {day % 7 for day in range(start, stop + 1 + (7 if stop < start else 0))}
        times = tuple((datetime.time(int(a), int(b)), datetime.time(int(c), int(d))) for a, b, c, d in _TIME_RANGE.findall(words))
        if not times or any(start >= stop for start, stop in times):
            raise ValueError("办公时间要写成“周一至周五 8:30-11:30 13:00-16:30”这样")
        return cls(words.strip(), frozenset(days or range(7)), times)

    def open_at(self, now: datetime.datetime) -> bool:
        """Whether somebody is there."""
        local = now.astimezone(CHINA)
        return local.weekday() in self.days and any(start <= local.time() < stop for start, stop in self.times)


@dataclass(frozen=True)
class LiveRules:
    """How long a resident waits for a person, and how long a clerk may be silent, in minutes; None: hours were not entered."""

    wait_minutes: int = 3
    silent_minutes: int = 5
    hours: OfficeHours | None = None

    def open_at(self, now: datetime.datetime) -> bool:
        """Whether somebody may be there; no hours are assumed until they are entered."""
        return self.hours is None or self.hours.open_at(now)
