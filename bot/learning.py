"""What staff taught takes effect in every process within seconds, while messages come in."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from intents.taught import TaughtMemory
from intents.understanding import Interpretation, Understanding

log = logging.getLogger(__name__)

KNOWN_TEXTS = 4096
"""How many understood texts a process remembers: the same short questions come again and again."""
LOOK_EVERY = 1.0
"""Seconds between two looks whether something was taught."""

Taught = Sequence[tuple[str, str]]


class Learned:
    """Understands messages with what was taught; each lesson makes a new memory, which takes the place of the old at once.

    Args:
        groups: the group (plan item) of every service.
        taught: gives what was taught: message and service.
        version: changes with what was taught; cheap to ask.
    """

    def __init__(
        self,
        understanding: Understanding,
        groups: Mapping[str, int],
        taught: Callable[[], Taught] = tuple,
        version: Callable[[], str] = str,
    ) -> None:
        self._understanding, self._groups, self._taught, self._version = understanding, groups, taught, version
        self._seen: str | None = None
        memory = TaughtMemory(understanding)
        try:
            seen, lessons = version(), taught()
            memory.fit(lessons, groups)
            self._seen = seen
        except Exception:  # residents are answered from the plan although nothing can be read; the next look tries again
            log.exception("what was taught cannot be read")
        self._take(memory)

    def _take(self, memory: TaughtMemory) -> None:
        self._memory = memory
        self._remembered = lru_cache(maxsize=KNOWN_TEXTS)(memory.interpret)

    def interpret(self, text: str) -> Interpretation:
        """What ``text`` means now."""
        return self._remembered(text)

    def warm(self, earlier: "Learned | None" = None) -> None:
        """Make what the first message would wait for; in each process that serves.  What ``earlier`` made is taken over."""
        if len(self._memory):
            self._memory.warm(earlier._memory if earlier else None)

    def look(self) -> bool:
        """Take over what was taught since the last look; whether there was anything.

        What cannot be read is logged, and what was there goes on.
        """
        try:
            version = self._version()
            if version == self._seen:
                return False
            memory = TaughtMemory(self._understanding).fit(self._taught(), self._groups).warm(self._memory)
        except Exception:
            log.exception("what was taught cannot be read")
            return False
        self._seen = version
        self._take(memory)
        return True

    def watch(self, every: float = LOOK_EVERY) -> None:
        """Look again and again, in a thread of this process."""

        def run() -> None:
            pause = threading.Event()
            while not pause.wait(every):
                self.look()

        threading.Thread(target=run, name="learning", daemon=True).start()
