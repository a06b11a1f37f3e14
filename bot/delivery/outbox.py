"""What is to be sent: letters, the ways they can go, what became of each attempt, and when to try again."""

import random
import tomllib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

HELD = "9999-12-31T00:00:00.000+00:00"
"""``next_at`` of a letter that waits for the resident: for their next message, or their next look at the page."""

PART_BYTES = 1400
"""The longest letter in bytes of UTF-8: a passive reply of 2,048 bytes can hold it with room for what the resident asked.
What is longer is put in as several letters."""


class Addressee(StrEnum):
    """Whom a letter is for: column ``kind`` of the outbox."""

    RESIDENT = "resident"
    ALERT = "alert"
    WEBHOOK = "webhook"


class Way(StrEnum):
    """How a letter goes, or went."""

    WECHAT = "wechat"
    SUBSCRIPTION = "subscription"
    SMS = "sms"
    NEXT_MESSAGE = "next_message"
    PAGE = "page"
    WECOM = "wecom"
    DINGTALK = "dingtalk"
    EMAIL = "email"
    WEBHOOK = "webhook"
    TELEPHONE = "telephone"
    SPREAD = "spread"
    NOBODY = "nobody"

    @property
    def words(self) -> str:
        """As staff read it."""
        return str(_WORDS["ways"][str(self)])


class LetterState(StrEnum):
    """Where a letter is in its life."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"
    GIVEN_UP = "given_up"

    @property
    def words(self) -> str:
        """As staff read it."""
        return str(_WORDS["states"][str(self)])


class Outcome(StrEnum):
    """What an attempt led to.

    ``again``: certainly not delivered, tried again later.  ``closed``: this way is shut until the resident writes.
    ``refused``: this way will never take it; another one may.  ``token``: the access token was no good.  ``uncertain``: the
    request was sent and nobody knows what became of it.  ``begun``: the attempt has not ended, or its process died.
    ``resent``, ``given_up``: what a person did with a dead letter.
    """

    SENT = "sent"
    AGAIN = "again"
    CLOSED = "closed"
    REFUSED = "refused"
    TOKEN = "token"
    UNCERTAIN = "uncertain"
    BEGUN = "begun"
    RESENT = "resent"
    GIVEN_UP = "given_up"


@dataclass(frozen=True)
class Result:
    """An attempt's outcome with what the other side said; ``not_before``: seconds to wait at least."""

    outcome: Outcome
    detail: str = ""
    not_before: float = 0.0


@dataclass(frozen=True)
class Letter:
    """A row of the outbox.

    ``key`` makes that nothing is put in twice.  ``address``: a telephone number, a robot's or a system's address, an e-mail
    address.  ``way``: the only way it may go, None for whichever is open.  ``message``: its line in the conversation.
    """

    id: int
    key: str
    kind: Addressee
    text: str
    at: str
    next_at: str
    resident: str | None = None
    address: str | None = None
    way: Way | None = None
    subject: str = ""
    payload: dict[str, Any] = field(default_factory=dict)
    ticket: str | None = None
    question: int | None = None
    message: int | None = None
    state: LetterState = LetterState.WAITING
    attempts: int = 0
    sent_way: Way | None = None
    sent_at: str | None = None
    last_error: str = ""


@dataclass(frozen=True)
class Attempt:
    """One try of a letter; ``way`` is - for what a person did."""

    way: str
    outcome: Outcome
    detail: str
    at: str


@cache
def load_data(name: str) -> dict[str, Any]:
    """A data file of the delivery."""
    return tomllib.loads((Path(__file__).parent / "data" / f"{name}.toml").read_text(encoding="utf-8"))


_WORDS = load_data("wording")


def say(key: str, **values: Any) -> str:
    """The words of that key, filled in."""
    section, name = key.split(".")
    return str(_WORDS[section][name]).format(**values)


@dataclass(frozen=True)
class BackOff:
    """How long to wait after a failed attempt: doubling, with jitter, up to a longest wait and a last attempt."""

    first_seconds: float
    factor: float
    longest_seconds: float
    jitter: float
    attempts: int

    @classmethod
    def load(cls) -> "BackOff":
        """As the data file says."""
        return cls(**load_data("ways")["back_off"])

    def next_at(self, attempts: int, now: datetime, at_least: float = 0.0, chance: float | None = None) -> datetime | None:
        """When to try again after ``attempts`` failed ones; None when that was the last.

        Args:
            chance: between 0 and 1, where in the jitter's range; random when None.
        """
        if attempts >= self.attempts:
            return None
        wait = min(self.first_seconds * self.factor ** (attempts - 1), self.longest_seconds)
        spread = 2 * (random.random() if chance is None else chance) - 1
        return now + timedelta(seconds=max(wait * (1 + self.jitter * spread), at_least))


def parts_of(text: str, limit: int = PART_BYTES) -> list[str]:
    """``text`` in parts of at most ``limit`` bytes, cut at a line or sentence where there is one."""
    parts, rest = [], text.strip()
    while len(rest.encode()) > limit:
        fitting = rest.encode()[:limit].decode("utf-8", "ignore")
        cut = max(fitting.rfind(mark) + 1 for mark in "\n。！？；!?;")
        if cut < len(fitting) // 3:
            cut = len(fitting)
        parts.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    return [*parts, rest] if rest or not parts else parts
