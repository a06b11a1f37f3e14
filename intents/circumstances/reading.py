"""Text → Situation: every circumstance and age found goes to the person it is said of."""

import datetime
import re
from collections.abc import Sequence

from intents.circumstances.numerals import Age, ages_in, digits
from intents.circumstances.situation import Fact, Facts, Person, Situation, merged
from intents.circumstances.tokens import ONE_MORE, PRONOUN, Found, Mention, Token, blanked, facts_in, mentions_in, without_idioms
from intents.circumstances.vocabulary import HOUSEHOLD, SELF, FactWords, vocabulary

_CLAUSE_END = re.compile(r"[,。!?;、 …]")
_BETWEEN_PERSON_AND_AGE = re.compile(r"^(?:们|家|□|没有|不是|今年|都|也|已经|现在|现年|年纪|岁数|年龄|才|刚|有|得|过|是|的|,)*$")
_TIGHT = re.compile(r"^(?:今年|都|也|已经|现在|就|又|还|才|刚|是|有|得|了|的人|□)*$")
_HOME = re.compile(r"(?:我|俺|咱|他|她)?们?家(?:里|庭|中)?(?!属|长|务|暴|电|具)|全家")
_LOOKS_AFTER = re.compile(r"照顾|伺候|侍候|护理|陪|带(?!着病)|供|养|靠")
_TAKES_AFTER_IT = re.compile(r"^的?(?:一个|个|位)?老?$")


def read(text: str, before: Situation | None = None, year: int | None = None) -> Situation:
    """The circumstances that normalised ``text`` tells.

    ``before``: what was known until now, so that "那老人失能呢" reaches the person spoken of; only what is new is returned.
    ``year``: the present year, for 90后 and years of birth.
    """
    text = without_idioms(digits(text))
    facts = facts_in(text)
    open_text = blanked(text, ((fact.start, fact.end) for fact in facts))
    mentions, renamed = mentions_in(open_text)
    ages = _ages(open_text, mentions, year or datetime.date.today().year)
    tokens: list[Token] = sorted([*facts, *mentions, *ages], key=lambda token: (token.start, -token.end))
    return _Reader(text, tokens, before or Situation()).situation(renamed)


def _ages(text: str, mentions: Sequence[Mention], year: int) -> list[Age]:
    """The ages in ``text``; one in bare digits only where it follows a person."""
    chosen: list[Age] = []
    for age in sorted(ages_in(text, year), key=lambda a: (a.start - a.end, a.start)):
        if any(age.start < other.end and other.start < age.end for other in chosen):
            continue
        if age.bare and not any(m.end <= age.start and _BETWEEN_PERSON_AND_AGE.match(text[m.end : age.start]) for m in mentions):
            continue
        chosen.append(age)
    return chosen


