"""The questions of the eligibility check: their wordings, whom they are put about, and what an answer means."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from intents.circumstances import Fact, Person, Situation, View, read
from intents.circumstances.vocabulary import vocabulary
from intents.text import normalise

DATA = Path(__file__).parent / "data" / "eligibility.toml"
UNKNOWN_OPTION = "unknown"
_HOUSEHOLD, _SELF = "家里", "本人"
_ORDINALS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4}
_NUMBER = re.compile(r"^(?:第|选|选择)?([1-9一二两三四])(?:个|项|条|号)?[.。、)]?$")
_END_MARKS = " ,.。!！?？~吧的了啊呀呢哈"


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OptionWords(_Row):
    """One answer: its text, other words for it, and what it says."""

    text: str
    also: tuple[str, ...] = ()
    set: dict[str, bool | str] = {}
    deny: dict[str, tuple[str, ...]] = {}
    age: tuple[int, int] | None = None
    said: str = ""


class QuestionData(_Row):
    """One question as in the data file."""

    id: str
    of: str
    settles: tuple[str, ...]
    text: str
    options: tuple[OptionWords, ...]


class Pointer(_Row):
    """A circumstance that gives reason to ask about others."""

    met: str
    asks: tuple[str, ...]


class QuestionWords(_Row):
    """The data file as a whole."""

    most: int
    least_gain: float
    no_pointers: tuple[str, ...]
    pointers: tuple[Pointer, ...]
    names: dict[str, str]
    questions: tuple[QuestionData, ...]
    unknown: OptionWords


@cache
def question_words() -> QuestionWords:
    """The questions, read once."""
    return QuestionWords.model_validate(tomllib.loads(DATA.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Question:
    """A question to put: ``id`` names the question and the person (age@父亲); ``options`` are (id, text), 不清楚 last."""

    id: str
    text: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Answered:
    """The situation after an answer; ``understood`` is False when the reply was no answer to the question."""

    situation: Situation
    understood: bool


def question_for(name: str, view: View, situation: Situation) -> Question | None:
    """The question that settles the circumstance ``name`` of the person; None when the data has none for it."""
    for data in question_words().questions:
        if name in data.settles and (subject := _subject(data, view, situation)):
            options = tuple((str(n), option.text) for n, option in enumerate(data.options, 1))
            last = (str(len(options) + 1), question_words().unknown.text)
            label = view.person.label if view.person else ""
            return Question(f"{data.id}@{subject}", data.text.format(who=label), (*options, last))
    return None


def _subject(data: QuestionData, view: View, situation: Situation) -> str:
    """About whom the question is put; empty when it makes no sense for that person."""
    if data.of == _HOUSEHOLD:
        return "" if view.person and view.person.kin.outside else _HOUSEHOLD
    if data.of == "person":
        return view.person.key if view.person else ""
    if data.of == "child":
        return view.person.key if view.person and view.person.kin.group == "child" else ""
    others = any(person.key != _SELF and not person.kin.outside for person in situation.persons)
    return data.of if not others and (view.person is None or view.key == _SELF) else ""


def answered(situation: Situation, question_id: str, reply_text: str) -> Answered:
    """The situation after the reply to a question: an option's text, its number, or free words.

    不清楚 leaves it as it is.  KeyError when there is no such question.
    """
    name, _, subject = question_id.partition("@")
    data = {question.id: question for question in question_words().questions}[name]
    reply = normalise(reply_text).strip(_END_MARKS)
    if _is(reply, question_words().unknown) or _number(reply) == len(data.options) + 1:
        return Answered(situation, understood=True)
    number = _number(reply)
    if number and number <= len(data.options):
        return Answered(_with(situation, data.options[number - 1], subject), understood=True)
    exact = next((option for option in data.options if _is(reply, option)), None)
    if exact:
        return Answered(_with(situation, exact, subject), understood=True)
    return _freely(situation, data, subject, reply)


def _freely(situation: Situation, data: QuestionData, subject: str, reply: str) -> Answered:
    """Free words: what they say of anybody counts; else a word of an option at their beginning."""
    told = read(reply + "岁" if reply.isdigit() else reply, situation.model_copy(update={"focus": subject}))
    if told.known:
        return Answered(situation.updated(told, correcting=True), understood=True)
    starts = [(len(word), option) for option in data.options for word in (option.text, *option.also) if reply.startswith(word)]
    if starts:
        return Answered(_with(situation, max(starts, key=lambda s: s[0])[1], subject), understood=True)
    vague = any(reply.startswith(word) for word in question_words().unknown.also)
    return Answered(situation, understood=vague)


def _number(reply: str) -> int:
    found = _NUMBER.match(reply)
    return (_ORDINALS.get(found[1]) or int(found[1])) if found else 0


def _is(reply: str, option: OptionWords) -> bool:
    return reply in (normalise(option.text).strip(_END_MARKS), *option.also)


def _with(situation: Situation, option: OptionWords, subject: str) -> Situation:
    """The situation with what an option says of the person or the household."""
    facts = {
        name: Fact(value=value, said=(option.said,) if option.said else _said(name, value)) for name, value in option.set.items()
    }
    facts |= {name: Fact(denied=values, said=tuple(f"不是{value}" for value in values)) for name, values in option.deny.items()}
    if subject == _HOUSEHOLD:
        return situation.updated(Situation(household=facts), correcting=True)
    if not situation.person(subject) and not option.age and not any(option.set.values()):
        return situation
    known = situation.person(subject) or Person(who=subject)
    age_said = option.text if option.age else ""
    person = Person(who=known.who, nth=known.nth, age=option.age, age_said=age_said, facts=facts)
    return situation.updated(Situation(persons=(person,)), correcting=True)


def _said(name: str, value: bool | str) -> tuple[str, ...]:
    """How an option's circumstance is told back."""
    rows = [row for row in vocabulary().facts if row.name == name]
    if value is False:
        denied = next((row.deny for row in rows if row.deny and row.denies_all), "")
        shown = next((row.show for row in rows if row.value is False), "") or denied
        return (shown,) if shown else ()
    shown = next((row.show for row in rows if row.value == value), "")
    return (shown,) if shown else ()
