"""What waits for a resident reaches them with their next message, or on the page."""

import pytest
from flask.testing import FlaskClient

from bot.channels.wechat import REPLY_BYTES, render
from bot.delivery.front import front_of
from bot.delivery.outbox import PART_BYTES
from bot.messages import Mode
from bot.store.outbox import SqliteOutbox, waiting_for, written_to_resident
from bot.store.sqlite import SqliteStore
from tests.conftest import Clock, Say

AT = "2026-03-02T02:00:00.000+00:00"


def write(store: SqliteStore, resident: str, *texts: str) -> None:
    for number, text in enumerate(texts):
        with store.engine.write() as db:
            written_to_resident(db, resident, text, f"{resident}:{text[:8]}:{number}", at=AT)


def ways(store: SqliteStore) -> list[tuple[str, str | None]]:
    return [(row["state"], row["sent_way"]) for row in store.engine.rows("select state, sent_way from outbox order by id")]


def test_what_waits_stands_in_front_of_the_next_reply_and_only_once(store: SqliteStore, say: Say) -> None:
    say("你好")
    write(store, "test:王阿姨", "路灯已经修好。", "感谢您的反映。")
    text = say("法律援助怎么申请").text
    assert text.index("路灯已经修好。") < text.index("感谢您的反映。") < text.index("区司法局")
    assert "路灯" not in say("法律援助怎么申请").text
    assert ways(store) == [("sent", "next_message")] * 2


def test_nobody_else_gets_it(store: SqliteStore, say: Say) -> None:
    say("你好", who="王阿姨")
    write(store, "test:王阿姨", "路灯已经修好。")
    assert "路灯" not in say("你好", who="李大爷").text


def test_it_stands_in_the_conversation_once(store: SqliteStore, say: Say) -> None:
    say("你好")
    write(store, "test:王阿姨", "路灯已经修好。")
    say("谢谢")
    assert sum("路灯已经修好" in message.text for message in store.history("test:王阿姨")) == 1


@pytest.mark.parametrize("question", ["你好", "法律援助怎么申请", "我能办什么", "我妈瘫痪三年了，家里低保", "有哪些领域", "投诉"])
def test_in_wechat_letters_and_reply_fit_into_2048_bytes(store: SqliteStore, say: Say, question: str) -> None:
    say("你好")
    letters = ["第一封：" + "修" * 400, "第二封：" + "路" * 30, "第三封：" + "灯" * 300]
    write(store, "test:王阿姨", *letters)
    shown = [render(say(question, limit=REPLY_BYTES)) for _ in range(3)]
    assert all(len(text.encode()) <= REPLY_BYTES for text in shown)
    told = "".join(shown)
    assert [told.count(letter) for letter in letters] == [1, 1, 1]
    assert [told.index(letter) for letter in letters] == sorted(told.index(letter) for letter in letters)


def test_the_longest_letter_leaves_the_reply_its_room(store: SqliteStore, say: Say) -> None:
    say("你好")
    write(store, "test:王阿姨", "字" * (PART_BYTES // 3))
    text = say("法律援助怎么申请", limit=REPLY_BYTES).text
    assert "字" * (PART_BYTES // 3) in text and "区司法局" in text


def test_nothing_stands_before_the_number_to_call_in_danger(store: SqliteStore, say: Say) -> None:
    say("你好")
    write(store, "test:王阿姨", "路灯已经修好。")
    reply = say("家里着火了快来人")
    assert reply.mode is Mode.EMERGENCY and "路灯" not in reply.text
    assert "路灯已经修好。" in say("你好").text


def test_who_had_everything_deleted_gets_nothing_more(store: SqliteStore, say: Say) -> None:
    say("你好")
    say("删除我的记录")
    write(store, "test:王阿姨", "井盖也修好了。")
    told = say("确认删除").text
    assert "已经全部删除" in told and "井盖" not in told
    assert ways(store) == []
    assert "井盖" not in say("你好").text


def test_the_page_shows_it_and_the_reply_does_not_repeat_it(store: SqliteStore, client: FlaskClient) -> None:
    client.post("/api/chat", json={"text": "你好"})
    resident = store.engine.rows("select resident from conversations")[0]["resident"]
    write(store, resident, "路灯已经修好。")
    assert "路灯" not in client.post("/api/chat", json={"text": "谢谢"}).get_json()["reply"]
    assert ways(store) == [("waiting", None)]
    shown = client.get("/api/messages").get_json()["messages"]
    assert [message["text"] for message in shown if message["from"] == "staff"] == ["路灯已经修好。"]
    assert ways(store) == [("sent", "page")]


def test_a_page_that_saw_nothing_new_leaves_it_waiting(store: SqliteStore, client: FlaskClient) -> None:
    client.post("/api/chat", json={"text": "你好"})
    resident = store.engine.rows("select resident from conversations")[0]["resident"]
    write(store, resident, "路灯已经修好。")
    last = store.history(resident)[-1].id
    client.get(f"/api/messages?after={last}")
    assert ways(store) == [("waiting", None)]


def test_a_bearer_gets_it_in_front(store: SqliteStore, client: FlaskClient) -> None:
    client.post("/api/chat", json={"text": "你好", "user": "甲"})
    write(store, "api:甲", "路灯已经修好。")
    assert "路灯已经修好。" in client.post("/api/chat", json={"text": "你好", "user": "甲"}).get_json()["reply"]


def test_a_dead_letter_can_be_sent_again_or_given_up(store: SqliteStore, say: Say, clock: Clock) -> None:
    say("你好")
    write(store, "test:王阿姨", "路灯已经修好。", "井盖也修好了。")
    with store.engine.write() as db:
        db.execute("update outbox set state = 'dead', last_error = '可能已送达'")
    outbox = SqliteOutbox(store.engine)
    assert "路灯" not in say("你好").text
    second, first = outbox.list_dead()
    assert outbox.resend(first.id, "张三", AT) and not outbox.resend(first.id, "张三", AT)
    assert outbox.give_up(second.id, "张三", AT) and not outbox.give_up(second.id, "张三", AT)
    assert outbox.list_dead() == []
    assert [attempt.outcome for attempt in outbox.attempts(first.id)] == ["resent"]
    text = say("你好").text
    assert "路灯已经修好。" in text and "井盖" not in text
    assert outbox.counts() == {"sent": 1, "given_up": 1}


def test_the_metrics_tell_how_many_letters_are_in_each_state(store: SqliteStore, client: FlaskClient, say: Say) -> None:
    say("你好")
    write(store, "test:王阿姨", "路灯已经修好。", "井盖也修好了。")
    with store.engine.write() as db:
        db.execute("update outbox set state = 'dead' where id = 1")
    text = client.get("/metrics").text
    assert 'bot_letters{state="dead"} 1.0' in text and 'bot_letters{state="waiting"} 1.0' in text


def test_before_a_reply_without_words_nothing_is_set_off(store: SqliteStore) -> None:
    write(store, "test:王阿姨", "路灯已经修好。")
    with store.engine.write() as db:
        front = front_of(waiting_for(db, "test:王阿姨"), 2048)
    assert front.before("").text == "【新回复】\n路灯已经修好。"
    assert front.before("您好").text == "【新回复】\n路灯已经修好。\n————\n"
