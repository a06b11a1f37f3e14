"""Departments are reminded of reports that are due, and told once when they are late."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from bot.progress.records import Report
from bot.progress.rules import Duty, Key, ProgressRules, Standing, month_words, promises_of, standings
from bot.tickets.calendar import CHINA
from knowledge.base import KnowledgeBase


@dataclass(frozen=True)
class Reminder:
    """One letter to a department; ``key`` makes that it goes once."""

    key: str
    department: str
    text: str


def reminders(
    knowledge: KnowledgeBase,
    latest: Mapping[Key, Report],
    asked: Duty,
    rules: ProgressRules,
    now: datetime,
    is_working: Callable[[date], bool],
) -> list[Reminder]:
    """What is to be sent now: nothing on a free day or too early in the morning."""
    if not asked.asks or not is_working(asked.today) or now.astimezone(CHINA).hour < rules.reminders.hour:
        return []
    found = []
    for department in knowledge.departments:
        standing = standings(promises_of(knowledge, {department.name}), latest, asked)
        for kind, wanted in (("late", [s for s in standing if s.late]), ("due", [s for s in standing if s.missing])):
            if wanted:
                words = _words(getattr(rules.reminders, kind), department.name, wanted, asked, rules)
                found.append(Reminder(f"progress:{kind}:{department.name}:{asked.month}", department.name, words))
                break
    return found


def _words(template: str, department: str, wanted: list[Standing], asked: Duty, rules: ProgressRules) -> str:
    return template.format(
        department=department,
        count=len(wanted),
        month=month_words(asked.month),
        day=f"{asked.day.month}月{asked.day.day}日",
        titles=_titles([standing.promise.target for standing in wanted], rules.reminders.most_titles),
    )


def _titles(titles: Iterable[str], most: int) -> str:
    named = list(titles)
    return "、".join(named[:most]) + ("等" if len(named) > most else "")
