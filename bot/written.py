"""Answers that staff wrote to questions outside the plan: found for whoever asks the same in other words."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Self

from bot.questions.records import Faq
from intents.taught import TaughtMemory
from intents.understanding import Understanding

KNOWN_TEXTS = 4096


class WrittenAnswers:
    """Finds the answer to a message that says the same as one of the questions it was written for.

    Args:
        understanding: the trained whole.
        faqs: the answers that hold.
    """

    def __init__(self, understanding: Understanding, faqs: Sequence[Faq]) -> None:
        self._faqs = {str(faq.id): faq for faq in faqs}
        self._analyser = understanding.analyser
        self._memory: TaughtMemory | None = None
        if faqs:
            lessons = [(question, str(faq.id)) for faq in reversed(faqs) for question in faq.questions]
            self._memory = TaughtMemory(understanding).fit(lessons, {name: -faq.id for name, faq in self._faqs.items()})
        self.find = lru_cache(maxsize=KNOWN_TEXTS)(self._found)

    def warm(self) -> Self:
        """Make the vectors before the first message; not before a server forks."""
        if self._memory is not None:
            self._memory.warm()
        return self

    def _found(self, text: str) -> Faq | None:
        if self._memory is None:
            return None
        recalled = self._memory.recall(self._analyser.words(text))
        return self._faqs[recalled.topic] if recalled and recalled.sure else None
