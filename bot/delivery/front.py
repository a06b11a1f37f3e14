"""What waits for a resident, put in front of the reply to their next message."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.delivery.outbox import PART_BYTES, Letter, say


@dataclass(frozen=True)
class Front:
    """The letters that go in front, and their text with all that sets it off from the reply; empty when none waits."""

    letters: tuple[int, ...] = ()
    text: str = ""

    @property
    def size(self) -> int:
        """Bytes of UTF-8."""
        return len(self.text.encode())

    def before(self, reply: str) -> "Front":
        """As it stands before that reply: nothing needs to be set off from one without words (a clerk has the conversation)."""
        return self if reply else replace(self, text=self.text.removesuffix(_end()).rstrip())


def front_of(waiting: Sequence[Letter], limit: int | None) -> Front:
    """As many of the waiting letters, oldest first, as leave the reply its room in a channel of ``limit`` bytes."""
    taken: list[Letter] = []
    for letter in waiting:
        together = sum(len(other.text.encode()) + 2 for other in (*taken, letter)) - 2
        if limit is not None and together > PART_BYTES:
            break
        taken.append(letter)
    if not taken:
        return Front()
    text = "\n".join([say("front.heading"), "\n\n".join(letter.text for letter in taken), _end()])
    return Front(tuple(letter.id for letter in taken), text)


def _end() -> str:
    """What sets the letters off from the reply."""
    return say("front.end") + "\n"
