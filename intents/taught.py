"""Questions that staff have assigned to a service: they win at once, without training anew.

A memory over the trained classifier.  It is no second classifier: it speaks up only for a message that says the same as a
taught one, and that no known message of another topic is as near to.  What it knows goes into the next training as well.
"""

import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from intents.analyse import Analysed
from intents.examples import NO_TOPIC
from intents.stages import LexicalStage, NearestStage
from intents.text import normalise
from intents.understanding import FEEDBACK_ACTS, Candidate, Interpretation, Understanding

Vectors = NDArray[np.float32]

TAUGHT = "taught"
"""The level of an interpretation that a taught question decided."""

ASKING_ACTS = ("ask", "fragment", "too_broad", "situation", "dept", "noise")
OTHER_ACT_AT = 0.9
"""A message that is this surely no question (thanks, a wish for a person …) is left alone, unless it was taught word by word."""


@dataclass(frozen=True)
class Likeness:
    """From which likeness on a message says the same as a taught one, and from which on it may.

    ``ahead``: by how much the taught question must be nearer than the nearest known message of another topic.  Chosen on the
    example utterances with 300 of them taught: see docs/understanding.md.
    """

    same: float
    same_ahead: float
    near: float
    near_ahead: float


BY_MEANING = Likeness(same=0.62, same_ahead=0.02, near=0.52, near_ahead=-0.02)
"""Cosines of centred sentence vectors."""
BY_WORDS = Likeness(same=0.45, same_ahead=0.1, near=0.35, near_ahead=0.05)
"""Cosines of weighed characters, words and sounds, where the sentence model cannot run."""

SURE_OF_WORDS, SURE_OF_SAME, MAYBE = 1.0, 0.96, 0.5
"""The confidence of a message that was taught word by word, says the same, or may."""


@dataclass(frozen=True)
class Recalled:
    """The taught question that a message is like; ``sure``: it says the same (answered), else it may (asked back)."""

    text: str
    topic: str
    likeness: float
    exact: bool
    sure: bool


