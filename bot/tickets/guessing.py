"""Wrong guesses at the code of other people's tickets: counted by who guesses, from where, and at which ticket."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.tickets.life import GuessLimits
from bot.tickets.ports import TicketStore


class TooManyGuesses(Exception):
    """Nothing is looked up any more, right or wrong, until the wrong guesses are old enough."""


@dataclass(frozen=True)
class Guesser:
    """Who guesses at a ticket; each way of counting has a limit of its own: a code has six digits, a number can be reckoned.

    Args:
        resident: who asks.
        address: their network address, where the channel knows one.
    """

    resident: str
    address: str = ""

    def keys(self, number: str, limits: GuessLimits) -> dict[str, int]:
        """What is counted under, with the wrong guesses that are allowed there."""
        found = {_key("resident", self.resident): limits.resident, _key("ticket", number): limits.ticket}
        return found | ({_key("address", self.address): limits.address} if self.address else {})


def _key(kind: str, value: str) -> str:
    """A digest: what was counted outlives a resident's records."""
    return f"code-{kind}:{hashlib.sha256(value.casefold().encode()).hexdigest()[:32]}"


def require_free(store: TicketStore, keys: dict[str, int], limits: GuessLimits, now: datetime) -> None:
    """Raises TooManyGuesses when a limit is reached."""
    since = now - timedelta(hours=limits.hours)
    if any(store.wrong_guesses(key, since) >= most for key, most in keys.items()):
        raise TooManyGuesses


def count_wrong(store: TicketStore, keys: Sequence[str], limits: GuessLimits, now: datetime) -> None:
    """One more under each key; older ones than the limits' hours are forgotten."""
    for key in keys:
        store.guessed_wrong(key, now - timedelta(hours=limits.hours))