class _Reader:
    """Goes through the pieces of one message from left to right and hands each to its owner."""

    def __init__(self, text: str, tokens: list[Token], before: Situation) -> None:
        self._text, self._tokens, self._before = text, tokens, before
        self._people: dict[str, Person] = {}
        self._home: Facts = {}
        self._topics: list[tuple[str, ...]] = []
        self._kept: set[tuple[str, ...]] = set()
        self._said_at = -1
        self._owners: tuple[str, ...] = ()
        self._end = 0

    def situation(self, renamed: tuple[tuple[str, str], ...]) -> Situation:
        """What all pieces say together."""
        for index, token in enumerate(self._tokens):
            if isinstance(token, Mention):
                self._name(token)
                self._owners, self._end = self._topics[-1] if self._topics else (), token.end
            else:
                self._place(index, token)
        persons = tuple(p for p in self._people.values())
        focus = self._topics[-1][-1] if self._topics else ""
        return Situation(household=self._home, persons=persons, focus=focus, renamed=renamed)

    def _name(self, mention: Mention) -> None:
        """Make the persons named the topic."""
        self._said_at = mention.start
        if mention.who in (ONE_MORE, PRONOUN):
            keys = self._one_of_several() if mention.who == ONE_MORE else self._last_other()
            if not keys:
                return
        else:
            keys = tuple(self._same_as_before(who, mention) or self._person(who).key for who in mention.who)
        if keys in self._topics:
            self._topics.remove(keys)
        self._topics.append(keys)
        (self._kept.add if mention.kept else self._kept.discard)(keys)

    def _one_of_several(self) -> tuple[str, ...]:
        """Whom the next 一个 of "一个…一个…" means: the first one while nothing is known of it, then one more."""
        children = [p for p in self._people.values() if p.kin.group == "child"]
        if not children:
            return ()
        last = children[-1]
        if not last.facts and not last.age:
            return (last.key,)
        return (self._person(last.who, last.nth + 1).key,)

    def _last_other(self) -> tuple[str, ...]:
        """Whom 他/她 means: the last one named who is not the speaker."""
        named = [keys for keys in self._topics if SELF not in keys and len(keys) == 1]
        if named:
            return named[-1]
        focus = self._before.person(self._before.focus)
        return (self._person(focus.who, focus.nth).key,) if focus and focus.who != SELF else ()

    def _same_as_before(self, who: str, mention: Mention) -> str:
        """Whom a general word (孩子, 老太太) takes up; empty when it names somebody new."""
        kin = vocabulary().kin[who]
        if not kin.generic or mention.another:
            return ""
        groups = ("child",) if kin.group == "child" else ("parent", "elder")
        known = [*self._before.persons, *self._people.values()]
        same = [p for p in known if p.kin.group in groups and (p.kin.woman or not kin.woman) and p.who != who]
        if same and not (kin.group == "elder" and mention.own):
            return self._person(same[-1].who, same[-1].nth).key
        return ""

    def _person(self, who: str, nth: int = 1) -> Person:
        """The person of that kinship, new if need be; what was said of "the children" holds for the eldest and the next."""
        both = self._people.get("孩子") if who in ("老大", "老二") else None
        person = Person(who=who, nth=nth, facts=both.facts if both else {})
        return self._people.setdefault(person.key, person)

    # -- owners ------------------------------------------------------------------------------------------------------

    def _place(self, index: int, token: Found | Age) -> None:
        if isinstance(token, Found) and token.ignored:
            return
        owners = self._owners_of(index, token)
        if isinstance(token, Age):
            owners = self._give_age(owners, token)
        elif owners == (HOUSEHOLD,):
            self._home = merged(self._home, _facts(token, home=True))
            return
        else:
            self._give_facts(owners, token)
        if owners not in self._topics and owners != (SELF,):
            self._topics.append(owners)
            self._said_at = token.start
        self._owners, self._end = owners, token.end

    def _owners_of(self, index: int, token: Found | Age) -> tuple[str, ...]:
        """Whose it is: of whom the words right after it name, of the last one named whom it fits, or of whom it usually is."""
        adjacent = bool(self._owners) and bool(_TIGHT.match(self._text[self._end : token.start]))
        following = self._following(index, token, adjacent)
        if following:
            return following
        if isinstance(token, Found) and token.words.of == HOUSEHOLD:
            return self._of_household(token)
        for keys in reversed(self._topics):
            if self._fits(keys, token) and not (keys in self._kept and self._is_doing(token)):
                return self._or_usual(keys, token)
        ahead = next((t for t in self._tokens[index + 1 :] if isinstance(t, Mention)), None)
        if ahead and self._leads_to(token, ahead) and not self._clause_between(token.end, ahead.start):
            keys = tuple(self._person(who).key for who in ahead.who)
            if self._fits(keys, token):
                return keys
        return self._usual(token)

    def _following(self, index: int, token: Found | Age, adjacent: bool) -> tuple[str, ...]:
        """The person that the words describe (失能的老伴, 82岁老母亲)."""
        after = self._tokens[index + 1] if index + 1 < len(self._tokens) else None
        chain = index + 1
        while isinstance(after, Found | Age) and _TAKES_AFTER_IT.match(self._text[self._tokens[chain - 1].end : after.start]):
            chain += 1
            after = self._tokens[chain] if chain < len(self._tokens) else None
        if not isinstance(after, Mention) or after.who in (ONE_MORE, PRONOUN):
            return ()
        gap = self._text[self._tokens[chain - 1].end : after.start]
        if not _TAKES_AFTER_IT.match(gap) or ("的" not in gap and (adjacent or after.own)):
            return ()
        keys = tuple(self._same_as_before(who, after) or self._person(who).key for who in after.who)
        return keys if self._fits(keys, token) else ()

    @staticmethod
    def _is_doing(token: Found | Age) -> bool:
        """Whether it is what people do themselves (work, seek work), and not of a child who is only looked after."""
        return isinstance(token, Found) and bool(token.words.fit) and not token.words.of

    def _leads_to(self, token: Found | Age, ahead: Mention) -> bool:
        """Whether a circumstance before any name is of the one named next (今年82了我爸), and not of who looks after them."""
        if ahead.who in (ONE_MORE, PRONOUN) or self._owners == (SELF,):
            return False
        return not _LOOKS_AFTER.search(self._text[token.start : ahead.start])

    def _of_household(self, token: Found) -> tuple[str, ...]:
        """The household, unless it is said of one person in the same clause, or of somebody outside."""
        if not self._topics:
            return (HOUSEHOLD,)
        keys = self._topics[-1]
        person = self._people[keys[-1]]
        between = self._text[self._said_at : token.start]
        if person.kin.outside and not re.search(r"(?:我|俺|咱)们?家", between):
            return keys
        if self._clause_between(self._said_at, token.start) or _HOME.search(between + self._said(token)):
            return (HOUSEHOLD,)
        if token.words.name == "bereaved" and person.who == SELF:
            return (HOUSEHOLD,)
        return keys if self._fits(keys, token) else (HOUSEHOLD,)

    def _said(self, token: Found) -> str:
        return self._text[token.start : token.end]

    def _or_usual(self, keys: tuple[str, ...], token: Found | Age) -> tuple[str, ...]:
        """What is usually a child's (上学) is the speaker's own only where the same clause says 我."""
        if isinstance(token, Found) and token.words.of not in ("", HOUSEHOLD, SELF) and SELF in keys:
            speaker = self._people[SELF]
            young = bool(speaker.facts.keys() & {"orphan", "pupil", "exam_pupil"}) or (
                speaker.age is not None and speaker.age[1] < 24
            )
            if not young and self._clause_between(self._said_at, token.start):
                return self._usual(token)
        return keys

    def _usual(self, token: Found | Age) -> tuple[str, ...]:
        """Whose it is when nobody is named: whom the conversation was about, or the data's default."""
        of = token.words.of if isinstance(token, Found) else ""
        for known in (self._before.person(self._before.focus), self._holder(token)):
            if known and (of in ("", SELF) or known.kin.group == "child") and _fits(known, token):
                return (self._person(known.who, known.nth).key,)
        if of and of not in (SELF, HOUSEHOLD):
            child = next((p for p in self._before.persons if p.kin.group == "child"), None)
            return (self._person(child.who, child.nth).key if child else self._person(of).key,)
        return (self._person(SELF).key,)

    def _holder(self, token: Found | Age) -> Person | None:
        """The one person of whom the same kind of thing is known already."""
        if isinstance(token, Age):
            held = [p for p in self._before.persons if p.age]
        else:
            held = [p for p in self._before.persons if token.words.name in p.facts]
        return held[0] if len(held) == 1 else None

    def _fits(self, keys: tuple[str, ...], token: Found | Age) -> bool:
        return any(_fits(self._people[key], token) for key in keys if key in self._people)

    def _clause_between(self, start: int, end: int) -> bool:
        return bool(_CLAUSE_END.search(self._text[start:end]))

    # -- giving ------------------------------------------------------------------------------------------------------

    def _give_age(self, keys: tuple[str, ...], age: Age) -> tuple[str, ...]:
        """The age goes to whom it is said of; a second one to the other of two, or to one more child."""
        free = [key for key in keys if not self._people[key].age and _fits(self._people[key], age)]
        if not free and self._people[keys[-1]].kin.group == "child":
            last = self._people[keys[-1]]
            free = [self._person(last.who, last.nth + 1).key]
        if len(free) > 1 and self._more_ages_follow(age):
            free = free[:1]
        for key in free:
            self._people[key] = self._people[key].model_copy(update={"age": age.years, "age_said": age.said})
        return tuple(free) or keys

    def _more_ages_follow(self, age: Age) -> bool:
        after = [t for t in self._tokens if t.start >= age.end and not isinstance(t, Found)]
        return bool(after) and isinstance(after[0], Age)

    def _give_facts(self, keys: tuple[str, ...], token: Found) -> None:
        for key in keys:
            if not _fits(self._people[key], token):
                continue
            person = self._people[key]
            if self._is_another(person, token):
                person = self._person(person.who, person.nth + 1)
            self._people[person.key] = person.model_copy(update={"facts": merged(person.facts, _facts(token))})

    @staticmethod
    def _is_another(person: Person, token: Found) -> bool:
        """One child cannot be in two schools: the second stage is another child's."""
        known = person.facts.get("pupil")
        return (
            token.words.name == "pupil"
            and person.kin.group == "child"
            and not token.denied
            and known is not None
            and known.value not in (None, False, "上学", token.words.value)
            and token.words.value != "上学"
        )


def _fits(person: Person, token: Found | Age) -> bool:
    """Whether that age or circumstance can be this person's."""
    low, high = vocabulary().groups[person.kin.group]
    if isinstance(token, Age):
        return token.years[0] <= high and token.years[1] >= low
    words = token.words
    if person.facts.keys() & {"deceased", "bereaved"} and words.name not in ("deceased", "bereaved"):
        return False
    if words.fit and person.kin.group not in words.fit:
        return False
    if words.name == "woman" and person.kin.man:
        return False
    return person.age is None or (person.age[0] <= words.ages[1] and person.age[1] >= words.ages[0])


def _facts(token: Found, home: bool = False) -> Facts:
    """A circumstance found, as a fact by name, with what its words say besides."""
    words: FactWords = token.words
    show = words.home if home and words.home else words.show
    if token.denied and words.denies_all:
        return {words.name: Fact(value=False, said=(words.deny,) if words.deny else ())}
    if token.denied:
        return {words.name: Fact(denied=(str(words.value),), said=(words.deny,) if words.deny else ())}
    also = {name: Fact(value=value) for name, value in words.also.items()}
    return {words.name: Fact(value=words.value, said=(show,)), **also}
