"""Tickets → rows of a sheet, and the rows as CSV; one ticket after the other, however many there are."""

import csv
import datetime
import io
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bot.tickets.calendar import CHINA
from bot.tickets.life import Life
from bot.tickets.records import Reporter, Ticket

DATA = Path(__file__).parent / "data" / "export.toml"

FORMULA = tuple("=+-@\t\r＝＋－＠")
"""What a spreadsheet takes for the beginning of a formula; whoever wrote the text is a stranger."""
_FLUSH = 200

Value = str | int | datetime.datetime | None


@dataclass(frozen=True)
class Column:
    """A column of the exported sheet."""

    header: str
    field: str
    width: int


@cache
def columns() -> tuple[Column, ...]:
    """The columns of data/export.toml."""
    return tuple(Column(**column) for column in tomllib.loads(DATA.read_text(encoding="utf-8"))["columns"])


@dataclass(frozen=True)
class Names:
    """What things are called: the life of tickets, units by id, kinds, sources and services by their ids; and the time."""

    life: Life
    units: Mapping[int, str]
    kinds: Mapping[str, str]
    sources: Mapping[str, str]
    services: Mapping[str, str]
    now: str


def row_of(ticket: Ticket, people: Sequence[Reporter], names: Names) -> list[Value]:
    """The ticket's row.

    Args:
        people: behind the ticket, as far as whoever exports may see them; those of a secret report are left out in any case.
    """
    shown = [] if ticket.secret else people
    return [_value(column.field, ticket, shown, names) for column in columns()]


def _value(field: str, ticket: Ticket, people: Sequence[Reporter], names: Names) -> Value:
    known = _VALUES.get(field)
    value = known(ticket, people, names) if known else getattr(ticket, field)
    return value or None


def _time(at: str | None) -> datetime.datetime | None:
    """A stored time as a clock in China shows it, to the minute."""
    if not at:
        return None
    return datetime.datetime.fromisoformat(at).astimezone(CHINA).replace(tzinfo=None, second=0, microsecond=0)


def _choice(names: Names, field: str, value: str | None) -> str:
    return names.life.fields[field].choices.get(value or "", "")


_VALUES: dict[str, Callable[[Ticket, Sequence[Reporter], Names], Any]] = {
    "kind": lambda ticket, people, names: names.kinds[ticket.kind],
    "service": lambda ticket, people, names: names.services.get(ticket.service or "", ""),
    "source": lambda ticket, people, names: names.sources.get(ticket.source, ticket.source),
    "urgency": lambda ticket, people, names: _choice(names, "urgency", ticket.urgency),
    "secret": lambda ticket, people, names: "是" if ticket.secret else "",
    "state": lambda ticket, people, names: names.life.states[ticket.state].name,
    "lead": lambda ticket, people, names: names.units.get(ticket.lead or 0, ""),
    "assisting": lambda ticket, people, names: "、".join(names.units.get(unit, "") for unit in ticket.assisting),
    "at": lambda ticket, people, names: _time(ticket.at),
    "due_at": lambda ticket, people, names: _time(ticket.due_at),
    "overdue": lambda ticket, people, names: "是" if ticket.phase == "open" and (ticket.due_at or "9") < names.now else "",
    "answered_at": lambda ticket, people, names: _time(ticket.answered_at),
    "closed_at": lambda ticket, people, names: _time(ticket.closed_at),
    "satisfaction": lambda ticket, people, names: _choice(names, "satisfaction", ticket.satisfaction),
    "solved": lambda ticket, people, names: {True: "是", False: "否", None: ""}[ticket.solved],
    "name": lambda ticket, people, names: "；".join(person.name for person in people if person.name),
    "contact": lambda ticket, people, names: "；".join(person.contact for person in people if person.contact),
}


def csv_pieces(rows: Iterable[Sequence[Value]]) -> Iterator[str]:
    """The rows as CSV under their headers, in pieces; with the mark by which Excel knows UTF-8, and no formulas."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    stream.write("\ufeff")
    writer.writerow([column.header for column in columns()])
    for number, row in enumerate(rows, 1):
        writer.writerow([_harmless(value) for value in row])
        if number % _FLUSH == 0:
            yield stream.getvalue()
            stream.seek(0)
            stream.truncate()
    yield stream.getvalue()


def _harmless(value: Value) -> str | int:
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    return "" if value is None else value
