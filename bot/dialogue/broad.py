"""Questions for whatever help there is for some people (老人补贴, 残疾人有啥优惠): which services are for them."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import BaseModel

from knowledge.base import KnowledgeBase
from knowledge.model import Criterion, Kind, Service

DATA = Path(__file__).parent / "data" / "broad.toml"
MOST = 4
LEAST = 2
ENOUGH = 3
"""With so many benefits, or benefits and services, nothing but further benefits is added."""
LONGEST = 24
"""Characters of such a question; a longer message says more than that."""


class _Group(BaseModel):
    """Some people by the words for them; ``facts``: the conditions by which a service is for them, with their values."""

    words: str
    facts: dict[str, list[str]]

    def is_meant_by(self, criterion: Criterion) -> bool:
        """Whether the criterion asks for what these people are."""
        return any(
            name in criterion.all and (not values or bool(set(values) & set(_listed(criterion.all[name]))))
            for name, values in self.facts.items()
        )


def _listed(wanted: object) -> list[str]:
    return [str(one) for one in wanted] if isinstance(wanted, list | tuple) else [str(wanted)]


class _Words(BaseModel):
    around: str
    help: str
    asked: str
    matter: str
    groups: list[_Group]


@cache
def _words() -> _Words:
    return _Words.model_validate(tomllib.loads(DATA.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class BroadQuestions:
    """Finds the services for the people whom a question is about that names no service."""

    knowledge: KnowledgeBase

    def services(self, text: str) -> list[str]:
        """The services for those people in normalised ``text``, nearest first, one an item; empty for any other question."""
        for group in _words().groups if len(text) <= LONGEST else ():
            if re.search(group.words, text) and _pattern(group.words).fullmatch(text):
                found = self._of(group)
                return found if len(found) >= LEAST else []
        return []

    def _of(self, group: _Group) -> list[str]:
        """Benefits by how much they are for these people alone, then services of which one can make use."""
        shares = {one.id: share for one in self.knowledge.services.values() if (share := _share(one, group))}
        found: dict[int, str] = {}
        for kind in (Kind.BENEFIT, Kind.SERVICE):
            ranked = sorted((one for one in shares if self.knowledge.services[one].kind is kind), key=lambda one: -shares[one])
            for service_id in ranked:
                if kind is Kind.BENEFIT or len(found) < ENOUGH:
                    found.setdefault(self.knowledge.group_of(service_id), service_id)
        return list(found.values())[:MOST]


def _share(service: Service, group: _Group) -> float:
    """How many of a service's criteria ask for what these people are, from 0 to 1."""
    if not service.criteria:
        return 0.0
    return sum(map(group.is_meant_by, service.criteria)) / len(service.criteria)


@cache
def _pattern(people: str) -> re.Pattern[str]:
    words = _words()
    around = f"(?:{words.around})*"
    helps = f"{around}(?:{people}){around}(?:{words.help}){around}(?:(?:{words.help}){around})?"
    return re.compile(f"{helps}|(?:{words.asked})(?:{people})(?:{words.matter})?")
