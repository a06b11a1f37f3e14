"""A matter that a resident brings: its kind, its number, and the desk as the dialogue sees it."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Matter(StrEnum):
    """What kind of matter a resident brings."""

    COMPLAINT = "complaint"
    REPORT = "report"
    SUGGESTION = "suggestion"
    REQUEST = "request"
    PRAISE = "praise"

    @property
    def needs_place(self) -> bool:
        """Whether nobody can act on it without knowing where."""
        return self in (Matter.COMPLAINT, Matter.REPORT, Matter.REQUEST)


@dataclass(frozen=True)
class Draft:
    """What is filed: the resident's own words, and who would deal with it."""

    kind: Matter
    matter: str
    place: str
    service: str | None
    unit: str | None


@dataclass(frozen=True)
class Ticket:
    """A filed matter.  ``state``: received, withdrawn (later ones come from whoever deals with it)."""

    number: str
    kind: Matter
    matter: str
    place: str
    service: str | None
    unit: str | None
    state: str
    at: str


class TicketDesk(Protocol):
    """Files and finds tickets inside a turn, so that ticket and reply are kept together or not at all."""

    def file(self, draft: Draft) -> Ticket:
        """File it under a number that nobody else has."""

    def mine(self, most: int = 5) -> list[Ticket]:
        """The resident's own tickets, newest first."""

    def find(self, number: str) -> Ticket | None:
        """The resident's own ticket of that number."""

    def note(self, number: str, kind: str, text: str) -> None:
        """Add to a ticket's history: urged, added, withdrawn (which also changes its state)."""


_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


def check_digit(digits: str) -> str:
    """Damm's digit (H. Michael Damm, 2004): it changes with every single misheard digit and every two that are swapped.

    >>> check_digit("572")
    '4'
    """
    interim = 0
    for digit in digits:
        interim = int(_DAMM[interim][int(digit)])
    return str(interim)


def ticket_number(prefix: str, day: str, sequence: int) -> str:
    """PREFIX-YYYYMMDD-NNNN-C, which can be read over the telephone; the sequence has four digits or more."""
    digits = f"{day}{sequence:04d}"
    return f"{prefix}-{day}-{sequence:04d}-{check_digit(digits)}"


_NUMBER = re.compile(r"([a-z]{1,6})[-—\s]?(\d{8})[-—\s]?(\d{4,})[-—\s]?(\d)", re.IGNORECASE)


def number_in(text: str) -> str | None:
    """The ticket number that the text holds, in its usual form; None when there is none."""
    match = _NUMBER.search(text)
    return f"{match[1].upper()}-{match[2]}-{match[3]}-{match[4]}" if match else None
