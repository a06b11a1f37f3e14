"""Vectors for telling which messages are alike: the sentence model's, or of words where it cannot run."""

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from intents.stages import NearestStage
from intents.understanding import Understanding

Vectors = NDArray[np.float32]

WORD_BUCKETS = 384
ALIKE_BY_MEANING, ALIKE_BY_WORDS = 0.60, 0.50
"""From this cosine on two messages ask the same: nearly all pairs of paraphrases, hardly any two questions on one subject."""


class MessageVectors:
    """Gives messages comparable vectors.

    Args:
        understanding: the trained whole.
    """

    def __init__(self, understanding: Understanding) -> None:
        self._analyser = understanding.analyser
        stages = understanding.best.topic.stages
        self._nearest = next((stage for stage in stages if isinstance(stage, NearestStage)), None)

    @property
    def by_meaning(self) -> bool:
        """Whether the sentence model makes them."""
        return self._nearest is not None and self._analyser.encoder is not None

    @property
    def alike_at(self) -> float:
        """From this cosine on two messages ask the same."""
        return ALIKE_BY_MEANING if self.by_meaning else ALIKE_BY_WORDS

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), 384), length 1."""
        if not texts:
            return np.empty((0, WORD_BUCKETS), np.float32)
        messages = self._analyser.analyse_all(texts) if self.by_meaning else [self._analyser.words(text) for text in texts]
        if self._nearest is not None and self.by_meaning:
            made = np.stack([m.vector for m in messages if m.vector is not None]) - self._nearest.centre
        else:
            made = np.zeros((len(messages), WORD_BUCKETS), np.float32)
            for row, message in zip(made, messages, strict=True):
                for feature in message.features:
                    number = zlib.crc32(feature.encode())
                    row[number % WORD_BUCKETS] += 1.0 if number & 0x10000 else -1.0
        return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True).clip(1e-9), np.float32)
