"""What is counted: periods, turns of conversations, tickets."""

import datetime
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Protocol

from bot.tickets.calendar import start_of

LONGEST_DAYS = 800
YEARS = range(2000, 2100)


@dataclass(frozen=True)
class Period:
    """Days in China, the first and the last included.

    Raises:
        ValueError: the last lies before the first, it is longer than ``LONGEST_DAYS``, or outside ``YEARS``.
    """

    first: datetime.date
    last: datetime.date

    def __post_init__(self) -> None:
        if self.first.year not in YEARS or self.last.year not in YEARS:
            raise ValueError(f"日期要在{YEARS.start}年到{YEARS.stop - 1}年之间")
        if self.last < self.first:
            raise ValueError("结束日期在开始日期之前")
        if self.days > LONGEST_DAYS:
            raise ValueError(f"最多看{LONGEST_DAYS}天")

    @classmethod
    def last_days(cls, today: datetime.date, days: int) -> "Period":
        """That many days up to today."""
        return cls(today - datetime.timedelta(days=days - 1), today)

    @classmethod
    def month(cls, first: datetime.date) -> "Period":
        """The calendar month that begins on that day."""
        following = (first.replace(day=28) + datetime.timedelta(days=4)).replace(day=1)
        return cls(first.replace(day=1), following - datetime.timedelta(days=1))

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    @property
    def since(self) -> str:
        """Its first moment, ISO 8601 in UTC."""
        return start_of(self.first)

    @property
    def until(self) -> str:
        """The first moment after it, ISO 8601 in UTC."""
        return start_of(self.last + datetime.timedelta(days=1))

    def before(self) -> "Period":
        """As many days right before it; for a whole month the month before."""
        if self == Period.month(self.first):
            return Period.month((self.first - datetime.timedelta(days=1)).replace(day=1))
        return Period(self.first - datetime.timedelta(days=self.days), self.first - datetime.timedelta(days=1))

    def weeks(self) -> Iterator[datetime.date]:
        """The Mondays of the weeks that it touches."""
        monday = week_of(self.first)
        while monday <= self.last:
            yield monday
            monday += datetime.timedelta(days=7)


def week_of(day: datetime.date) -> datetime.date:
    """The Monday of its week."""
    return day - datetime.timedelta(days=day.weekday())


@dataclass(frozen=True)
class Share:
    """A part of a whole; ``value`` is None when there is no whole."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """0 … 1."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True)
