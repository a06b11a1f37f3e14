"""What a threshold trades, on messages whose truth is known."""

import numpy as np

from intents.curves import alarm_curve, answer_curve, menu_curve, near

CONFIDENCE = np.array([0.97, 0.82, 0.62, 0.42, 0.72])
RIGHT = np.array([True, True, False, True, False])
COVERED = np.array([True, True, True, True, False])


def test_a_higher_threshold_answers_less_and_errs_less() -> None:
    curve = answer_curve(CONFIDENCE, RIGHT, COVERED)
    low, high = near(curve, 0.4), near(curve, 0.8)
    assert low == {"at": 0.4, "answered": 1.0, "wrong": 0.4, "uncovered": 1.0}
    assert high == {"at": 0.8, "answered": 0.5, "wrong": 0.0, "uncovered": 0.0}
    assert [point["answered"] for point in curve] == sorted((point["answered"] for point in curve), reverse=True)


def test_a_menu_counts_only_for_what_is_not_answered_and_holds_the_right_one() -> None:
    likely = np.array([0.9, 0.9, 0.6, 0.2, 0.5])
    offered = np.array([True, True, True, True, False])
    point = near(menu_curve(likely, COVERED, offered, CONFIDENCE >= 0.8), 0.4)
    assert point == {"at": 0.4, "asked": 0.5, "turned_away": 0.5, "useless": 1.0}


def test_an_alarm_misses_what_lies_below_and_is_false_above_and_unknown_ones_do_not_count() -> None:
    likely, real = np.array([0.9, 0.1, 0.3, 0.02, np.nan]), np.array([True, True, False, False, True])
    assert near(alarm_curve(likely, real), 0.2) == {"at": 0.2, "missed": 0.5, "false": 0.5}


def test_without_a_curve_there_is_no_point() -> None:
    assert near([], 0.5) is None
