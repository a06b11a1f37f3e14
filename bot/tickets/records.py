"""What stands in the ticket files: units, tickets, the people behind them, events.  Plain data, as the store keeps it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.tickets.matters import Matter


class Role(StrEnum):
    """Who somebody is to a ticket; the first five are roles of console accounts."""

    ADMINISTRATOR = "administrator"
    DISPATCHER = "dispatcher"
    STAFF = "staff"
    APPROVER = "approver"
    READER = "reader"
    RESIDENT = "resident"
    SYSTEM = "system"
    API = "api"


@dataclass(frozen=True)
class Actor:
    """Who does something: an account with its role and unit, a resident, another system, or the service itself."""

    role: Role
    name: str
    account: int | None = None
    unit: int | None = None
    resident: str | None = None


@dataclass(frozen=True)
class Unit:
    """承办单位: who can be given a ticket.

    ``outside``: a ticket is passed on there and the resident told so.  ``signs_off``: a second person approves replies.
    ``days``: working days by kind of matter, over the stated defaults.  ``alerts``: addresses by way (wecom, dingtalk,
    email, sms).
    """

    id: int
    name: str
    full_name: str = ""
    parent: int | None = None
    area: str = ""
    phone: str = ""
    address: str = ""
    hours: str = ""
    hotline: str = ""
    outside: bool = False
    signs_off: bool = False
    days: dict[str, int] = field(default_factory=dict)
    alerts: dict[str, list[str]] = field(default_factory=dict)
    active: bool = True


@dataclass(frozen=True)
class Ticket:
    """A ticket without the people behind it.

    ``suggested`` is the unit that the bot thought of, with its ``confidence``; ``lead`` and ``assisting`` are units' ids.
    ``phase`` is the state's: open, answered, over.  ``clock``: working_days, or hours (around the clock): ``due_amount`` of them
    after ``due_from`` give ``due_at``; or given, where somebody else said until when.  All times are ISO 8601 in UTC.
    ``extension_days``: asked for and not decided yet.  ``due_provisional``: a year on the way has no holiday notice yet.
    ``secret``: nobody who handles it sees the reporter.
    ``source``: resident, telephone, window, city12345, api, sheet.
    """

    number: str
    code: str
    kind: Matter
    matter: str
    state: str
    at: str
    updated_at: str
    place: str = ""
    since: str = ""
    latitude: float | None = None
    longitude: float | None = None
    service: str | None = None
    suggested: str | None = None
    confidence: float = 0.0
    lead: int | None = None
    assisting: tuple[int, ...] = ()
    urgency: str = "normal"
    clock: str = "working_days"
    due_at: str | None = None
    due_provisional: bool = False
    due_from: str | None = None
    due_amount: int = 0
    extension_days: int | None = None
    phase: str = "open"
    secret: bool = False
    source: str = "resident"
    external_number: str | None = None
    merged_into: str | None = None
    reply: str = ""
    reply_draft: str = ""
    satisfaction: str | None = None
    solved: bool | None = None
    rating_reason: str = ""
    callback_due: bool = False
    urged: int = 0
    reopened: int = 0
    returned: int = 0
    joined: int = 0
    answered_at: str | None = None
    closed_at: str | None = None


@dataclass(frozen=True)
class Reporter:
    """Somebody behind a ticket.  ``resident``: their conversation, None for who has none; ``role``: reporter or joined."""

    number: str
    resident: str | None
    name: str = ""
    contact: str = ""
    role: str = "reporter"


@dataclass(frozen=True)
class Event:
    """One step of a ticket's life.  ``internal``: not for residents.  ``detail`` holds what the action needed."""

    number: str
    action: str
    author: str
    text: str
    at: str
    id: int = 0
    account: int | None = None
    unit: int | None = None
    internal: bool = False
    before: str | None = None
    after: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Photo:
    """A picture that belongs to a ticket, without its bytes.

    ``state``: waiting (to be fetched), stored, failed (with the ``problem``, for staff); link: it stays at ``origin``, another
    system's address, and is never fetched.
    """

    id: int
    number: str | None
    state: str
    mime: str = ""
    size: int = 0
    origin: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Step:
    """An event without its words: what may be shown of a ticket to who does not open it."""

    number: str
    action: str
    author: str
    at: str
