"""Rows of tickets and units, and the records that they are."""

import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from bot.tickets.matters import Matter
from bot.tickets.records import Ticket, Unit

TICKET_FIELDS = [field.name for field in fields(Ticket) if field.name != "assisting"]
TICKET_SELECT = (
    "select " + ", ".join(f"t.{name}" for name in TICKET_FIELDS) + ","
    " (select group_concat(unit) from ticket_assisting a where a.number = t.number) from tickets t"
)
"""Selects a ticket as ``ticket_of`` reads it."""
_FLAGS = ("due_provisional", "secret", "callback_due")


def ticket_of(row: Sequence[Any]) -> Ticket:
    """The ticket in a row of TICKET_SELECT."""
    values = dict(zip(TICKET_FIELDS, row[:-1], strict=True))
    values |= {name: bool(values[name]) for name in _FLAGS}
    values["kind"] = Matter(values["kind"])
    values["solved"] = None if values["solved"] is None else bool(values["solved"])
    return Ticket(**values, assisting=tuple(sorted(int(unit) for unit in (row[-1] or "").split(",") if unit)))


UNIT_FIELDS = [field.name for field in fields(Unit)]


def unit_of(row: Sequence[Any]) -> Unit:
    """The unit in a row of ``select`` over the fields of Unit."""
    values = dict(zip(UNIT_FIELDS, row, strict=True))
    values |= {name: bool(values[name]) for name in ("outside", "signs_off", "active")}
    return Unit(**(values | {name: json.loads(values[name]) for name in ("days", "alerts")}))
