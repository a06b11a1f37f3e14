"""What a turn works on, and what it leads to."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.dialogue.ports import ForStaff
from bot.dialogue.state import ConversationState
from bot.live import Handoff, HandoffChange
from bot.messages import Message, Reply
from bot.tickets.resident import ResidentDesk
from intents.understanding import Interpretation

SMALL_TALK = ("greeting", "thanks", "bye", "who", "ack", "praise_bot", "insult", "smalltalk")
"""Acts that are about nothing."""
Interpret = Callable[[str], Interpretation]


@dataclass(frozen=True)
class Context:
    """The message, what it means, the state before, the time, the resident's tickets, how much is kept, whether a person is
    wanted or there, the id of the photo that the message brings.  ``unread``: what was written to them they had not seen yet."""

    message: Message
    meant: Interpretation
    state: ConversationState
    now: datetime.datetime
    tickets: ResidentDesk | None
    messages_kept: int
    handoff: Handoff | None = None
    photo: int | None = None
    unread: bool = False


@dataclass
class Outcome:
    """The reply and the state after; ``decision`` is the record of why, for staff; ``forget``: delete what is kept.

    ``handoff``: what becomes of a wish for a person; ``useful``: the resident's rating of the latest answer; ``quiet``: nothing
    is said, because a person has the conversation.
    """

    reply: Reply
    state: ConversationState
    for_staff: list[ForStaff] = field(default_factory=list)
    decision: dict[str, Any] = field(default_factory=dict)
    forget: bool = False
    handoff: HandoffChange | None = None
    useful: bool | None = None
    quiet: bool = False
