"""What the pages about questions and conversations do: reading, choosing services, wording, teaching after a check."""

import functools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.dialogue.engine import Dialogue
from bot.questions.letters import Reason, letter, reasons, turn_to
from bot.questions.ports import Live, Questions, Reviews, Settlements
from bot.questions.records import Group, Question, Settlement
from intents.lesson import Broken, LessonCheck
from intents.text import normalise
from intents.understanding import Explanation, Understanding
from knowledge.base import KnowledgeBase
from knowledge.model import Aspect, Hotline

MOST_FOUND = 8
SUGGEST_AT = 0.05
"""A service less likely than this is not suggested to a clerk."""


@dataclass(frozen=True)
class Choice:
    """A service to choose: ``likely`` is how the bot weighs it for the question at hand, None where it was searched for."""

    service: str
    title: str
    number: int
    departments: str
    likely: float | None = None


@dataclass
class QuestionDesk:
    """Everything that the pages work on.

    Args:
        dialogue: the dialogue of now, with its knowledge, wording and meaning.
        understanding: the classifier, for explaining and checking.
        taught: what has been taught so far: message and service.
        edit_draft: sets a field of a record in the knowledge base's draft: record, field, text, and who does it.
        drafted: the knowledge base as the draft has it.
    """

    questions: Questions
    settlements: Settlements
    reviews: Reviews
    live: Live
    dialogue: Callable[[], Dialogue]
    understanding: Callable[[], Understanding]
    taught: Callable[[], list[tuple[str, str]]]
    edit_draft: Callable[[str, str, str, str], object]
    drafted: Callable[[], KnowledgeBase]
    _checking: threading.Lock = field(default_factory=threading.Lock)
    _check: LessonCheck | None = None
    _checked_for: tuple[object, object] = (None, None)

    @property
    def knowledge(self) -> KnowledgeBase:
        """What is published now."""
        return self.dialogue().knowledge

    # -- services ---------------------------------------------------------------------------------------------------------

    def choice(self, service: str, likely: float | None = None) -> Choice | None:
        """The service to choose; None when it is not in the plan any more."""
        knowledge = self.knowledge
        if service not in knowledge.services:
            return None
        item = knowledge.item_of(service)
        return Choice(service, knowledge.services[service].title, item.number, "、".join(item.departments), likely)

    def title(self, service: str | None) -> str:
        """The service's title; empty when there is none."""
        found = self.choice(service) if service else None
        return found.title if found else ""

    def likely(self, text: str) -> list[Choice]:
        """What the bot thinks of first for a text, as it understands it now."""
        candidates = self.dialogue().interpret(text).candidates[:4]
        found = [self.choice(c.topic, c.probability) for c in candidates if c.probability >= SUGGEST_AT]
        return [one for one in found if one]

    def search(self, words: str) -> list[Choice]:
        """Services whose title, alias, department or number holds the words, the nearest first; all words count."""
        plain = normalise(words)
        pieces = [piece for piece in plain.replace(",", " ").split() if piece]
        scored = []
        for service in self.knowledge.services.values():
            item = self.knowledge.item_of(service.id)
            names = [service.title, *service.aliases]
            everything = " ".join([*names, *item.departments, f"第{item.within}条", str(item.number)]).lower()
            if pieces and all(piece in everything for piece in pieces):
                scored.append((min((name.find(plain) for name in names if plain in name), default=99), service.id))
            elif plain and (shared := max(len(set(plain) & set(name)) / len(set(plain)) for name in names)) >= 0.6:
                scored.append((200 - int(100 * shared), service.id))
        found = [self.choice(service) for _, service in sorted(scored)[:MOST_FOUND]]
        return [one for one in found if one]

    def explain(self, question: Question) -> Explanation | None:
        """Which words spoke for the bot's first guess, and the nearest known questions."""
        understanding = self.understanding()
        topics = [name for name, _ in question.candidates if name in understanding.best.topic.classes]
        return understanding.explain(question.text, topics[0]) if topics else None

    def hotlines(self) -> Sequence[Hotline]:
        """Where a resident can be sent to."""
        return self.knowledge.hotlines

    # -- settling ---------------------------------------------------------------------------------------------------------

    def broken_by(self, texts: Sequence[str], service: str) -> list[Broken]:
        """The known questions that teaching these would break."""
        knowledge, understanding = self.knowledge, self.understanding()
        with self._checking:
            if self._check is None or self._checked_for != (id(knowledge), id(understanding)):
                groups = {name: knowledge.group_of(name) for name in knowledge.services}
                self._check, self._checked_for = LessonCheck(understanding, groups), (id(knowledge), id(understanding))
            return self._check.broken_by(texts, service, self.taught(), self.reviews.known())

    def open_questions(self, group: Group, seen: int | None = None) -> list[Question]:
        """The group's questions that nobody has settled; up to ``seen``, the newest that the clerk had before them."""
        asked = self.questions.questions(group.id, 10_000)
        return [q for q in asked if q.status in ("open", "passed") and (seen is None or q.id <= seen)]

    def assign(self, group: Group, service: str, account: int, seen: int | None = None) -> Settlement | None:
        """Teach the group's questions to a service; whoever asked gets its answer."""
        letters = {
            question.id: letter("taught", question.text, answer=self.answer_text(service, question.aspect))
            for question in self.open_questions(group, seen)
        }
        return self.settlements.settle(group.id, "taught", service, letters, account, author="service", service=service)

    def answer_text(self, service: str, aspect: str) -> str:
        """What the service's answer says about that aspect."""
        known = Aspect(aspect) if aspect in list(Aspect) else Aspect.OVERVIEW
        return self.dialogue().wording.service_reply(service, known, 1.0).text

    def answer(self, group: Group, text: str, account: int, seen: int | None = None) -> Settlement | None:
        """Send an answer to everybody who asked; administrators get it as a draft of a FAQ."""
        letters = {q.id: letter("answered", q.text, answer=text) for q in self.open_questions(group, seen)}
        done = self.settlements.settle(group.id, "answered", text, letters, account)
        if done:
            self.reviews.suggest("faq", text, account, question=group.label, group=group.id, service=group.guess)
        return done

    def not_ours(
        self, group: Group, reason: Reason, own_words: str, number: str, account: int, seen: int | None = None
    ) -> Settlement | None:
        """Tell everybody who asked why the district does not answer it, and where to turn."""
        hotline = next((one for one in self.hotlines() if one.number == number), None)
        turn = turn_to(hotline.number, hotline.name) if hotline else ""
        words = own_words or reason.text
        said = functools.partial(letter, "not_ours", reason=words, hotline=turn)
        written = {q.id: said(q.text) if words else "" for q in self.open_questions(group, seen)}
        outcome = "not_ours" if words else "closed"
        return self.settlements.settle(group.id, outcome, words + turn, written, account)

    def pass_on(self, group: Group, unit: int, name: str, account: int, seen: int | None = None) -> Settlement | None:
        """Give the group to a unit, and tell everybody who asked."""
        letters = {q.id: letter("passed", q.text, unit=name) for q in self.open_questions(group, seen)}
        return self.settlements.settle(group.id, "passed", name, letters, account, unit=unit)

    def take_over(self, number: int, by: str) -> bool:
        """Put a text that staff wrote for a gap into the draft; False when it is none of the open ones."""
        found = next((one for one in self.reviews.suggestions() if one.id == number and one.kind == "gap"), None)
        if found is None:
            return False
        self.edit_draft(f"service:{found.service}", f"answers.{found.aspect}", found.text, by)
        return self.reviews.close_suggestion(number, "taken")

    @staticmethod
    def reasons() -> list[Reason]:
        """Why a question may be none of ours."""
        return reasons()
