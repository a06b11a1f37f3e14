"""Versions of the knowledge base in the store: what an upgrade brings never overwrites, whatever was published can come back."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from bot.config import Config
from bot.dialogue.conversation import Conversation
from bot.messages import Message
from bot.serving import mind_of
from bot.store.knowledge import KnowledgeStore, Stale, published_knowledge
from bot.store.sqlite import SqliteStore
from intents.model import Model
from knowledge.base import KnowledgeBase
from knowledge.changes import with_change
from knowledge.document import document_of, knowledge_of
from knowledge.errors import KnowledgeError
from tests.conftest import Clock

AMOUNT = ("service:home-care-purchase", "answers.amount")


@pytest.fixture
def versions(store: SqliteStore, knowledge: KnowledgeBase, clock: Clock) -> KnowledgeStore:
    versions = KnowledgeStore(store.engine)
    assert versions.bring_in(knowledge, clock()) is None
    return versions


def test_the_first_start_publishes_the_files_and_the_second_changes_nothing(
    versions: KnowledgeStore, knowledge: KnowledgeBase, clock: Clock
) -> None:
    number = versions.published_number()
    assert versions.published().knowledge == knowledge == published_knowledge(versions.engine.path)
    assert versions.bring_in(knowledge, clock()) is None
    assert versions.published_number() == number and versions.draft() is None


def test_changed_files_become_a_draft_and_what_was_published_here_stays(
    versions: KnowledgeStore, knowledge: KnowledgeBase, clock: Clock
) -> None:
    versions.edit(*AMOUNT, "2022年计划的标准：每人每月200元。", "王管理员", clock())
    draft = versions.draft()
    assert draft
    versions.publish(draft.id, "王管理员", clock())
    before = versions.published_number()
    files = with_change(document_of(knowledge), *AMOUNT, "改了")
    files = with_change(files, "department:区民政局", "aliases", ["民政"])
    told = versions.bring_in(knowledge_of(files), clock())
    draft = versions.draft()
    assert told and draft and "冲突" in draft.note and versions.published_number() == before
    assert draft.knowledge.services["home-care-purchase"].answers["amount"] == "2022年计划的标准：每人每月200元。"  # type: ignore[index]
    assert draft.knowledge.department("区民政局").aliases == ("民政",)


def test_edits_gather_in_one_draft_and_are_kept_with_who_and_what(versions: KnowledgeStore, clock: Clock) -> None:
    versions.edit(*AMOUNT, "一", "甲", clock())
    versions.edit(*AMOUNT, "二", "乙", clock())
    assert versions.edit(*AMOUNT, "二", "丙", clock()) is None
    draft = versions.draft()
    assert draft and next((e.before, e.after, e.by) for e in versions.edits(draft.id)) == ("一", "二", "乙")
    assert len(versions.edits(draft.id)) == 2


def test_what_is_of_the_wrong_shape_is_told_in_chinese(versions: KnowledgeStore, clock: Clock) -> None:
    wrong: list[tuple[str, Any]] = [("kind", "x"), ("zzz", 1), ("title", ""), ("criteria", [{"x": 1}]), ("aliases", "法援")]
    wrong += [("upkeep.how", {"valid_from": "x"}), ("review_on", "明天"), ("answers.overview", None)]
    for field, value in wrong:
        with pytest.raises(KnowledgeError) as refused:
            versions.edit("service:legal-aid", field, value, "甲", clock())
        assert not re.search(r"[Ii]nput|should|required|error", str(refused.value)), refused.value


def test_a_published_version_can_be_undone_and_the_history_keeps_both(
    versions: KnowledgeStore, knowledge: KnowledgeBase, clock: Clock
) -> None:
    first = versions.published_number()
    versions.edit(*AMOUNT, "新的", "甲", clock())
    draft = versions.draft()
    assert draft
    clock.forward(minutes=1)
    versions.publish(draft.id, "乙", clock())
    with pytest.raises(Stale):
        versions.publish(draft.id, "乙", clock())
    assert versions.previous() == first
    clock.forward(minutes=1)
    versions.publish_again(first, "甲", clock())
    assert versions.published().knowledge == knowledge
    assert [v["state"] for v in versions.versions()].count("published") == 1 and len(versions.versions()) == 3


def test_a_text_that_was_written_here_names_its_basis_and_one_that_does_not_hold_is_a_gap(
    knowledge: KnowledgeBase, model: Model, store: SqliteStore, clock: Clock
) -> None:
    document = with_change(document_of(knowledge), *AMOUNT, "2026年每人每月260元。")
    upkeep = {"basis": "区民政局答复：每人每月260元", "published": "2026-03-01", "by": "王管理员", "valid_until": "2026-03-31"}
    changed = knowledge_of(with_change(document, "service:home-care-purchase", "upkeep.amount", upkeep))

    def reply() -> dict[str, object]:
        mind = mind_of("1", changed, model, model.understanding.interpret, Config(), clock())
        said = Conversation(store, lambda: mind, clock).handle(Message("test:1", "居家养老服务每人每月200元给多少钱", "test"))
        return said.reply.as_json()

    now = reply()
    assert "260元" in str(now["reply"]) and "区民政局答复" in str(now["reply"])
    assert any("published" in source for source in now["sources"])  # type: ignore[attr-defined]
    clock.forward(days=60)
    assert "260" not in str(reply()["reply"])


def test_services_that_are_gone_are_no_candidates_and_new_ones_are_met_by_their_name(
    knowledge: KnowledgeBase, model: Model, clock: Clock
) -> None:
    model = replace(model, catalogue="the files'")
    document = json.loads(json.dumps(document_of(knowledge)))
    for part in document["fields"]:
        for item in part["items"]:
            if item["number"] == 51:
                item["services"] = [
                    {"id": "court-escort", "title": "开庭陪同", "kind": "service", "answers": {"overview": "陪同开庭。"}}
                ]
    mind = mind_of("2", knowledge_of(document), model, model.understanding.interpret, Config(), clock())
    assert mind.interpret("开庭陪同找谁办").candidates[0].topic == "court-escort"
    asked = mind.interpret("法律援助怎么申请")
    assert all(c.topic in mind.knowledge.services for c in asked.candidates)
    assert asked.confidence < mind.dialogue.thresholds.answer_at
