"""The desk as one resident may use it: their own tickets, inside their turn's transaction."""

from typing import Any

from bot.tickets.desk import Desk
from bot.tickets.life import Change
from bot.tickets.matters import Draft
from bot.tickets.records import Actor, Event, Ticket


class ResidentDesk:
    """Files, shows and changes the tickets of one resident.

    Args:
        actor: of role RESIDENT.
    """

    def __init__(self, desk: Desk, actor: Actor) -> None:
        assert actor.resident is not None
        self.desk, self.actor, self._resident = desk, actor, actor.resident

    def file(self, draft: Draft) -> Ticket:
        """See Desk.file."""
        return self.desk.file(draft, self.actor)

    def duplicates(self, draft: Draft) -> list[Ticket]:
        """Open tickets about the same thing that the resident does not stand behind yet."""
        own = {ticket.number for ticket in self.mine(50)}
        return [ticket for ticket in self.desk.duplicates(draft) if ticket.number not in own]

    def mine(self, most: int = 5) -> list[Ticket]:
        """The resident's tickets, their own and joined ones, newest first."""
        return self.desk.store.of_resident(self._resident, most)

    def find(self, number: str) -> Ticket | None:
        """The resident's ticket of that number."""
        ticket = self.desk.store.ticket(number)
        return ticket if ticket and self.desk.sees(ticket, self.actor) else None

    def actions(self, ticket: Ticket) -> list[Change]:
        """What the resident may do to it now."""
        return self.desk.actions(ticket, self.actor)

    def perform(self, number: str, action: str, **details: Any) -> Ticket:
        """See Desk.perform."""
        return self.desk.perform(number, action, self.actor, **details)

    def history(self, ticket: Ticket) -> list[Event]:
        """What happened, without what is internal."""
        return self.desk.history(ticket, self.actor)

    def state_of(self, ticket: Ticket) -> str:
        """The ticket's state in the resident's words."""
        unit = self.desk.store.unit(ticket.lead) if ticket.lead else None
        values = {"unit": unit.name if unit else "承办单位", "merged_into": ticket.merged_into or ""}
        return self.desk.rules.life.states[ticket.state].resident.format_map(values)

    def seal(self, from_message: int) -> None:
        """Seal the conversation from that message on: it belongs to a secret report."""
        self.desk.store.seal(self._resident, from_message)
