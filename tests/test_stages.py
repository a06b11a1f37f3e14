"""The classifier's parts, each on a problem small enough to know the right answer by hand."""

import zlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from intents.analyse import Analysed, lexical_features
from intents.blend import Blend, softmax
from intents.certainty import Certainty, Costs, choose_thresholds, expected_calibration_error
from intents.stages import LexicalStage, MeaningStage, NearestStage, Stage, Vocabulary

SUBJECTS = ("补贴", "改造", "公证")
FRAMES = (
    "想问{}的事",
    "{}怎么办理",
    "俺家的{}呢",
    "{}在哪里",
    "请问{}",
    "{}有没有",
    "我要{}",
    "听说有{}了",
    "不知道{}归谁",
    "给说说{}",
)
CENTRES = np.eye(8, dtype=np.float32)
UNKNOWN = Analysed("龘", ("龘",), ("c龘", "w龘"))


def message(text: str, vector: np.ndarray | None = None) -> Analysed:
    words = tuple(w for w in (*SUBJECTS, "怎么", "办理", "想问", "在哪里") if w in text)
    return Analysed(text, words, lexical_features(text, words), vector)


def problem(subjects: int = 3, seed: int = 0) -> tuple[list[Analysed], np.ndarray]:
    """Ten messages a subject, told apart by their words and by their vectors."""
    dice = np.random.default_rng(seed)
    messages, labels = [], []
    for label, subject in enumerate(SUBJECTS[:subjects]):
        for frame in FRAMES:
            vector = CENTRES[label] + dice.normal(0, 0.1, 8).astype(np.float32)
            messages.append(message(frame.format(subject), (vector / np.linalg.norm(vector)).astype(np.float32)))
            labels.append(label)
    return messages, np.array(labels)


def unseen() -> list[Analysed]:
    return [message(f"打听一下{subject}呗", CENTRES[label]) for label, subject in enumerate(SUBJECTS)]


def lexical(messages: list[Analysed]) -> LexicalStage:
    return LexicalStage(Vocabulary().fit(messages))


MAKERS: dict[str, Callable[[list[Analysed]], Stage]] = {
    "words": lexical,
    "meaning": lambda _: MeaningStage(),
    "nearest": lambda _: NearestStage(),
}
any_stage = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


# -- features and their weights -----------------------------------------------------------------------------------------


def test_features_are_characters_words_and_sounds() -> None:
    features = lexical_features("低保,咋办", ["低保", "咋办"])
    assert {"c低", "c低保", "c^低保", "c咋办$", "w低保", "w低保 咋办", "pdi bao", "pdi bao za"} <= set(features)
    assert not any("," in feature for feature in features)


def test_homophones_share_their_sounds_and_nothing_else() -> None:
    shared = set(lexical_features("补贴", ["补贴"])) & set(lexical_features("步铁", ["步铁"]))
    assert {feature for feature in shared if feature not in ("c^", "c$")} == {"pbu tie"}


def test_a_vocabulary_keeps_what_several_messages_hold_and_weighs_the_rare_more() -> None:
    vocabulary = Vocabulary(min_messages=2).fit([message("补贴甲"), message("补贴乙"), message("补贴公证"), message("公证丙")])
    assert "w补贴" in vocabulary.numbers and "w公证" in vocabulary.numbers and "c甲" not in vocabulary.numbers
    assert vocabulary.rarity[vocabulary.numbers["w公证"]] > vocabulary.rarity[vocabulary.numbers["w补贴"]]


def test_weights_of_a_message_have_length_one_and_unknown_features_none() -> None:
    vocabulary = Vocabulary(min_messages=1).fit([message("补贴怎么办理"), message("公证")])
    numbers, weights = vocabulary.weigh(message("补贴补贴"))
    assert len(numbers) == len(set(numbers.tolist())) == len(weights) and np.isclose(np.linalg.norm(weights), 1)
    empty, nothing = vocabulary.weigh(UNKNOWN)
    assert len(empty) == len(nothing) == 0


