"""What the interfaces for other systems ask of whoever keeps tickets and keys; app.py fills it in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bot.accounts.keys import ApiKey
from bot.dialogue.suggestion import Suggest
from bot.tickets.desk import Desk
from bot.tickets.listing import Filter, Order, Page


class Exchange(Protocol):
    """Tickets for other systems."""

    def caller(self, text: str) -> ApiKey | None:
        """The active key of that text."""

    def reading(self) -> Desk:
        """A desk for looking only."""

    def page(self, wanted: Filter, order: Order, after: str | None, most: int) -> Page:
        """A page of the tickets that are wanted.  Raises ValueError when ``after`` is no place in the list."""

    def once(self, caller: ApiKey, key: str | None, digest: str, work: Callable[[Desk], str]) -> tuple[str, bool]:
        """Carry the request out in one transaction, once for each of the caller's keys (None: each time).

        Args:
            digest: of the request: the same key with another one is a mistake.
            work: gives the number of the ticket that it was about.

        Returns:
            The number, and whether the request was carried out before.

        Raises:
            RequestReused: the key came with another request.
        """

    def looked(self, caller: ApiKey, number: str, address: str) -> None:
        """Write down that the system saw the people behind a ticket."""


@dataclass(frozen=True)
class ExchangeParts:
    """What the interfaces are given: built in app.py, bound in register_exchange().

    ``suggest``: whom a matter would be given to.  ``district``: its name, as it is now.  ``public_url``: where residents and
    other systems find this service, empty where that is not configured.  ``per_minute``: how often one key may call.
    """

    exchange: Exchange
    suggest: Suggest
    district: Callable[[], str]
    public_url: str
    per_minute: int
    public_requests: bool = True
