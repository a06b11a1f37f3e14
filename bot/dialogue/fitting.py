"""A reply in the room that its channel has."""

from collections.abc import Sequence

from bot.messages import Option

LINKS_MOST = 6
"""More options than this stand as numbered lines in a channel without buttons: a tappable link costs a hundred bytes."""


def options_size(options: Sequence[Option]) -> int:
    """How many bytes a channel without buttons needs for the options under the text: few as links, many as lines."""
    if len(options) > LINKS_MOST:
        return sum(len(option.text.encode()) + 6 for option in options)
    return sum(2 * len(option.text.encode()) + 70 for option in options)


def cut_at_sentence(text: str, room: int) -> tuple[str, str]:
    """``text`` in two: at most ``room`` bytes that end with a sentence or line where there is one, and the rest."""
    head = text.encode()[: max(room, 12)].decode("utf-8", "ignore")
    at = max((head.rfind(mark) + 1 for mark in "。！？\n；"), default=0)
    at = at if at > len(head) // 3 else len(head)
    return text[:at].rstrip(), text[at:].lstrip()
