"""What the sentence model learned for residents' messages: low-rank changes of its matrices, shipped as a small file."""

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ADAPTER = Path(__file__).parent / "adapter.npz"


class Adapter:
    """The changes in ``path``; an absent file, or None, changes nothing.

    The file holds, for a matrix ``l3.q``, ``l3.q.down`` of shape (rank, inputs) and ``l3.q.up`` of shape (outputs, rank).
    """

    def __init__(self, path: Path | None = ADAPTER) -> None:
        self._arrays: dict[str, NDArray[np.float16]] = {}
        self.version = "plain"
        if path is not None and path.exists():
            with np.load(path) as file:
                self._arrays = {name: file[name] for name in file.files}
            self.version = hashlib.sha256(path.read_bytes()).hexdigest()[:12]

    def change(self, name: str) -> NDArray[np.float32] | float:
        """What is added to the matrix of that name; 0 when nothing is."""
        if f"{name}.up" not in self._arrays:
            return 0.0
        up, down = (self._arrays[f"{name}.{side}"].astype(np.float32) for side in ("up", "down"))
        return up @ down
