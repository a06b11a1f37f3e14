"""A question asked of a Mind as if a new resident wrote it; nothing is kept."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from bot.dialogue.mind import Mind
from bot.dialogue.state import ConversationState
from bot.dialogue.turn import Context
from bot.messages import Message, Reply
from bot.questions.known import KnownQuestion, Outcome, outcome_of
from bot.tickets.resident import ResidentDesk
from knowledge.base import KnowledgeBase

RESIDENT = "trial:nobody"

ScratchDesk = Callable[[], ResidentDesk]
"""Gives the desk of a resident who never filed anything, on a store that nobody else sees."""


@dataclass(frozen=True)
class Asked:
    """A known question, the reply of a Mind, and how good it is; ``gone``: its service is not in that knowledge."""

    question: KnownQuestion
    reply: Reply
    outcome: Outcome
    gone: bool = False


def reply_to(mind: Mind, text: str, now: datetime.datetime, desk: ResidentDesk) -> Reply:
    """What a resident who has said nothing before would read."""
    meant = mind.interpret(text)
    context = Context(Message(RESIDENT, text, "trial"), meant, ConversationState(), now, desk, 0)
    return mind.dialogue.respond(context).reply


def ask(mind: Mind, question: KnownQuestion, now: datetime.datetime, desk: ResidentDesk) -> Asked:
    """Ask a known question."""
    reply = reply_to(mind, question.text, now, desk)
    item = right_item(question, mind.knowledge)
    gone = item is None and (question.item is not None or question.service is not None)
    return Asked(question, reply, Outcome.WRONG if gone else outcome_of(question, reply, item), gone)


def right_item(question: KnownQuestion, knowledge: KnowledgeBase) -> int | None:
    """The number of the item that is right; None where none is, or where it is not in this knowledge."""
    if question.service is not None:
        return knowledge.item_of(question.service).number if question.service in knowledge.services else None
    return question.item if question.item in knowledge.items else None
