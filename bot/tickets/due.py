"""Until when a ticket must be answered: working days by kind and unit, or hours around the clock (data/due.toml)."""

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from bot.tickets.calendar import Calendar, Due
from bot.tickets.matters import Matter
from bot.tickets.records import Ticket, Unit

DATA = Path(__file__).parent / "data"

WORKING_DAYS, HOURS, GIVEN = "working_days", "hours", "given"
URGENT = "urgent"


class CannotWait(BaseModel):
    """A kind of matter that cannot wait, by its words, or by its unit and words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    hours: int = Field(ge=1)
    kinds: tuple[Matter, ...]
    words: str
    units: tuple[str, ...] = ()
    unit_words: str = ""

    @field_validator("words", "unit_words")
    @classmethod
    def _is_pattern(cls, value: str) -> str:
        re.compile(value)
        return value

    def holds(self, kind: Matter, matter: str, unit: str | None) -> bool:
        """Whether the matter is of this kind."""
        if kind not in self.kinds:
            return False
        return bool(re.search(self.words, matter) or (unit in self.units and re.search(self.unit_words, matter)))


class _Urgent(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    hours: int = Field(ge=1)


@dataclass(frozen=True)
class Term:
    """How long something may take: ``amount`` working days, or hours around the clock."""

    clock: str
    amount: int


class DueRules(BaseModel):
    """Stated defaults and what cannot wait."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    days: dict[Matter, int]
    urgent: _Urgent
    cannot_wait: tuple[CannotWait, ...] = ()

    def cannot(self, kind: Matter, matter: str, unit: str | None) -> CannotWait | None:
        """The rule by which the matter cannot wait; None when it can."""
        return next((rule for rule in self.cannot_wait if rule.holds(kind, matter, unit)), None)

    def term(self, ticket: Ticket, unit: Unit | None) -> Term:
        """How long this ticket may take at this unit (None: not given to one yet)."""
        name = unit.name if unit else ticket.suggested
        if ticket.urgency == URGENT:
            rule = self.cannot(ticket.kind, ticket.matter, name)
            return Term(HOURS, rule.hours if rule else self.urgent.hours)
        own = unit.days.get(str(ticket.kind)) if unit else None
        return Term(WORKING_DAYS, own or self.days[ticket.kind])


def due_fields(calendar: Calendar, start: datetime, term: Term) -> dict[str, Any]:
    """The fields of a ticket that say until when."""
    due: Due = calendar.due_hours(start, term.amount) if term.clock == HOURS else calendar.due(start, term.amount)
    return {
        "clock": term.clock,
        "due_from": start.isoformat(timespec="milliseconds"),
        "due_amount": term.amount,
        "due_at": due.at.isoformat(timespec="milliseconds"),
        "due_provisional": due.provisional,
    }


def due_again(calendar: Calendar, ticket: Ticket) -> dict[str, Any]:
    """The same fields for a ticket whose due date is reckoned in working days, by another calendar."""
    start = datetime.fromisoformat(ticket.due_from or ticket.at)
    return due_fields(calendar, start, Term(ticket.clock, ticket.due_amount))


def given_due(start: datetime, due_at: str) -> dict[str, Any]:
    """The same fields where whoever passed the ticket on says until when: no unit and no holiday changes that."""
    at = start.isoformat(timespec="milliseconds")
    return {"clock": GIVEN, "due_from": at, "due_amount": 0, "due_at": due_at, "due_provisional": False}


@cache
def load_due_rules(path: Path = DATA / "due.toml") -> DueRules:
    """The rules in ``path``; pydantic's ValidationError when they are wrong."""
    return DueRules.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
