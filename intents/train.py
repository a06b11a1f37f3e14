"""Training: examples → a fitted Understanding with its figures, the same from the same data."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intents.analyse import Analysed, Analyser, Encoder
from intents.blend import Blend
from intents.catalogue import Catalogue
from intents.certainty import Certainty, Costs, choose_thresholds, expected_calibration_error, totals_of
from intents.curves import Curve, alarm_curve, answer_curve, menu_curve
from intents.examples import NO_TOPIC, SAFE, Example
from intents.lexicon import Lexicon
from intents.pinyin import PinyinDecoder
from intents.stages import LexicalStage, MeaningStage, NearestStage, Stage, Vocabulary
from intents.text import normalise
from intents.understanding import FAMILIES, FEEDBACK_ACTS, Level, Sure, Understanding, family_sums

log = logging.getLogger(__name__)

MENU = 4
"""How many entries a menu shows: a right one among the first four counts as offered."""


@dataclass(frozen=True)
class Trained:
    """The outcome: the fitted whole, the thresholds that held-out messages chose, and the held-out figures.

    ``thresholds``: answer_at, clarify_at, danger_at, caution_at, feedback_at; see bot.dialogue.policy for what they do.
    ``curves``: what moving each of them trades on held-out messages (see intents.curves).
    """

    understanding: Understanding
    thresholds: dict[str, float]
    figures: dict[str, float]
    curves: dict[str, Curve]


def _make_stages(vocabulary: Vocabulary, with_vectors: bool, near: bool) -> Callable[[], list[Stage]]:
    def make() -> list[Stage]:
        stages: list[Stage] = [LexicalStage(vocabulary)]
        if with_vectors:
            stages.append(MeaningStage())
        if with_vectors and near:
            stages.append(NearestStage())
        return stages

    return make


class _Side:
    """The examples that say something about one side (act, topic …), as numbers."""

    def __init__(self, examples: Sequence[Example], values: Sequence[str | None], first: Sequence[str] = ()) -> None:
        self.rows = np.array([k for k, value in enumerate(values) if value is not None])
        known = [value for value in values if value is not None]
        self.classes = [*first, *sorted(set(known) - set(first))]
        numbers = {name: number for number, name in enumerate(self.classes)}
        self.labels = np.array([numbers[value] for value in known])
        self.folds = np.array([examples[k].fold for k in self.rows])

    def blend(self, messages: Sequence[Analysed], make_stages: Callable[[], list[Stage]]) -> Blend:
        return Blend(make_stages, self.classes).fit([messages[k] for k in self.rows], self.labels, self.folds)


def prepare(catalogue: Catalogue, examples: Sequence[Example], encoder: Encoder | None) -> Analyser:
    """The analyser for these topics and messages."""
    lexicon = Lexicon(catalogue.terms)
    words = [lexicon.cut(normalise(example.text)) for example in examples]
    return Analyser(lexicon, PinyinDecoder().fit(words), encoder)


def train(
    catalogue: Catalogue,
    examples: Sequence[Example],
    encoder: Encoder | None,
    tell: Callable[[str], None] = log.info,
    costs: Costs = Costs(),
) -> Trained:
    """Fit everything.

    Args:
        encoder: the sentence model; without it only the lexical stages are used.
        tell: is told what is going on, in Chinese, for a person who waits.
    """
    started = time.perf_counter()
    analyser = prepare(catalogue, examples, encoder)
    tell(f"分析 {len(examples)} 条例句……")
    messages = analyser.analyse_all([example.text for example in examples])
    vocabulary = Vocabulary().fit(messages)
    sides = {
        "topic": _Side(examples, [e.topic for e in examples], [t.id for t in catalogue.topics]),
        "act": _Side(examples, [e.act for e in examples]),
        "danger": _Side(examples, [e.danger for e in examples], [SAFE]),
        "aspect": _Side(examples, [e.aspect for e in examples]),
        "unit": _Side(examples, [e.unit for e in examples]),
    }
    blends = {}
    for name, side in sides.items():
        tell(f"训练 {name}（{len(side.rows)} 条，{len(side.classes)} 类）……")
        blends[name] = side.blend(messages, _make_stages(vocabulary, encoder is not None, near=name == "topic"))
    group_of = {t.id: t.group for t in catalogue.topics} | {NO_TOPIC: 0}
    groups = np.array([group_of[name] for name in sides["topic"].classes])
    # Certainty is judged on questions: a complaint that is filed with the wrong item misleads nobody.
    asked = np.array([examples[k].act == "ask" and examples[k].fold >= 0 for k in sides["topic"].rows])
    by_words = {name: blend.only(0, sides[name].labels, sides[name].folds) for name, blend in blends.items()}
    words = _Judged("words", by_words, sides, groups, asked)
    full = _Judged("meaning", blends, sides, groups, asked) if encoder else words
    answer_at, clarify_at = choose_thresholds(full.confidence, full.covered, full.right, full.offered, full.truth > 0, costs)
    danger, real = full.danger, sides["danger"].labels > 0
    told, is_feedback = full.feedback
    sure = words.sure()
    understanding = Understanding(analyser, words.level, full.level if encoder else None, sure, groups, catalogue.offices)
    figures = full.figures(answer_at, clarify_at) | {f"words_{k}": v for k, v in words.figures(answer_at, clarify_at).items()}
    figures |= {"words_suffice": words.share_sure(sure), "examples": len(examples), "features": len(vocabulary.numbers)}
    figures["seconds"] = time.perf_counter() - started
    thresholds = {
        "answer_at": answer_at,
        "clarify_at": clarify_at,
        "danger_at": _threshold(danger, real, costs.missed_danger),
        "caution_at": _threshold(danger, real, costs.missed_caution),
        "feedback_at": _threshold(told, is_feedback, costs.missed_feedback),
    }
    answers = full.confidence >= answer_at
    alarm = alarm_curve(danger, real)
    curves = {
        "answer_at": answer_curve(full.confidence, full.right, full.truth > 0),
        "clarify_at": menu_curve(full.covered, full.truth > 0, full.offered, answers),
        "danger_at": alarm,
        "caution_at": alarm,
        "feedback_at": alarm_curve(told, is_feedback),
    }
    rounded = {name: round(float(value), 4) for name, value in figures.items()}
    return Trained(understanding, thresholds, rounded, curves)


class _Judged:
    """One level, judged on the held-out messages; what is said of questions is about those that ``asked`` marks.

    ``confidence``, ``covered``, ``right``, ``offered``, ``truth`` (group, 0 for none): one value a held-out question.
    """

    def __init__(
        self,
        name: str,
        blends: dict[str, Blend],
        sides: dict[str, _Side],
        groups: NDArray[np.int64],
        asked: NDArray[np.bool_],
    ) -> None:
        self.blends, self.sides = blends, sides
        topic = blends["topic"]
        evidence = topic.held_out[asked], [scores[asked] for scores in topic.held_out_scores]
        labels = sides["topic"].labels[asked]
        self.level = Level(name, **blends, certainty=Certainty(groups).fit(*evidence, labels))
        self.confidence, self.covered = self.level.certainty.probabilities(*evidence)
        self.truth = groups[labels]
        known, totals = totals_of(evidence[0], groups)
        order = known[np.argsort(-totals, axis=1)]
        self.right = order[:, 0] == self.truth
        self.offered = (order[:, :MENU] == self.truth[:, np.newaxis]).any(axis=1)
        self.danger = 1 - blends["danger"].held_out[:, sides["danger"].classes.index(SAFE)]

    @property
    def feedback(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Held-out questions and feedback: the probability of feedback, and whether it is."""
        act = self.sides["act"]
        numbers = [act.classes.index(name) for name in FEEDBACK_ACTS if name in act.classes]
        rows = np.isin(act.labels, [*numbers, act.classes.index("ask")])
        return self.blends["act"].held_out[:, numbers].sum(axis=1)[rows], np.isin(act.labels[rows], numbers)

    def sure(self) -> Sure:
        """From when on this level alone is as good as right: one in a hundred topics, one in fifty questions and
        complaints, one in seventy other acts is wrong.

        The held-out acts are mostly contrasts written to be confused; of ordinary messages far fewer are wrong.
        """
        act, classes = self.blends["act"].held_out, self.sides["act"].classes
        known = ~np.isnan(act[:, 0])
        first, truth = act[known].argmax(axis=1), self.sides["act"].labels[known]
        family = {name: number for number, names in enumerate(FAMILIES, len(classes)) for name in names}
        of = np.array([family.get(name, number) for number, name in enumerate(classes)])
        likely = family_sums(act[known], classes)[np.arange(len(first)), first]
        right = of[first] == of[truth]
        other = np.array([not any(name in family for family in FAMILIES[:2]) for name in classes])[first]
        real = self.danger[(self.sides["danger"].labels > 0) & ~np.isnan(self.danger)]
        return Sure(
            topic_at=_from_when(self.confidence, self.right, 0.99),
            uncovered_at=_from_when(1 - self.covered, self.truth == 0, 0.99),
            act_at=_from_when(likely[~other], right[~other], 0.98),
            other_act_at=_from_when(likely[other], right[other], 0.985),
            danger_below=float(np.quantile(real, 0.01)) if len(real) else 0.0,
        )

    def share_sure(self, sure: Sure) -> float:
        """The share of held-out questions whose topic this level decides alone."""
        return float(((self.confidence >= sure.topic_at) | (self.covered <= 1 - sure.uncovered_at)).mean())

    def figures(self, answer_at: float, clarify_at: float) -> dict[str, float]:
        """Held-out figures of every side, and of the decision that the thresholds make."""
        out = {}
        for name, blend in self.blends.items():
            side = self.sides[name]
            known = side.folds >= 0
            out[f"{name}_accuracy"] = float((blend.held_out[known].argmax(axis=1) == side.labels[known]).mean())
        inside, answers = self.truth > 0, self.confidence >= answer_at
        menus = ~answers & (self.covered >= clarify_at)
        out["item_accuracy"] = self.right[inside].mean()
        out["item_in_menu"] = self.offered[inside].mean()
        out["ask_right"] = (answers & self.right)[inside].mean()
        out["ask_wrong"] = (answers & ~self.right)[inside].mean()
        out["ask_helped"] = ((answers & self.right) | (menus & self.offered))[inside].mean()
        out["uncovered_answered"] = answers[~inside].mean() if (~inside).any() else 0.0
        out["uncovered_menu"] = menus[~inside].mean() if (~inside).any() else 0.0
        out["calibration_error"] = expected_calibration_error(self.confidence, self.right & inside)
        return out


def _from_when(certainty: NDArray[np.float64], right: NDArray[np.bool_], wanted: float) -> float:
    """The lowest certainty from which on at least ``wanted`` of the messages are right; above 1 when there is none."""
    order = np.argsort(-certainty)
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(share >= wanted)
    return float(certainty[order[enough[-1]]]) if len(enough) else 1.01


def _threshold(likely: NDArray[np.float64], real: NDArray[np.bool_], missed: float) -> float:
    """From which probability on a yes costs least on held-out messages, one missed costing ``missed`` false alarms."""
    known = ~np.isnan(likely)
    likely, real = likely[known], real[known]
    steps = np.arange(0.03, 0.97, 0.01)
    cost = [missed * (real & (likely < step)).sum() + (~real & (likely >= step)).sum() for step in steps]
    return round(float(steps[int(np.argmin(cost))]), 2)