def test_a_feature_counts_more_when_it_stands_twice_but_not_twice_as_much() -> None:
    once, twice = Analysed("a", (), ("cx", "cy")), Analysed("b", (), ("cx", "cx", "cy"))
    vocabulary = Vocabulary(min_messages=1).fit([once, twice])
    numbers, weights = vocabulary.weigh(twice)
    by_name = dict(zip(numbers.tolist(), weights.tolist(), strict=True))
    ratio = by_name[vocabulary.numbers["cx"]] / by_name[vocabulary.numbers["cy"]]
    assert ratio == pytest.approx(1 + np.log(2), rel=1e-4)


def test_the_matrix_holds_the_same_weights_as_the_messages_one_by_one() -> None:
    messages, _ = problem()
    vocabulary = Vocabulary().fit(messages)
    matrix = vocabulary.matrix([*messages[:3], UNKNOWN])
    assert matrix.shape == (4, len(vocabulary.numbers)) and matrix[3].nnz == 0
    for row, one in enumerate(messages[:3]):
        numbers, weights = vocabulary.weigh(one)
        assert np.allclose(matrix[row].toarray()[0, numbers], weights)


def test_a_vocabulary_does_not_depend_on_the_order_of_messages() -> None:
    messages, _ = problem()
    forth, back = Vocabulary().fit(messages), Vocabulary().fit(messages[::-1])
    assert forth.numbers == back.numbers and np.array_equal(forth.rarity, back.rarity)


# -- stages ---------------------------------------------------------------------------------------------------------------


@any_stage
def test_a_stage_learns_a_separable_problem(make: Callable[[list[Analysed]], Stage]) -> None:
    messages, labels = problem()
    stage = make(messages).fit(messages, labels, 3)
    assert stage.scores(messages).argmax(axis=1).tolist() == labels.tolist()
    assert stage.scores(unseen()).argmax(axis=1).tolist() == [0, 1, 2]


@any_stage
def test_scores_have_a_row_a_message_and_a_column_a_class(make: Callable[[list[Analysed]], Stage]) -> None:
    messages, labels = problem()
    scores = make(messages).fit(messages, labels, 3).scores(messages[:7])
    assert scores.shape == (7, 3) and scores.dtype == np.float32 and np.isfinite(scores).all()


@any_stage
def test_two_classes_are_told_apart_too(make: Callable[[list[Analysed]], Stage]) -> None:
    messages, labels = problem(subjects=2)
    stage = make(messages).fit(messages, labels, 2)
    assert stage.scores(messages).argmax(axis=1).tolist() == labels.tolist()


@any_stage
@pytest.mark.parametrize("present", [(0, 2), (1, 4), (0, 1, 3)])
def test_a_class_without_messages_is_never_the_likeliest(
    make: Callable[[list[Analysed]], Stage], present: tuple[int, ...]
) -> None:
    """A fold can lack a class: then its column is there and loses."""
    messages, labels = problem(subjects=len(present))
    named = np.array(present)[labels]
    scores = make(messages).fit(messages, named, 6).scores(messages)
    assert scores.shape == (len(messages), 6) and np.isfinite(scores).all()
    assert scores.argmax(axis=1).tolist() == named.tolist()


@any_stage
def test_a_message_is_scored_the_same_alone_and_among_others(make: Callable[[list[Analysed]], Stage]) -> None:
    messages, labels = problem()
    stage = make(messages).fit(messages, labels, 3)
    together = stage.scores(messages)
    assert np.allclose(together, np.concatenate([stage.scores([one]) for one in messages]), atol=1e-5)


@any_stage
def test_the_same_messages_give_the_same_stage(make: Callable[[list[Analysed]], Stage]) -> None:
    messages, labels = problem()
    first, second = (make(messages).fit(messages, labels, 3).scores(unseen()) for _ in range(2))
    assert np.array_equal(first, second)


def test_meaning_scores_are_log_probabilities() -> None:
    messages, labels = problem()
    scores = MeaningStage().fit(messages, labels, 3).scores(messages)
    assert np.allclose(np.exp(scores).sum(axis=1), 1, atol=1e-5)


