"""Other systems are told of every change of a ticket: a letter for each, in the transaction that makes the change."""

import json

from sqlite_utils import Database

from bot.delivery.outbox import Addressee, Way
from bot.store.outbox import put
from bot.tickets.records import Event

_TICKET = (
    "select t.kind, t.state, t.phase, t.urgency, t.due_at, t.lead, u.name,"
    " (select json_group_array(unit) from ticket_assisting a where a.number = t.number)"
    " from tickets t left join units u on u.id = t.lead where t.number = ?"
)
_BELOW = (
    "with recursive below(id) as (select ? union select u.id from units u join below b on u.parent = b.id) select id from below"
)


def announce(db: Database, event: Event) -> None:
    """Put a letter into the outbox for every system that may see the ticket and wants to be told.

    What is told are the number, what was done and the state: no words of anybody, no name, no place.
    """
    systems = db.execute("select id, unit, webhook from api_keys where active = 1 and webhook <> ''").fetchall()
    if not systems:
        return
    row = db.execute(_TICKET, [event.number]).fetchone()
    kind, state, phase, urgency, due_at, lead, lead_name, assisting = row
    involved = {lead, *json.loads(assisting)}
    told = {
        "id": event.id,
        "ticket": event.number,
        "action": event.action,
        "by": _role(event),
        "before": event.before,
        "state": event.after,
        "kind": kind,
        "phase": phase,
        "urgency": urgency,
        "lead": lead_name,
        "due_at": due_at,
    }
    for system, unit, address in systems:
        if unit is not None and not involved & {row[0] for row in db.execute(_BELOW, [unit]).fetchall()}:
            continue
        put(
            db,
            f"webhook:{event.id}:{system}",
            Addressee.WEBHOOK,
            f"ticket.{event.action}",
            address=address,
            way=str(Way.WEBHOOK),
            payload={**told, "state": event.after or state, "system": system},
            ticket=event.number,
            at=event.at,
        )


def _role(event: Event) -> str:
    if event.account is not None:
        return "staff"
    return {"居民": "resident", "系统": "system"}.get(event.author, "api")
