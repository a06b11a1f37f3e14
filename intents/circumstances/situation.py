"""What is known of a resident's life: the household's circumstances and those of each person spoken of."""

from pydantic import BaseModel, ConfigDict

from intents.circumstances.vocabulary import SELF, Kin, Value, vocabulary


class _State(BaseModel):
    model_config = ConfigDict(frozen=True)


class Fact(_State):
    """A circumstance as said: its ``value`` (None: only known what it is not), values ``denied``, and the words to show."""

    value: Value | None = None
    denied: tuple[str, ...] = ()
    said: tuple[str, ...] = ()

    def then(self, later: "Fact") -> "Fact":
        """This, and what was said of the same circumstance later: the later holds where they differ."""
        if isinstance(later.value, bool) or later.value is not None:
            return later.model_copy(update={"denied": tuple(v for v in self.denied if v != later.value)})
        denied = tuple(dict.fromkeys((*self.denied, *later.denied)))
        if self.value is None or self.value in later.denied:
            return Fact(denied=denied, said=later.said if self.value else tuple(dict.fromkeys((*self.said, *later.said))))
        return self.model_copy(update={"denied": denied})


Facts = dict[str, Fact]


class Person(_State):
    """One person: ``who`` by kinship to the speaker (the ``nth`` of that kinship), age as a range of years, circumstances."""

    who: str
    nth: int = 1
    age: tuple[int, int] | None = None
    age_said: str = ""
    facts: Facts = {}

    @property
    def key(self) -> str:
        """A name that tells persons of one situation apart."""
        return self.who if self.nth == 1 else f"{self.who}{self.nth}"

    @property
    def kin(self) -> Kin:
        """The vocabulary's entry."""
        return vocabulary().kin[self.who]

    @property
    def label(self) -> str:
        """What residents read: 您爸爸."""
        return self.kin.label + ("" if self.nth == 1 else f"（第{self.nth}个）")

    def merged(self, later: "Person") -> "Person":
        """This person with what was said of them later."""
        age = {"age": later.age, "age_said": later.age_said} if later.age else {}
        return self.model_copy(update={"facts": merged(self.facts, later.facts), **age})

    def shown(self) -> str:
        """您爸爸（82岁，失能）; empty when nothing is known of the person."""
        details = [text for text in (self.age_said, *(w for fact in self.facts.values() for w in fact.said)) if text]
        if not details:
            return ""
        if len(details) == 1 and not self.age_said:
            return self.label + details[0]
        return f"{self.label}（{'，'.join(dict.fromkeys(details))}）"


class Situation(_State):
    """A household and its people.

    ``focus``: the key of whom was spoken of last; ``renamed``: persons put right (父亲 → 母亲).
    """

    household: Facts = {}
    persons: tuple[Person, ...] = ()
    focus: str = ""
    renamed: tuple[tuple[str, str], ...] = ()

    @property
    def known(self) -> bool:
        """Whether anything was said."""
        return bool(self.household) or any(person.facts or person.age for person in self.persons)

    def person(self, key: str) -> Person | None:
        """The person of that key."""
        return next((person for person in self.persons if person.key == key), None)

    def updated(self, later: "Situation", correcting: bool = False) -> "Situation":
        """This situation with what was said ``later``, which holds where the two differ.

        ``correcting``: the resident put something right; a person renamed takes over the other's circumstances, and what
        is denied of the household no longer stands for any of its people either.
        """
        renames = dict(later.renamed) if correcting else {}
        people: dict[str, Person] = {}
        for person in (*self.persons, *later.persons):
            moved = person.model_copy(update={"who": renames[person.who], "nth": 1}) if person.who in renames else person
            people[moved.key] = people[moved.key].merged(moved) if moved.key in people else moved
        shared = {name: fact for name, fact in later.household.items() if name in vocabulary().shared}
        persons = tuple(_overridden(p, shared) if correcting and not p.kin.outside else p for p in people.values())
        return Situation(household=merged(self.household, later.household), persons=persons, focus=later.focus or self.focus)

    def shown(self) -> str:
        """What was understood, in Chinese for residents: 您爸爸（82岁，失能）；家里低保；女儿今年高考."""
        elders = [p for p in self.persons if p.kin.group != "child"]
        children = [p for p in self.persons if p.kin.group == "child"]
        elders.sort(key=lambda p: p.who != SELF)
        words = list(dict.fromkeys(w for fact in self.household.values() for w in fact.said if w))
        home = "，".join(w if w.startswith("家里") else f"家里{w}" for w in words)
        return "；".join(part for part in (*(p.shown() for p in elders), home, *(p.shown() for p in children)) if part)


def merged(earlier: Facts, later: Facts) -> Facts:
    """Both, the later where they differ."""
    out = dict(earlier)
    for name, fact in later.items():
        out[name] = out[name].then(fact) if name in out else fact
    return out


def _overridden(person: Person, household: Facts) -> Person:
    """``person`` without the own circumstances that a correction of the household replaced."""
    facts = {name: fact for name, fact in person.facts.items() if name not in household}
    return person.model_copy(update={"facts": facts})
