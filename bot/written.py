"""Answers that staff wrote to questions outside the plan: found for whoever asks the same in other words."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Self

from bot.questions.records import Faq
from intents.taught import TaughtMemory
from intents.text import normalise
from intents.understanding import Understanding

KNOWN_TEXTS = 4096


class WrittenAnswers:
    """See bot.dialogue.ports.Written.

    Args:
        understanding: the trained whole.
        faqs: the answers that hold, the newest first.
    """

    def __init__(self, understanding: Understanding, faqs: Sequence[Faq]) -> None:
        self._faqs = {str(faq.id): faq for faq in faqs}
        self._analyser = understanding.analyser
        lessons = [(question, str(faq.id)) for faq in reversed(faqs) for question in faq.questions]
        self._exact = {_bare(question): self._faqs[name] for question, name in lessons}
        self._memory = TaughtMemory(understanding).fit(lessons, {name: -faq.id for name, faq in self._faqs.items()})
        self.alike = lru_cache(maxsize=KNOWN_TEXTS)(self._alike)

    def warm(self) -> Self:
        """Make the vectors before the first message; not before a server forks."""
        self._memory.warm()
        return self

    def exactly(self, text: str) -> Faq | None:
        """See Written."""
        return self._exact.get(_bare(text)) if self._exact else None

    def _alike(self, text: str) -> Faq | None:
        if not self._exact:
            return None
        recalled = self._memory.recall(self._analyser.words(text))
        return self._faqs[recalled.topic] if recalled and recalled.sure else None


def _bare(text: str) -> str:
    """The characters that carry meaning: marks and blanks do not make another question."""
    return "".join(c for c in normalise(text) if c.isalnum())
