"""The knowledge base as the classifier's catalogue of topics."""

import hashlib
import re
from itertools import pairwise

from intents.catalogue import Catalogue, Topic
from knowledge.base import KnowledgeBase
from knowledge.model import Item, Service, tight

_PLAIN_WORDS = (
    "低保",
    "低保边缘",
    "低保户",
    "残疾证",
    "残疾人",
    "特困",
    "补贴",
    "补助",
    "申请",
    "材料",
    "失能",
    "半失能",
    "脱贫户",
    "孤儿",
)

SHORTEST_CLAUSE = 5


def catalogue_of(knowledge: KnowledgeBase) -> Catalogue:
    """Every service as a topic, grouped by what answers for each other, with the words that must not be cut apart."""
    topics = tuple(
        Topic(
            service.id,
            knowledge.group_of(service.id),
            (service.title, *service.aliases, *service.places),
            item.departments[0],
            tuple(clause for clause in _clauses(item) if _about(clause, item) is service),
        )
        for item in knowledge.items.values()
        for service in item.services
    )
    offices = {name: department.name for department in knowledge.departments for name in (department.name, *department.aliases)}
    terms = {name for topic in topics for name in topic.names} | set(offices) | set(_PLAIN_WORDS)
    learned = repr((topics, sorted(terms), sorted(offices.items())))
    return Catalogue(topics, tuple(sorted(terms)), offices, hashlib.sha256(learned.encode()).hexdigest()[:16])


def _clauses(item: Item) -> list[str]:
    """The pieces of an item's sentence, which are as long as questions are."""
    pieces = [piece.strip() for piece in re.split(r"[，。；：]", tight(item.text))]
    return [piece for piece in pieces if len(piece) >= SHORTEST_CLAUSE]


def _about(clause: str, item: Item) -> Service:
    """The service of the item whose title shares most with the clause."""
    pairs = set(pairwise(clause))
    return max(item.services, key=lambda service: len(pairs & set(pairwise(service.title))))
