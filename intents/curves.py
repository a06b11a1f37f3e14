"""What a threshold trades, on held-out messages: for administrators who think of moving one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Curve = list[dict[str, float]]
"""Points by rising threshold (``at``), each with its shares (0 to 1)."""

STEPS = np.round(np.arange(0.05, 1.0, 0.05), 2)


def answer_curve(confidence: NDArray[np.float64], right: NDArray[np.bool_], covered: NDArray[np.bool_]) -> Curve:
    """For every ``answer_at``: ``answered``, the share of questions that the plan covers that are answered outright;
    ``wrong``, the share of what is answered outright that is wrong; ``uncovered``, the share of other questions answered."""
    out = []
    for at in STEPS.tolist():
        answers = confidence >= at
        wrong = answers & ~(right & covered)
        out.append(
            {
                "at": at,
                "answered": _share(answers, covered),
                "wrong": _share(wrong, answers),
                "uncovered": _share(answers, ~covered),
            }
        )
    return out


def menu_curve(
    covered_likely: NDArray[np.float64], covered: NDArray[np.bool_], offered: NDArray[np.bool_], answers: NDArray[np.bool_]
) -> Curve:
    """For every ``clarify_at``, of what is not ``answers``: ``asked``, the share of covered questions that get a menu with the
    right one in it; ``turned_away``, the share of them that are turned away; ``useless``, of other questions that get a menu."""
    left = ~answers
    out = []
    for at in STEPS.tolist():
        asks = covered_likely >= at
        inside = left & covered
        out.append(
            {
                "at": at,
                "asked": _share(asks & offered, inside),
                "turned_away": _share(~asks, inside),
                "useless": _share(asks, left & ~covered),
            }
        )
    return out


def alarm_curve(likely: NDArray[np.float64], real: NDArray[np.bool_]) -> Curve:
    """For every threshold of a yes or no: ``missed``, the share of real ones below it; ``false``, of the others above it."""
    known = ~np.isnan(likely)
    likely, real = likely[known], real[known]
    return [{"at": at, "missed": _share(likely < at, real), "false": _share(likely >= at, ~real)} for at in STEPS.tolist()]


def _share(what: NDArray[np.bool_], among: NDArray[np.bool_]) -> float:
    return round(float((what & among).sum() / max(1, among.sum())), 4)


def near(curve: Sequence[dict[str, float]], at: float) -> dict[str, float] | None:
    """The point nearest to a threshold; None where there is no curve."""
    return min(curve, key=lambda point: abs(point["at"] - at), default=None)