def test_the_deciding_words_are_those_of_the_message_that_spoke_for_the_class() -> None:
    messages, labels = problem()
    stage = lexical(messages).fit(messages, labels, 3)
    words = stage.deciding(message("想问公证怎么办理"), 2)
    assert words[0][0] == "公证" and words[0][1] > 0
    assert [weight for _, weight in words] == sorted((weight for _, weight in words), reverse=True)
    assert "公证" not in [word for word, _ in stage.deciding(message("想问公证怎么办理"), 0)]
    assert stage.deciding(UNKNOWN, 0) == []
    assert len(stage.deciding(message("想问公证怎么办理补贴"), 2, most=1)) == 1


def test_the_nearest_messages_are_named_with_class_and_cosine_best_first() -> None:
    messages, labels = problem()
    stage = NearestStage().fit(messages, labels, 3)
    (text, label, cosine), *others = stage.nearest(messages[14])
    assert (text, label) == (messages[14].text, 1) and cosine == pytest.approx(1, abs=1e-2)
    assert len(others) == 2 and [c for _, _, c in others] == sorted((c for _, _, c in others), reverse=True)
    assert len(stage.nearest(messages[0], most=5)) == 5


def test_one_near_message_counts_and_so_do_the_nearest_few() -> None:
    """A class with one message that is the very same loses a little to nothing; a class of three far ones does not win."""
    near = [message("甲", CENTRES[0]), *(message(f"乙{k}", CENTRES[1 + k]) for k in range(3))]
    scores = NearestStage(few=3).fit(near, np.array([0, 1, 1, 1]), 2).scores([message("问", CENTRES[0])])
    assert scores[0, 0] > scores[0, 1]


# -- blending ---------------------------------------------------------------------------------------------------------------


class Coin:
    """A stage that knows nothing: its scores come from the message's name."""

    needs_vector = False

    def fit(self, messages: list[Analysed], labels: np.ndarray, classes: int) -> "Coin":
        self.classes = classes
        return self

    def scores(self, messages: list[Analysed]) -> np.ndarray:
        seeds = [zlib.crc32(one.text.encode()) for one in messages]
        return np.stack([np.random.default_rng(seed).normal(size=self.classes) for seed in seeds]).astype(np.float32)


def folds_of(labels: np.ndarray) -> np.ndarray:
    """The last four of every ten are held out in two folds; the others are always known."""
    place = np.arange(len(labels)) % 10
    return np.where(place < 6, -1, place % 2)


@pytest.fixture(scope="module")
def blend() -> Blend:
    messages, labels = problem()
    vocabulary = Vocabulary().fit(messages)
    make = lambda: [LexicalStage(vocabulary), Coin(), MeaningStage()]  # noqa: E731
    return Blend(make, SUBJECTS).fit(messages, labels, folds_of(labels))


def test_held_out_probabilities_add_up_to_one_and_the_others_are_unknown(blend: Blend) -> None:
    messages, labels = problem()
    held = folds_of(labels) >= 0
    assert blend.held_out.shape == (len(messages), 3)
    assert np.allclose(blend.held_out[held].sum(axis=1), 1) and np.isnan(blend.held_out[~held]).all()
    assert all(np.isfinite(scores[held]).all() for scores in blend.held_out_scores)
    assert (blend.held_out[held].argmax(axis=1) == labels[held]).all()


def test_the_better_stage_weighs_more_and_one_that_knows_nothing_next_to_nothing(blend: Blend) -> None:
    words, coin, meaning = blend.weights
    assert (blend.weights >= 0).all() and words > coin and meaning > coin
    assert coin < 0.2 * (words + meaning)


def test_probabilities_add_up_to_one_and_are_what_the_stages_give_together(blend: Blend) -> None:
    found = blend.probabilities(unseen())
    assert found.shape == (3, 3) and np.allclose(found.sum(axis=1), 1) and (found >= 0).all()
    assert found.argmax(axis=1).tolist() == [0, 1, 2]
    assert np.array_equal(found, blend.combine(blend.stage_scores(unseen())))


