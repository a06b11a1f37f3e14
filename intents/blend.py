"""Several stages, one calibrated probability per class."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from intents.analyse import Analysed
from intents.stages import Labels, Scores, Stage


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Along the last axis."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


class Blend:
    """Adds the stages' scores with weights under which the right class was likeliest on messages unseen in training.

    The weights are one number a stage (a conditional logit), so few that a few hundred held-out messages fix them; because
    they are fitted to held-out likelihood, the probabilities come out calibrated.

    Args:
        make_stages: new, unfitted stages; called once a fold and once for the final fit.
        classes: the names of the classes; labels are positions in it.
    """

    def __init__(self, make_stages: Callable[[], list[Stage]], classes: Sequence[str]) -> None:
        self._make_stages = make_stages
        self.classes = list(classes)
        self.stages: list[Stage] = []

    def __getstate__(self) -> dict[str, object]:
        left_out = ("_make_stages", "held_out", "held_out_scores")
        return {name: value for name, value in self.__dict__.items() if name not in left_out}

    def fit(self, messages: Sequence[Analysed], labels: Labels, folds: NDArray[np.int64], threads: int = 2) -> "Blend":
        """Fit the weights on held-out folds, then the stages on everything.

        Args:
            folds: which fold each message is held out with; a negative one is always trained on.

        Afterwards ``held_out`` is the probability matrix of the messages with a fold (NaN rows for the others), each from
        stages that did not see the message's fold.
        """
        groups = sorted(set(folds[folds >= 0].tolist()))
        per_stage = [np.full((len(messages), len(self.classes)), np.nan, np.float32) for _ in self._make_stages()]

        def hold_out(fold: int) -> None:
            known, asked = np.flatnonzero(folds != fold).tolist(), np.flatnonzero(folds == fold).tolist()
            stages = self._fitted([messages[k] for k in known], labels[known])
            for stage, scores in zip(stages, per_stage, strict=True):
                scores[asked] = stage.scores([messages[k] for k in asked])

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(hold_out, groups))
        tested = folds >= 0
        self.scales = [max(float(np.nanstd(scores[tested])), 1e-6) for scores in per_stage]
        stacked = np.stack([scores[tested] / scale for scores, scale in zip(per_stage, self.scales, strict=True)], axis=-1)
        self.weights = self._likeliest(stacked.astype(np.float64), labels[tested])
        self.held_out = np.full((len(messages), len(self.classes)), np.nan)
        self.held_out[tested] = softmax(stacked @ self.weights)
        self.held_out_scores = per_stage
        self.stages = self._fitted(messages, labels)
        return self

    def _fitted(self, messages: Sequence[Analysed], labels: Labels) -> list[Stage]:
        return [stage.fit(messages, labels, len(self.classes)) for stage in self._make_stages()]

    @staticmethod
    def _likeliest(stacked: NDArray[np.float64], labels: Labels) -> NDArray[np.float64]:
        from scipy.optimize import minimize

        rows = np.arange(len(labels))

        def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            probabilities = softmax(stacked @ weights)
            right = np.clip(probabilities[rows, labels], 1e-12, None)
            expected = np.einsum("nc,ncs->ns", probabilities, stacked)
            gradient = -(stacked[rows, labels] - expected).mean(axis=0) + 2e-4 * weights
            return float(-np.log(right).mean() + 1e-4 * weights @ weights), gradient

        start = np.ones(stacked.shape[-1])
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(start))
        return np.asarray(found.x)

    def only(self, position: int, labels: Labels, folds: NDArray[np.int64]) -> "Blend":
        """The stage at ``position`` alone, calibrated on what it said of the held-out messages."""
        alone = Blend(self._make_stages, self.classes)
        tested = folds >= 0
        scores = self.held_out_scores[position]
        alone.stages, alone.scales = [self.stages[position]], [self.scales[position]]
        stacked = (scores[tested] / alone.scales[0])[:, :, np.newaxis]
        alone.weights = self._likeliest(stacked.astype(np.float64), labels[tested])
        alone.held_out = np.full((len(folds), len(self.classes)), np.nan)
        alone.held_out[tested] = softmax(stacked @ alone.weights)
        alone.held_out_scores = [scores]
        return alone

    def probabilities(self, messages: Sequence[Analysed]) -> NDArray[np.float64]:
        """Shape (len(messages), classes); rows add up to 1."""
        return self.combine(self.stage_scores(messages))

    def stage_scores(self, messages: Sequence[Analysed]) -> list[Scores]:
        """What each stage says alone, in the order of ``stages``."""
        return [stage.scores(messages) for stage in self.stages]

    def combine(self, scores: Sequence[Scores]) -> NDArray[np.float64]:
        """The stages' scores as probabilities."""
        combined = np.zeros((len(scores[0]), len(self.classes)))
        for score, scale, weight in zip(scores, self.scales, self.weights, strict=True):
            combined += weight / scale * score
        return softmax(combined)
