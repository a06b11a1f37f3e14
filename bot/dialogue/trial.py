"""What a resident would read: a service's answer tried out with a Mind of any knowledge, kept nowhere."""

import datetime
import re
from dataclasses import dataclass

from bot.dialogue.mind import Mind
from bot.dialogue.state import ConversationState, Entry, Menu
from bot.dialogue.turn import Context, Outcome
from bot.messages import Message, Reply
from knowledge.model import Aspect

_SPOKEN = re.compile(r"[\u3400-\u9fff]|\d|[A-Za-z]+")
_PAUSE = re.compile(r"[，、；：。！？\n]+")
CHARACTERS_A_SECOND = 4.0
"""How fast a phone reads Chinese aloud at its usual speed, about 240 characters a minute."""
PAUSE = 0.3
"""Seconds at a mark or a line's end."""


@dataclass(frozen=True)
class Trial:
    """The reply as a channel of limited room shows it, what waits there for 继续, and the reply where there is room."""

    reply: Reply
    rest: str
    whole: Reply


def try_aspect(mind: Mind, service: str, aspect: Aspect, now: datetime.datetime, limit: int) -> Trial:
    """The answer to who chose this aspect of this service from a menu.

    Raises:
        KeyError: the Mind does not know the service.
    """
    limited, whole = (_chosen(mind, service, aspect, now, room) for room in (limit, None))
    return Trial(limited.reply, limited.state.rest.text if limited.state.rest else "", whole.reply)


def _chosen(mind: Mind, service: str, aspect: Aspect, now: datetime.datetime, limit: int | None) -> Outcome:
    entry = Entry(kind="service", value=service, aspect=aspect, text=mind.dialogue.wording.title(service))
    state = ConversationState(menu=Menu(entries=[entry], waits=True, at=now))
    message = Message("trial", "1", "trial", limit=limit)
    return mind.dialogue.respond(Context(message, mind.interpret("1"), state, now, None, 0))


def seconds_aloud(text: str) -> int:
    """About how long it takes to read ``text`` out."""
    return round(len(_SPOKEN.findall(text)) / CHARACTERS_A_SECOND + len(_PAUSE.findall(text)) * PAUSE)
