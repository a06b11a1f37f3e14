"""Putting alike questions together, one after the other: what was put together stays so."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


def assign(vectors: Vectors, centres: Vectors, alike_at: float) -> list[int]:
    """The group of each question: a position among ``centres``, or from ``len(centres)`` on a new group.

    A question joins the group whose centre is nearest, if it is near enough; else it leads a new group, whose centre it is
    (leader clustering: a pass over what came since the last one, nobody moves).

    Args:
        vectors: shape (questions, d), length 1.
        centres: shape (groups, d), length 1; may be empty.
    """
    known = [centres] if len(centres) else []
    led: list[Vectors] = []
    chosen = []
    old = vectors @ centres.T if len(centres) else np.zeros((len(vectors), 0), np.float32)
    for k, vector in enumerate(vectors):
        new = np.stack(led) @ vector if led else np.empty(0, np.float32)
        likeness = np.concatenate([old[k], new])
        best = int(likeness.argmax()) if len(likeness) else -1
        if best >= 0 and likeness[best] >= alike_at:
            chosen.append(best)
            continue
        chosen.append(sum(len(part) for part in known) + len(led))
        led.append(vector)
    return chosen


def most_central(vectors: Vectors) -> int:
    """The question that is nearest to all others, as the group's label."""
    return int((vectors @ vectors.mean(axis=0)).argmax())


def centre_of(vectors: Vectors) -> Vectors:
    """The mean direction, length 1."""
    mean = vectors.mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), np.float32)


def to_bytes(vector: Vectors) -> bytes:
    """For the store: half precision."""
    return vector.astype(np.float16).tobytes()


def from_bytes(stored: Sequence[bytes | None], size: int) -> Vectors:
    """Shape (len(stored), size); zeros where a vector is missing or was made by another model."""
    out = np.zeros((len(stored), size), np.float32)
    for row, one in zip(out, stored, strict=True):
        if one is not None and len(one) == 2 * size:
            row[:] = np.frombuffer(one, np.float16)
    return out
