"""One action on one ticket: what conditions look at and effects work on; and why something may not be done."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from bot.tickets.life import Change
from bot.tickets.ports import TicketStore
from bot.tickets.records import Actor, Event, Reporter, Ticket, Unit
from bot.tickets.rules import Rules


class UnknownTicket(Exception):
    """There is no such ticket, or not for who asks."""

    def __init__(self, number: str) -> None:
        super().__init__(f"没有查到编号 {number} 的工单")
        self.number = number


class NotAllowed(Exception):
    """It may not be done; the words say why, in Chinese, to who wanted it."""


class WrongDetails(NotAllowed):
    """What was filled in is missing, of the wrong kind or too much; nothing else stands in the way."""


class Overtaken(NotAllowed):
    """Something happened to the ticket since the actor looked at it.  ``again``: the actor did this very thing themselves."""

    def __init__(self, words: str, again: bool) -> None:
        super().__init__(words)
        self.again = again


@dataclass
class Case:
    """A ticket, who wants to do what to it, and with which details; ``details`` is empty while buttons are drawn."""

    ticket: Ticket
    change: Change
    actor: Actor
    details: dict[str, Any]
    store: TicketStore
    rules: Rules
    now: datetime
    updates: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def events(self) -> list[Event]:
        """The ticket's history."""
        return self.store.events(self.ticket.number)

    @cached_property
    def reporters(self) -> list[Reporter]:
        """The people behind the ticket."""
        return self.store.reporters(self.ticket.number)

    @property
    def lead(self) -> Unit | None:
        """The lead unit."""
        return self.store.unit(self.ticket.lead) if self.ticket.lead else None

    @property
    def at(self) -> str:
        """Now, as it is kept."""
        return self.now.isoformat(timespec="milliseconds")
