"""What follows from a change besides its fields: due dates, people carried over.  Named in data/life.toml."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.tickets.case import Case
from bot.tickets.due import GIVEN, WORKING_DAYS, Term, due_again, due_fields
from bot.tickets.letters import shown_time
from bot.tickets.records import Event, Reporter, Ticket

MERGED_HERE, SPLIT_HERE = "merged_here", "split_here"
"""What stands in the history of the ticket that another was merged into."""

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


def due_by_urgency(case: Case) -> None:
    """The time begins anew; a due date that was given is at most moved nearer."""
    before = case.ticket.due_at
    _due(case, case.now)
    if case.ticket.clock == GIVEN and before and before <= case.updates["due_at"]:
        for name in ("clock", "due_from", "due_amount", "due_at", "due_provisional"):
            del case.updates[name]


def due_by_calendar(case: Case) -> None:
    """The same time, by the calendar as it is now; the reason says from when to when the due date moved."""
    before = case.ticket.due_at
    case.updates |= due_again(case.rules.calendar, case.ticket)
    case.details.setdefault("reason", f"放假安排有变，期限由{shown_time(before)}改为{shown_time(case.updates['due_at'])}")


def assisted_by_those_named(case: Case) -> None:
    """Whoever is not named assists no longer; the lead unit does not assist itself."""
    named = case.details.get("assisting") or ()
    case.updates["assisting"] = tuple(unit for unit in named if unit != case.updates["lead"])


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
    people = [replace(person, number=into.number, role="joined") for person in case.reporters]
    added = [id for person in people if (id := case.store.add_reporter(person, case.at)) is not None]
    case.store.update(into.number, joined=into.joined + len(added), updated_at=case.at)
    _told_there(case, into, MERGED_HERE, f"{case.ticket.number} 并入", {"from": case.ticket.number, "people": added})


def take_back(case: Case) -> None:
    """Those who came with the ticket stand behind the one that it was merged into no longer."""
    into = case.store.ticket(case.ticket.merged_into or "")
    assert into is not None  # the condition merged_into_one_that_stands has looked
    came = [event for event in case.store.events(into.number) if event.action == MERGED_HERE]
    people: list[int] = next(
        (event.detail.get("people", []) for event in reversed(came) if event.detail["from"] == case.ticket.number), []
    )
    gone = case.store.remove_reporters(into.number, people)
    case.store.update(into.number, joined=into.joined - gone, updated_at=case.at)
    _told_there(case, into, SPLIT_HERE, f"{case.ticket.number} 改为单独办理", {"from": case.ticket.number})


def _told_there(case: Case, other: Ticket, action: str, text: str, detail: dict[str, Any]) -> None:
    """What was done stands in the history of the other ticket too."""
    event = Event(other.number, action, case.actor.name, text, case.at, internal=True, detail=detail)
    by = replace(event, account=case.actor.account, unit=case.actor.unit)
    case.store.add_event(replace(by, before=other.state, after=other.state))


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


EFFECTS: dict[str, Effect] = {
    effect.__name__: effect
    for effect in (
        due_anew,
        due_from_now,
        due_by_urgency,
        due_by_calendar,
        assisted_by_those_named,
        extend,
        carry_over,
        take_back,
        join,
        reach,
    )
}
