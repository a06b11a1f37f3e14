"""Units found by name, full name, area, or pinyin: 区城管局 by 城管, quchengguanju or qcgj."""

from functools import cache

from bot.tickets.records import Unit
from intents.sounds import sounds


def findable(unit: Unit) -> str:
    """What a unit is found under: a line that holds what is typed."""
    return " ".join(dict.fromkeys([unit.name, unit.full_name, unit.area, *_sounds(unit.name)])).strip().lower()


@cache
def _sounds(name: str) -> tuple[str, str]:
    """Its pinyin in full, and the first letters."""
    heard = sounds().word(name)
    return "".join(heard), "".join(sound if sound.isdigit() else sound[:1] for sound in heard)
