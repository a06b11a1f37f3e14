"""The periodic pass that puts new questions into groups; what it computes is computed before anything is locked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bot.questions.grouping import assign, from_bytes, to_bytes

Vectors = NDArray[np.float32]
AT_ONCE = 200


@dataclass(frozen=True)
class Placed:
    """A question with its vector and its group: an existing one's id, or the number of a new one in this batch."""

    question: int
    vector: bytes
    group: int | None
    new: int | None


class GroupingStore(Protocol):
    """What the pass asks of the store."""

    def ungrouped(self, most: int) -> list[tuple[int, str]]:
        """Open questions without a group, oldest first: id and text."""

    def centres(self) -> list[tuple[int, bytes | None]]:
        """The open groups' ids and centres."""

    def place(self, placed: Sequence[Placed]) -> int:
        """Put them into their groups, as far as nobody changed either meanwhile; how many were."""


class Grouper:
    """Puts new questions into groups.

    Args:
        vectors: gives texts their vectors, length 1.
        alike_at: from this cosine on a question belongs to a group.
    """

    def __init__(self, store: GroupingStore, vectors: Callable[[Sequence[str]], Vectors], alike_at: float) -> None:
        self._store, self._vectors, self._alike_at = store, vectors, alike_at

    def work(self) -> int:
        """Group everything that came since the last pass; how many questions that were."""
        done = 0
        while batch := self._store.ungrouped(AT_ONCE):
            placed = self._placed(batch)
            count = self._store.place(placed)
            done += count
            if len(batch) < AT_ONCE or count == 0:
                break
        return done

    def _placed(self, batch: Sequence[tuple[int, str]]) -> list[Placed]:
        vectors = self._vectors([text for _, text in batch])
        groups = self._store.centres()
        centres = from_bytes([centre for _, centre in groups], vectors.shape[1])
        chosen = assign(vectors, centres, self._alike_at)
        placed = []
        for (question, _), vector, position in zip(batch, vectors, chosen, strict=True):
            known = position < len(groups)
            group = groups[position][0] if known else None
            placed.append(Placed(question, to_bytes(vector), group, None if known else position - len(groups)))
        return placed
