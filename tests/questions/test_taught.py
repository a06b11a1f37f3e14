"""What staff taught wins at once, for the same words and for others that say the same, and for nothing else."""

from pathlib import Path

import pytest

from intents.examples import UTTERANCES
from intents.model import Model
from intents.taught import TAUGHT, TaughtMemory
from intents.understanding import Understanding

LESSONS = Path(__file__).parent.parent / "data" / "taught.tsv"
"""A line is a topic and a message; the first of a topic is taught, ``!`` marks what sounds alike and is another matter."""


def lessons() -> tuple[dict[str, list[str]], list[str]]:
    told: dict[str, list[str]] = {}
    others = []
    for line in LESSONS.read_text(encoding="utf-8").splitlines():
        topic, text = line.split("\t")
        if topic.startswith("!"):
            others.append(text)
        else:
            told.setdefault(topic, []).append(text)
    return told, others


def taught(understanding: Understanding) -> TaughtMemory:
    told, _ = lessons()
    groups = {topic: 100 + k for k, topic in enumerate(told)}
    return TaughtMemory(understanding).fit([(texts[0], topic) for topic, texts in told.items()], groups).warm()


@pytest.fixture(scope="module")
def memory(model: Model) -> TaughtMemory:
    return taught(model.understanding)


def test_the_same_words_come_out_right_whatever_marks_and_blanks_they_carry(memory: TaughtMemory) -> None:
    told, _ = lessons()
    for topic, (first, *_) in told.items():
        for text in (first, f" {first}？？？", f"{first}。"):
            meant = memory.interpret(text)
            assert meant.candidates[0].topic == topic and meant.act == "ask" and meant.confidence >= 0.9, text


def test_other_words_that_say_the_same_come_out_right_or_are_offered(model: Model, memory: TaughtMemory) -> None:
    told, _ = lessons()
    answer_at = model.thresholds["answer_at"]
    answered, offered, asked = 0, 0, 0
    for topic, (_, *paraphrases) in told.items():
        for text in paraphrases:
            meant = memory.interpret(text)
            first = meant.candidates[0].topic == topic
            answered += first and meant.confidence >= answer_at
            offered += first and meant.covered >= model.thresholds["clarify_at"]
            asked += 1
    assert answered >= 0.65 * asked, (answered, asked)
    assert offered >= 0.75 * asked, (offered, asked)


def test_what_only_sounds_alike_is_left_alone(memory: TaughtMemory) -> None:
    _, others = lessons()
    caught = [text for text in others if memory.interpret(text).level == TAUGHT]
    assert caught == []


def test_known_messages_keep_their_meaning(model: Model, memory: TaughtMemory) -> None:
    """Of the example messages, questions of services and uncovered ones, hardly any is drawn to what was taught."""
    rows = [line.split("\t")[-1] for path in sorted((UTTERANCES / "asks").glob("*.tsv")) for line in path.open(encoding="utf-8")]
    rows += [line.split("\t")[-1] for line in (UTTERANCES / "out-of-scope.tsv").open(encoding="utf-8")]
    texts = [row.strip() for row in rows][::8]
    changed = [text for text in texts if memory.interpret(text).level == TAUGHT]
    assert len(changed) <= len(texts) * 0.005, changed


def test_thanks_complaints_and_dangers_are_not_taken_for_a_question(model: Model, memory: TaughtMemory) -> None:
    for text in ("谢谢你", "转人工", "我要投诉小区停车收费太高没人管", "救命啊家里着火了"):
        plain, meant = model.understanding.interpret(text), memory.interpret(text)
        assert (meant.act, meant.danger, meant.level) == (plain.act, plain.danger, plain.level)


def test_a_later_lesson_on_the_same_words_outweighs_an_earlier_one(model: Model) -> None:
    memory = TaughtMemory(model.understanding)
    memory.fit([("流感疫苗在哪里打", "one"), ("流感疫苗在哪里打？", "two")], {"one": 1, "two": 2})
    assert memory.interpret("流感疫苗在哪里打").candidates[0].topic == "two"


def test_a_topic_that_is_gone_teaches_nothing(model: Model) -> None:
    memory = TaughtMemory(model.understanding).fit([("流感疫苗在哪里打", "gone")], {"one": 1})
    assert memory.interpret("流感疫苗在哪里打").level != TAUGHT


def test_without_the_sentence_model_words_decide(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    understanding = model.understanding
    monkeypatch.setattr(understanding.analyser, "encoder", None)
    memory = taught(understanding)
    assert memory.interpret("流感疫苗在哪里打").confidence == 1.0
    assert memory.interpret("想问问流感疫苗在哪里打呀").candidates[0].topic == "vaccine"
    _, others = lessons()
    assert [text for text in others if memory.interpret(text).level == TAUGHT] == []
