"""A message → what is meant: the act, the topic, the asked aspect, a danger, and how sure each of them is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intents.analyse import Analysed, Analyser
from intents.blend import Blend
from intents.certainty import Certainty
from intents.examples import NO_TOPIC, SAFE
from intents.stages import LexicalStage, NearestStage

FEEDBACK_ACTS = ("feedback", "feedback_start")


@dataclass(frozen=True)
class Candidate:
    """A topic that the message may be about; ``probability`` is that of its group (the plan item)."""

    topic: str
    group: int
    probability: float


@dataclass(frozen=True)
class Interpretation:
    """What a message means.

    ``text`` is its readable normal form.  ``candidates`` are the likeliest topics, one a group, best first.  ``confidence``
    is the calibrated probability that the first one's group is right, ``covered`` that any topic is.  ``danger`` is the
    probability that somebody is in danger now, ``danger_kind`` which; ``feedback`` that it is a complaint,
    suggestion or praise.  ``offices`` are those that the message names.
    """

    text: str
    words: tuple[str, ...]
    act: str
    act_confidence: float
    feedback: float
    aspect: str
    aspect_confidence: float
    candidates: tuple[Candidate, ...]
    confidence: float
    covered: float
    danger: float
    danger_kind: str
    unit: str
    unit_confidence: float
    offices: tuple[str, ...]


@dataclass(frozen=True)
class Explanation:
    """Why: the deciding words with their weight, and the nearest known messages with topic and cosine."""

    words: tuple[tuple[str, float], ...]
    nearest: tuple[tuple[str, str, float], ...]


class Understanding:
    """The trained whole; made by ``intents.train`` and kept by ``intents.model``.

    Args:
        analyser: takes messages apart.
        groups: the group of every class of ``topic``; 0 for none.
        offices: what residents call an office → its name.
    """

    def __init__(
        self,
        analyser: Analyser,
        *,
        act: Blend,
        topic: Blend,
        aspect: Blend,
        danger: Blend,
        unit: Blend,
        certainty: Certainty,
        groups: NDArray[np.int64],
        offices: dict[str, str],
    ) -> None:
        self.analyser = analyser
        self.act, self.topic, self.aspect, self.danger, self.unit = act, topic, aspect, danger, unit
        self.certainty, self.groups, self.offices = certainty, groups, offices

    def warm_words(self) -> None:
        """Load the dictionary: before a server forks, so that its workers share it."""
        self.analyser.lexicon.warm()

    def warm(self) -> None:
        """Load all that the first message would wait for; once in each process that serves."""
        self.interpret("你好，请问老人补贴怎么申请")

    def interpret(self, text: str) -> Interpretation:
        """What ``text`` (as the resident wrote it) means."""
        return self.interpret_all([text])[0]

    def interpret_all(self, texts: Sequence[str]) -> list[Interpretation]:
        """Many messages at once."""
        if not texts:
            return []
        messages = self.analyser.analyse_all(texts)
        acts, aspects, dangers, units = (
            blend.probabilities(messages) for blend in (self.act, self.aspect, self.danger, self.unit)
        )
        scores = self.topic.stage_scores(messages)
        topics = self.topic.combine(scores)
        confidence, covered = self.certainty.probabilities(topics, scores)
        safe = self.danger.classes.index(SAFE)
        feedback = [self.act.classes.index(name) for name in FEEDBACK_ACTS]
        out = []
        for k, message in enumerate(messages):
            act, aspect, unit = int(acts[k].argmax()), int(aspects[k].argmax()), int(units[k].argmax())
            kinds = np.delete(dangers[k], safe)
            out.append(
                Interpretation(
                    text=message.text,
                    words=message.words,
                    act=self.act.classes[act],
                    act_confidence=float(acts[k, act]),
                    feedback=float(acts[k, feedback].sum()),
                    aspect=self.aspect.classes[aspect],
                    aspect_confidence=float(aspects[k, aspect]),
                    candidates=self.candidates(topics[k]),
                    confidence=float(confidence[k]),
                    covered=float(covered[k]),
                    danger=float(1 - dangers[k, safe]),
                    danger_kind=[c for c in self.danger.classes if c != SAFE][int(kinds.argmax())],
                    unit=self.unit.classes[unit],
                    unit_confidence=float(units[k, unit]),
                    offices=self._offices_named(message),
                )
            )
        return out

    def candidates(self, probabilities: NDArray[np.float64], most: int = 6) -> tuple[Candidate, ...]:
        """The likeliest topic of each group with the group's probability, best first."""
        found: dict[int, Candidate] = {}
        totals = np.bincount(self.groups, weights=probabilities)
        for k in np.argsort(-probabilities):
            group = int(self.groups[k])
            if self.topic.classes[k] != NO_TOPIC and group not in found:
                found[group] = Candidate(self.topic.classes[k], group, float(totals[group]))
            if len(found) > 3 * most:
                break
        return tuple(sorted(found.values(), key=lambda c: -c.probability)[:most])

    def _offices_named(self, message: Analysed) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.offices[word] for word in message.words if word in self.offices))

    def explain(self, text: str, topic: str) -> Explanation:
        """What spoke for ``topic``, for staff."""
        message = self.analyser.analyse(text)
        label = self.topic.classes.index(topic)
        words: list[tuple[str, float]] = []
        nearest: list[tuple[str, str, float]] = []
        for stage in self.topic.stages:
            if isinstance(stage, LexicalStage):
                words = stage.deciding(message, label)
            elif isinstance(stage, NearestStage):
                nearest = [(known, self.topic.classes[k], cosine) for known, k, cosine in stage.nearest(message)]
        return Explanation(tuple(words), tuple(nearest))
