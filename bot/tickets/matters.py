"""A matter that a resident brings: its kind, its draft, its number."""

import re
from dataclasses import dataclass
from enum import StrEnum


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
    """What is filed: the resident's own words, who would deal with it, and how to reach who told it.

    ``unit`` is the suggested unit's name, with its ``confidence``.  ``since``: since when, in the resident's words.
    ``secret``: nobody who handles it may see who told it.  ``source``: resident, telephone, window, city12345, api, sheet.
    ``urgency``: normal or urgent; None: by the words and the unit.  ``photos``: ids of those that its resident sent for it.
    """

    kind: Matter
    matter: str
    place: str
    service: str | None = None
    unit: str | None = None
    confidence: float = 0.0
    since: str = ""
    latitude: float | None = None
    longitude: float | None = None
    secret: bool = False
    name: str = ""
    contact: str = ""
    source: str = "resident"
    external_number: str | None = None
    urgency: str | None = None
    due_at: str | None = None
    photos: tuple[int, ...] = ()


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
