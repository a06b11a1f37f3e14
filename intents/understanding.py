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
FAMILIES = (
    ("ask", "situation", "too_broad"),
    FEEDBACK_ACTS,
    ("greeting", "thanks", "bye", "who", "ack", "praise_bot", "insult", "smalltalk"),
)
"""Acts that lead to the same kind of reply: which of a family it is matters little when the topic is sure."""


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
    probability that somebody is in danger now, ``danger_kind`` which; ``feedback`` that it is a complaint, suggestion or
    praise.  ``offices`` are those that the message names.  ``level``: words, or meaning when the sentence model was asked, or
    taught (see intents.taught).
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
    level: str


@dataclass(frozen=True)
class Explanation:
    """Why: the deciding words with their weight, and the nearest known messages with topic and cosine."""

    words: tuple[tuple[str, float], ...]
    nearest: tuple[tuple[str, str, float], ...]


@dataclass
class Level:
    """The classifiers of one level of effort: by words alone, or by words and meaning."""

    name: str
    act: Blend
    topic: Blend
    aspect: Blend
    danger: Blend
    unit: Blend
    certainty: Certainty


@dataclass(frozen=True)
class Sure:
    """From when on the words alone suffice: held-out messages as sure as this were right nearly always.

    Either the topic's confidence, or the certainty that nothing is covered, and the probability of the act's family must reach
    these (``other_act_at`` for acts that are neither questions nor feedback), and the danger stay below.
    """

    topic_at: float
    uncovered_at: float
    act_at: float
    other_act_at: float
    danger_below: float


class Understanding:
    """The trained whole; made by ``intents.train`` and kept by ``intents.model``.

    A cascade: the cheap level answers when it is sure, else the message's vector is made and the full level decides.

    Args:
        analyser: takes messages apart.
        words: the level that needs no vectors.
        meaning: the level with them; None where the sentence model cannot run.
        groups: the group of every class of ``topic``; 0 for none.
        offices: what residents call an office → its name.
    """

    def __init__(
        self,
        analyser: Analyser,
        words: Level,
        meaning: Level | None,
        sure: Sure,
        groups: NDArray[np.int64],
        offices: dict[str, str],
    ) -> None:
        self.analyser, self.words, self.meaning, self.sure = analyser, words, meaning, sure
        self.groups, self.offices = groups, offices

    @property
    def best(self) -> Level:
        """The level that decides in the end."""
        return self.meaning or self.words

    def warm_words(self) -> None:
        """Load the dictionary: before a server forks, so that its workers share it."""
        self.analyser.lexicon.warm()

    def warm(self) -> None:
        """Load all that the first message would wait for; once in each process that serves."""
        self.interpret("你好，请问老人补贴怎么申请")
        if self.meaning:
            self.analyser.analyse("你好")

    def interpret(self, text: str) -> Interpretation:
        """What ``text`` (as the resident wrote it) means."""
        return self.interpret_all([text])[0]

    def interpret_all(self, texts: Sequence[str]) -> list[Interpretation]:
        """Many messages at once."""
        messages = [self.analyser.words(text) for text in texts]
        out = self._judged(self.words, messages)
        meaning = self.meaning
        if meaning is not None and self.analyser.encoder is not None:
            unsure = [k for k, judged in enumerate(out) if not self._is_sure(judged)]
            again = self._judged(meaning, self.analyser.with_vectors([messages[k] for k in unsure]))
            for k, judged in zip(unsure, again, strict=True):
                out[k] = judged
        return [meant for meant, _ in out]

    def _is_sure(self, judged: tuple[Interpretation, float]) -> bool:
        sure, (meant, likely) = self.sure, judged
        decided = meant.confidence >= sure.topic_at or meant.covered <= 1 - sure.uncovered_at
        asks = any(meant.act in family for family in FAMILIES[:2])
        return decided and likely >= (sure.act_at if asks else sure.other_act_at) and meant.danger < sure.danger_below

    def _judged(self, level: Level, messages: Sequence[Analysed]) -> list[tuple[Interpretation, float]]:
        """One level's view, with the probability of the act's family.

        Each message goes through all classifiers before the next, so that its features are weighed once.
        """
        return [self._judge(level, message) for message in messages]

    def _judge(self, level: Level, message: Analysed) -> tuple[Interpretation, float]:
        acts, aspects, dangers, units = (
            blend.probabilities([message])[0] for blend in (level.act, level.aspect, level.danger, level.unit)
        )
        scores = level.topic.stage_scores([message])
        topics = level.topic.combine(scores)
        confidence, covered = level.certainty.probabilities(topics, scores)
        safe = level.danger.classes.index(SAFE)
        act, aspect, unit = int(acts.argmax()), int(aspects.argmax()), int(units.argmax())
        meant = Interpretation(
            text=message.text,
            words=message.words,
            act=level.act.classes[act],
            act_confidence=float(acts[act]),
            feedback=float(sum(acts[level.act.classes.index(name)] for name in FEEDBACK_ACTS)),
            aspect=level.aspect.classes[aspect],
            aspect_confidence=float(aspects[aspect]),
            candidates=self.candidates(topics[0], level.topic.classes),
            confidence=float(confidence[0]),
            covered=float(covered[0]),
            danger=float(1 - dangers[safe]),
            danger_kind=[c for c in level.danger.classes if c != SAFE][int(np.delete(dangers, safe).argmax())],
            unit=level.unit.classes[unit],
            unit_confidence=float(units[unit]),
            offices=tuple(dict.fromkeys(self.offices[word] for word in message.words if word in self.offices)),
            level=level.name,
        )
        return meant, float(family_sums(acts[np.newaxis], level.act.classes)[0, act])

    def candidates(self, probabilities: NDArray[np.float64], classes: Sequence[str], most: int = 6) -> tuple[Candidate, ...]:
        """The likeliest topic of each group with the group's probability, best first."""
        found: dict[int, Candidate] = {}
        totals = np.bincount(self.groups, weights=probabilities)
        for k in np.argsort(-probabilities)[: 4 * most].tolist():
            group = int(self.groups[k])
            if classes[k] != NO_TOPIC and group not in found:
                found[group] = Candidate(classes[k], group, float(totals[group]))
        return tuple(sorted(found.values(), key=lambda c: -c.probability)[:most])

    def explain(self, text: str, topic: str) -> Explanation:
        """What spoke for ``topic``, for staff."""
        message = self.analyser.analyse(text)
        label = self.best.topic.classes.index(topic)
        words: list[tuple[str, float]] = []
        nearest: list[tuple[str, str, float]] = []
        for stage in self.best.topic.stages:
            if isinstance(stage, LexicalStage):
                words = stage.deciding(message, label)
            elif isinstance(stage, NearestStage):
                nearest = [(known, self.best.topic.classes[k], cosine) for known, k, cosine in stage.nearest(message)]
        return Explanation(tuple(words), tuple(nearest))


def family_sums(acts: NDArray[np.float64], classes: Sequence[str]) -> NDArray[np.float64]:
    """For every act the probability of its whole family, shape as ``acts`` (messages, classes)."""
    out = acts.copy()
    for family in FAMILIES:
        numbers = [classes.index(name) for name in family if name in classes]
        out[:, numbers] = acts[:, numbers].sum(axis=1, keepdims=True)
    return out
