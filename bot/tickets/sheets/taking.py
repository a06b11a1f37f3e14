"""Tickets of a sheet are filed: those that are there already stay as they are."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.tickets.desk import Desk
from bot.tickets.matters import Draft
from bot.tickets.records import Actor, Ticket, Unit


@dataclass
class Taken:
    """What became of the tickets of a sheet."""

    new: list[Ticket] = field(default_factory=list)
    known: list[Ticket] = field(default_factory=list)


def file_all(desk: Desk, drafts: Sequence[tuple[Draft, Unit | None]], actor: Actor) -> Taken:
    """File each with the unit that its sheet names, which has it at once if it is one of ours.

    A draft without such a unit goes the way of every other: to its suggested unit where that is sure, else to the dispatcher.
    Each unit is alerted once to all that it was given, and to urgent ones singly.
    """
    taken = Taken()
    with desk.told_together():
        for draft, unit in drafts:
            known = desk.store.by_external(draft.external_number) if draft.external_number else None
            if known:
                taken.known.append(known)
                continue
            ticket = desk.file(draft if unit is None else replace(draft, unit=unit.name, confidence=0.0), actor)
            if unit and unit.active and not unit.outside and ticket.state == "received":
                ticket = desk.perform(ticket.number, "dispatch", actor, lead=unit.id)
            taken.new.append(ticket)
    return taken
