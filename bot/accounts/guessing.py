"""Slowing down who guesses passwords: some attempts are free, then the wait doubles.  The same for names that do not exist."""

import datetime
import hashlib
from dataclasses import dataclass

FREE_BY_NAME = 5
FREE_BY_ADDRESS = 25
"""More than by name: an office has one address."""

FIRST_WAIT = datetime.timedelta(seconds=30)
LONGEST_WAIT = datetime.timedelta(minutes=15)
FORGOTTEN_AFTER = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Tally:
    """How often it failed, and until when nothing is tried again (None: now)."""

    failures: int = 0
    locked_until: datetime.datetime | None = None

    def waits(self, now: datetime.datetime) -> datetime.timedelta:
        """How long it still takes; zero when one may try."""
        if self.locked_until is None or self.locked_until <= now:
            return datetime.timedelta(0)
        return self.locked_until - now


def wait_after(failures: int, free: int) -> datetime.timedelta:
    """How long to wait after so many failures.

    >>> [wait_after(n, 5).seconds for n in (4, 5, 6, 7, 20)]
    [0, 30, 60, 120, 900]
    """
    if failures < free:
        return datetime.timedelta(0)
    doubled: int = 2 ** min(failures - free, 10)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


def key_of(kind: str, value: str) -> str:
    """What is counted under: a digest, since people type passwords where a name belongs."""
    return f"{kind}:{hashlib.sha256(value.casefold().encode()).hexdigest()[:32]}"
