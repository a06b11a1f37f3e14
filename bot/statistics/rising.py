"""Which services are asked for more than before."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from bot.statistics.records import ServiceCount

FEWEST = 5
"""Turns in the period under which a rise says nothing."""
GROWTH = 1.5


@dataclass(frozen=True)
class Rise:
    """A service, how often it was asked for in the period and in the one before (scaled to as many days)."""

    service: str
    now: int
    before: float


def rising(now: Iterable[ServiceCount], before: Iterable[ServiceCount], scale: float = 1.0, most: int = 8) -> list[Rise]:
    """The services that rose by half at least, the most surprising first.

    Args:
        now: the period's.
        before: the earlier period's.
        scale: the period's days by the earlier one's.
        most: how many.
    """
    earlier = {one.service: one.turns * scale for one in before}
    rises = [Rise(one.service, one.turns, earlier.get(one.service, 0.0)) for one in now]
    risen = [rise for rise in rises if rise.now >= FEWEST and rise.now >= GROWTH * rise.before]
    # Counts scatter with their root: how many of these roots the rise is high.
    return sorted(risen, key=lambda rise: (rise.before - rise.now) / math.sqrt(rise.before + 1))[:most]
