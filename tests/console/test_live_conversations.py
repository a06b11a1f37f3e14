"""S3 and R8: a resident asks for a person; a clerk takes over, writes, hands back; nobody comes, or the clerk falls silent."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask

from bot.dialogue.conversation import Conversation
from bot.live import LiveRules, OfficeHours
from bot.messages import Kind, Mode, Reply
from bot.store.live import LiveStore
from bot.store.sqlite import SqliteStore
from tests.conftest import Clock, Say
from tests.console.conftest import Clerk
from tests.photos.pictures import jpeg

RULES = LiveRules()


@pytest.fixture
def live(application: Flask, store: SqliteStore, clock: Clock, conversation: Conversation) -> LiveStore:
    return LiveStore(store.engine, clock, lambda key, **values: conversation.dialogue.wording.say(key, **values))


def shown(store: SqliteStore, who: str = "王阿姨") -> list[tuple[str, str]]:
    return [(message.author, message.text) for message in store.history(f"test:{who}")]


def waiting_address(clerk: Clerk) -> str:
    found = re.search(r'href="(/console/live/\d+)"', clerk.get("/console/live/").text)
    assert found, "nobody waits"
    return found[1]


def test_a_clerk_takes_over_writes_and_hands_back(
    live: LiveStore, say: Say, store: SqliteStore, clerk: Callable[..., Clerk]
) -> None:
    say("护照过期了怎么换")
    assert say("转人工").mode is Mode.HANDOFF
    dispatcher = clerk("dispatcher")
    assert 'data-waiting="1"' in dispatcher.get("/console/live/signal").text
    assert "等人接（1）" in dispatcher.get("/console/live/list").text, "the list is asked for again by itself"
    address = waiting_address(dispatcher)
    assert "护照过期了怎么换" in dispatcher.get(address).text, "the whole conversation is there"
    dispatcher.post(f"{address}/take")
    assert 'data-waiting="0"' in dispatcher.get("/console/live/signal").text
    assert shown(store)[-1] == ("service", "工作人员接进来了，您直接说就行。说完了，回复“结束人工”。")
    first = say("我的护照上个月过期的")
    assert first.mode is Mode.HANDOFF and first.text.endswith("回复“结束人工”。"), "what waited for them and nothing else"
    assert say("旧的那本还在").text == ""
    dispatcher.post(f"{address}/send", text="请带旧护照到出入境大厅。")
    assert shown(store)[-2:] == [("resident", "旧的那本还在"), ("staff", "工作人员：请带旧护照到出入境大厅。")]
    dispatcher.post(f"{address}/hand-back")
    assert shown(store)[-1][0] == "service" and "已经结束" in shown(store)[-1][1]
    assert say("法律援助怎么申请").mode is Mode.ANSWER


def test_new_lines_come_with_what_the_bot_would_say(live: LiveStore, say: Say, clerk: Callable[..., Clerk]) -> None:
    say("转人工")
    dispatcher = clerk("dispatcher")
    address = waiting_address(dispatcher)
    dispatcher.post(f"{address}/take")
    poll = re.search(r'hx-get="([^"]+/lines\?[^"]+)"', dispatcher.get(address).text)
    assert poll and dispatcher.get(unescape(poll[1])).status_code == 204
    say("法律援助怎么申请")
    piece = dispatcher.get(unescape(poll[1])).text
    assert "法律援助怎么申请" in piece and "用这段" in piece and "区司法局" in piece
    say("换电站建了几座")
    first, second = re.findall(r'hx-get="([^"]+/lines/\d+)"', dispatcher.get(address).text)[-2:]
    assert "区司法局" in dispatcher.get(first).text and "电动汽车换电站" in dispatcher.get(second).text, "for each message"


def test_a_long_conversation_is_there_to_its_beginning(
    live: LiveStore, say: Say, store: SqliteStore, clerk: Callable[..., Clerk]
) -> None:
    say("最早的一句")
    with store.engine.write() as db:
        kept = "insert into messages (resident, author, kind, text, request_id, at) values (?, 'resident', 'text', ?, 'r', ?)"
        for k in range(250):
            db.execute(kept, ["test:王阿姨", f"第{k}句", "2026-03-02T02:00:00.000+00:00"])
    say("转人工")
    dispatcher = clerk("dispatcher")
    page = dispatcher.get(waiting_address(dispatcher)).text
    more = re.search(r'hx-get="([^"]+/earlier/\d+)"', page)
    assert more and "最早的一句" not in page
    piece = dispatcher.get(more[1]).text
    assert "最早的一句" in piece and "第10句" in piece and "更早的话" not in piece


def test_one_conversation_is_never_held_by_two(
    live: LiveStore, say: Say, store: SqliteStore, clerk: Callable[..., Clerk]
) -> None:
    say("转人工")
    first, second = clerk("dispatcher"), clerk("administrator")
    address = waiting_address(first)
    first.post(f"{address}/take")
    second.post(f"{address}/send", text="我也来")
    assert ("staff", "工作人员：我也来") not in shown(store)
    assert "已经接了" in second.get(second.post(f"{address}/take").headers["Location"]).text, "the list was a moment old"
    first.post(f"{address}/send", text="我在")
    assert ("staff", "工作人员：我在") in shown(store)
    poll = re.search(r'hx-get="([^"]+/lines\?[^"]+)"', first.get(address).text)
    assert poll and first.get(unescape(poll[1])).status_code == 204
    second.post(f"{address}/take", over="1")
    assert "administrator姓名接着" in first.get(unescape(poll[1])).text, "the page learns it by itself"
    refused = first.client.post(
        f"{address}/send", data={"csrf_token": first.token(), "text": "还在吗"}, headers={"HX-Request": "true"}
    )
    assert refused.status_code == 409 and "administrator姓名接着" in refused.text, "the page keeps what was written"
    assert ("staff", "工作人员：还在吗") not in shown(store)
    second.post(f"{address}/send", text="我接着答")
    assert ("staff", "工作人员：我接着答") in shown(store)


def test_a_danger_gets_its_number_at_once_although_a_clerk_has_the_conversation(
    live: LiveStore, say: Say, clerk: Callable[..., Clerk]
) -> None:
    say("转人工")
    dispatcher = clerk("dispatcher")
    dispatcher.post(f"{waiting_address(dispatcher)}/take")
    reply = say("家里着火了，屋里全是烟")
    assert reply.mode is Mode.EMERGENCY and "119" in reply.text


def test_nobody_comes_and_the_resident_is_told(
    live: LiveStore, say: Say, store: SqliteStore, clock: Clock, clerk: Callable[..., Clerk]
) -> None:
    say("转人工")
    clock.forward(minutes=2)
    assert live.watch(RULES) == 0
    clock.forward(minutes=1)
    assert (live.watch(RULES), live.watch(RULES)) == (1, 0)
    assert shown(store)[-1][0] == "service" and "没能接进来" in shown(store)[-1][1]
    assert say("法律援助怎么申请").mode is Mode.ANSWER
    dispatcher = clerk("dispatcher")
    page = dispatcher.get("/console/live/").text
    assert "留言（1）" in page
    address = waiting_address(dispatcher)
    dispatcher.post(f"{address}/take")
    dispatcher.post(f"{address}/send", text="刚才在忙，您说。")
    assert ("staff", "工作人员：刚才在忙，您说。") in shown(store)


def test_a_clerk_who_falls_silent_gives_way_to_the_bot(
    live: LiveStore, say: Say, store: SqliteStore, clock: Clock, clerk: Callable[..., Clerk]
) -> None:
    say("转人工")
    dispatcher = clerk("dispatcher")
    dispatcher.post(f"{waiting_address(dispatcher)}/take")
    clock.forward(minutes=10)
    assert live.watch(RULES) == 0, "the resident has not said anything that waits for an answer"
    say("护照怎么换")
    clock.forward(minutes=4)
    say("在吗")
    assert live.watch(RULES) == 0, "the clerk has been waited for four minutes"
    clock.forward(minutes=1)
    assert live.watch(RULES) == 1
    assert "有一会儿没回话" in shown(store)[-1][1]
    assert say("法律援助怎么申请").mode is Mode.ANSWER


def test_a_clerk_who_takes_a_resident_with_a_question_and_says_nothing_gives_way_too(
    live: LiveStore, say: Say, store: SqliteStore, clock: Clock, clerk: Callable[..., Clerk]
) -> None:
    say("转人工")
    clock.forward(minutes=1)
    say("护照过期了怎么换")
    clock.forward(minutes=1)
    dispatcher = clerk("dispatcher")
    dispatcher.post(f"{waiting_address(dispatcher)}/take")
    clock.forward(minutes=4)
    assert live.watch(RULES) == 0
    clock.forward(minutes=1)
    assert live.watch(RULES) == 1 and "有一会儿没回话" in shown(store)[-1][1]


def test_a_conversation_that_nobody_handed_back_is_over_when_both_are_silent(
    live: LiveStore, say: Say, store: SqliteStore, clock: Clock, clerk: Callable[..., Clerk]
) -> None:
    say("转人工")
    dispatcher = clerk("dispatcher")
    address = waiting_address(dispatcher)
    dispatcher.post(f"{address}/take")
    say("护照怎么换")
    dispatcher.post(f"{address}/send", text="请到出入境大厅。")
    clock.forward(minutes=29)
    assert live.watch(RULES) == 0
    clock.forward(minutes=1)
    assert live.watch(RULES) == 1 and "已经结束" in shown(store)[-1][1]
    assert say("法律援助怎么申请").mode is Mode.ANSWER, "the next day the bot answers at once"


def test_a_clerk_who_signs_out_leaves_nobody_to_silence(
    live: LiveStore, say: Say, store: SqliteStore, clock: Clock, clerk: Callable[..., Clerk]
) -> None:
    dispatcher = clerk("dispatcher")
    for who in ("等回话的", "说完了的"):
        say("转人工", who=who)
        address = waiting_address(dispatcher)
        dispatcher.post(f"{address}/take")
        clock.forward(seconds=20)
        say("护照怎么换", who=who)
    dispatcher.post(f"{address}/send", text="请到出入境大厅。")
    dispatcher.post("/console/logout")
    assert "2段对话" in dispatcher.get("/console/login").text
    assert "留给他的同事" in shown(store, "等回话的")[-1][1] and "已经结束" in shown(store, "说完了的")[-1][1]
    assert say("法律援助怎么申请", who="等回话的").mode is Mode.ANSWER
    assert "留言（1）" in clerk("administrator").get("/console/live/").text


def test_a_resident_can_end_it_or_give_up_waiting(live: LiveStore, say: Say, clerk: Callable[..., Clerk]) -> None:
    say("转人工")
    assert "结束" in say("算了").text
    assert say("法律援助怎么申请").mode is Mode.ANSWER
    say("转人工")
    dispatcher = clerk("dispatcher")
    dispatcher.post(f"{waiting_address(dispatcher)}/take")
    say("你好")
    assert say("算了").text == "", "a plain 算了 is said to the clerk"
    assert "结束" in say("结束人工").text
    assert say("法律援助怎么申请").mode is Mode.ANSWER


def test_while_waiting_what_is_sure_is_answered_and_the_rest_noted(live: LiveStore, say: Say, store: SqliteStore) -> None:
    say("转人工")
    assert say("法律援助怎么申请").mode is Mode.ANSWER
    noted = say("护照过期了怎么换")
    assert noted.mode is Mode.HANDOFF and "记下了" in noted.text
    say("转人工")
    assert len(live.open_ones()) == 1


def test_a_person_is_offered_for_tapping_after_two_failures_and_on_anger(live: LiveStore, say: Say) -> None:
    say("护照过期了怎么换")
    second: Reply = say("公积金怎么提取")
    assert [option.text for option in second.options] == ["转人工"]
    assert say("1").mode is Mode.HANDOFF
    assert len(live.open_ones()) == 1
    angry = say("你个傻子", who="急脾气")
    assert [option.text for option in angry.options] == ["转人工"]


def test_outside_hours_a_message_is_left_at_once(
    application: Flask, conversation: Conversation, say: Say, live: LiveStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours = OfficeHours.parse("周一至周五 13:00-16:30")
    monkeypatch.setattr(conversation.dialogue.handoff, "_rules", LiveRules(hours=hours))
    reply = say("转人工")
    assert "不是办公时间（周一至周五 13:00-16:30）" in reply.text and "12345" in reply.text
    assert live.open_ones() == [] and len(live.left_ones()) == 1
    clock.forward(hours=4)
    assert "正在为您找" in say("转人工").text


def test_a_deleted_resident_is_gone_from_the_list(live: LiveStore, say: Say, clerk: Callable[..., Clerk]) -> None:
    say("转人工")
    say("删除我的记录")
    say("确认删除")
    assert live.open_ones() == []


def test_a_photo_sent_to_a_clerk_is_seen_and_still_goes_along_with_what_is_filed_later(
    live: LiveStore, say: Say, store: SqliteStore, clerk: Callable[..., Clerk]
) -> None:
    say("转人工")
    dispatcher = clerk("dispatcher")
    address = waiting_address(dispatcher)
    dispatcher.post(f"{address}/take")
    say("在吗")
    assert say("", kind=Kind.IMAGE, data={"picture": "http://mmbiz.qpic.cn/x", "media": "m"}).text == ""
    (photo,) = (row["id"] for row in store.engine.rows("select id from photos"))
    assert f"photos/{photo}" not in dispatcher.get(address).text, "not fetched yet"
    store.photos.fetched(photo, "image/jpeg", jpeg())
    assert f"{address}/photos/{photo}" in dispatcher.get(address).text
    assert dispatcher.get(f"{address}/photos/{photo}").mimetype == "image/jpeg"
    assert dispatcher.get(f"{address}/photos/{photo + 1}").status_code == 404
    assert clerk("staff").get(f"{address}/photos/{photo}").status_code == 403
    dispatcher.post(f"{address}/hand-back")
    say("正阳街的路灯三天不亮了，没人修")
    number = say("确认").ticket
    assert store.engine.rows("select number from photos") == [{"number": number}]


def test_a_photo_of_a_secret_report_is_not_shown_in_the_conversation(
    live: LiveStore, say: Say, store: SqliteStore, clerk: Callable[..., Clerk]
) -> None:
    say("", kind=Kind.IMAGE, data={"picture": "http://mmbiz.qpic.cn/x", "media": "m"})
    say("我要举报青年路12号有人私自开地下加油点，要保密")
    assert say("确认").ticket
    (photo,) = (row["id"] for row in store.engine.rows("select id from photos"))
    store.photos.fetched(photo, "image/jpeg", jpeg())
    say("转人工")
    dispatcher = clerk("dispatcher")
    address = waiting_address(dispatcher)
    assert "photos/" not in dispatcher.get(address).text
    assert dispatcher.get(f"{address}/photos/{photo}").status_code == 404
