"""Known questions: what the service must answer rightly, kept as what is right (mode, and item or service), never as wording."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from bot.messages import Mode, Reply
from knowledge.load import DATA

SEEDS = DATA / "known.tsv"
FILES = "files"
"""The source of the questions that the project brings."""

MODES = (
    Mode.ANSWER,
    Mode.CLARIFY,
    Mode.ELIGIBILITY,
    Mode.FEEDBACK,
    Mode.EMERGENCY,
    Mode.REJECT,
    Mode.STATUS,
    Mode.HANDOFF,
    Mode.CHITCHAT,
)
"""What can be right, the commonest first."""

LONGEST = 300
_ITEM = re.compile(r"第(\d+)条")


@dataclass(frozen=True)
class KnownQuestion:
    """A question and what is right: the mode, with ``answer`` the service, or the item where each of its services will do.

    ``source``: files, console, or what it grew from (review, group).
    """

    text: str
    mode: Mode
    item: int | None = None
    service: str | None = None
    id: int = 0
    source: str = "console"
    by: str = ""
    at: str = ""
    active: bool = True


class Outcome(IntEnum):
    """How good a reply to a known question is; the greater the better."""

    WRONG = 0
    OFFERED = 1
    RIGHT = 2


def outcome_of(question: KnownQuestion, reply: Reply, item: int | None) -> Outcome:
    """How good the reply is.

    Args:
        item: the number of the right item in the knowledge that was asked, None where no item is right.

    The services of one item answer for each other.  What is right and only offered, to tap or as what may apply, is half right.
    """
    numbers = [one.number for one in reply.items]
    if question.mode is not Mode.ANSWER:
        return Outcome.RIGHT if reply.mode is question.mode and (item is None or item in numbers) else Outcome.WRONG
    if item not in numbers:
        return Outcome.WRONG
    if reply.mode is Mode.ANSWER:
        return Outcome.RIGHT
    return Outcome.OFFERED if reply.mode in (Mode.CLARIFY, Mode.ELIGIBILITY) else Outcome.WRONG


def load_seeds(path: Path = SEEDS) -> list[KnownQuestion]:
    """The project's known questions.

    Raises:
        ValueError: a line is none; it is named.
    """
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            mode, right, text = line.split("\t")
            item = _ITEM.fullmatch(right)
            service = None if item or right == "-" else right
            found.append(KnownQuestion(text, Mode(mode), int(item[1]) if item else None, service, source=FILES))
        except ValueError:
            raise ValueError(f"{path.name} 第{number}行不是已知问题") from None
    return found


def problem_of(question: KnownQuestion, services: Collection[str], items: Collection[int]) -> str:
    """Why it cannot be kept as it is, for whoever wrote it; empty when it can."""
    if not question.text.strip():
        return "请写上问题"
    if len(question.text) > LONGEST:
        return f"问题太长，最多{LONGEST}个字"
    if question.mode is Mode.ANSWER and question.service is None and question.item is None:
        return "“直接回答”要选一个事项"
    if question.service is not None and question.service not in services:
        return "没有这个事项"
    if question.item is not None and question.item not in items:
        return f"计划里没有第{question.item}条"
    return ""


def fitting(questions: Sequence[KnownQuestion], services: Collection[str], items: Collection[int]) -> list[KnownQuestion]:
    """Those whose right answer there is."""
    return [question for question in questions if not problem_of(question, services, items)]
