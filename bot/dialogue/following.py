"""Ellipsis: whether a short message asks for a side of the service that was just spoken of, and which."""

import re
import tomllib
from pathlib import Path
from typing import Any

from knowledge.model import Aspect

_DATA = Path(__file__).parent / "data" / "follow_up.toml"


class FollowUps:
    """Recognises follow-ups by the patterns of data/follow_up.toml."""

    def __init__(self, path: Path = _DATA) -> None:
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        self._longest, self._longest_pointing = int(data["longest"]), int(data["longest_pointing"])
        self._pointing = re.compile(data["pointing"])
        self._aspects = [(Aspect(name), re.compile(pattern)) for name, pattern in data["aspects"]]

    def asks_for(self, aspect: Aspect, text: str) -> bool:
        """Whether the words of ``text``, however long, ask for that side."""
        return any(name is aspect and pattern.search(text) for name, pattern in self._aspects)

    def aspect(self, text: str) -> Aspect | None:
        """The side that normalised ``text`` asks for; None when it is too long, or names none."""
        points = bool(self._pointing.search(text))
        if len(text) > (self._longest_pointing if points else self._longest):
            return None
        return next((aspect for aspect, pattern in self._aspects if pattern.search(text)), None)
