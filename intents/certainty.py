"""Knowing what one does not know: is the first candidate right, is the message covered at all?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Costs:
    """What each outcome costs, a needless question back being 1.

    A wrong answer costs five of them; a menu without the right entry, or turning away a question that is covered, three.
    ``missed_danger`` (an emergency answered otherwise), ``missed_caution`` (and without a word of safety) and
    ``missed_feedback`` are counted in false alarms of their own kind.
    """

    wrong_answer: float = 5.0
    menu: float = 1.0
    useless_menu: float = 3.0
    turned_away: float = 3.0
    answered_uncovered: float = 5.0
    covered_share: float = 0.85
    missed_danger: float = 2.0
    missed_caution: float = 20.0
    missed_feedback: float = 2.0


def totals_of(probabilities: Matrix, groups: NDArray[np.int64]) -> tuple[NDArray[np.int64], Matrix]:
    """The groups that there are, without "none", in order; and the probability of each, shape (messages, groups).

    Their numbers may have gaps: the items of a second plan are counted from 1001 on.
    """
    known = np.unique(groups[groups > 0])
    totals = np.zeros((len(probabilities), len(known)))
    for k, group in enumerate(known):
        totals[:, k] = probabilities[:, groups == group].sum(axis=1)
    return known, totals


class Certainty:
    """Two logistic regressions on what the stages say about a message's candidates.

    Evidence, all of it about groups (plan items): how likely the first candidate is and how far ahead of the second and of
    "none"; how near the nearest known message is; whether the stages agree with each other.

    Args:
        groups: the group of every class; 0 is "none".
    """

    def __init__(self, groups: NDArray[np.int64]) -> None:
        self.groups = groups

    def _evidence(self, probabilities: Matrix, stages: list[NDArray[np.float32]]) -> Matrix:
        known, covered = totals_of(probabilities, self.groups)
        none = probabilities[:, self.groups == 0].sum(axis=1).astype(float)
        order = np.sort(covered, axis=1)
        first, second = order[:, -1], order[:, -2]
        best = known[covered.argmax(axis=1)]
        columns = [_logit(first), _logit(none), np.log(first + 1e-6) - np.log(second + 1e-6), first]
        for scores in stages:
            own = self.groups[scores.argmax(axis=1)]
            columns += [(own == best).astype(float), (own == 0).astype(float)]
            inside = np.where(self.groups[None, :] > 0, scores, -np.inf).max(axis=1)
            columns += [inside, inside - scores[:, self.groups == 0].max(axis=1)]
        return np.stack(columns, axis=1)

    def fit(self, probabilities: Matrix, stages: list[NDArray[np.float32]], labels: NDArray[np.int64]) -> "Certainty":
        """Learn from held-out probabilities and stage scores with the true classes (shapes as in Blend)."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.preprocessing import StandardScaler

        evidence = self._evidence(probabilities, stages)
        scaler = StandardScaler().fit(evidence)
        self.mean, self.scale = scaler.mean_, scaler.scale_
        truth = self.groups[labels]
        known, totals = totals_of(probabilities, self.groups)
        right = truth == known[totals.argmax(axis=1)]
        self.models = []
        for target in (right, truth > 0):
            model = LogisticRegression(C=1.0, max_iter=500).fit(scaler.transform(evidence), target)
            self.models.append((model.coef_[0], float(model.intercept_[0])))
        return self

    def probabilities(self, probabilities: Matrix, stages: list[NDArray[np.float32]]) -> tuple[Matrix, Matrix]:
        """P(the first candidate's group is right) and P(the message is covered), each of shape (messages,)."""
        evidence = (self._evidence(probabilities, stages) - self.mean) / self.scale
        right, covered = (1 / (1 + np.exp(-(evidence @ weights + bias))) for weights, bias in self.models)
        return right, covered


def _logit(p: Matrix) -> Matrix:
    clipped = np.clip(p, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(clipped / (1 - clipped)))


def choose_thresholds(
    confidence: Matrix,
    covered: Matrix,
    right: NDArray[np.bool_],
    offered: NDArray[np.bool_],
    in_scope: NDArray[np.bool_],
    costs: Costs,
) -> tuple[float, float]:
    """The (answer_at, clarify_at) with the lowest mean cost on held-out messages.

    Args:
        confidence, covered: as Certainty gives them.
        right: the first candidate is right; offered: a right one is among those that a menu would show.
        in_scope: the message is covered; in total these weigh ``costs.covered_share``.
    """
    share = costs.covered_share
    weight = np.where(in_scope, share / max(1, in_scope.sum()), (1 - share) / max(1, (~in_scope).sum()))
    best = (np.inf, 0.5, 0.5)
    for answer_at in np.arange(0.30, 0.96, 0.02):
        answers = confidence >= answer_at
        answered = np.where(right, 0.0, np.where(in_scope, costs.wrong_answer, costs.answered_uncovered))
        for clarify_at in np.arange(0.10, 0.96, 0.02):
            asks = ~answers & (covered >= clarify_at)
            asked = np.where(in_scope & ~offered, costs.useless_menu, costs.menu)
            cost = np.where(answers, answered, np.where(asks, asked, np.where(in_scope, costs.turned_away, 0.0)))
            total = float((cost * weight).sum())
            if total < best[0]:
                best = (total, float(answer_at), float(clarify_at))
    return round(best[1], 2), round(best[2], 2)


def expected_calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_], bins: int = 10) -> float:
    """ECE: the mean distance between confidence and accuracy over ``bins`` equally wide bins, weighted by their size."""
    edges = np.clip((confidence * bins).astype(int), 0, bins - 1)
    total = 0.0
    for b in range(bins):
        inside = edges == b
        if inside.any():
            total += inside.mean() * abs(confidence[inside].mean() - right[inside].mean())
    return float(total)
