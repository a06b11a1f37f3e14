"""One message, taken apart once for every classifier: normal form, words, lexical features, and its vector."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from intents.lexicon import Lexicon, syllables
from intents.pinyin import PinyinDecoder
from intents.text import normalise

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """What gives a message its vector (the sentence model, or a store of vectors that it made)."""

    def encode_all(self, texts: Sequence[str]) -> Vectors:
        """Vectors of length 1, shape (len(texts), d)."""


@dataclass(frozen=True, eq=False)
class Analysed:
    """A message as the classifiers see it; ``vector`` is None where the sentence model was not asked or is not there."""

    text: str
    words: tuple[str, ...]
    features: tuple[str, ...]
    vector: Vectors | None = field(default=None, repr=False)


def lexical_features(text: str, words: Sequence[str]) -> tuple[str, ...]:
    """Character 1–4-grams, words and word pairs, and pairs and triples of syllables without tones.

    The syllables hold out against homophone errors (补帖 sounds like 补贴), the characters against dialect and bad cuts.
    """
    plain = "".join(c for c in text if c.isalnum())
    edged = f"^{plain}$"
    out = [f"c{edged[i : i + n]}" for n in (1, 2, 3, 4) for i in range(len(edged) - n + 1)]
    out += [f"w{word}" for word in words]
    out += [f"w{a} {b}" for a, b in pairwise(words)]
    sounds = syllables(text)
    out += ["p" + " ".join(sounds[i : i + n]) for n in (2, 3) for i in range(len(sounds) - n + 1)]
    return tuple(out)


class Analyser:
    """Text → Analysed.

    Args:
        lexicon: words and sounds of the domain.
        decoder: turns pinyin into characters.
        encoder: gives vectors; None where the sentence model cannot run.
    """

    def __init__(self, lexicon: Lexicon, decoder: PinyinDecoder, encoder: Encoder | None) -> None:
        self.lexicon, self.decoder, self.encoder = lexicon, decoder, encoder

    def readable(self, text: str) -> str:
        """The normal form with pinyin decoded and misspelt terms put right."""
        return self.lexicon.correct(self.decoder.decode(normalise(text)))

    def words(self, text: str) -> Analysed:
        """One message without its vector."""
        readable = self.readable(text)
        words = tuple(self.lexicon.cut(readable))
        return Analysed(readable, words, lexical_features(readable, words))

    def with_vectors(self, messages: Sequence[Analysed]) -> list[Analysed]:
        """The messages with their vectors; as they are where there is no sentence model."""
        if self.encoder is None or not messages:
            return list(messages)
        vectors = self.encoder.encode_all([message.text for message in messages])
        return [replace(message, vector=vector) for message, vector in zip(messages, vectors, strict=True)]

    def analyse_all(self, texts: Sequence[str]) -> list[Analysed]:
        """Many messages at once, vectors and all."""
        return self.with_vectors([self.words(text) for text in texts])

    def analyse(self, text: str) -> Analysed:
        """One message, vector and all."""
        return self.analyse_all([text])[0]
