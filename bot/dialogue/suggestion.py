"""Whom a matter would be given to, as the bot understands it."""

from collections.abc import Callable
from dataclasses import dataclass

from intents.understanding import Interpretation
from knowledge.base import KnowledgeBase

COVERED_AT = 0.5
"""From this probability on a matter is said to belong to a plan item."""
ELSEWHERE = "12345"
"""The class of matters that no unit of the list can be given."""


@dataclass(frozen=True)
class Suggestion:
    """The plan's service that the matter is about, if any; the unit, None when it is none of ours, and how sure that is."""

    service: str | None
    unit: str | None
    confidence: float


Suggest = Callable[[str], Suggestion]


def suggestion(knowledge: KnowledgeBase, meant: Interpretation) -> Suggestion:
    """The department of the plan item that the matter belongs to, else the unit that such matters go to."""
    best = meant.candidates[0]
    inside = meant.covered >= COVERED_AT
    unit = knowledge.item_of(best.topic).departments[0] if inside else meant.unit
    confidence = best.probability if inside else meant.unit_confidence
    return Suggestion(best.topic if inside else None, None if unit == ELSEWHERE else unit, confidence)
