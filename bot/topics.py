"""The knowledge base as the classifier's catalogue of topics."""

import hashlib

from intents.catalogue import Catalogue, Topic
from knowledge.base import KnowledgeBase

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


def catalogue_of(knowledge: KnowledgeBase) -> Catalogue:
    """Every service as a topic, grouped by plan item, with the words that must not be cut apart."""
    topics = tuple(
        Topic(service.id, item.number, (service.title, *service.aliases, *service.places), item.departments[0])
        for item in knowledge.items.values()
        for service in item.services
    )
    offices = {name: department.name for department in knowledge.departments for name in (department.name, *department.aliases)}
    terms = {name for topic in topics for name in topic.names} | set(offices) | set(_PLAIN_WORDS)
    learned = repr((topics, sorted(terms), sorted(offices.items())))
    return Catalogue(topics, tuple(sorted(terms)), offices, hashlib.sha256(learned.encode()).hexdigest()[:16])
