"""What taking in photos asks of whoever keeps them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True)
class Wanted:
    """A photo that is to be fetched: from ``origin`` (PicUrl) or by ``media_id``; ``attempts``: with this one."""

    id: int
    origin: str
    media_id: str
    attempts: int
    at: datetime


@dataclass(frozen=True)
class Kept:
    """A photo that is there; ``resident``: who sent it; ``number``: the ticket that it belongs to."""

    id: int
    resident: str | None
    number: str | None
    mime: str
    data: bytes


class PhotoStore(Protocol):
    """Keeps photos; every method is one short transaction, and several processes call them at once."""

    def add(self, resident: str, mime: str, data: bytes, delivery: str | None = None) -> int | None:
        """Keep what was uploaded; its id, the earlier one's for the same ``delivery``; None when too many wait already."""

    def get(self, photo: int) -> Kept | None:
        """The photo of that id, if it is there."""

    def counts(self) -> dict[str, int]:
        """How many photos are in each state."""

    def claim(self, now: datetime, lease: timedelta) -> Wanted | None:
        """The next photo that is to be fetched, this process's own for so long."""

    def fetched(self, photo: int, mime: str, data: bytes) -> None:
        """It is there."""

    def later(self, photo: int, problem: str, next_at: datetime) -> None:
        """It could not be fetched now."""

    def lost(self, photo: int, problem: str, words: str) -> None:
        """It cannot be fetched any more; who sent it is told so in these words."""
