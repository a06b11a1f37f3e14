"""Vectors kept from one training to the next: most messages are the same, and making their vectors is half of the work."""

import json
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from intents.analyse import Encoder

Vectors = NDArray[np.float32]

MOST = 40_000
"""So many vectors take 60 MB of disk; when there would be more, only those of this training are kept."""


class KeptVectors:
    """An encoder that makes a message's vector once.

    Args:
        encoder: makes them; every message alone, so that a kept vector is the very same.
        file: where they are kept; one that cannot be read is made anew.
    """

    def __init__(self, encoder: Encoder, file: Path) -> None:
        self._encoder, self._file = encoder, file
        self._known = _read(file)
        self._used: dict[str, Vectors] = {}

    def encode_all(self, texts: Sequence[str]) -> Vectors:
        """See Encoder."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        for text, vector in zip(missing, self._encoder.encode_all(missing), strict=True):
            self._known[text] = vector
        for text in texts:
            self._used[text] = self._known[text]
        return np.stack([self._known[text] for text in texts]) if texts else self._encoder.encode_all(texts)

    def keep(self) -> None:
        """Write them down; a reader meanwhile sees the old file or the new one."""
        kept = self._known if len(self._known) <= MOST else self._used
        if not kept:
            return
        texts = np.frombuffer(json.dumps(list(kept), ensure_ascii=False).encode(), np.uint8)
        with tempfile.NamedTemporaryFile(dir=self._file.parent, prefix=self._file.name, delete=False) as scratch:
            np.savez(scratch, texts=texts, vectors=np.stack(list(kept.values())))
        Path(scratch.name).replace(self._file)


def _read(file: Path) -> dict[str, Vectors]:
    try:
        with np.load(file, allow_pickle=False) as kept:
            texts, vectors = json.loads(kept["texts"].tobytes()), kept["vectors"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}
    return dict(zip(texts, vectors, strict=True)) if len(texts) == len(vectors) else {}
