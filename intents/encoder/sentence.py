"""The sentence model at work: text → a vector of 384 numbers, length 1."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from intents.encoder.tokens import Tokenizer

if TYPE_CHECKING:
    import onnxruntime

Vectors = NDArray[np.float32]


class SentenceEncoder:
    """Encodes normalised messages with multilingual-e5-small, in the folder that ``convert`` filled.

    Args:
        folder: holds encoder.onnx, rows.npy, tables.npz and pieces.json.
        threads: how many cores one message may use; 1 when several workers serve.

    Raises:
        FileNotFoundError: the folder lacks one of the files.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        self._tokenizer = Tokenizer(folder)
        self._rows = np.load(folder / "rows.npy", mmap_mode="r")
        tables = np.load(folder / "tables.npz")
        self._scales, self._positions = tables["scales"], tables["positions"]
        self._graph, self._threads = folder / "encoder.onnx", threads

    @cached_property
    def _session(self) -> "onnxruntime.InferenceSession":
        """Made at the first message, and its library loaded only then: neither may be carried over a fork.

        The library starts threads as it is loaded; a forked process that waits for them at its end never ends.
        """
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(self._graph, options, providers=["CPUExecutionProvider"])

    def encode(self, text: str) -> Vectors:
        """The vector of one normalised message, shape (384,)."""
        numbers = self._tokenizer.tokens(text)
        rows = self._rows[numbers] * self._scales[numbers] + self._positions[: len(numbers)]
        return np.asarray(self._session.run(None, {"rows": rows[np.newaxis].astype(np.float32)})[0][0])

    def encode_all(self, texts: Sequence[str]) -> Vectors:
        """The vectors of many messages, shape (len(texts), 384).

        Each goes through alone, two at a time: in a common batch the 8-bit scales, and so the vectors, would depend on the
        neighbours, and training would see other numbers than serving does.
        """
        if not texts:
            return np.empty((0, self._positions.shape[1]), np.float32)
        if len(texts) == 1:
            return self.encode(texts[0])[np.newaxis]
        self.encode(texts[0])
        with ThreadPoolExecutor(2) as pool:
            return np.stack(list(pool.map(self.encode, texts)))
