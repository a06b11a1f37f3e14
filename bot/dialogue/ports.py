"""What the dialogue asks of whoever keeps things: the seam behind which SQLite (or another engine) stands."""

import datetime
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.delivery.outbox import Letter
from bot.delivery.ports import Mailbox
from bot.live import Handoff, HandoffChange
from bot.messages import Message, Reply
from bot.photos.ports import PhotoStore
from bot.questions.records import Faq
from bot.tickets.resident import ResidentDesk


class StoreError(Exception):
    """What should be kept cannot be: the disk is full, the file is gone or locked for too long."""


@dataclass(frozen=True)
class ForStaff:
    """Something of a turn that a person must see.

    ``kind``: question (not answered), feedback, handoff or emergency; ``reason`` says why it was kept.  ``text``: the words
    that it is about where they are not the message's own (what was rated 没用 was asked before).
    """

    kind: str
    reason: str
    service: str | None = None
    unit: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Kept:
    """All that one turn leaves behind, written at once or not at all.

    ``letters`` went in front of the reply's own words, as ``front``: the conversation holds them already.
    ``handoff``: what it does to a wish for a person; ``useful``: how the latest answer was rated, None where it was not.
    """

    message: Message
    reply: Reply
    state: dict[str, Any]
    decision: dict[str, Any]
    for_staff: Sequence[ForStaff]
    at: datetime.datetime
    request_id: str
    letters: Sequence[int] = ()
    front: str = ""
    handoff: HandoffChange | None = None
    useful: bool | None = None


@dataclass(frozen=True)
class PastMessage:
    """A line of a conversation as it was shown; ``photo``: the id of the photo that it brought."""

    id: int
    author: str
    text: str
    at: str
    reply: dict[str, Any] | None = field(default=None)
    photo: int | None = None


class Turn(Protocol):
    """One resident's turn, with nobody else's turn of theirs in between."""

    def earlier(self, delivery: str) -> tuple[int, Reply] | None:
        """The reply that this delivery already got, with its number."""

    def state(self) -> dict[str, Any] | None:
        """The conversation's state as it was kept last; None for a new resident."""

    def keep(self, kept: Kept) -> int:
        """Write the turn; the number of the reply."""

    def tickets(self, now: datetime.datetime) -> ResidentDesk:
        """The resident's tickets, within this turn."""

    def handoff(self) -> Handoff | None:
        """The resident's wish for a person, while it is waiting or taken."""

    def photo(self, message: Message, now: datetime.datetime) -> int | None:
        """The id of the photo that the message brings, kept or to be fetched; None when it brings none."""

    def forget(self) -> int:
        """Delete everything that is kept about the resident; how many messages that were."""

    def waiting(self) -> Sequence[Letter]:
        """What was written to the resident and has not reached them yet, oldest first; nothing for who sees the page."""

    def count_messages(self) -> int:
        """How many messages of the conversation are kept."""


class Store(Protocol):
    """Keeps conversations and what staff must see."""

    @property
    def mailbox(self) -> Mailbox:
        """Where the channels tell what residents did that matters to the delivery."""

    @property
    def photos(self) -> PhotoStore:
        """Where photos are kept."""

    def turn(self, resident: str) -> AbstractContextManager[Turn]:
        """A turn of this resident: what is written in it becomes visible at its end, all or nothing.

        Raises:
            StoreError: it cannot be opened or written.
        """

    def history(self, resident: str, after: int = 0, most: int = 50) -> list[PastMessage]:
        """The latest messages of the conversation with a number above ``after``, oldest first."""

    def handoff_of(self, resident: str) -> str | None:
        """waiting or taken while a person is wanted or there; None otherwise."""

    def ready(self) -> bool:
        """Whether it can be read and written now."""


class Written(Protocol):
    """What staff wrote to questions outside the plan."""

    def exactly(self, text: str) -> Faq | None:
        """The answer that was written to these very words."""

    def alike(self, text: str) -> Faq | None:
        """The answer to what says the same; cheap when asked again for the same text."""


class NothingWritten:
    """Where nobody wrote anything."""

    def exactly(self, text: str) -> Faq | None:
        """See Written."""
        return None

    def alike(self, text: str) -> Faq | None:
        """See Written."""
        return None
