"""Known questions: what the project brings, and the page on which they are kept."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.messages import Mode
from bot.publishing.asking import RESIDENT, ask
from bot.questions.known import KnownQuestion, Outcome, fitting, load_seeds
from bot.store.known_questions import KnownQuestions
from bot.store.scratch import scratch_desk
from bot.store.sqlite import SqliteStore
from intents.model import Model
from knowledge.base import KnowledgeBase
from tests.conftest import ROOT, Clock
from tests.console.conftest import Clerk


def words(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


def test_the_projects_known_questions_cover_every_item_and_are_no_examples(knowledge: KnowledgeBase) -> None:
    seeds = load_seeds()
    assert fitting(seeds, knowledge.services, knowledge.items) == seeds
    items = {knowledge.item_of(s.service).number if s.service else s.item for s in seeds if s.mode is Mode.ANSWER}
    assert items == set(knowledge.items)
    assert {Mode.ANSWER, Mode.CLARIFY, Mode.REJECT, Mode.ELIGIBILITY, Mode.FEEDBACK, Mode.EMERGENCY} <= {s.mode for s in seeds}
    assert len(seeds) >= 120 and len({seed.text for seed in seeds}) == len(seeds)
    examples = {
        words(cell) for path in (ROOT / "intents/utterances").rglob("*.tsv") for cell in re.split(r"[\t\n]", path.read_text())
    }
    assert not [seed.text for seed in seeds if words(seed.text) in examples]


def test_nearly_all_of_them_come_out_right_now(
    conversation: object, knowledge: KnowledgeBase, store: SqliteStore, clock: Clock
) -> None:
    mind, desk = conversation.mind, scratch_desk(RESIDENT, store.rules, clock())  # type: ignore[attr-defined]
    asked = [ask(mind, seed, clock(), desk) for seed in load_seeds()]
    wrong = [one.question.text for one in asked if one.outcome is not Outcome.RIGHT]
    assert len(wrong) <= 8, wrong
    assert store.engine.rows("select count(*) n from messages")[0]["n"] == 0


def test_what_was_changed_or_switched_off_is_not_brought_in_again(store: SqliteStore, clock: Clock) -> None:
    kept, seeds = KnownQuestions(store.engine, clock), load_seeds()
    assert kept.bring_in(seeds) == len(seeds)
    first, second = kept.active()[:2]
    kept.switch(first.id, False, "甲")
    assert kept.change(second.id, KnownQuestion("换了一种说法", second.mode, second.item, second.service), "甲")
    before = kept.version()
    assert kept.bring_in(seeds) == 0 and kept.version() == before
    texts = {one.text for one in kept.active()}
    assert first.text not in texts and second.text not in texts and "换了一种说法" in texts


@pytest.fixture
def kept(store: SqliteStore, clock: Clock) -> KnownQuestions:
    return KnownQuestions(store.engine, clock)


def test_an_administrator_adds_corrects_and_switches_off(clerk: Callable[..., Clerk], kept: KnownQuestions) -> None:
    somebody = clerk()
    page = somebody.post(
        "/console/known/begin", text="公证员 上门 要钱不", mode="answer", right="service:home-notary", source="review"
    )
    assert page.status_code == 200 and "现在这样答" in page.text and "公证员 上门 要钱不" in page.text
    fields = {"text": "公证员上门要钱不", "mode": "answer", "right": "service:home-notary", "source": "review"}
    assert somebody.post("/console/known/new", **fields).status_code == 302
    added = kept.named("公证员上门要钱不")
    assert added and (added.service, added.source, added.by) == ("home-notary", "review", "administrator姓名")
    twice = somebody.post("/console/known/new", **fields)
    assert twice.status_code == 400 and "已经有这一句了" in twice.text and "公证员上门要钱不" in twice.text
    assert somebody.post(f"/console/known/{added.id}", text=added.text, mode="answer", right="item:53").status_code == 302
    changed = kept.get(added.id)
    assert changed and (changed.item, changed.service, changed.source) == (53, None, "review")
    assert somebody.post(f"/console/known/{added.id}/switch").status_code == 302
    assert kept.active() == [] and "停用" in somebody.get("/console/known/").text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"text": "", "mode": "answer", "right": "item:53"}, "请写上问题"),
        ({"text": "问" * 400, "mode": "reject", "right": ""}, "最多"),
        ({"text": "没选事项", "mode": "answer", "right": ""}, "要选一个事项"),
        ({"text": "没有的事项", "mode": "answer", "right": "service:nothing"}, "没有这个事项"),
        ({"text": "没有的条", "mode": "answer", "right": "item:999"}, "没有第999条"),
    ],
)
def test_what_cannot_be_kept_is_told_and_nothing_written_is_lost(
    clerk: Callable[..., Clerk], kept: KnownQuestions, fields: dict[str, str], told: str
) -> None:
    page = clerk().post("/console/known/new", source="console", **fields)
    assert page.status_code == 400 and told in page.text and fields["text"] in page.text
    assert kept.all() == []


def test_reviewed_questions_have_the_button(
    clerk: Callable[..., Clerk], say: Callable[..., object], model: Model, store: SqliteStore, clock: Clock
) -> None:
    say("法律援助要带啥材料")
    say("没用")
    assert "设为已知问题" in clerk("dispatcher").get("/console/review/").text


def test_the_list_finds_by_words_and_mode_and_names_items_without_one(clerk: Callable[..., Clerk], kept: KnownQuestions) -> None:
    kept.bring_in([KnownQuestion("驾照怎么换", Mode.REJECT), KnownQuestion("公证上门", Mode.ANSWER, 53)])
    found = clerk().get("/console/known/?mode=reject").text
    assert "驾照怎么换" in found and "公证上门" not in found and "第1条" in found
    assert "公证上门" in clerk().get("/console/known/?q=第53条").text


def test_the_data_file_is_read_or_its_line_named(tmp_path: Path) -> None:
    file = tmp_path / "known.tsv"
    file.write_text("# words\nanswer\t第5条\t五保\nnothing\t-\t什么\n", encoding="utf-8")
    with pytest.raises(ValueError, match="第3行"):
        load_seeds(file)


def test_what_belongs_to_no_service_any_more_is_told_and_switched_off_at_once(
    clerk: Callable[..., Clerk], kept: KnownQuestions
) -> None:
    kept.bring_in([KnownQuestion("驾照怎么换", Mode.REJECT), KnownQuestion("去年的活动", Mode.ANSWER, service="last-years")])
    somebody = clerk()
    assert "有 1 个在用的" in somebody.get("/console/known/").text
    assert clerk("dispatcher").post("/console/known/retire").status_code == 403
    assert somebody.post("/console/known/retire").status_code == 302
    assert [one.text for one in kept.active()] == ["驾照怎么换"]
