"""The desk as one resident may use it: their own tickets, inside their turn's transaction."""

from collections.abc import Sequence
from typing import Any

from bot.tickets.desk import Desk
from bot.tickets.guessing import Guesser
from bot.tickets.life import Change
from bot.tickets.matters import Draft
from bot.tickets.records import Actor, Event, Ticket


class ResidentDesk:
    """Files, shows and changes the tickets of one resident.

    A turn in which a secret report is filed, shown or changed is sealed when it is kept, and so is what was said for it since
    ``first_message`` (see file): nobody who reads conversations sees it.

    Args:
        actor: of role RESIDENT.
    """

    def __init__(self, desk: Desk, actor: Actor) -> None:
        assert actor.resident is not None
        self.desk, self.actor, self._resident = desk, actor, actor.resident
        self.sealed_from: int | None = None

    @property
    def next_message(self) -> int:
        """The number that this turn's message will be kept under: a form that may become a secret report notes its first."""
        return self.desk.store.next_message()

    def seal(self, from_message: int | None = None) -> None:
        """Seal the conversation from that message (None: from this turn's) on, this turn included."""
        first = self.next_message if from_message is None else from_message
        self.sealed_from = first if self.sealed_from is None else min(first, self.sealed_from)

    def file(self, draft: Draft, first_message: int | None = None) -> Ticket:
        """See Desk.file; what was said for a secret report since ``first_message`` is sealed."""
        if draft.secret:
            self.seal(first_message)
        return self.desk.file(draft, self.actor)

    def duplicates(self, draft: Draft) -> list[Ticket]:
        """Open tickets about the same thing that the resident does not stand behind yet."""
        own = {ticket.number for ticket in self.desk.store.of_resident(self._resident, 50)}
        return [ticket for ticket in self.desk.duplicates(draft) if ticket.number not in own]

    def mine(self, most: int = 5) -> list[Ticket]:
        """The resident's tickets, their own and joined ones, newest first."""
        return [self._touched(ticket) for ticket in self.desk.store.of_resident(self._resident, most)]

    def find(self, number: str) -> Ticket | None:
        """The resident's ticket of that number."""
        ticket = self.desk.store.ticket(number)
        return self._touched(ticket) if ticket and self.desk.sees(ticket, self.actor) else None

    def by_code(self, number: str, code: str, address: str = "") -> Ticket | None:
        """Another's ticket, for who knows number and code.

        Raises:
            TooManyGuesses: see Desk.guess.
        """
        return self.desk.guess(number, code, Guesser(self._resident, address))

    def actions(self, ticket: Ticket) -> list[Change]:
        """What the resident may do to it now."""
        return self.desk.actions(ticket, self.actor)

    def perform(self, number: str, action: str, **details: Any) -> Ticket:
        """See Desk.perform."""
        return self._touched(self.desk.perform(number, action, self.actor, **details))

    def add_photos(self, number: str, photos: Sequence[int], words: str) -> Ticket:
        """Photos that were sent later belong to the ticket, which ``words`` in its history tell.

        Raises:
            NotAllowed: nothing may be added to it now.
        """
        ticket = self.perform(number, "add", text=words)
        self.desk.store.attach(number, photos, self._resident)
        return ticket

    def _touched(self, ticket: Ticket) -> Ticket:
        if ticket.secret:
            self.seal()
        return ticket

    def history(self, ticket: Ticket) -> list[Event]:
        """What happened, without what is internal."""
        return self.desk.history(ticket, self.actor)

    def state_of(self, ticket: Ticket) -> str:
        """The ticket's state in the resident's words."""
        unit = self.desk.store.unit(ticket.lead) if ticket.lead else None
        values = {"unit": unit.name if unit else "承办单位", "merged_into": ticket.merged_into or ""}
        return self.desk.rules.life.states[ticket.state].resident.format_map(values)
