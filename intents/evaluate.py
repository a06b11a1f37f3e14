"""How good the classifier is on labelled questions: accuracy, confusion, calibration, coverage against risk."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from intents.certainty import expected_calibration_error
from intents.understanding import FEEDBACK_ACTS, Interpretation, Understanding

_ACTS_OF_KIND = {
    "feedback": FEEDBACK_ACTS,
    "human": ("human",),
    "chitchat": ("greeting", "thanks", "bye", "who", "ack", "praise_bot", "insult", "smalltalk", "noise"),
}


@dataclass(frozen=True)
class Question:
    """A labelled message: what kind it is, and the items (and service, where known) that answer it."""

    id: str
    text: str
    kind: str
    items: frozenset[int]
    service: str | None


def load_questions(path: Path) -> list[Question]:
    """The questions of a JSON lines file.

    Raises:
        ValueError: a line is no question; it is named.
        OSError: the file cannot be read.
    """
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            items = frozenset(int(item) for item in row.get("items") or [])
            found.append(Question(str(row.get("id", number)), row["text"], row["kind"], items, row.get("service")))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path.name} 第{number}行不是带答案的问题（{error}）") from None
    if not found:
        raise ValueError(f"{path.name} 里没有问题")
    return found


@dataclass(frozen=True)
class Results:
    """The figures of one model on one set of questions, and what the plots need."""

    figures: dict[str, float]
    kinds: dict[str, tuple[int, int]]
    confused: list[tuple[int, int, int]]
    confidence: NDArray[np.float64]
    right: NDArray[np.bool_]
    hardest: list[tuple[Question, Interpretation]]


class Evaluation:
    """Asks a model every question once.

    Args:
        answer_at, clarify_at, danger_at: the thresholds to judge decisions with.
    """

    def __init__(self, understanding: Understanding, answer_at: float, clarify_at: float, danger_at: float) -> None:
        self._understanding = understanding
        self._answer_at, self._clarify_at, self._danger_at = answer_at, clarify_at, danger_at

    def meant(self, questions: Sequence[Question]) -> list[Interpretation]:
        """What the model makes of every question."""
        return self._understanding.interpret_all([question.text for question in questions])

    def results(self, questions: Sequence[Question]) -> Results:
        """Everything that is reported."""
        meant = self.meant(questions)
        pairs = list(zip(questions, meant, strict=True))
        asked = [(q, m) for q, m in pairs if q.kind == "ask" and q.items]
        uncovered = [(q, m) for q, m in pairs if q.kind == "oos"]
        right = np.array([m.candidates[0].group in q.items for q, m in asked], bool)
        confidence = np.array([m.confidence for _, m in asked])
        judged = [
            *((m.confidence, bool(r)) for (_, m), r in zip(asked, right, strict=True)),
            *((m.confidence, False) for _, m in uncovered),
        ]
        figures = self._figures(asked, right, uncovered)
        if judged:
            figures["calibration_error"] = expected_calibration_error(
                np.array([c for c, _ in judged]), np.array([r for _, r in judged], bool)
            )
        wrong = [(q, m) for (q, m), ok in zip(asked, right, strict=True) if not ok]
        confused = Counter((min(q.items), m.candidates[0].group) for q, m in wrong)
        hardest = sorted(wrong, key=lambda pair: -pair[1].confidence)
        return Results(
            figures, self._by_kind(pairs), [(a, b, n) for (a, b), n in confused.most_common(20)], confidence, right, hardest
        )

    def _figures(
        self,
        asked: Sequence[tuple[Question, Interpretation]],
        right: NDArray[np.bool_],
        uncovered: Sequence[tuple[Question, Interpretation]],
    ) -> dict[str, float]:
        out: dict[str, float] = {}
        if asked:
            answers = np.array([m.confidence >= self._answer_at for _, m in asked])
            menus = ~answers & np.array([m.covered >= self._clarify_at for _, m in asked])
            offered = np.array([any(c.group in q.items for c in m.candidates[:4]) for q, m in asked])
            out["item_right"] = float(right.mean())
            out["item_among_first_three"] = float(np.mean([any(c.group in q.items for c in m.candidates[:3]) for q, m in asked]))
            known = [(q, m) for q, m in asked if q.service]
            if known:
                out["service_right"] = float(np.mean([m.candidates[0].topic == q.service for q, m in known]))
            out["answered_right"] = float((answers & right).mean())
            out["answered_wrong"] = float((answers & ~right).mean())
            out["helped"] = float(((answers & right) | (menus & offered)).mean())
        if uncovered:
            out["uncovered_answered"] = float(np.mean([m.confidence >= self._answer_at for _, m in uncovered]))
        return out

    def _by_kind(self, pairs: Sequence[tuple[Question, Interpretation]]) -> dict[str, tuple[int, int]]:
        """Per kind: how many were understood as what they are, of how many."""
        counts: dict[str, list[bool]] = defaultdict(list)
        for question, meant in pairs:
            danger = meant.danger >= self._danger_at
            if question.kind == "emergency":
                counts["emergency"].append(danger)
                continue
            counts["no false emergency"].append(not danger)
            if acts := _ACTS_OF_KIND.get(question.kind):
                counts[question.kind].append(meant.act in acts)
            elif question.kind == "ask":
                counts["ask"].append(meant.act not in FEEDBACK_ACTS)
            elif question.kind == "oos":
                counts["oos"].append(meant.confidence < self._answer_at)
        return {kind: (sum(values), len(values)) for kind, values in counts.items()}


@dataclass(frozen=True)
class Difference:
    """A question on which two models differ: whether each has a right item first, and which item that was."""

    question: Question
    right: tuple[bool, bool]
    first: tuple[int, int]


@dataclass(frozen=True)
class Comparison:
    """Two models asked the same questions: their figures side by side, and the questions on which they differ."""

    figures: dict[str, tuple[float, float]]
    differences: list[Difference]


def compare(questions: Sequence[Question], one: Evaluation, other: Evaluation) -> Comparison:
    """Ask both; gained and lost questions first to last as they stand in the file."""
    results = one.results(questions), other.results(questions)
    names = [name for name in results[0].figures if name in results[1].figures]
    kinds = [name for name in results[0].kinds if name in results[1].kinds]
    figures = {kind: tuple(r.kinds[kind][0] / r.kinds[kind][1] for r in results) for kind in sorted(kinds)}
    figures |= {name: tuple(r.figures[name] for r in results) for name in names}
    differences = []
    for question, *meant in zip(questions, one.meant(questions), other.meant(questions), strict=True):
        first = meant[0].candidates[0].group, meant[1].candidates[0].group
        right = first[0] in question.items, first[1] in question.items
        if question.kind == "ask" and question.items and right[0] != right[1]:
            differences.append(Difference(question, right, first))
    return Comparison(figures, differences)  # type: ignore[arg-type]  # every tuple above has two values


def comparison_as_lines(comparison: Comparison, names: tuple[str, str]) -> Iterator[str]:
    """The comparison for a terminal."""
    yield f"{'':26} {names[0]:>12} {names[1]:>12}"
    for name, (a, b) in comparison.figures.items():
        yield f"{name:26} {a:12.4f} {b:12.4f}"
    for difference in comparison.differences:
        better = names[0] if difference.right[0] else names[1]
        wanted = "、".join(map(str, sorted(difference.question.items)))
        yield f"只有 {better} 判对（应为{wanted}，判为{difference.first[0]}、{difference.first[1]}）：{difference.question.text}"


def coverage_against_risk(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """(share answered, share of those wrong) when the surest questions are answered first."""
    order = np.argsort(-confidence)
    wrong = np.cumsum(~right[order])
    return [(float((k + 1) / len(order)), float(wrong[k] / (k + 1))) for k in range(len(order))]


def figures_as_lines(results: Results) -> Iterator[str]:
    """The figures for a terminal."""
    for kind, (right, count) in sorted(results.kinds.items()):
        yield f"{kind:20} {right}/{count}  {right / count:.3f}"
    for name, value in results.figures.items():
        yield f"{name:24} {value:.4f}"
    if len(results.confidence):
        yield "覆盖率与差错率（从最有把握的答起）："
        curve = coverage_against_risk(results.confidence, results.right)
        for share in (0.5, 0.7, 0.8, 0.9, 1.0):
            covered, risk = curve[max(0, round(share * len(curve)) - 1)]
            yield f"  {covered:.2f}  {risk:.4f}"
    if results.confused:
        yield "最常混淆（应为条目 → 判为条目）：" + "，".join(f"{a}→{b} {n}次" for a, b, n in results.confused[:10])
