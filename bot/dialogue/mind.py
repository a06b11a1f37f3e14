"""All that one turn is answered by, as one immutable whole: a turn that began with one Mind ends with it."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.dialogue.engine import Dialogue
from bot.dialogue.turn import Interpret
from knowledge.base import KnowledgeBase


@dataclass(frozen=True)
class Mind:
    """What is known, how a message is understood and how it is answered.

    ``version`` names the published knowledge that it was made from.
    """

    version: str
    knowledge: KnowledgeBase
    dialogue: Dialogue
    interpret: Interpret


CurrentMind = Callable[[], Mind]
"""Gives the Mind of now; asked once a turn."""
