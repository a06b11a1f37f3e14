"""Known questions asked of what is published and of the draft, and what became of each."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from bot.dialogue.mind import Mind
from bot.publishing.asking import Asked, ask
from bot.questions.known import KnownQuestion, Outcome
from bot.tickets.resident import ResidentDesk


class Verdict(StrEnum):
    """What the draft makes of a known question, compared with what is published."""

    SAME = "same"
    CHANGED = "changed"
    BETTER = "better"
    WORSE = "worse"
    GONE = "gone"


MUST_BE_ACKNOWLEDGED = (Verdict.WORSE, Verdict.GONE)


@dataclass(frozen=True)
class Said:
    """One reply: its mode, the services, how good it is (an Outcome's name), its text."""

    mode: str
    services: tuple[str, ...]
    outcome: str
    text: str

    @classmethod
    def of(cls, asked: Asked) -> "Said":
        """What was said to the question."""
        reply = asked.reply
        return cls(str(reply.mode), tuple(item.service for item in reply.items[:4]), asked.outcome.name, reply.text)


@dataclass(frozen=True)
class Compared:
    """A known question with what was said to it before (None where nothing was published) and after."""

    question: int
    text: str
    mode: str
    right: str
    verdict: Verdict
    before: Said | None
    after: Said

    def as_json(self) -> dict[str, Any]:
        """To be kept."""
        return asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Compared":
        """What ``as_json`` wrote down."""
        before, after = (
            Said(**{**said, "services": tuple(said["services"])}) if said else None for said in (row["before"], row["after"])
        )
        assert after is not None  # there always is a draft
        return cls(**{**row, "verdict": Verdict(row["verdict"]), "before": before, "after": after})


def compare(
    published: Mind | None, draft: Mind, questions: Sequence[KnownQuestion], now: datetime.datetime, desk: ResidentDesk
) -> Iterator[Compared]:
    """Ask both every question, one after the other."""
    for question in questions:
        before = ask(published, question, now, desk) if published else None
        after = ask(draft, question, now, desk)
        right = question.service or (draft.knowledge.item_name(question.item) if question.item else "")
        yield Compared(
            question.id,
            question.text,
            str(question.mode),
            right,
            verdict_of(before, after),
            Said.of(before) if before else None,
            Said.of(after),
        )


def verdict_of(before: Asked | None, after: Asked) -> Verdict:
    """What became of a question.  That its service is not there any more is told apart from a wrong answer."""
    if before is None:
        return Verdict.SAME
    if after.gone:
        return Verdict.SAME if before.gone else Verdict.GONE
    if after.outcome != before.outcome:
        return Verdict.BETTER if after.outcome > before.outcome else Verdict.WORSE
    return Verdict.SAME if after.reply.text == before.reply.text else Verdict.CHANGED


def still_wrong(rows: Sequence[Compared]) -> list[Compared]:
    """Those that neither answers rightly."""
    kept = (Verdict.SAME, Verdict.CHANGED)
    return [row for row in rows if row.verdict in kept and row.after.outcome != Outcome.RIGHT.name]
