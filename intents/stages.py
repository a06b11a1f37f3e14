"""The stages of a message classifier: small objects with fit and scores that can be evaluated apart.

Each stage gives, for every message, one score per class (shape (messages, classes), any scale, higher is likelier).
"""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from intents.analyse import Analysed

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# scikit-learn and scipy are imported where something is fitted: a worker that only serves starts without them.

Scores = NDArray[np.float32]
Labels = NDArray[np.int64]


class Stage(Protocol):
    """One way to score messages."""

    needs_vector: bool

    def fit(self, messages: Sequence[Analysed], labels: Labels, classes: int) -> Self:
        """Learn from messages whose labels are class numbers below ``classes``."""

    def scores(self, messages: Sequence[Analysed]) -> Scores:
        """Shape (len(messages), classes)."""


class Vocabulary:
    """Lexical features with their weights: sublinear term frequency times inverse document frequency, length 1.

    Args:
        min_messages: features seen in fewer messages are left out.
    """

    def __init__(self, min_messages: int = 3) -> None:
        self.min_messages = min_messages
        self.numbers: dict[str, int] = {}
        self.rarity: NDArray[np.float32] = np.empty(0, np.float32)
        self._last: tuple[Analysed, tuple[NDArray[np.int64], NDArray[np.float32]]] | None = None

    def fit(self, messages: Sequence[Analysed]) -> "Vocabulary":
        """Count the features of known messages."""
        seen = Counter(feature for message in messages for feature in set(message.features))
        kept = sorted(feature for feature, count in seen.items() if count >= self.min_messages)
        self.numbers = {feature: number for number, feature in enumerate(kept)}
        counts = np.array([seen[feature] for feature in kept], np.float32)
        self.rarity = (np.log((1 + len(messages)) / (1 + counts)) + 1).astype(np.float32)
        return self

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_last": None}

    def weigh(self, message: Analysed) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The message's known features: their numbers and weights, both of shape (k,).

        The last message's are remembered: every classifier asks for the same one in turn.
        """
        last = self._last
        if last is None or last[0] is not message:
            last = self._last = (message, self._weighed(message))
        return last[1]

    def _weighed(self, message: Analysed) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        counts: dict[int, int] = {}
        for feature in message.features:
            number = self.numbers.get(feature)
            if number is not None:
                counts[number] = counts.get(number, 0) + 1
        numbers = np.fromiter(counts.keys(), np.int64, len(counts))
        weights = (1 + np.log(np.fromiter(counts.values(), np.float32, len(counts)))) * self.rarity[numbers]
        return numbers, (weights / (np.linalg.norm(weights) or 1)).astype(np.float32)

    def matrix(self, messages: Sequence[Analysed]) -> "csr_matrix":
        """Shape (len(messages), features), for scikit-learn."""
        from scipy.sparse import csr_matrix

        rows = [self.weigh(message) for message in messages]
        starts = np.cumsum([0, *(len(numbers) for numbers, _ in rows)])
        numbers = np.concatenate([numbers for numbers, _ in rows]) if rows else np.empty(0, np.int64)
        weights = np.concatenate([weights for _, weights in rows]) if rows else np.empty(0, np.float32)
        return csr_matrix((weights, numbers, starts), shape=(len(rows), len(self.numbers)))


class LexicalStage:
    """Character n-grams, words and sounds into a linear support vector machine, one class against the rest."""

    needs_vector = False

    def __init__(self, vocabulary: Vocabulary, penalty: float = 0.5) -> None:
        self.vocabulary, self.penalty = vocabulary, penalty

    def fit(self, messages: Sequence[Analysed], labels: Labels, classes: int) -> Self:
        """See Stage."""
        from sklearn.svm import LinearSVC

        machine = LinearSVC(C=self.penalty, random_state=0, tol=1e-3, class_weight="balanced")
        machine.fit(self.vocabulary.matrix(messages), labels)
        weights = np.zeros((len(self.vocabulary.numbers), classes), np.float32)
        self.bias = np.full(classes, -1.5, np.float32)
        if len(machine.classes_) == 2:
            weights[:, machine.classes_] = np.stack([-machine.coef_[0], machine.coef_[0]], axis=1)
            self.bias[machine.classes_] = [-machine.intercept_[0], machine.intercept_[0]]
        else:
            weights[:, machine.classes_] = machine.coef_.T
            self.bias[machine.classes_] = machine.intercept_
        self.weights = weights.astype(np.float16)
        return self

    def scores(self, messages: Sequence[Analysed]) -> Scores:
        """See Stage."""
        return np.stack([self._score(message) for message in messages])

    def _score(self, message: Analysed) -> Scores:
        numbers, weights = self.vocabulary.weigh(message)
        return np.asarray(weights @ self.weights[numbers].astype(np.float32) + self.bias, np.float32)

    def deciding(self, message: Analysed, label: int, most: int = 6) -> list[tuple[str, float]]:
        """The words of the message that spoke most for the class, with what each added."""
        numbers, weights = self.vocabulary.weigh(message)
        added = dict(zip(numbers.tolist(), (weights * self.weights[numbers, label]).tolist(), strict=True))
        found = [(word, added.get(self.vocabulary.numbers.get("w" + word, -1), 0.0)) for word in dict.fromkeys(message.words)]
        return sorted((pair for pair in found if pair[1] > 0), key=lambda pair: -pair[1])[:most]


def _vectors(messages: Sequence[Analysed]) -> NDArray[np.float32]:
    return np.stack([message.vector for message in messages if message.vector is not None])


def _centred(messages: Sequence[Analysed], centre: NDArray[np.float32]) -> NDArray[np.float32]:
    vectors = _vectors(messages) - centre
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True).clip(1e-9), np.float32)


class MeaningStage:
    """Logistic regression on centred sentence vectors."""

    needs_vector = True

    def __init__(self, penalty: float = 30.0) -> None:
        self.penalty = penalty

    def fit(self, messages: Sequence[Analysed], labels: Labels, classes: int) -> Self:
        """See Stage."""
        from sklearn.linear_model import LogisticRegression

        self.centre = _vectors(messages).mean(axis=0)
        regression = LogisticRegression(C=self.penalty, max_iter=200, tol=1e-3)
        regression.fit(_centred(messages, self.centre), labels)
        self.weights = np.zeros((len(self.centre), classes), np.float32)
        self.bias = np.full(classes, -20.0, np.float32)
        if len(regression.classes_) == 2:
            self.weights[:, regression.classes_[1]] = regression.coef_[0]
            self.bias[regression.classes_] = [0, regression.intercept_[0]]
        else:
            self.weights[:, regression.classes_] = regression.coef_.T
            self.bias[regression.classes_] = regression.intercept_
        return self

    def scores(self, messages: Sequence[Analysed]) -> Scores:
        """See Stage; log probabilities."""
        raw = _centred(messages, self.centre) @ self.weights + self.bias
        return np.asarray(raw - np.logaddexp.reduce(raw, axis=1, keepdims=True), np.float32)


class NearestStage:
    """The nearest known messages: per class, the cosine to its nearest prototypes.

    A class keeps about as many prototypes as the root of its messages (their k-means centres): nearly as good as all of
    them, and a tenth of the work.  The messages themselves are kept for explaining, in half precision.

    Args:
        few: how many prototypes of a class are averaged, beside the nearest.
    """

    needs_vector = True

    def __init__(self, few: int = 3) -> None:
        self.few = few

    def fit(self, messages: Sequence[Analysed], labels: Labels, classes: int) -> Self:
        """See Stage."""
        self.centre = _vectors(messages).mean(axis=0)
        vectors = _centred(messages, self.centre)
        self.texts = [message.text for message in messages]
        self.labels = labels
        self.vectors = vectors.astype(np.float16)
        self.classes = classes
        parts = [_prototypes(vectors[labels == label]) for label in range(classes)]
        self.prototypes = np.concatenate(parts)
        ends = np.cumsum([0, *(len(part) for part in parts)]).tolist()
        self.spans = [(label, ends[label], ends[label + 1]) for label in range(classes) if ends[label + 1] > ends[label]]
        return self

    def scores(self, messages: Sequence[Analysed]) -> Scores:
        """See Stage; the mean of the nearest prototype's and the nearest few's cosine."""
        cosines = _centred(messages, self.centre) @ self.prototypes.T
        out = np.full((len(messages), self.classes), -0.2, np.float32)
        for label, start, stop in self.spans:
            ordered = -np.sort(-cosines[:, start:stop], axis=1)
            out[:, label] = 0.5 * ordered[:, 0] + 0.5 * ordered[:, : self.few].sum(axis=1) / min(self.few, stop - start)
        return out

    def nearest(self, message: Analysed, most: int = 3) -> list[tuple[str, int, float]]:
        """The nearest known messages: text, class and cosine, best first."""
        cosines = (_centred([message], self.centre) @ self.vectors.astype(np.float32).T)[0]
        return [(self.texts[k], int(self.labels[k]), float(cosines[k])) for k in np.argsort(-cosines)[:most]]


def _prototypes(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """K-means centres of length 1, shape (about the root of len(vectors), d)."""
    if len(vectors) < 4:
        return vectors
    from sklearn.cluster import KMeans

    centres = KMeans(max(3, round(len(vectors) ** 0.5)), n_init=1, random_state=0).fit(vectors).cluster_centers_
    return np.asarray(centres / np.linalg.norm(centres, axis=1, keepdims=True), np.float32)
