"""The example utterances: well-formed, enough of each kind, and never saying two things at once."""

import re
import shutil
import tomllib
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from bot.dialogue.wording import WORDING
from bot.topics import catalogue_of
from intents.catalogue import Catalogue, Topic
from intents.examples import FOLDS, NO_TOPIC, SAFE, UTTERANCES, Example, fingerprint, load_examples
from intents.text import has_words, normalise
from knowledge.base import KnowledgeBase
from knowledge.model import Aspect

COLUMNS = {
    "out-of-scope": 3,
    "feedback": 4,
    "situations": 2,
    "emergency": 2,
    "not-emergency": 2,
    "chitchat": 2,
    "acts": 2,
}
ASKS = sorted(path.name for path in (UTTERANCES / "asks").glob("*.tsv"))


def rows(name: str) -> list[list[str]]:
    return [line.split("\t") for line in (UTTERANCES / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def catalogue(knowledge: KnowledgeBase) -> Catalogue:
    return catalogue_of(knowledge)


@pytest.fixture(scope="module")
def examples(catalogue: Catalogue) -> list[Example]:
    return load_examples(catalogue)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the utterances, for spoiling."""
    return Path(shutil.copytree(UTTERANCES, tmp_path / "utterances"))


# -- the files ------------------------------------------------------------------------------------------------------------


def test_there_is_no_file_that_nobody_reads() -> None:
    found = {str(path.relative_to(UTTERANCES)) for path in UTTERANCES.rglob("*") if path.is_file()}
    assert found == {f"{name}.tsv" for name in COLUMNS} | {f"asks/{name}" for name in ASKS}
    assert len(ASKS) >= 5 and "mixed.tsv" in ASKS


@pytest.mark.parametrize(("name", "columns"), [*((f"{n}.tsv", c) for n, c in COLUMNS.items()), *((f"asks/{n}", 3) for n in ASKS)])
def test_every_line_has_its_columns_and_a_message_that_says_something(name: str, columns: int) -> None:
    text = (UTTERANCES / name).read_bytes().decode("utf-8")
    assert "\r" not in text and "\ufeff" not in text and (not text or text.endswith("\n"))
    for number, row in enumerate(rows(name), 1):
        assert len(row) == columns and all(cell.strip() for cell in row), f"{name} line {number}"
        assert len(row[-1]) <= 300, f"{name} line {number}"
        if name not in ("chitchat.tsv", "acts.tsv"):  # where marks and emoji alone are messages
            assert has_words(normalise(row[-1])), f"{name} line {number}"


@pytest.mark.parametrize("name", ASKS)
def test_questions_name_services_and_aspects_that_exist(name: str, knowledge: KnowledgeBase) -> None:
    aspects = {str(aspect) for aspect in Aspect}
    assert {service for service, _, _ in rows(f"asks/{name}")} <= set(knowledge.services)
    assert {aspect for _, aspect, _ in rows(f"asks/{name}")} <= aspects


def test_feedback_names_services_and_units_that_exist(knowledge: KnowledgeBase) -> None:
    units = {unit.name for unit in knowledge.units} | {department.name for department in knowledge.departments}
    for service, unit, kind, text in rows("feedback.tsv"):
        assert service == "-" or service in knowledge.services, text
        assert unit in units | {"-", "12345"}, text  # not known, or of nobody in the district
        assert kind in ("complaint", "report", "suggestion", "request", "praise"), text


def test_what_follows_up_or_asks_for_an_office_names_what_exists(knowledge: KnowledgeBase) -> None:
    aspects, names = {str(aspect) for aspect in Aspect}, {department.name for department in knowledge.departments}
    for act, text in rows("acts.tsv"):
        kind, _, rest = act.partition(":")
        if kind == "fragment":
            assert rest in aspects, text
        elif kind == "dept-of":
            assert rest in knowledge.services, text
        elif kind == "dept":
            assert not rest or rest in names, text


def test_dangers_are_those_that_a_reply_is_worded_for(examples: list[Example]) -> None:
    worded = set(tomllib.loads(WORDING.read_text(encoding="utf-8"))["emergency"])
    assert {example.danger for example in examples} - {SAFE, None} <= worded


# -- how much there is ------------------------------------------------------------------------------------------------------


def test_every_service_has_at_least_forty_questions_in_several_voices(knowledge: KnowledgeBase) -> None:
    questions: dict[str, set[str]] = defaultdict(set)
    voices: dict[str, set[str]] = defaultdict(set)
    for name in ASKS:
        for service, _, text in rows(f"asks/{name}"):
            questions[service].add(text)
            voices[service].add(name)
    assert {service: len(questions[service]) for service in knowledge.services if len(questions[service]) < 40} == {}
    assert {service for service in knowledge.services if len(voices[service]) < 4} == set()


def test_the_aspects_that_residents_ask_most_are_asked_about_every_service(knowledge: KnowledgeBase) -> None:
    asked: dict[str, set[str]] = defaultdict(set)
    for name in ASKS:
        for service, aspect, _ in rows(f"asks/{name}"):
            asked[service].add(aspect)
    assert {service for service in knowledge.services if len(asked[service]) < 4} == set()


def test_there_are_enough_messages_of_every_other_kind() -> None:
    assert len({text for *_, text in rows("out-of-scope.tsv")}) >= 600
    assert len({subject for subject, _, _ in rows("out-of-scope.tsv")}) >= 20
    for name, least in (("feedback", 1000), ("emergency", 600), ("not-emergency", 600), ("chitchat", 200), ("acts", 200)):
        assert len({row[-1] for row in rows(f"{name}.tsv")}) >= least, name


def test_every_danger_and_every_kind_of_feedback_has_examples_enough() -> None:
    dangers = Counter(kind for kind, _ in rows("emergency.tsv"))
    kinds = Counter(kind for _, _, kind, _ in rows("feedback.tsv"))
    assert min(dangers.values()) >= 30 and min(kinds.values()) >= 30


# -- nothing is said twice in two ways ----------------------------------------------------------------------------------------


def test_no_message_is_both_in_and_out_of_scope(examples: list[Example]) -> None:
    covered = {normalise(e.text) for e in examples if e.act == "ask" and e.topic not in (None, NO_TOPIC)}
    uncovered = {normalise(e.text) for e in examples if e.act == "ask" and e.topic == NO_TOPIC}
    assert len(covered) > 2000 and len(uncovered) >= 600
    assert covered & uncovered == set()


def test_no_message_is_both_a_danger_and_none(examples: list[Example]) -> None:
    dangers = {normalise(e.text) for e in examples if e.danger not in (SAFE, None)}
    harmless = {normalise(e.text) for e in examples if e.danger == SAFE}
    assert dangers & harmless == set()


def test_no_message_has_two_dangers() -> None:
    kinds: dict[str, set[str]] = defaultdict(set)
    for kind, text in rows("emergency.tsv"):
        kinds[normalise(text)].add(kind)
    assert {text: found for text, found in kinds.items() if len(found) > 1} == {}


def test_hardly_a_question_belongs_to_services_of_two_items(knowledge: KnowledgeBase, examples: list[Example]) -> None:
    """A few words may stand for two (名校, 补助); what is told apart must not be taught as the same."""
    items: dict[str, set[int]] = defaultdict(set)
    for example in examples:
        if example.act == "ask" and example.topic in knowledge.services:
            items[normalise(example.text)].add(knowledge.item_of(example.topic).number)
    double = [text for text, numbers in items.items() if len(numbers) > 1]
    assert len(double) <= 0.002 * len(items), double


def test_no_example_gives_away_a_telephone_or_identity_number(examples: list[Example]) -> None:
    assert [e.text for e in examples if re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)|\d{17}[\dXx]", e.text)] == []


# -- reading them -----------------------------------------------------------------------------------------------------------


def test_examples_say_only_what_their_file_knows(examples: list[Example]) -> None:
    assert {e.act for e in examples if e.topic not in (None, NO_TOPIC)} <= {"ask", "feedback", "situation"}
    assert all(e.act is None for e in examples if e.danger != SAFE)
    assert all(e.act in ("ask", "fragment") for e in examples if e.aspect)
    assert all(e.act == "feedback" for e in examples if e.unit)


def test_titles_and_aliases_are_examples_that_are_always_known(examples: list[Example], catalogue: Catalogue) -> None:
    known = {(e.text, e.topic) for e in examples if e.fold == -1}
    assert all((name, topic.id) in known for topic in catalogue.topics for name in topic.names)


def test_a_message_is_held_out_only_when_the_sentence_model_has_not_seen_it(examples: list[Example]) -> None:
    assert {e.fold for e in examples} == {-1, *range(FOLDS)}
    assert all(e.reserved == (e.fold >= 0) for e in examples)
    assert 0.1 < sum(e.reserved for e in examples) / len(examples) < 0.6


def test_a_text_is_never_known_in_one_place_and_held_out_in_another_of_the_same_kind(examples: list[Example]) -> None:
    texts = Counter((e.text, e.act, e.topic) for e in examples)
    assert max(texts.values()) == 1


def test_every_service_is_held_out_too(examples: list[Example], knowledge: KnowledgeBase) -> None:
    held = {e.topic for e in examples if e.fold >= 0 and e.act == "ask"}
    assert set(knowledge.services) <= held and NO_TOPIC in held


def test_taught_questions_are_examples_of_their_topic(catalogue: Catalogue) -> None:
    found = load_examples(catalogue, taught=[("我想把灶台改低点", "elderly-home-adaptation"), ("不认识的事", "no-such-service")])
    taught = [e for e in found if e.text == "我想把灶台改低点"]
    assert [(e.topic, e.act, e.fold) for e in taught] == [("elderly-home-adaptation", "ask", -1)]
    assert not any(e.text == "不认识的事" for e in found)


def test_another_district_trains_on_what_its_plan_shares(catalogue: Catalogue) -> None:
    shared = next(topic for topic in catalogue.topics if topic.id == "legal-aid")
    other = Catalogue((shared, Topic("ferry", 2, ("轮渡",), "区交通局")), ("轮渡",), {}, "other")
    found = load_examples(other)
    assert {e.topic for e in found} == {"legal-aid", "ferry", NO_TOPIC, None}
    assert sum(e.topic == "legal-aid" and e.act == "ask" for e in found) > 40


# -- faults -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["没有制表符的一行", "legal-aid\toverview", "legal-aid\toverview\t ", "a\tb\tc\td", ""])
@pytest.mark.parametrize("name", ["asks/elder.tsv", "out-of-scope.tsv"])
def test_a_malformed_line_is_named_by_file_and_number(folder: Path, catalogue: Catalogue, name: str, line: str) -> None:
    path = folder / name
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines[:4], line, *lines[4:]]) + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=rf"{re.escape(path.name)} 第5行"):
        load_examples(catalogue, folder)


def test_a_missing_file_is_named(folder: Path, catalogue: Catalogue) -> None:
    (folder / "feedback.tsv").unlink()
    with pytest.raises(OSError, match=r"feedback\.tsv"):
        load_examples(catalogue, folder)


# -- versions ---------------------------------------------------------------------------------------------------------------


def test_the_fingerprint_changes_with_anything_that_training_reads(folder: Path, catalogue: Catalogue) -> None:
    before = fingerprint(catalogue, folder)
    assert before == fingerprint(catalogue, UTTERANCES)
    other = Catalogue(catalogue.topics, catalogue.terms, catalogue.offices, "changed")
    seen = {before, fingerprint(other, folder), fingerprint(catalogue, folder, [("问题", "legal-aid")])}
    with (folder / "acts.tsv").open("a", encoding="utf-8") as file:
        file.write("status\t我那件事办到哪了呀\n")
    assert len(seen | {fingerprint(catalogue, folder)}) == 4


def test_the_order_in_which_questions_were_taught_does_not_matter(catalogue: Catalogue) -> None:
    taught = [("甲", "legal-aid"), ("乙", "battery-swap")]
    assert fingerprint(catalogue, taught=taught) == fingerprint(catalogue, taught=taught[::-1])