class TaughtMemory:
    """Remembers taught questions; fit and recall.

    Args:
        understanding: the trained whole, for its normal form, vectors and known messages.
    """

    def __init__(self, understanding: Understanding) -> None:
        self._understanding = understanding
        stages = understanding.best.topic.stages
        self._nearest = next((stage for stage in stages if isinstance(stage, NearestStage)), None)
        lexical = next(stage for stage in understanding.words.topic.stages if isinstance(stage, LexicalStage))
        self._vocabulary = lexical.vocabulary
        self._unseen = float(self._vocabulary.rarity.max(initial=1.0))
        self._making = threading.Lock()
        self._vectors: dict[str, Vectors] = {}
        self.fit([], {})

    def fit(self, taught: Sequence[tuple[str, str]], groups: Mapping[str, int]) -> Self:
        """Learn messages with their topics; a later lesson on the same words outweighs an earlier one.

        Args:
            taught: message and topic id; topics that ``groups`` does not hold are left out.
            groups: the group (plan item) of every topic.
        """
        analyser = self._understanding.analyser
        latest = {_bare(normalise(text)): (text, topic) for text, topic in taught if topic in groups}
        self._texts = [text for text, _ in latest.values()]
        self._topics = [topic for _, topic in latest.values()]
        self._groups = dict(groups)
        self._exact = {words: k for k, words in enumerate(latest)}
        self._messages = [analyser.words(text) for text in self._texts]
        self._exact |= {_bare(message.text): k for k, message in enumerate(self._messages)}
        self._rows: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for k, message in enumerate(self._messages):
            for feature, weight in self._weighed(message).items():
                self._rows[feature].append((k, weight))
        self._matrix: Vectors | None = None
        return self

    def warm(self, earlier: "TaughtMemory | None" = None) -> Self:
        """Make the vectors before the first message; those that ``earlier`` made already are taken over.

        Not before a server forks: the sentence model is loaded by this.
        """
        if earlier is not None and earlier._understanding is self._understanding:
            self._vectors.update(earlier._vectors)
        if self._by_meaning and self._texts:
            self._made()
        return self

    def __len__(self) -> int:
        return len(self._texts)

    @property
    def _by_meaning(self) -> bool:
        return self._nearest is not None and self._understanding.analyser.encoder is not None

    # -- likeness ---------------------------------------------------------------------------------------------------------

    def _weighed(self, message: Analysed) -> dict[str, float]:
        """The features' weights, length 1; a feature that training never saw is as telling as the rarest."""
        numbers, rarity = self._vocabulary.numbers, self._vocabulary.rarity
        weights = {f: float(rarity[numbers[f]]) if f in numbers else self._unseen for f in message.features}
        length = sum(weight * weight for weight in weights.values()) ** 0.5 or 1.0
        return {feature: weight / length for feature, weight in weights.items()}

    def _made(self) -> Vectors:
        """The centred vectors of the taught questions, shape (questions, d)."""
        with self._making:
            if self._matrix is None:
                missing = [m for m in self._messages if m.text not in self._vectors]
                for message, vector in zip(missing, self.vectors_of(missing), strict=True):
                    self._vectors[message.text] = vector
                self._matrix = np.stack([self._vectors[m.text] for m in self._messages])
            return self._matrix

    def vectors_of(self, messages: Sequence[Analysed]) -> Vectors:
        """Centred vectors of messages, shape (len(messages), d); only where the sentence model runs."""
        assert self._nearest is not None  # asked only where there are vectors
        vectors = [m.vector for m in self._understanding.analyser.with_vectors(messages) if m.vector is not None]
        if not vectors:
            return np.empty((0, len(self._nearest.centre)), np.float32)
        centred = np.stack(vectors) - self._nearest.centre
        return np.asarray(centred / np.linalg.norm(centred, axis=1, keepdims=True).clip(1e-9), np.float32)

    def recall(self, message: Analysed) -> Recalled | None:
        """The taught question that says what the message says; None when there is none."""
        if not self._texts:
            return None
        if (position := self._exact.get(_bare(message.text))) is not None:
            return Recalled(self._texts[position], self._topics[position], 1.0, True, True)
        if self._by_meaning:
            return self._recall_by_meaning(message)
        likeness = np.zeros(len(self._texts), np.float32)
        for feature, weight in self._weighed(message).items():
            for position, other in self._rows.get(feature, ()):
                likeness[position] += weight * other
        best = int(likeness.argmax())
        return self._judged(best, float(likeness[best]), self._other_taught(likeness, best), BY_WORDS)

    def _recall_by_meaning(self, message: Analysed) -> Recalled | None:
        taught = self._made()
        vector = self.vectors_of([message])[0]
        likeness = taught @ vector
        best = int(likeness.argmax())
        if likeness[best] < BY_MEANING.near:
            return None
        against = max(self._other_taught(likeness, best), self._known_of_others(vector, taught[best], self._topics[best]))
        return self._judged(best, float(likeness[best]), against, BY_MEANING)

    def _other_taught(self, likeness: Vectors, best: int) -> float:
        """How near the nearest question is that was taught to another topic."""
        others = [float(one) for one, topic in zip(likeness, self._topics, strict=True) if topic != self._topics[best]]
        return max(others, default=0.0)

    def _known_of_others(self, vector: Vectors, taught: Vectors, topic: str) -> float:
        """How near the nearest known message of another topic is.

        Known messages that no topic covers do not count where they say the same as the taught question: staff decided
        otherwise since.
        """
        nearest = self._nearest
        assert nearest is not None  # asked only where there are vectors
        known = nearest.vectors.astype(np.float32)
        cosines = known @ vector
        classes = self._understanding.best.topic.classes
        for k in np.argsort(-cosines)[:50].tolist():
            label = classes[nearest.labels[k]]
            if label != topic and not (label == NO_TOPIC and float(known[k] @ taught) >= BY_MEANING.same):
                return float(cosines[k])
        return 0.0

    def _judged(self, best: int, likeness: float, against: float, rule: Likeness) -> Recalled | None:
        ahead = likeness - against
        sure = likeness >= rule.same and ahead >= rule.same_ahead
        if not sure and not (likeness >= rule.near and ahead >= rule.near_ahead):
            return None
        return Recalled(self._texts[best], self._topics[best], likeness, False, sure)

    # -- what a message means, with what was taught ------------------------------------------------------------------------

    def interpret(self, text: str) -> Interpretation:
        """What ``text`` means: as the classifier says, unless it says what a taught question says."""
        return self.interpret_all([text])[0]

    def interpret_all(self, texts: Sequence[str]) -> list[Interpretation]:
        """Many messages at once."""
        understood = self._understanding.interpret_all(texts)
        return [self.with_taught(text, meant) for text, meant in zip(texts, understood, strict=True)]

    def with_taught(self, text: str, meant: Interpretation) -> Interpretation:
        """What ``text`` means, given what the classifier makes of it."""
        if not self._texts:
            return meant
        position = self._exact.get(_bare(normalise(text)))
        if position is not None:
            recalled: Recalled | None = Recalled(self._texts[position], self._topics[position], 1.0, True, True)
        elif _is_no_question(meant):
            recalled = None
        else:
            recalled = self.recall(self._understanding.analyser.words(text))
        return meant if recalled is None else self._changed(meant, recalled)

    def _changed(self, meant: Interpretation, recalled: Recalled) -> Interpretation:
        confidence = SURE_OF_WORDS if recalled.exact else SURE_OF_SAME if recalled.sure else MAYBE
        group = self._groups[recalled.topic]
        if not recalled.sure and meant.candidates and meant.confidence >= confidence:
            return meant  # what was taught only may be meant, and the classifier is surer
        others = tuple(replace(c, probability=c.probability * (1 - confidence)) for c in meant.candidates if c.group != group)
        return replace(
            meant,
            act="ask",
            act_confidence=max(confidence, meant.act_confidence if meant.act == "ask" else 0.0),
            feedback=0.0,
            candidates=(Candidate(recalled.topic, group, confidence), *others),
            confidence=confidence,
            covered=max(confidence, meant.covered, SURE_OF_SAME),
            level=TAUGHT,
        )


def _is_no_question(meant: Interpretation) -> bool:
    if meant.act in FEEDBACK_ACTS:
        return meant.feedback >= MAYBE
    return meant.act not in ASKING_ACTS and meant.act_confidence >= OTHER_ACT_AT


def _bare(text: str) -> str:
    """The characters that carry meaning: marks and blanks do not make another question."""
    return "".join(c for c in text if c.isalnum())
