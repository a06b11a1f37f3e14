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
from intents.certainty import Certainty, Costs, choose_thresholds, expected_calibration_error
from intents.examples import NO_TOPIC, SAFE, Example
from intents.lexicon import Lexicon
from intents.pinyin import PinyinDecoder
from intents.stages import LexicalStage, MeaningStage, NearestStage, Stage, Vocabulary
from intents.text import normalise
from intents.understanding import FEEDBACK_ACTS, Understanding

log = logging.getLogger(__name__)

MENU = 4
"""How many entries a menu shows: a right one among the first four counts as offered."""


@dataclass(frozen=True)
class Trained:
    """The outcome: the fitted whole, the thresholds that held-out messages chose, and the held-out figures."""

    understanding: Understanding
    answer_at: float
    clarify_at: float
    danger_at: float
    caution_at: float
    feedback_at: float
    figures: dict[str, float]


def _make_stages(vocabulary: Vocabulary, with_vectors: bool, near: bool = True) -> Callable[[], list[Stage]]:
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
    full, light = (_make_stages(vocabulary, encoder is not None, near) for near in (True, False))
    sides = {
        "topic": (_Side(examples, [e.topic for e in examples], [t.id for t in catalogue.topics]), full),
        "act": (_Side(examples, [e.act for e in examples]), full),
        "danger": (_Side(examples, [e.danger for e in examples], [SAFE]), full),
        "aspect": (_Side(examples, [e.aspect for e in examples]), light),
        "unit": (_Side(examples, [e.unit for e in examples]), light),
    }
    blends = {}
    for name, (side, make) in sides.items():
        tell(f"训练 {name}（{len(side.rows)} 条，{len(side.classes)} 类）……")
        blends[name] = side.blend(messages, make)
    topic = sides["topic"][0]
    group_of = {t.id: t.group for t in catalogue.topics} | {NO_TOPIC: 0}
    groups = np.array([group_of[name] for name in topic.classes])
    held = topic.folds >= 0
    evidence = blends["topic"].held_out[held], [scores[held] for scores in blends["topic"].held_out_scores]
    # Certainty is judged on questions: a complaint that is filed with the wrong item misleads nobody.
    asked = np.array([examples[k].act == "ask" for k in topic.rows[held]])
    certainty = Certainty(groups).fit(evidence[0][asked], [s[asked] for s in evidence[1]], topic.labels[held][asked])
    confidence, covered = certainty.probabilities(evidence[0][asked], [s[asked] for s in evidence[1]])
    truth = groups[topic.labels[held][asked]]
    understanding = Understanding(analyser, **blends, certainty=certainty, groups=groups, offices=catalogue.offices)
    ranked = [[c.group for c in understanding.candidates(row)] for row in evidence[0][asked]]
    right = np.array([r[0] == t for r, t in zip(ranked, truth, strict=True)])
    offered = np.array([t in r[:MENU] for r, t in zip(ranked, truth, strict=True)])
    answer_at, clarify_at = choose_thresholds(confidence, covered, right, offered, truth > 0, costs)
    danger, act = sides["danger"][0], sides["act"][0]
    danger_at = _threshold(1 - blends["danger"].held_out[:, 0], danger.labels > 0, costs.missed_danger)
    caution_at = _threshold(1 - blends["danger"].held_out[:, 0], danger.labels > 0, costs.missed_caution)
    feedback = [act.classes.index(name) for name in FEEDBACK_ACTS]
    asks_or_tells = np.isin(act.labels, [*feedback, act.classes.index("ask")])
    likely = blends["act"].held_out[:, feedback].sum(axis=1)[asks_or_tells]
    feedback_at = _threshold(likely, np.isin(act.labels[asks_or_tells], feedback), costs.missed_feedback)
    figures = _figures(blends, sides, confidence, right, offered, truth, answer_at, clarify_at, covered)
    figures |= {
        "examples": len(examples),
        "features": len(vocabulary.numbers),
        "seconds": round(time.perf_counter() - started, 1),
    }
    return Trained(understanding, answer_at, clarify_at, danger_at, caution_at, feedback_at, figures)


def _threshold(likely: NDArray[np.float64], real: NDArray[np.bool_], missed: float) -> float:
    """From which probability on a yes costs least on held-out messages, one missed costing ``missed`` false alarms."""
    known = ~np.isnan(likely)
    likely, real = likely[known], real[known]
    steps = np.arange(0.03, 0.97, 0.01)
    cost = [missed * (real & (likely < step)).sum() + (~real & (likely >= step)).sum() for step in steps]
    return round(float(steps[int(np.argmin(cost))]), 2)


def _figures(
    blends: dict[str, Blend],
    sides: dict[str, tuple["_Side", Callable[[], list[Stage]]]],
    confidence: NDArray[np.float64],
    right: NDArray[np.bool_],
    offered: NDArray[np.bool_],
    truth: NDArray[np.int64],
    answer_at: float,
    clarify_at: float,
    covered: NDArray[np.float64],
) -> dict[str, float]:
    """Held-out figures of every side, and of the decision that the thresholds make."""
    out = {}
    for name, blend in blends.items():
        side = sides[name][0]
        known = side.folds >= 0
        out[f"{name}_accuracy"] = float((blend.held_out[known].argmax(axis=1) == side.labels[known]).mean())
    inside = truth > 0
    answers = confidence >= answer_at
    menus = ~answers & (covered >= clarify_at)
    out["item_accuracy"] = float(right[inside].mean())
    out["item_in_menu"] = float(offered[inside].mean())
    out["ask_right"] = float((answers & right)[inside].mean())
    out["ask_wrong"] = float((answers & ~right)[inside].mean())
    out["ask_helped"] = float(((answers & right) | (menus & offered))[inside].mean())
    out["uncovered_answered"] = float(answers[~inside].mean())
    out["uncovered_menu"] = float(menus[~inside].mean())
    out["calibration_error"] = expected_calibration_error(confidence, right & inside)
    real = sides["danger"][0].labels > 0
    danger = 1 - blends["danger"].held_out[:, 0]
    for at in (0.3, 0.5):
        out[f"danger_missed_{at}"] = float((danger[real] < at).mean())
        out[f"danger_false_{at}"] = float((danger[~real] >= at).mean())
    return {name: round(value, 4) for name, value in out.items()}
