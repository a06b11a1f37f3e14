"""When a question is answered, answered side by side, asked back, or turned away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.policy import MENU_MOST, Decision, Thresholds, Verdict, decide, menu_of
from intents.understanding import Candidate, Interpretation

THRESHOLDS = Thresholds(answer_at=0.8, clarify_at=0.4, danger_at=0.5, caution_at=0.2, feedback_at=0.5)


def candidates(*probabilities: float) -> tuple[Candidate, ...]:
    return tuple(Candidate(f"service-{k}", k, p) for k, p in enumerate(probabilities, 1))


def understood(*probabilities: float, confidence: float, covered: float = 0.95) -> Interpretation:
    """A question whose topics have these probabilities; everything else about it is beside the point here."""
    return Interpretation(
        text="问题",
        words=("问题",),
        act="ask",
        act_confidence=0.9,
        feedback=0.0,
        aspect="overview",
        aspect_confidence=0.9,
        candidates=candidates(*probabilities),
        confidence=confidence,
        covered=covered,
        danger=0.0,
        danger_kind="fire",
        unit="12345",
        unit_confidence=0.1,
        offices=(),
        level="words",
    )


def verdict(*probabilities: float, confidence: float, covered: float = 0.95) -> Decision:
    return decide(understood(*probabilities, confidence=confidence, covered=covered), THRESHOLDS)


def topics(decision: Decision) -> list[str]:
    return [candidate.topic for candidate in decision.candidates]


@pytest.mark.parametrize("confidence", [0.8, 0.93, 1.0])
def test_a_sure_question_is_answered_with_its_one_service(confidence: float) -> None:
    decision = verdict(0.9, 0.06, confidence=confidence)
    assert (decision.verdict, topics(decision)) == (Verdict.ANSWER, ["service-1"])


def test_a_question_a_little_less_sure_is_asked_back() -> None:
    assert verdict(0.7, 0.1, 0.05, confidence=0.79).verdict is Verdict.CLARIFY


def test_a_question_outside_the_plan_is_turned_away_without_candidates() -> None:
    assert verdict(0.6, 0.3, confidence=0.3, covered=0.39) == Decision(Verdict.REJECT, ())


def test_two_services_that_share_a_question_are_named_side_by_side() -> None:
    decision = verdict(0.5, 0.35, 0.1, confidence=0.5)
    assert (decision.verdict, topics(decision)) == (Verdict.SIDE_BY_SIDE, ["service-1", "service-2"])


def test_two_services_that_together_are_not_sure_enough_make_a_menu() -> None:
    assert verdict(0.4, 0.35, 0.2, confidence=0.4).verdict is Verdict.CLARIFY


def test_a_weak_second_service_is_not_named_beside_the_first() -> None:
    assert verdict(0.6, 0.25, 0.1, confidence=0.6).verdict is Verdict.CLARIFY


def test_a_menu_names_the_likely_ones_best_first_and_leaves_the_hopeless_out() -> None:
    assert topics(verdict(0.5, 0.2, 0.1, 0.01, 0.005, confidence=0.5)) == ["service-1", "service-2", "service-3"]


def test_a_menu_has_two_to_choose_from_even_when_the_second_is_unlikely() -> None:
    assert topics(verdict(0.6, 0.001, 0.0005, confidence=0.6)) == ["service-1", "service-2"]


def test_a_second_menu_begins_behind_the_first() -> None:
    first, second = menu_of(candidates(0.3, 0.2, 0.1, 0.1, 0.1, 0.1)), menu_of(candidates(0.3, 0.2, 0.1, 0.1, 0.1, 0.1), skip=4)
    assert {c.topic for c in first}.isdisjoint(c.topic for c in second) and len(second) == 2


def test_one_candidate_alone_is_decided_too() -> None:
    assert topics(verdict(0.5, confidence=0.5)) == ["service-1"]


_PROBABILITIES = st.lists(st.floats(0, 1), min_size=1, max_size=6).map(lambda ps: sorted((p / len(ps) for p in ps), reverse=True))
_SHARE = st.floats(0, 1)


@given(_PROBABILITIES, _SHARE, _SHARE)
def test_every_decision_has_candidates_of_the_question_in_their_order(ps: list[float], confidence: float, covered: float) -> None:
    decision = verdict(*ps, confidence=confidence, covered=covered)
    known = [candidate.topic for candidate in candidates(*ps)]
    assert topics(decision) == known[: len(decision.candidates)]
    assert (decision.verdict is Verdict.REJECT) == (not decision.candidates)
    assert len(decision.candidates) <= MENU_MOST


@given(_PROBABILITIES, _SHARE, _SHARE, _SHARE)
def test_a_surer_question_is_never_treated_as_a_less_sure_one(ps: list[float], one: float, other: float, covered: float) -> None:
    order = [Verdict.REJECT, Verdict.CLARIFY, Verdict.SIDE_BY_SIDE, Verdict.ANSWER]
    low, high = (verdict(*ps, confidence=c, covered=covered).verdict for c in sorted((one, other)))
    assert order.index(low) <= order.index(high)