class Turns:
    """Turns of residents.

    ``asked``: those in which something was asked: answered, asked back, checked for eligibility or not known.
    ``unanswered``: kept for staff: not known, asked back in vain, or the answer found useless.  ``clarified``: asked back.
    ``useful``, ``useless``: how residents rated the answers.
    """

    turns: int = 0
    asked: int = 0
    unanswered: int = 0
    clarified: int = 0
    handed_off: int = 0
    useful: int = 0
    useless: int = 0

    def __add__(self, other: "Turns") -> "Turns":
        return Turns(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    @property
    def unanswered_share(self) -> Share:
        """Of what was asked."""
        return Share(self.unanswered, self.asked)

    @property
    def clarified_share(self) -> Share:
        """Of what was asked."""
        return Share(self.clarified, self.asked)

    @property
    def useful_share(self) -> Share:
        """Of what was rated."""
        return Share(self.useful, self.useful + self.useless)


ASKING_MODES = frozenset({"answer", "clarify", "eligibility"})


@dataclass(frozen=True)
class ModeCount:
    """Turns of one day, channel and mode of the reply (contract: the answer object's modes)."""

    day: datetime.date
    channel: str
    mode: str
    turns: int
    unanswered: int
    useful: int
    useless: int

    @property
    def as_turns(self) -> Turns:
        """What this adds to a sum."""
        known = self.mode in ASKING_MODES
        return Turns(
            turns=self.turns,
            asked=self.turns if known else self.unanswered if self.mode == "reject" else 0,
            unanswered=self.unanswered,
            clarified=self.turns if self.mode == "clarify" else 0,
            handed_off=self.turns if self.mode == "handoff" else 0,
            useful=self.useful,
            useless=self.useless,
        )


@dataclass(frozen=True)
class ServiceCount:
    """How often a service was what the answer was about (``turns``), was offered in a menu, how its answers were rated."""

    service: str
    item: int
    turns: int
    offered: int
    useful: int
    useless: int


@dataclass(frozen=True)
class GapCount:
    """How often an aspect was asked for that the plan does not state."""

    service: str
    aspect: str
    turns: int


@dataclass(frozen=True)
class Hot:
    """A group of questions that the service could not answer."""

    id: int
    label: str
    size: int
    state: str


@dataclass(frozen=True)
class Tickets:
    """Tickets filed in a period, by what became of them until now; data/tickets.toml says what each number means.

    ``hours``: median hours from filing to the answer, around the clock; None where nothing was answered.
    """

    received: int = 0
    open: int = 0
    overdue: int = 0
    due: int = 0
    in_time: int = 0
    late: int = 0
    rated: int = 0
    satisfied: int = 0
    dissatisfied: int = 0
    asked_solved: int = 0
    solved: int = 0
    unsolved: int = 0
    repeated: int = 0
    returned: int = 0
    reopened: int = 0
    urged: int = 0
    not_accepted: int = 0
    hours: float | None = field(default=None, compare=False)

    @property
    def in_time_share(self) -> Share:
        """按时办结率: answered by the due date, of those answered or due."""
        return Share(self.in_time, self.due)

    @property
    def satisfied_share(self) -> Share:
        """满意率: 满意 and 基本满意, of those rated."""
        return Share(self.satisfied, self.rated)

    @property
    def solved_share(self) -> Share:
        """解决率, of those who said."""
        return Share(self.solved, self.asked_solved)

    @property
    def repeated_share(self) -> Share:
        """重复反映: merged or joined by others."""
        return Share(self.repeated, self.received)

    @property
    def returned_share(self) -> Share:
        """退单: returned by the unit at least once."""
        return Share(self.returned, self.received)


TICKET_FIGURES = tuple(one.name for one in fields(Tickets) if one.name != "hours")

GROUPINGS = ("day", "kind", "lead", "service", "source", "area")
"""What tickets can be counted by; ``area``: the unit whose area the place lies in."""


FAMILIES = (("due", "in_time", "late"), ("rated", "satisfied", "dissatisfied"), ("asked_solved", "solved", "unsolved"))
"""Figures of tickets that a share is reckoned from: the whole, and its parts."""


@dataclass(frozen=True)
class TicketLine:
    """A ticket in the list behind a figure."""

    number: str
    at: str
    kind: str
    matter: str
    lead: int | None
    state: str
    due_at: str | None
    answered_at: str | None
    satisfaction: str | None
    signed_at: str | None = None


@dataclass(frozen=True)
class MessageLine:
    """A resident's message with its reply, in the list behind a figure; ``id`` is the reply's."""

    id: int
    at: str
    channel: str
    question: str
    reply: str
    mode: str
    useful: bool | None = None


@dataclass(frozen=True)
class MessagesWanted:
    """Which messages; what is not set does not matter.

    ``services``: answers about one of them, or with ``offered`` menus that list one; ``asked``, ``unanswered``: as in ``Turns``;
    ``rated``: useful, useless, any; ``gap``: the aspect of the services that the plan does not state; ``group``: of
    unanswered questions.
    """

    period: Period
    channel: str = ""
    mode: str = ""
    services: tuple[str, ...] = ()
    offered: bool = False
    asked: bool = False
    unanswered: bool = False
    rated: str = ""
    gap: str = ""
    group: int | None = None


@dataclass(frozen=True)
class Behind:
    """How many messages stand behind a figure: that can be shown, that belong to secret reports.

    ``times``: how often the services are named in them, which is what is counted of services.
    """

    shown: int
    secret: int
    times: int


class Figures(Protocol):
    """Who counts."""

    def fresh(self) -> str | None:
        """Bring today's numbers up to date when they are older than some seconds; as of when they are."""

    def modes(self, period: Period, channel: str = "") -> list[ModeCount]:
        """Turns by day, channel and mode."""

    def services(self, period: Period, channel: str = "") -> list[ServiceCount]:
        """By service, the most asked first."""

    def gaps(self, period: Period, channel: str = "") -> list[GapCount]:
        """By service and aspect, the most asked first."""

    def about(self, period: Period, services: Collection[str], channel: str = "") -> dict[datetime.date, int]:
        """How often these services were what answers were about, by day."""

    def hot(self, period: Period, most: int, channel: str = "") -> list[Hot]:
        """Groups of unanswered questions that were asked in the period, the biggest first."""

    def tickets(self, period: Period, by: str | None = None, visible: frozenset[int] | None = None) -> dict[str, Tickets]:
        """Tickets by one of GROUPINGS (keys as text; "" for none), or all under "" ; ``visible``: of these units only."""

    def hours_to_sign(self, period: Period, visible: frozenset[int] | None = None) -> float | None:
        """Median hours from filing until the unit signed for it."""

    def messages(self, wanted: MessagesWanted, before: int | None, most: int) -> list[MessageLine]:
        """Messages behind a figure, the latest first, those of secret reports never; ``before``: a reply's id."""

    def messages_behind(self, wanted: MessagesWanted) -> Behind:
        """How many there are."""

    def ticket_counts(
        self, period: Period, figures: Collection[str], by: str, key: str, visible: frozenset[int] | None
    ) -> dict[str, int]:
        """How many tickets stand behind figures."""

    def ticket_lines(
        self, period: Period, figure: str, by: str, key: str, visible: frozenset[int] | None, before: str, most: int
    ) -> list[TicketLine]:
        """Tickets behind a figure, the latest first; ``before``: a number."""


def total(counts: Iterable[ModeCount]) -> Turns:
    """The sum."""
    return sum((one.as_turns for one in counts), Turns())


def by_week(counts: Iterable[ModeCount], period: Period) -> dict[datetime.date, Turns]:
    """The sum of each week, also of those without any."""
    weeks = {monday: Turns() for monday in period.weeks()}
    for one in counts:
        weeks[week_of(one.day)] += one.as_turns
    return weeks


def tickets_by_week(days: dict[str, Tickets], period: Period) -> dict[datetime.date, Tickets]:
    """Tickets by day (YYYYMMDD) summed up by week; ``hours`` is None."""
    weeks: dict[datetime.date, list[Tickets]] = {monday: [] for monday in period.weeks()}
    for day, tickets in days.items():
        weeks[week_of(datetime.datetime.strptime(day, "%Y%m%d").date())].append(tickets)
    return {monday: added(many) for monday, many in weeks.items()}


def added(many: Sequence[Tickets]) -> Tickets:
    """The sum; ``hours`` is None."""
    return Tickets(*(sum(getattr(one, name) for one in many) for name in TICKET_FIGURES))
