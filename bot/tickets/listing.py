"""Which tickets a list shows, and in which order: what staff choose in the console and other systems in the interface."""

from dataclasses import dataclass, field
from typing import Literal

from bot.tickets.records import Ticket

PAGE = 50


@dataclass(frozen=True)
class Filter:
    """Which tickets; what is not set does not matter.

    ``text`` is searched in matter, place and reply.  ``number``: the beginning of the number, with its prefix or without, or of
    the external one.  ``person``: with text or number, also those behind which stands somebody of exactly this name or with
    this telephone number; never a secret report.
    ``changed_since``: something happened to it then or later, ISO 8601 in UTC.
    ``visible``: the units whose tickets may be seen at all (see Desk.units_of); None: every one's.
    ``extension``: one is asked for and not decided.  ``sent_back``: the draft of its reply is to be changed.  ``area``: of the
    lead unit.  ``due_before``, ``due_from``, ``since``, ``until``: ISO 8601 in UTC; the last two are of filing.
    """

    states: tuple[str, ...] = ()
    phase: str = ""
    unit: int | None = None
    no_unit: bool = False
    kinds: tuple[str, ...] = ()
    urgency: str = ""
    source: str = ""
    satisfaction: str = ""
    secret: bool | None = None
    overdue: bool = False
    urged: bool = False
    reopened: bool = False
    returned: bool = False
    extension: bool = False
    sent_back: bool | None = None
    area: str = ""
    due_before: str = ""
    due_from: str = ""
    since: str = ""
    until: str = ""
    changed_since: str = ""
    text: str = ""
    number: str = ""
    person: str = ""
    visible: frozenset[int] | None = None


@dataclass(frozen=True)
class Page:
    """Some tickets, and where the next page begins (None: there is none).  ``last``: the place of the last ticket here, from
    which one can look later for what came after it.  Both are opaque."""

    tickets: list[Ticket] = field(default_factory=list)
    after: str | None = None
    last: str | None = None


Order = Literal["pressing", "newest", "changed"]
"""pressing: overdue, then urged and reopened, then by due date, what is no longer open at the end.  newest: by filing.
changed: by what happened last, what is longest ago in front."""


@dataclass(frozen=True)
class Counts:
    """How many tickets: by state, by lead unit and state (None: without a unit), and what presses among the open ones."""

    by_state: dict[str, int]
    by_unit: dict[int | None, dict[str, int]]
    overdue: int
    due_soon: int
    urged: int
    reopened: int

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.by_state.values())