def test_held_out_messages_are_judged_by_stages_that_have_not_seen_them() -> None:
    """Labels thrown at random cannot be known held out, however well they are learned by heart."""
    messages, labels = problem()
    shuffled = np.random.default_rng(3).permutation(labels)
    vocabulary = Vocabulary(min_messages=1).fit(messages)
    blend = Blend(lambda: [LexicalStage(vocabulary, penalty=100.0)], SUBJECTS).fit(messages, shuffled, np.arange(30) % 3)
    by_heart = (blend.stages[0].scores(messages).argmax(axis=1) == shuffled).mean()
    held_out = (blend.held_out_scores[0].argmax(axis=1) == shuffled).mean()
    assert by_heart > 0.9 and held_out < 0.7


def test_one_stage_alone_is_calibrated_on_what_it_said_of_the_held_out_messages(blend: Blend) -> None:
    _, labels = problem()
    folds = folds_of(labels)
    words, coin = blend.only(0, labels, folds), blend.only(1, labels, folds)
    held = folds >= 0
    assert len(words.stages) == 1 and np.allclose(words.probabilities(unseen()).sum(axis=1), 1)
    assert words.probabilities(unseen()).argmax(axis=1).tolist() == [0, 1, 2]
    assert np.allclose(words.held_out[held].sum(axis=1), 1) and np.isnan(words.held_out[~held]).all()
    assert words.held_out[held].max(axis=1).mean() > 0.8 > 0.6 > coin.held_out[held].max(axis=1).mean()


def test_softmax_withstands_any_size() -> None:
    assert np.allclose(softmax(np.array([[1000.0, 1000.0], [-1000.0, 0.0]])), [[0.5, 0.5], [0, 1]])


# -- certainty ----------------------------------------------------------------------------------------------------------------


def judged(count: int = 400) -> tuple[np.ndarray, list[np.ndarray], np.ndarray]:
    """Probabilities of classes none, a, b, c, where the truth is what they say as often as they say it."""
    dice = np.random.default_rng(1)
    raw = softmax(dice.normal(0, 2.5, (count, 4)))
    labels = np.array([dice.choice(4, p=row) for row in raw])
    return raw, [np.log(raw).astype(np.float32)], labels


GROUPS = np.array([0, 1, 2, 2])


def test_certainty_is_higher_where_the_first_candidate_is_far_ahead() -> None:
    probabilities, stages, labels = judged()
    certainty = Certainty(GROUPS).fit(probabilities, stages, labels)
    clear, torn, none = np.array([[0.01, 0.97, 0.01, 0.01], [0.05, 0.48, 0.46, 0.01], [0.97, 0.01, 0.01, 0.01]])
    asked = np.stack([clear, torn, none])
    right, covered = certainty.probabilities(asked, [np.log(asked).astype(np.float32)])
    assert right.shape == covered.shape == (3,) and ((right >= 0) & (right <= 1) & (covered >= 0) & (covered <= 1)).all()
    assert right[0] > 0.8 and right[0] > right[1] > right[2] and right[2] < 0.2
    assert covered[0] > 0.8 and covered[1] > 0.7 and covered[2] < 0.3


def test_certainty_says_how_often_it_is_right() -> None:
    probabilities, stages, labels = judged(2000)
    learn, ask = slice(0, 1000), slice(1000, 2000)
    certainty = Certainty(GROUPS).fit(probabilities[learn], [s[learn] for s in stages], labels[learn])
    confidence, covered = certainty.probabilities(probabilities[ask], [s[ask] for s in stages])
    truth = GROUPS[labels[ask]]
    first = np.stack([probabilities[ask][:, g == GROUPS].sum(axis=1) for g in (1, 2)], axis=1).argmax(axis=1) + 1
    assert expected_calibration_error(confidence, truth == first) < 0.08
    assert expected_calibration_error(covered, truth > 0) < 0.08


def test_classes_of_one_group_answer_for_each_other() -> None:
    """Torn between two services of one plan item is not torn at all."""
    probabilities, stages, labels = judged()
    certainty = Certainty(GROUPS).fit(probabilities, stages, labels)
    asked = np.array([[0.02, 0.02, 0.48, 0.48], [0.02, 0.48, 0.48, 0.02]])
    right, _ = certainty.probabilities(asked, [np.log(asked).astype(np.float32)])
    assert right[0] > right[1] + 0.2


