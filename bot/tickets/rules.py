"""Everything that tickets are dealt with by: life, due dates, calendar, and what an installation sets."""

from dataclasses import dataclass

from bot.tickets.calendar import Calendar, known_calendar
from bot.tickets.due import DueRules, load_due_rules
from bot.tickets.life import Life, load_life

DISPATCH_AT = 0.9
"""From this confidence on a ticket goes to the suggested unit at once, where nothing else is set."""


@dataclass(frozen=True)
class Rules:
    """The rules of an installation.

    ``prefix``: of numbers.  ``dispatch_at``: the confidence in the suggested unit from which on a ticket is dispatched at
    once; None where the configuration does not say.
    """

    life: Life
    due: DueRules
    calendar: Calendar
    prefix: str = "LY"
    dispatch_at: float | None = None


def load_rules(prefix: str = "LY", dispatch_at: float | None = None) -> Rules:
    """The rules that come with the service."""
    return Rules(load_life(), load_due_rules(), known_calendar(), prefix, dispatch_at)
