"""Chinese working days: by the State Council's yearly notice, and by rule where a year's notice is not out yet."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from lunar_python import Lunar

CHINA = ZoneInfo("Asia/Shanghai")
DATA = Path(__file__).parent / "data" / "holidays"
LAST_MOMENT = time(23, 59, 59, 999000)
DAY = timedelta(days=1)
SATURDAY = 5
LONGER_FROM = 2025
"""From this year on 除夕 and 2 May are holidays too: 全国年节及纪念日放假办法, 国务院令第795号."""


@dataclass(frozen=True)
class Notice:
    """A year's notice: days off beside the usual weekends, and weekend days that are worked instead."""

    year: int
    days_off: frozenset[date]
    make_up_days: frozenset[date]
    source: str


@dataclass(frozen=True)
class Due:
    """Until when something must be done; ``provisional``: a year on the way has no notice yet."""

    at: datetime
    provisional: bool


class Calendar:
    """Which days are worked.

    A day belongs to the notice of its own year; a notice can also name days of the year before (31 December).

    Args:
        notices: of the years that are known; for every other year weekends and the statutory holidays are off.
    """

    def __init__(self, notices: Iterable[Notice]) -> None:
        self.notices = {notice.year: notice for notice in notices}
        self._off = {day for notice in self.notices.values() for day in notice.days_off}
        self._made_up = {day for notice in self.notices.values() for day in notice.make_up_days}

    def is_working(self, day: date) -> bool:
        """Whether offices work on that day."""
        if day in self._made_up:
            return True
        if day in self._off or day.weekday() >= SATURDAY:
            return False
        return day.year in self.notices or day not in statutory_days(day.year)

    def is_provisional(self, day: date) -> bool:
        """Whether nothing but the rule tells if that day is worked."""
        return day.year not in self.notices and day not in self._off and day not in self._made_up

    def due(self, at: datetime, days: int) -> Due:
        """The end (24:00 in China) of the ``days``-th working day after the day of ``at``, which itself does not count."""
        day, provisional, left = at.astimezone(CHINA).date(), False, days
        while left > 0:
            day += DAY
            provisional = provisional or self.is_provisional(day)
            left -= self.is_working(day)
        return Due(datetime.combine(day, LAST_MOMENT, CHINA).astimezone(UTC), provisional)

    def due_hours(self, at: datetime, hours: int) -> Due:
        """That many hours later, around the clock: nights, weekends and holidays count."""
        return Due(at.astimezone(UTC) + timedelta(hours=hours), False)

    def office_day(self, at: datetime) -> date:
        """The day in China, or the next working day after it when nobody works then."""
        return self.working_day_from(at.astimezone(CHINA).date())

    def working_day_from(self, day: date) -> date:
        """That day, or the next working day after it when nobody works then."""
        while not self.is_working(day):
            day += DAY
        return day

    def working_days_between(self, start: datetime, end: datetime) -> int:
        """How many working days lie after the day of ``start`` up to and including the day of ``end``."""
        first, last = start.astimezone(CHINA).date(), end.astimezone(CHINA).date()
        return sum(self.is_working(first + DAY * k) for k in range(1, (last - first).days + 1))

    def with_notices(self, notices: Iterable[Notice]) -> "Calendar":
        """The same with these notices over the ones known."""
        return Calendar({**self.notices, **{notice.year: notice for notice in notices}}.values())


@cache
def china_day(at: str) -> str:
    """The day in China (YYYY-MM-DD) of a time in ISO 8601; a due date that ends a day belongs to that day."""
    return datetime.fromisoformat(at).astimezone(CHINA).date().isoformat()


def start_of(day: date) -> str:
    """When the day begins in China, as the store writes times: ISO 8601 in UTC with milliseconds."""
    return datetime.combine(day, time(), CHINA).astimezone(UTC).isoformat(timespec="milliseconds")


def statutory_days(year: int) -> frozenset[date]:
    """The holidays that the law names (全国年节及纪念日放假办法), lunar ones reckoned; no weekend is moved."""

    def lunar(month: int, day: int) -> date:
        solar = Lunar.fromYmd(year, month, day).getSolar()
        return date(solar.getYear(), solar.getMonth(), solar.getDay())

    spring = lunar(1, 1)
    clear = Lunar.fromYmd(year, 1, 1).getJieQiTable()["清明"]
    days = [date(year, 1, 1), spring, spring + DAY, spring + 2 * DAY]
    days += [date(year, clear.getMonth(), clear.getDay()), date(year, 5, 1), lunar(5, 5), lunar(8, 15)]
    days += [date(year, 10, 1), date(year, 10, 2), date(year, 10, 3)]
    if year >= LONGER_FROM:
        days += [spring - DAY, date(year, 5, 2)]
    return frozenset(days)


def read_notice(path: Path) -> Notice:
    """The notice in a file of data/holidays: ``off`` holds first and last days, ``work`` single days."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    off = [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in data["off"]]
    days = frozenset(first + DAY * k for first, last in off for k in range((last - first).days + 1))
    return Notice(data["year"], days, frozenset(date.fromisoformat(day) for day in data["work"]), data["source"])


@cache
def known_calendar(folder: Path = DATA) -> Calendar:
    """The calendar of the notices that come with the service."""
    return Calendar(read_notice(path) for path in sorted(folder.glob("*.toml")))
