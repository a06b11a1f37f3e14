"""Whether known questions still come out right when something new is taught, asked before it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from intents.examples import NO_TOPIC
from intents.stages import NearestStage
from intents.taught import BY_MEANING, TAUGHT, TaughtMemory
from intents.understanding import Interpretation, Understanding

MOST = 8
"""So many broken questions are shown; more would not be read."""


@dataclass(frozen=True)
class Broken:
    """A known question that would come out otherwise: its text and its right topic (None: none covers it)."""

    text: str
    topic: str | None


class LessonCheck:
    """Asks known questions before and after a lesson.

    Known are the example utterances (each asked as if it were unknown, so that it stands for questions like it), what was
    taught before, and the questions with known answers that administrators keep.

    Args:
        understanding: the trained whole.
        groups: the group (plan item) of every topic; topics of one group answer for each other.
    """

    def __init__(self, understanding: Understanding, groups: Mapping[str, int]) -> None:
        self._understanding, self._groups = understanding, groups
        stages = understanding.best.topic.stages
        self._nearest = next((stage for stage in stages if isinstance(stage, NearestStage)), None)
        self._before: TaughtMemory | None = None
        self._known: dict[str, Interpretation] = {}

    def broken_by(
        self,
        texts: Sequence[str],
        topic: str,
        taught: Sequence[tuple[str, str]],
        known: Sequence[tuple[str, str | None]] = (),
    ) -> list[Broken]:
        """What teaching ``texts`` to ``topic`` would break.

        Args:
            taught: what was taught before: message and topic.
            known: questions with their topic, None where the bot must turn them away.
        """
        before = TaughtMemory(self._understanding).fit(taught, self._groups).warm(self._before)
        lesson = [*taught, *((text, topic) for text in texts)]
        after = TaughtMemory(self._understanding).fit(lesson, self._groups).warm(before)
        self._before = after
        found = [*self._examples(after, texts, topic)]
        for text, right in [*taught, *known]:
            meant = self._meant(text)
            now = after.with_taught(text, meant)
            if now.level == TAUGHT and not self._same(now.candidates[0].topic, right):
                was = before.with_taught(text, meant)
                had = was.level != TAUGHT if right is None else self._same(was.candidates[0].topic, right)
                if had:
                    found.append(Broken(text, right))
        return list(dict.fromkeys(found))[:MOST]

    def _meant(self, text: str) -> Interpretation:
        """What the classifier makes of it, thought of once: the same questions are asked at every lesson."""
        if text not in self._known:
            self._known[text] = self._understanding.interpret(text)
        return self._known[text]

    def _same(self, topic: str, right: str | None) -> bool:
        return right is not None and self._groups.get(topic) == self._groups.get(right)

    def _examples(self, memory: TaughtMemory, texts: Sequence[str], topic: str) -> list[Broken]:
        """The example utterances of other topics that say the same as the lesson, and hardly anything else known does."""
        nearest, analyser = self._nearest, self._understanding.analyser
        if nearest is None or analyser.encoder is None:
            return []
        known = nearest.vectors.astype(np.float32)
        classes = self._understanding.best.topic.classes
        vectors = memory.vectors_of([analyser.words(text) for text in texts])
        likeness = (known @ vectors.T).max(axis=1)
        found = []
        for k in np.argsort(-likeness)[: 4 * MOST].tolist():
            right = classes[nearest.labels[k]]
            if likeness[k] < BY_MEANING.same:
                break
            if right == NO_TOPIC or self._same(topic, right):
                continue  # that nothing covered it is what staff decide otherwise now
            others = known @ known[k]
            others[k] = -1.0
            others[[classes[label] == topic for label in nearest.labels]] = -1.0
            if likeness[k] - float(others.max()) >= BY_MEANING.same_ahead:
                found.append(Broken(nearest.texts[k], right))
        return found
