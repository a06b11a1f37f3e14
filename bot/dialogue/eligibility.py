"""Which services may apply to the people of a situation, why, and what to ask next.

Nobody is told that they qualify: a match says which circumstances met which words of the plan or a law (可能符合).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.dialogue.questions import (
    UNKNOWN_OPTION,
    Answered,
    Question,
    QuestionWords,
    answered,
    question_for,
    question_words,
)
from intents.circumstances import Situation, Truth, View, candidates
from knowledge.base import KnowledgeBase
from knowledge.model import Criterion, Service

__all__ = ["UNKNOWN_OPTION", "Answered", "Certainty", "Match", "Question", "answered", "match", "next_question", "outcome"]


class Certainty(StrEnum):
    """How far a service's conditions are met: by what was said, or partly (or the plan's group is narrower)."""

    SURE = "sure"
    MAYBE = "maybe"


@dataclass(frozen=True)
class Match:
    """A service that may apply.

    ``who``: the person (key in the situation, or 家里); ``facts``: what met the conditions, in words; ``words``: the
    criterion's; ``open``: the plan leaves the conditions to the department; ``missing``: conditions not known, in words;
    ``strong``: worth naming even if nothing more becomes known.
    """

    service_id: str
    item: int
    certainty: Certainty
    strong: bool
    who: str
    facts: tuple[str, ...]
    words: str
    open: bool = False
    law: str | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Trial:
    """One criterion tried on one person: the truth of each of its conditions."""

    service: Service
    criterion: Criterion
    view: View
    truths: dict[str, Truth]

    @property
    def missing(self) -> list[str]:
        return [name for name, truth in self.truths.items() if truth is Truth.UNKNOWN]

    @property
    def open_questions(self) -> list[str]:
        return [name for name, truth in self.truths.items() if truth in (Truth.UNKNOWN, Truth.PRESUMED)]

    @property
    def rank(self) -> tuple[int, int, int]:
        """Better trials are greater: sure, then strong, then the fewest unknown."""
        met = not self.missing
        sure = met and self.criterion.sure and Truth.PRESUMED not in self.truths.values()
        return (2 if sure else 1 if met else 0, int(self.criterion.sure), -len(self.missing))


def match(knowledge: KnowledgeBase, situation: Situation) -> list[Match]:
    """Every service that what was said points to, sure ones first; none that it contradicts."""
    best: dict[str, _Trial] = {}
    for trial in _trials(knowledge, situation):
        known = best.get(trial.service.id)
        if known is None or trial.rank > known.rank:
            best[trial.service.id] = trial
    order = {service_id: place for place, service_id in enumerate(knowledge.services)}
    found = [_match(knowledge, trial) for trial in best.values()]
    return sorted(found, key=lambda m: (m.certainty != Certainty.SURE, not m.strong, order[m.service_id]))


def outcome(knowledge: KnowledgeBase, situation: Situation) -> list[Match]:
    """What is named at the end: the sure matches and the strong among the others."""
    return [found for found in match(knowledge, situation) if found.strong]


def next_question(knowledge: KnowledgeBase, situation: Situation, asked: Sequence[str]) -> Question | None:
    """The question whose answer decides most among the services still open; None when nothing would change.

    ``asked``: the ids of the questions put so far in this check, answered or not.
    """
    words = question_words()
    if len(asked) >= words.most:
        return None
    gains: dict[str, float] = {}
    questions: dict[str, Question] = {}
    for trial in _open_trials(knowledge, situation):
        for name in trial.open_questions:
            question = question_for(name, trial.view, situation)
            if question is None or question.id in asked:
                continue
            questions[question.id] = question
            gains[question.id] = gains.get(question.id, 0.0) + 1 / len(trial.open_questions) ** 2
    if not gains:
        return None
    chosen = max(gains, key=lambda question_id: (gains[question_id], -list(gains).index(question_id)))
    return questions[chosen] if gains[chosen] >= words.least_gain else None


def _open_trials(knowledge: KnowledgeBase, situation: Situation) -> Iterator[_Trial]:
    """One trial per item and person that an answer would still decide: of items not named already without it."""
    trials = list(_trials(knowledge, situation))
    settled = {knowledge.item_of(t.service.id).number for t in trials if not t.open_questions}
    seen: set[tuple[int, str, tuple[str, ...]]] = set()
    for trial in trials:
        number = knowledge.item_of(trial.service.id).number
        key = (number, trial.view.key, tuple(sorted(trial.open_questions)))
        if trial.open_questions and number not in settled and key not in seen:
            seen.add(key)
            yield trial


def _trials(knowledge: KnowledgeBase, situation: Situation) -> Iterator[_Trial]:
    """Every criterion on everybody, without those that are contradicted and those that nothing said points to."""
    views = list(candidates(situation))
    for service in knowledge.services.values():
        for criterion in service.criteria:
            for view in views:
                trial = _tried(service, criterion, view)
                if trial:
                    yield trial


def _tried(service: Service, criterion: Criterion, view: View) -> _Trial | None:
    truths = {name: view.truth(name, wanted) for name, wanted in criterion.all.items()}
    if Truth.FALSE in truths.values() or not any(truth is Truth.TRUE for truth in truths.values()):
        return None
    if any(view.truth(name, wanted) is Truth.TRUE for name, wanted in criterion.none_of.items()):
        return None
    if view.gone and not criterion.all.keys() & {"bereaved"}:
        return None
    trial = _Trial(service, criterion, view, truths)
    return trial if not trial.missing or _pointed_to(trial, question_words()) else None


def _pointed_to(trial: _Trial, words: QuestionWords) -> bool:
    """Whether what is met gives a reason to think of the rest."""
    met = [name for name, truth in trial.truths.items() if truth in (Truth.TRUE, Truth.PRESUMED)]
    if any(name in trial.view.suggested for name in trial.missing):
        return True
    if any(name not in words.no_pointers for name in met):
        return True
    return any(set(trial.missing) <= set(pointer.asks) for pointer in words.pointers if pointer.met in met)


def _match(knowledge: KnowledgeBase, trial: _Trial) -> Match:
    names = question_words().names
    met = [name for name, truth in trial.truths.items() if truth in (Truth.TRUE, Truth.PRESUMED)]
    return Match(
        service_id=trial.service.id,
        item=knowledge.item_of(trial.service.id).number,
        certainty=Certainty.SURE if trial.rank[0] == 2 else Certainty.MAYBE,
        strong=trial.rank[0] > 0,
        who=trial.view.key,
        facts=tuple(dict.fromkeys(_fact_words(trial.view, name, names) for name in met)),
        words=trial.criterion.words,
        open=trial.criterion.open,
        law=trial.criterion.law,
        missing=tuple(names.get(name, name) for name in trial.open_questions),
    )


def _fact_words(view: View, name: str, names: dict[str, str]) -> str:
    """What met a condition, as the resident put it where they did."""
    if name in ("elderly", "minor", "child") and view.person and view.person.age_said:
        return view.person.age_said
    return view.words(name) or names.get(name, name)
