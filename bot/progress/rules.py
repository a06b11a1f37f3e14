"""Which promises there are, which month's report is due, and who is late (data/rules.toml)."""

import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from bot.progress.records import Promise, Report
from bot.tickets.calendar import CHINA
from knowledge.base import KnowledgeBase
from knowledge.model import Kind

DATA = Path(__file__).parent / "data" / "rules.toml"
REPORTED_WITHOUT_FIGURE = frozenset({Kind.WORKS, Kind.GOVERNANCE, Kind.ACTIVITY})
"""Kinds of services that can be reported on although the plan gives no figure."""

Key = tuple[str, str]


class Reminders(BaseModel):
    """What departments are told, and when."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hour: int = Field(ge=0, le=23)
    due: str
    late: str
    most_titles: int = Field(ge=1)


class ProgressRules(BaseModel):
    """The file of rules."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    due_day: int = Field(ge=1, le=28)
    months_back: int = Field(ge=1, le=120)
    files: dict[str, str]
    limits: dict[str, int]
    reminders: Reminders

    def takes(self, name: str, content: bytes) -> bool:
        """Whether a file of that name and content may be kept: its beginning is what its name says."""
        begins = self.files.get(name.rpartition(".")[2].lower())
        return begins is not None and content.startswith(bytes.fromhex(begins))


@cache
def progress_rules() -> ProgressRules:
    """As they stand in the file."""
    return ProgressRules.model_validate(tomllib.loads(DATA.read_text(encoding="utf-8")))


def promises_of(knowledge: KnowledgeBase, departments: Collection[str] | None = None) -> list[Promise]:
    """What is reported on, in the plan's order: those of these departments, or all."""
    found: list[Promise] = []
    for service in knowledge.services.values():
        item = knowledge.item_of(service.id)
        if departments is not None and not set(departments) & set(item.departments):
            continue
        named = [(target.what, target.amount) for target in service.targets]
        if not named and service.kind in REPORTED_WITHOUT_FIGURE:
            named = [("", "")]
        found += [Promise(service.id, service.title, item.number, what, amount, item.departments) for what, amount in named]
    return found


# -- months -------------------------------------------------------------------------------------------------------------------


def month_of(day: date) -> str:
    """2026-02."""
    return f"{day:%Y-%m}"


def month_before(month: str) -> str:
    """The month before: 2026-01 → 2025-12."""
    return month_of(_first(month) - timedelta(days=1))


def month_words(month: str) -> str:
    """As people read it: 2026年2月."""
    first = _first(month)
    return f"{first.year}年{first.month}月"


def is_month(text: str) -> bool:
    """Whether the text is a month in the form 2026-02."""
    try:
        return month_of(_first(text)) == text
    except ValueError:
        return False


def months_open(now: datetime, rules: ProgressRules) -> list[str]:
    """The months that can be reported on, newest first: this one, and those before it."""
    months = [month_of(now.astimezone(CHINA).date())]
    while len(months) <= rules.months_back:
        months.append(month_before(months[-1]))
    return months


def due_month(now: datetime) -> str:
    """The month whose report is due next: the one that ended last."""
    return month_before(month_of(now.astimezone(CHINA).date()))


def due_on(month: str, rules: ProgressRules) -> date:
    """The last day on which that month's report is in time."""
    after = _first(month) + timedelta(days=32)
    return after.replace(day=rules.due_day)


def _first(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


# -- who is late --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """How a promise stands: its latest report, and whether the due month's is missing (``late``: its day has passed)."""

    promise: Promise
    latest: Report | None
    missing: bool
    late: bool


@dataclass(frozen=True)
class Duty:
    """What is asked for now: the month, its last day; ``since``: the month from which on this service is used (None: it is not
    yet), since nobody is late for a time before."""

    month: str
    day: date
    today: date
    since: str | None

    @property
    def asks(self) -> bool:
        """Whether that month is to be reported at all."""
        return self.since is not None and self.month >= self.since


def duty(now: datetime, since: datetime | None, rules: ProgressRules) -> Duty:
    """What is asked for now; ``since``: when this service was first started."""
    month = due_month(now)
    begun = month_of(since.astimezone(CHINA).date()) if since else None
    return Duty(month, due_on(month, rules), now.astimezone(CHINA).date(), begun)


def standings(promises: Iterable[Promise], latest: Mapping[Key, Report], asked: Duty) -> list[Standing]:
    """How each promise stands.  What has no figure in the plan is reported as it comes, what is finished no more."""
    found = []
    for promise in promises:
        report = latest.get(promise.key)
        done = report is not None and (report.finished or report.month >= asked.month)
        missing = asked.asks and bool(promise.target) and not done
        found.append(Standing(promise, report, missing, missing and asked.today > asked.day))
    return found
