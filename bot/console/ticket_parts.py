"""What the pages about tickets share: the office they work in, what a form gives, what templates need."""

import datetime
import unicodedata
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from flask import abort, request

from bot.console.frame import CHINA, current_actor
from bot.console.parts import part, parts
from bot.console.unit_search import findable
from bot.console.words import matter_words
from bot.tickets.desk import Desk, UnknownTicket
from bot.tickets.letters import shown_time
from bot.tickets.life import Life, NeededField
from bot.tickets.matters import number_in as ticket_number_in
from bot.tickets.records import Ticket, Unit

_LARGEST = 2**31


class Office(Protocol):
    """Who opens desks."""

    def desk(self) -> AbstractContextManager[Desk]:
        """A desk to work on."""

    def reading(self) -> Desk:
        """A desk for looking only."""


def office() -> Office:
    """What these pages work on."""
    given: Office = part("tickets")
    return given


def now() -> str:
    """The time as the store writes it."""
    return parts().clock().isoformat(timespec="milliseconds")


def seen_ticket(desk: Desk, number: str) -> Ticket:
    """The ticket, if whoever is signed in may see it; else the request ends with 404."""
    try:
        return desk.ticket(number, current_actor())
    except UnknownTicket:
        abort(404)


def name_of(desk: Desk, unit: int | None) -> str:
    """A unit's name; empty for none."""
    found = desk.store.unit(unit) if unit else None
    return found.name if found else ""


def for_lines(desk: Desk) -> dict[str, Any]:
    """What a template needs to show tickets."""
    units = desk.store.units(active_only=False)
    return {
        "life": desk.rules.life,
        "kinds": matter_words(),
        "units": {unit.id: unit.name for unit in units},
        "now": now(),
        "due_shown": due_shown,
    }


def due_shown(at: str, now: str) -> tuple[str, str, str]:
    """A due date as staff read it: its tone (bad, warn, plain), 12月2日 24:00, and how it presses, in words."""
    due, today = (datetime.datetime.fromisoformat(one).astimezone(CHINA) for one in (at, now))
    year = "" if due.year == today.year else f"{due.year}年"
    words = year + shown_time(at).replace("日", "日 ")
    days = (due.date() - today.date()).days
    if at < now:
        return "bad", words, f"已超期{-days}天" if days else "已超期"
    return ("warn" if days <= 1 else "plain"), words, {0: "今天到期", 1: "明天到期"}.get(days, "")


def for_choosers(units: Iterable[Unit]) -> list[tuple[Unit, str]]:
    """Units to choose from, each with what it is found under."""
    return [(unit, findable(unit)) for unit in units]


def asked_details(life: Life, names: Iterable[str]) -> dict[str, Any]:
    """What the form says for these fields of tickets; what cannot be read is left out."""
    return {name: _value(life.fields[name], name) for name in names if request.form.get(name, "").strip()}


def seen_event() -> int | None:
    """The last event that stood on the page that the form came from."""
    return number_in(request.form.get("seen", ""))


def _value(field: NeededField, name: str) -> Any:
    if field.kind == "units":
        return tuple(dict.fromkeys(n for text in request.form.getlist(name) if (n := number_in(text)) is not None))
    text = request.form[name].strip()
    if field.kind in ("unit", "outside", "days"):
        return number_in(text)
    if field.kind == "ticket":
        return ticket_number_in(unicodedata.normalize("NFKC", text)) or text
    return text == "yes" if field.kind == "yes_no" else text


def number_in(text: str) -> int | None:
    """The number that was typed, full-width digits too; None when it is none, or none that anything could have."""
    text = unicodedata.normalize("NFKC", text)
    return int(text) if text.isascii() and text.isdigit() and int(text[:12]) < _LARGEST and len(text) < 12 else None
