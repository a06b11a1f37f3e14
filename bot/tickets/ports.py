"""What the desk asks of whoever keeps the tickets.  Every object of this kind works inside one open transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from bot.tickets.records import Event, Photo, Reporter, Ticket, Unit


class TicketStore(Protocol):
    """Tickets, units and the people behind tickets, inside one transaction."""

    def next_sequence(self, day: str) -> int:
        """The next number of the day (YYYYMMDD), never given twice, not even after a deletion."""

    def insert(self, ticket: Ticket, reporters: Sequence[Reporter]) -> None:
        """Keep a new ticket with the people behind it."""

    def ticket(self, number: str) -> Ticket | None:
        """The ticket of that number."""

    def by_external(self, external_number: str) -> Ticket | None:
        """The ticket that the city's 12345 knows under that number."""

    def update(self, number: str, **changes: Any) -> Ticket:
        """Change fields of Ticket (``assisting`` too); the ticket as it is then."""

    def add_event(self, event: Event) -> int:
        """Add to the history; the event's id."""

    def events(self, number: str) -> list[Event]:
        """The history, oldest first."""

    def reporters(self, number: str) -> list[Reporter]:
        """The people behind a ticket, whoever first told of it in front."""

    def names_in(self, text: str, number: str) -> list[str]:
        """The names in the text that stand behind other tickets than that one, and not behind it."""

    def add_reporter(self, reporter: Reporter, at: str) -> int | None:
        """Somebody joins a ticket; the id of their place behind it, None when they stand there already."""

    def remove_reporters(self, number: str, people: Sequence[int]) -> int:
        """Those with these ids stand behind the ticket no longer, unless they first told of it; how many those were."""

    def reach(self, number: str, resident: str, contact: str, name: str = "") -> None:
        """Another contact of somebody behind the ticket; another name only where one is given."""

    def of_resident(self, resident: str, most: int = 20) -> list[Ticket]:
        """A resident's tickets, their own and joined ones, newest first."""

    def in_phase(self, phase: str, **limits: str) -> list[Ticket]:
        """The tickets of a phase; ``due_before``, ``answered_before``: only those from before that time."""

    def next_message(self) -> int:
        """The number that the next message of any conversation will have."""

    def seal(self, resident: str, from_message: int) -> None:
        """Seal the resident's messages from that number on: they belong to a secret report."""

    def open_near(self, kind: str, since: str, most: int = 400) -> list[Ticket]:
        """Open, not secret tickets of that kind from after ``since``, newest first: where duplicates are looked for."""

    def add_photo_link(self, number: str, url: str) -> None:
        """A picture that stays where another system keeps it."""

    def photos(self, number: str) -> list[Photo]:
        """The ticket's photos."""

    def attach(self, number: str, photos: Sequence[int], resident: str | None) -> int:
        """Photos that this resident sent and that belong to no ticket yet belong to this one; how many those were."""

    def wrong_guesses(self, key: str, since: datetime) -> int:
        """How many wrong guesses were counted under that key, unless the last was before ``since``."""

    def guessed_wrong(self, key: str, since: datetime) -> None:
        """Count one more; the count begins anew when the last was before ``since``."""

    def units(self, active_only: bool = True) -> list[Unit]:
        """The units by id."""

    def unit(self, unit_id: int) -> Unit | None:
        """The unit of that id."""

    def unit_named(self, name: str) -> Unit | None:
        """The unit of that name."""

    def tell(self, key: str, ticket: Ticket, text: str, account: int | None = None) -> None:
        """Write to everybody behind the ticket inside the same transaction, once a ``key`` and resident.

        What concerns a secret ticket is kept sealed in their conversation.
        """

    def alert(self, key: str, ticket: Ticket, text: str, unit: int | None = None) -> None:
        """Alert staff: the unit's addresses, or the service's own without one; once a ``key``."""
