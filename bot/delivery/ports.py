"""What the courier asks of whoever keeps the letters, and of each way out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.delivery.choice import Choice, Send, Situation
from bot.delivery.outbox import Letter, Result

Choose = Callable[[Letter, Situation, datetime], Choice]


@dataclass(frozen=True)
class Begun:
    """An attempt that was written down before it is made."""

    letter: Letter
    send: Send
    attempt: int
    at: datetime


class LetterStore(Protocol):
    """Keeps letters; every method is one short transaction, and several processes call them at once."""

    def claim(self, now: datetime, by: str, most: int, lease: timedelta) -> list[Letter]:
        """Letters that are due, now in state sending and this process's own; per resident the oldest only."""

    def decide(self, letter: Letter, choose: Choose, now: datetime, by: str) -> Begun | None:
        """Choose a way and write the attempt down, or hold, spread or bury the letter (None)."""

    def settle(self, begun: Begun, result: Result, now: datetime, by: str) -> None:
        """Write down what became of the attempt; the letter is sent, waits for another try, or is dead."""

    def recover(self, now: datetime) -> int:
        """Deal with letters whose process died while it had them; how many there were."""

    def release(self, by: str, now: datetime) -> None:
        """Give back what this process claimed and did not begin."""

    def claim_job(self, name: str, every: timedelta, now: datetime) -> bool:
        """Whether this process is the one that does a periodic job now."""


class Mailbox(Protocol):
    """What the channels tell the delivery of residents."""

    def opened(self, resident: str, by: str, at: str) -> None:
        """A follower did something that opens one of WeChat's windows (see windows.toml)."""

    def subscribed(self, resident: str, template: str, accepted: bool, at: str) -> None:
        """A follower took, or refused, notices of that template."""

    def holds(self, resident: str, template: str) -> bool:
        """Whether a follower took a notice of that template which was not used yet."""

    def seen(self, resident: str, last: int, at: str) -> None:
        """The page showed its resident every message up to that number."""

    def counts(self) -> dict[str, int]:
        """How many letters are in each state; ``held``: of those that wait, the ones that wait for the resident."""


class Sender(Protocol):
    """One way out."""

    def send(self, letter: Letter, address: str) -> Result:
        """Try once; never raises for what the other side does."""


class TokenStore(Protocol):
    """Keeps WeChat's access token for all processes."""

    def token(self) -> tuple[str, datetime] | None:
        """The token and when it ends."""

    def lease(self, bad: str | None, fresh_until: datetime, now: datetime, until: datetime) -> str | bool:
        """The token when a good one is there (it is not ``bad`` and ends after ``fresh_until``), else whether the caller is
        the one who fetches it: nobody else is, until ``until``."""

    def keep(self, value: str, expires_at: datetime) -> None:
        """Keep what was fetched; ends the lease."""

    def give_up(self) -> None:
        """End the lease without a token."""
