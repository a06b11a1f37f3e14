"""Other systems are told of every change of a ticket: a letter for each, in the transaction that makes the change."""

from collections.abc import Set
from typing import Any

from sqlite_utils import Database

from bot.delivery.outbox import Addressee, Way
from bot.store.outbox import put
from bot.tickets.records import Event

GONE = "gone"
"""What a unit's system is told when the ticket is no longer its unit's."""

_TICKET = (
    "select t.kind, t.state, t.phase, t.urgency, t.due_at, u.name from tickets t left join units u on u.id = t.lead"
    " where t.number = ?"
)
_INVOLVED = "select lead from tickets where number = :of and lead > 0 union select unit from ticket_assisting where number = :of"
_BELOW = (
    "with recursive below(id) as (select ? union select u.id from units u join below b on u.parent = b.id) select id from below"
)


def involved(db: Database, number: str) -> set[int]:
    """The units that have the ticket, lead and assisting."""
    return {row[0] for row in db.execute(_INVOLVED, {"of": number}).fetchall()}


def announce(db: Database, event: Event, had_it: Set[int] = frozenset()) -> None:
    """Put a letter into the outbox for every system that may see the ticket and wants to be told.

    What is told are the number, what was done and the state: no words of anybody, no name, no place.

    Args:
        had_it: the units that had the ticket before, where the change is about that; the system of one that has it no longer
            is told that it is gone, and nothing else.
    """
    systems = db.execute("select id, unit, webhook from api_keys where active = 1 and webhook <> ''").fetchall()
    if not systems:
        return
    have_it = involved(db, event.number)
    for system, unit, address in systems:
        units = have_it | had_it if unit is None else _with_those_below(db, unit)
        sees = unit is None or bool(have_it & units)
        if not sees and not had_it & units:
            continue
        action, told = (event.action, _told(db, event)) if sees else (GONE, {})
        put(
            db,
            f"webhook:{event.id}:{system}",
            Addressee.WEBHOOK,
            f"ticket.{action}",
            address=address,
            way=str(Way.WEBHOOK),
            payload={"id": event.id, "ticket": event.number, "action": action, **told, "system": system},
            ticket=event.number,
            at=event.at,
        )


def _with_those_below(db: Database, unit: int) -> set[int]:
    return {row[0] for row in db.execute(_BELOW, [unit]).fetchall()}


def _told(db: Database, event: Event) -> dict[str, Any]:
    kind, state, phase, urgency, due_at, lead = db.execute(_TICKET, [event.number]).fetchone()
    return {
        "by": _role(event),
        "before": event.before,
        "state": event.after or state,
        "kind": kind,
        "phase": phase,
        "urgency": urgency,
        "lead": lead,
        "due_at": due_at,
    }


def _role(event: Event) -> str:
    if event.account is not None:
        return "staff"
    return {"居民": "resident", "系统": "system"}.get(event.author, "api")
