"""Vectors are made once and kept from one training to the next."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from intents.encoder import kept
from intents.encoder.kept import KeptVectors


class Counting:
    """Makes a vector of a text's length, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode_all(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return np.array([[len(text), 1 / 3] for text in texts], np.float32).reshape(len(texts), 2)


def test_a_message_is_encoded_once_and_comes_back_exactly(tmp_path: Path) -> None:
    encoder, file = Counting(), tmp_path / "vectors.npz"
    first = KeptVectors(encoder, file)
    made = first.encode_all(["甲", "乙乙", "甲"])
    first.keep()
    again = KeptVectors(encoder, file)
    assert np.array_equal(again.encode_all(["乙乙", "丙\n丙", "甲"])[[2, 0]], made[:2])
    assert encoder.asked == ["甲", "乙乙", "丙\n丙"]


def test_a_file_that_is_broken_is_made_anew(tmp_path: Path) -> None:
    encoder, file = Counting(), tmp_path / "vectors.npz"
    for content in (b"", b"not a zip file", b"PK\x03\x04"):
        file.write_bytes(content)
        vectors = KeptVectors(encoder, file)
        assert vectors.encode_all(["甲"]).shape == (1, 2)
        vectors.keep()
        assert KeptVectors(encoder, file).encode_all(["甲"])[0, 0] == 1


def test_what_is_kept_does_not_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, file = Counting(), tmp_path / "vectors.npz"
    monkeypatch.setattr(kept, "MOST", 3)
    first = KeptVectors(encoder, file)
    first.encode_all(["甲", "乙", "丙"])
    first.keep()
    second = KeptVectors(encoder, file)
    second.encode_all(["丁", "甲"])
    second.keep()
    encoder.asked.clear()
    KeptVectors(encoder, file).encode_all(["丁", "甲", "乙"])
    assert encoder.asked == ["乙"]
