"""A message with more than one concern: each complaint by itself, and the question that is asked along with it."""

import re
from dataclasses import dataclass

from bot.dialogue.flows.feedback import FeedbackReader

_BETWEEN = re.compile(
    r"[。?!;,、](?:第[一二三四五][,、个]?)?|(?:还有|另外|再就是|顺便(?:问(?:一?下)?)?|对了|请问|再问(?:一?下)?)"
)
_FIRST = re.compile(r"^第[一二三四五][,、个]?")
MOST_MATTERS = 3


@dataclass(frozen=True)
class Concerns:
    """The complaints of a message, each with its own place, and what is asked besides; both empty where there is one concern."""

    matters: tuple[str, ...] = ()
    question: str = ""


def concerns(text: str, reader: FeedbackReader) -> Concerns:
    """What a normalised message is about; one complaint and no question give nothing: the message is taken whole."""
    matters: list[str] = []
    asked: list[str] = []
    last_asks = False
    for part in _parts(text):
        if reader.asks(part) and not reader.is_explicit(part):
            asked.append(part)
            last_asks = True
        elif reader.complains(part) and (not matters or (reader.place(part) and reader.place(matters[-1]))):
            matters.append(part)
            last_asks = False
        elif matters and not last_asks:
            matters[-1] += f",{part}"
        elif not matters and not asked:
            matters.append(part)  # what leads to the complaint
    told = [matter for matter in matters if reader.complains(matter)]
    if len(told) != len(matters) or not told or (len(told) == 1 and not asked):
        return Concerns()
    return Concerns(tuple(told[:MOST_MATTERS]), ",".join(asked))


def _parts(text: str) -> list[str]:
    parts = [_FIRST.sub("", part).strip(" ,，、") for part in _BETWEEN.split(text)]
    return [part for part in parts if part]
