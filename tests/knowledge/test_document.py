"""The knowledge base as a document: nothing is lost on the way, and changes are found and carried over field by field."""

import datetime
import json

import pytest

from knowledge.base import KnowledgeBase
from knowledge.changes import apart, differences, merged, together, with_change
from knowledge.document import Document, document_of, knowledge_of, problems_of
from knowledge.errors import KnowledgeError
from knowledge.model import Aspect


@pytest.fixture
def document(knowledge: KnowledgeBase) -> Document:
    written: Document = json.loads(json.dumps(document_of(knowledge), ensure_ascii=False))
    return written


def test_a_document_gives_back_the_same_knowledge_and_the_same_document(knowledge: KnowledgeBase, document: Document) -> None:
    assert knowledge_of(document) == knowledge
    assert document_of(knowledge_of(document)) == document
    assert together(apart(document)) == document
    assert not problems_of(knowledge_of(document))


def test_everything_that_is_wrong_is_told_at_once_with_item_and_field(document: Document) -> None:
    document["fields"][0]["items"][0]["services"][0]["kind"] = "gift"
    document["fields"][1]["items"][0]["number"] = 0
    document["departments"][0]["fax"] = "1"
    document["surprise"] = 1
    with pytest.raises(KnowledgeError) as refused:
        knowledge_of(document)
    told = "\n".join(refused.value.problems)
    assert all(word in told for word in ("kind", "number", "fax", "surprise"))


def test_a_figure_without_a_source_is_told_and_one_that_its_basis_quotes_is_not(document: Document) -> None:
    text = "2026年起标准是每人每月260元。"
    changed = with_change(document, "service:home-care-purchase", "answers.amount", text)
    assert any("260" in problem for problem in problems_of(knowledge_of(changed)))
    basis = {"basis": "区民政局2026年3月1日书面答复：每人每月260元"}
    assert not problems_of(knowledge_of(with_change(changed, "service:home-care-purchase", "upkeep.amount", basis)))


def test_a_change_is_found_with_object_and_field_and_can_be_undone(document: Document) -> None:
    changed = with_change(document, "service:home-care-purchase", "answers.time", "2022年计划没有写时间。")
    (change,) = differences(document, changed)
    assert (change.object, change.field, change.before) == ("service:home-care-purchase", "answers.time", None)
    assert with_change(changed, change.object, change.field, None) == document


def test_what_an_upgrade_changes_is_carried_over_and_what_was_changed_here_stays(document: Document) -> None:
    theirs = with_change(document, "department:区民政局", "aliases", ["民政局", "民政科"])
    theirs = with_change(theirs, "service:legal-aid", "title", "法律援助（新）")
    ours = with_change(document, "service:legal-aid", "title", "免费法律援助")
    result, made, left = merged(document, theirs, ours)
    assert [c.object for c in made] == ["department:区民政局"] and [c.object for c in left] == ["service:legal-aid"]
    assert apart(result)["service:legal-aid"]["title"] == "免费法律援助"
    assert apart(result)["department:区民政局"]["aliases"] == ["民政局", "民政科"]


def test_a_text_is_said_only_from_its_first_to_its_last_day(document: Document) -> None:
    dates = {"valid_from": "2026-03-01", "valid_until": "2026-03-31"}
    knowledge = knowledge_of(with_change(document, "service:home-care-purchase", "upkeep.amount", dates))
    for day, said in (("2026-02-28", False), ("2026-03-01", True), ("2026-03-31", True), ("2026-04-01", False)):
        answers = knowledge.on(datetime.date.fromisoformat(day)).services["home-care-purchase"].answers
        assert (Aspect.AMOUNT in answers) is said


def test_until_a_text_begins_the_earlier_one_is_said_with_its_own_basis(document: Document) -> None:
    values = {"valid_from": "2026-03-01", "basis": "新的", "earlier": "原来每人每月200元。", "earlier_basis": "旧的"}
    knowledge = knowledge_of(with_change(document, "service:home-care-purchase", "upkeep.amount", values))
    service = knowledge.services["home-care-purchase"]
    for day, text, basis in (
        ("2026-02-28", "原来每人每月200元。", "旧的"),
        ("2026-03-01", service.answers[Aspect.AMOUNT], "新的"),
    ):
        then = knowledge.on(datetime.date.fromisoformat(day)).services["home-care-purchase"]
        assert (then.answers[Aspect.AMOUNT], then.upkeep[Aspect.AMOUNT].basis) == (text, basis)
