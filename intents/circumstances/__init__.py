"""A resident's message → the circumstances of the persons it speaks of, and whether it tells of a life at all."""

from intents.circumstances.derive import Truth, View, candidates, view_of
from intents.circumstances.life import LifeSituation, life_situation
from intents.circumstances.reading import read
from intents.circumstances.situation import Fact, Person, Situation

__all__ = ["Fact", "LifeSituation", "Person", "Situation", "Truth", "View", "candidates", "life_situation", "read", "view_of"]
