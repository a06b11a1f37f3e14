"""The last weeks' real questions asked of a draft: counted and listed, without sealed ones, bounded, gone with the messages."""

import time
from collections.abc import Callable

import pytest

from bot.config import Config
from bot.drafts import publishing_desk
from bot.publishing.replaying import ReplayDesk, Wrote
from bot.store.knowledge import KnowledgeStore
from bot.store.sqlite import SqliteStore
from bot.store.traffic import SqliteTraffic
from intents.model import Model
from tests.conftest import Clock, Say
from tests.console.conftest import Clerk
from tests.console.test_publishing import AMOUNT

PAGE = "/console/publish/replay/"
ASKED = "居家养老服务每月给多少钱"


def replayed(clerk: Clerk) -> str:
    assert clerk.post(PAGE).status_code == 302
    until = time.monotonic() + 30
    while time.monotonic() < until:
        page = clerk.get(PAGE).text
        if "天里居民写了" in page:
            return page
        time.sleep(0.05)
    raise AssertionError(page)


def test_whom_a_draft_would_have_answered_otherwise(
    clerk: Callable[..., Clerk], say: Say, store: SqliteStore, clock: Clock
) -> None:
    say("法律援助怎么申请", who="很久以前的人")
    clock.forward(days=31)
    say(ASKED, who="甲")
    say(ASKED, who="乙")
    say("换电站建了几座", who="丙")
    say(f"{ASKED}呀", who="保密的人")
    with store.engine.write() as db:
        db.execute("update messages set sealed = 1 where resident = 'test:保密的人'")
    KnowledgeStore(store.engine).edit_all(AMOUNT, "administrator姓名", clock())
    page = replayed(clerk())
    assert "居民写了 3 句，不重样的 2 句，问了 2 句" in page
    assert f"<h3>{ASKED}" in page and "2 次" in page and "260" in page
    assert "换电站" not in page.split("天里居民写了")[1] and f"{ASKED}呀" not in page and "法律援助" not in page


def test_what_was_found_goes_when_the_resident_has_their_data_deleted(
    clerk: Callable[..., Clerk], say: Say, store: SqliteStore, clock: Clock
) -> None:
    say(ASKED, who="甲")
    KnowledgeStore(store.engine).edit_all(AMOUNT, "administrator姓名", clock())
    somebody = clerk()
    assert f"<h3>{ASKED}" in replayed(somebody)
    say("删除我的记录", who="甲")
    say("确认删除", who="甲")
    assert store.engine.rows("select count(*) n from replayed")[0]["n"] == 0
    assert ASKED not in somebody.get(PAGE).text


def test_without_a_draft_there_is_nothing_to_replay_and_only_administrators_see_it(clerk: Callable[..., Clerk]) -> None:
    assert clerk().get(PAGE).status_code == 302
    assert clerk("approver").get(PAGE).status_code == 403


def test_of_many_texts_a_part_is_drawn_that_does_not_depend_on_their_age(say: Say, store: SqliteStore, clock: Clock) -> None:
    with store.engine.write() as db:
        db.execute("insert into conversations values ('r', 'test', '{}', ?, ?)", [clock().isoformat(), clock().isoformat()])
        for n in range(300):
            db.execute(
                "insert into messages (resident, author, kind, text, request_id, at) values ('r', 'resident', 'text', ?, '-', ?)",
                [f"问题{n}", clock().isoformat(timespec="milliseconds")],
            )
    wrote, texts, messages = SqliteTraffic(store.engine).wrote(clock.now, 100)
    assert (len(wrote), texts, messages) == (100, 300, 300)
    numbers = [int(one.text[2:]) for one in wrote]
    assert 25 <= sum(number < 150 for number in numbers) <= 75


def test_what_takes_too_long_is_ended_and_the_share_told(
    model: Model, store: SqliteStore, clock: Clock, knowledge: object, say: Say
) -> None:
    KnowledgeStore(store.engine).bring_in(knowledge, clock())  # type: ignore[arg-type]
    KnowledgeStore(store.engine).edit_all(AMOUNT, "甲", clock())
    publishing = publishing_desk(Config, store.engine, store.rules, lambda: model, clock)
    ticks = iter(range(0, 10_000, 100))
    desk = ReplayDesk(publishing, publishing.trials, SqliteTraffic(store.engine), lambda: float(next(ticks)), lambda: None)
    situation = publishing.situation()
    assert situation
    trial = publishing.trials.begin("replay", desk.subject(situation), 60, "甲")
    assert trial
    desk.replay(trial, situation, [Wrote(0, f"换电站建了几座{n}", 1) for n in range(60)], {"texts": 60, "messages": 60})
    latest = desk.latest(situation)
    assert latest and latest.state == "done" and 0 < latest.result["asked"] < 60


@pytest.mark.parametrize("kind", ["known", "replay"])
def test_only_the_newest_trials_are_kept(store: SqliteStore, clock: Clock, kind: str, model: Model) -> None:
    publishing = publishing_desk(Config, store.engine, store.rules, lambda: model, clock)
    for n in range(25):
        trial = publishing.trials.begin(kind, str(n), 0, "甲")
        assert trial
        publishing.trials.finish(trial, {"rows": []})
    assert store.engine.rows("select count(*) n from trials")[0]["n"] == 20
