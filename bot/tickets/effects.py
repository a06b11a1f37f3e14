"""What follows from a change besides its fields: due dates, people carried over.  Named in data/life.toml."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.tickets.case import Case
from bot.tickets.due import GIVEN, WORKING_DAYS, Term, due_fields
from bot.tickets.records import Event, Reporter

Effect = Callable[[Case], None]
"""Adds to ``case.updates``, or writes to the store; the updates are applied after all effects."""


def _due(case: Case, start: datetime) -> None:
    after = replace(case.ticket, **case.updates)
    unit = case.store.unit(after.lead) if after.lead else None
    case.updates |= due_fields(case.rules.calendar, start, case.rules.due.term(after, unit))


def due_anew(case: Case) -> None:
    """The due date of the unit that has it now, from where the time began; an extension was another unit's."""
    if case.ticket.clock == GIVEN:
        return
    _due(case, datetime.fromisoformat(case.ticket.due_from or case.ticket.at))


def due_from_now(case: Case) -> None:
    """The time begins anew."""
    _due(case, case.now)


def extend(case: Case) -> None:
    """As many more days as were asked for; around the clock where the due date is; after a due date that was given."""
    ticket, days = case.ticket, case.ticket.extension_days or 0
    start = datetime.fromisoformat(ticket.due_from or ticket.at)
    more = days if ticket.clock == "working_days" else days * (timedelta(days=1) // timedelta(hours=1))
    case.details["days"] = days
    asked = next((event for event in reversed(case.events) if event.action == case.change.after), None)
    case.details.setdefault("reason", asked.detail.get("reason", "") if asked else "")
    term = Term(ticket.clock, ticket.due_amount + more)
    if ticket.clock == GIVEN:
        start, term = datetime.fromisoformat(ticket.due_at or ticket.at), Term(WORKING_DAYS, days)
    case.updates |= due_fields(case.rules.calendar, start, term)


def carry_over(case: Case) -> None:
    """The people behind a merged ticket stand behind the other one from now on too."""
    into = case.store.ticket(str(case.details["into"]))
    assert into is not None  # the condition into_is_open has looked
    added = 0
    for person in case.reporters:
        added += case.store.add_reporter(replace(person, number=into.number, role="joined"), case.at)
    case.store.update(into.number, joined=into.joined + added, updated_at=case.at)
    text = f"{case.ticket.number} 并入"
    case.store.add_event(
        Event(
            into.number,
            "merged_here",
            case.actor.name,
            text,
            case.at,
            account=case.actor.account,
            unit=case.actor.unit,
            internal=True,
            before=into.state,
            after=into.state,
            detail={"from": case.ticket.number},
        )
    )


def join(case: Case) -> None:
    """One more resident stands behind it."""
    person = Reporter(
        case.ticket.number,
        case.actor.resident,
        str(case.details.pop("name", "") or ""),
        str(case.details.pop("contact", "") or ""),
        "joined",
    )
    case.store.add_reporter(person, case.at)


def reach(case: Case) -> None:
    """Another way to reach a resident who stands behind it, or none any more; kept with them, and nowhere in the history."""
    assert case.actor.resident is not None  # only residents may, see data/life.toml
    name, contact = (str(case.details.pop(part, "") or "") for part in ("name", "contact"))
    case.store.reach(case.ticket.number, case.actor.resident, contact, name)


EFFECTS: dict[str, Effect] = {effect.__name__: effect for effect in (due_anew, due_from_now, extend, carry_over, join, reach)}
