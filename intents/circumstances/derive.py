"""What is known of one person all told: the own circumstances, the household's, and what follows from both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from intents.circumstances.situation import Fact, Facts, Person, Situation
from intents.circumstances.vocabulary import HOUSEHOLD, SELF, Derived, vocabulary

UNSPECIFIC = ("有", "上学")
"""Values that say that there is one, and leave open which."""


class Truth(IntEnum):
    """Whether a condition holds: not, unknown, likely though unsaid, or said."""

    FALSE = 0
    UNKNOWN = 1
    PRESUMED = 2
    TRUE = 3


@dataclass(frozen=True)
class View:
    """One person (None: the household itself) as criteria see them."""

    person: Person | None
    facts: Facts
    presumed: Facts
    suggested: frozenset[str]

    @property
    def key(self) -> str:
        """The person's key, or 家里."""
        return self.person.key if self.person else HOUSEHOLD

    @property
    def gone(self) -> bool:
        """Whether the person has died: nothing but what concerns the death is for them."""
        return self.person is not None and any(_said(self.facts.get(name)) for name in ("bereaved", "deceased"))

    def truth(self, name: str, wanted: bool | Sequence[str]) -> Truth:
        """Whether the circumstance ``name`` is as ``wanted``: True, or one of several values ("*": any)."""
        if name in self.facts:
            return _holds(self.facts[name], wanted)
        if name in self.presumed:
            return Truth.PRESUMED if _holds(self.presumed[name], wanted) is Truth.TRUE else Truth.UNKNOWN
        return Truth.UNKNOWN

    def words(self, name: str) -> str:
        """How the circumstance was said; empty when it was not."""
        fact = self.facts.get(name) or self.presumed.get(name)
        return "，".join(fact.said) if fact else ""


def _holds(fact: Fact, wanted: bool | Sequence[str]) -> Truth:
    if fact.value is False:
        return Truth.TRUE if wanted is False else Truth.FALSE
    if isinstance(wanted, bool):
        if fact.value is None:
            return Truth.UNKNOWN
        return Truth.TRUE if wanted else Truth.FALSE
    if fact.value is None:
        return Truth.FALSE if set(wanted) <= set(fact.denied) else Truth.UNKNOWN
    if "*" in wanted or fact.value in wanted:
        return Truth.TRUE
    return Truth.UNKNOWN if fact.value in UNSPECIFIC or fact.value is True else Truth.FALSE


def candidates(situation: Situation) -> Iterator[View]:
    """Everybody for whom a service could be: the people spoken of, and the household itself."""
    for person in situation.persons:
        yield view_of(situation, person)
    yield view_of(situation, None)


def view_of(situation: Situation, person: Person | None) -> View:
    """``person`` with the household's circumstances and all that follows."""
    outside = person is not None and person.kin.outside
    facts: Facts = {} if outside else _household(situation)
    facts = {**facts, **(person.facts if person else {})}
    if person is not None and person.kin.woman:
        facts = {"woman": Fact(value=True), **facts}
    presumed: Facts = {}
    suggested: set[str] = set()
    speaker = situation.person(SELF)
    for rule in vocabulary().derived:
        if not _applies(rule, person, facts, speaker):
            continue
        suggested.update(rule.suggests)
        target = presumed if rule.presumed else facts
        for name, value in rule.then.items():
            if (name not in facts and name not in target) or (_only_denied(facts.get(name)) and not rule.presumed):
                target[name] = Fact(value=value, said=_reason(rule, person, facts))
    return View(person, facts, presumed, frozenset(suggested))


def _only_denied(fact: Fact | None) -> bool:
    return fact is not None and fact.value is None


def _reason(rule: Derived, person: Person | None, facts: Facts) -> tuple[str, ...]:
    """The words from which a circumstance follows: nothing is told back that was not said."""
    if rule.age and person:
        return (person.age_said,)
    return tuple(words for name in rule.when for words in facts[name].said)


def _household(situation: Situation) -> Facts:
    """The household's circumstances, with what was said of a member and holds for all, where members do not differ."""
    out: Facts = {}
    inside = [person for person in situation.persons if not person.kin.outside]
    for name, shared in vocabulary().shared.items():
        said = [fact for fact in (p.facts.get(name) for p in inside) if fact and fact.value != "特困"]
        values = {fact.value for fact in said if fact.value is not None}
        if len(values) == 1 and values != {False}:
            out[shared] = next(fact for fact in said if fact.value is not None)
        elif said and not values:
            out[shared] = said[0]
    for name, fact in situation.household.items():
        out[name] = fact if name not in out or fact.value is not None else out[name]
        if name in vocabulary().shared:
            out[vocabulary().shared[name]] = out[name]
    return out


def _applies(rule: Derived, person: Person | None, facts: Facts, speaker: Person | None) -> bool:
    if (rule.who or rule.group or rule.age) and person is None:
        return False
    if person is not None:
        if (rule.who and person.who not in rule.who) or (rule.group and person.kin.group not in rule.group):
            return False
        if rule.age and not (person.age and rule.age[0] <= person.age[0] and person.age[1] <= rule.age[1]):
            return False
    if rule.any and not any(_said(facts.get(name)) for name in rule.any):
        return False
    if any(name in facts for name in rule.unless):
        return False
    if rule.speaker and not (speaker and any(_said(speaker.facts.get(name)) for name in rule.speaker)):
        return False
    return all(name in facts and _holds(facts[name], wanted) is Truth.TRUE for name, wanted in rule.when.items())


def _said(fact: Fact | None) -> bool:
    return fact is not None and fact.value not in (None, False)