# -- thresholds and calibration ---------------------------------------------------------------------------------------------


COSTS = Costs(wrong_answer=5, menu=1, useless_menu=3, turned_away=3, answered_uncovered=5, covered_share=0.5)


def thresholds(rows: list[tuple[float, float, bool, bool, bool]], costs: Costs = COSTS) -> tuple[float, float]:
    """Chosen for messages of (confidence, covered, right, offered, in scope)."""
    confidence, covered, right, offered, inside = (np.array(column) for column in zip(*rows, strict=True))
    return choose_thresholds(confidence, covered, right.astype(bool), offered.astype(bool), inside.astype(bool), costs)


def test_thresholds_fall_between_what_is_right_and_what_is_not() -> None:
    answer_at, clarify_at = thresholds(
        [
            *[(0.9, 0.95, True, True, True)] * 10,  # right and sure: answer
            *[(0.61, 0.81, False, True, True)] * 10,  # wrong first, right one in the menu: ask back
            *[(0.21, 0.31, False, False, False)] * 10,  # not covered: turn away
        ]
    )
    assert 0.61 < answer_at <= 0.9 and 0.31 < clarify_at <= 0.81


def test_when_everything_is_right_everything_is_answered() -> None:
    answer_at, _ = thresholds([*[(0.35, 0.5, True, True, True)] * 5, *[(0.05, 0.05, False, False, False)] * 5])
    assert answer_at <= 0.35


def test_when_wrong_answers_cost_nothing_nobody_is_asked_back() -> None:
    rows = [*[(0.51, 0.9, True, True, True)] * 6, *[(0.51, 0.9, False, True, True)] * 4, *[(0.11, 0.11, False, False, False)] * 5]
    assert thresholds(rows)[0] > 0.51
    assert thresholds(rows, replace(COSTS, wrong_answer=0.0))[0] <= 0.51


def test_a_menu_is_shown_where_it_helps_and_not_where_turning_away_costs_less() -> None:
    useless = [(0.11, 0.61, False, False, True), (0.11, 0.61, False, False, False)]
    assert thresholds(useless, replace(COSTS, turned_away=1.0))[1] > 0.61
    helpful = [(0.11, 0.61, False, True, True), (0.11, 0.21, False, False, False)]
    assert 0.21 < thresholds(helpful)[1] <= 0.61


def test_questions_in_and_out_of_scope_weigh_by_their_share_and_not_by_their_number() -> None:
    rows = [*[(0.71, 0.9, True, True, True)] * 100, (0.71, 0.9, False, False, False)]
    assert thresholds(rows)[0] > 0.71
    assert thresholds(rows, replace(COSTS, covered_share=0.9))[0] <= 0.71


def test_a_threshold_that_was_chosen_takes_in_the_messages_that_chose_it() -> None:
    """A confidence of exactly the step is at the threshold, not below it by a rounding error."""
    rows = [*[(0.6, 0.9, True, True, True)] * 5, *[(0.59, 0.1, False, False, False)] * 5]
    answer_at, _ = thresholds(rows)
    assert 0.59 < answer_at <= 0.6


@pytest.mark.parametrize(
    ("confidence", "right", "error"),
    [
        ([0.95] * 20, [True] * 19 + [False], 0.0),
        ([0.95] * 10, [False] * 10, 0.95),
        ([0.05] * 10, [True] * 10, 0.95),
        ([1.0] * 4, [True] * 4, 0.0),
        ([0.0] * 4, [False] * 4, 0.0),
        ([0.25] * 10 + [0.75] * 10, [True] * 5 + [False] * 5 + [True] * 5 + [False] * 5, 0.25),
        ([0.25] * 30 + [0.75] * 10, [False] * 30 + [True] * 10, 0.25),
    ],
)
def test_the_calibration_error_is_the_mean_distance_of_confidence_and_accuracy(
    confidence: list[float], right: list[bool], error: float
) -> None:
    assert expected_calibration_error(np.array(confidence), np.array(right)) == pytest.approx(error, abs=1e-9)
