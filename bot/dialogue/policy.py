"""The one place that decides: answer, answer side by side, ask back, or turn away."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from intents.understanding import Candidate, Interpretation


class Verdict(Enum):
    """What to do with a question."""

    ANSWER = "answer"
    SIDE_BY_SIDE = "side by side"
    CLARIFY = "clarify"
    REJECT = "reject"


@dataclass(frozen=True)
class Thresholds:
    """When to do what.

    Answer at a calibrated confidence of ``answer_at``; ask back while the probability that the plan covers the question at
    all is at least ``clarify_at``; call it an emergency at ``danger_at``, say a word of safety first at ``caution_at``; take
    it as feedback at ``feedback_at``.
    """

    answer_at: float
    clarify_at: float
    danger_at: float
    caution_at: float
    feedback_at: float


@dataclass(frozen=True)
class Decision:
    """The verdict and the candidates that it concerns, best first."""

    verdict: Verdict
    candidates: tuple[Candidate, ...]


SIDE_BY_SIDE_AT = 0.30
"""A second candidate this likely is named beside the first, when the two together are as sure as an answer must be."""

MENU_LEAST = 0.02
MENU_MOST = 4


def decide(meant: Interpretation, thresholds: Thresholds) -> Decision:
    """What to do with a question that is understood as ``meant``."""
    if not meant.candidates:
        return Decision(Verdict.REJECT, ())
    first, *others = meant.candidates
    if meant.confidence >= thresholds.answer_at:
        return Decision(Verdict.ANSWER, (first,))
    if meant.covered < thresholds.clarify_at:
        return Decision(Verdict.REJECT, ())
    if others and others[0].probability >= SIDE_BY_SIDE_AT and first.probability + others[0].probability >= thresholds.answer_at:
        return Decision(Verdict.SIDE_BY_SIDE, (first, others[0]))
    return Decision(Verdict.CLARIFY, menu_of(meant.candidates))


def menu_of(candidates: Sequence[Candidate], skip: int = 0) -> tuple[Candidate, ...]:
    """Two to four candidates for a menu: the first two whatever they weigh, then those that weigh anything."""
    rest = candidates[skip:]
    return tuple(c for k, c in enumerate(rest[:MENU_MOST]) if k < 2 or c.probability >= MENU_LEAST)
