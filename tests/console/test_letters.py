"""Letters that did not arrive, in the console; alerts of emergencies and of who waits for a person."""

from collections.abc import Callable

import pytest

from bot.store.outbox import put, written_to_resident
from bot.store.sqlite import SqliteStore
from tests.conftest import Say
from tests.console.conftest import Clerk

AT = "2026-03-02T02:00:00.000+00:00"
PAGE = "/console/letters/"


def die(store: SqliteStore, error: str = "可能已送达：请求已发出") -> None:
    with store.engine.write() as db:
        db.execute("update outbox set state = 'dead', last_error = ?", [error])


def dead_letter(store: SqliteStore, text: str = "路灯已经修好。", ticket: str | None = None) -> None:
    with store.engine.write() as db:
        written_to_resident(db, "wechat:oWangAyi", text, text, at=AT, ticket=ticket)
    die(store)


@pytest.mark.parametrize("role", ["administrator", "dispatcher"])
def test_they_are_listed_with_the_reason_and_counted(clerk: Callable[..., Clerk], store: SqliteStore, role: str) -> None:
    somebody = clerk(role)
    assert "没有没送到的信" in somebody.get(PAGE).text
    dead_letter(store)
    page = somebody.get(PAGE).text
    assert "路灯已经修好。" in page and "可能已送达" in page and "封没送到</span>" in page


def test_one_is_sent_again_and_another_given_up(clerk: Callable[..., Clerk], store: SqliteStore) -> None:
    dead_letter(store, "第一封")
    dead_letter(store, "第二封")
    somebody = clerk("dispatcher")
    first, second = [row["id"] for row in store.engine.rows("select id from outbox order by id")]
    assert somebody.post(f"{PAGE}{first}/resend").status_code == 302
    assert somebody.post(f"{PAGE}{second}/give-up").status_code == 302
    assert [row["state"] for row in store.engine.rows("select state from outbox order by id")] == ["waiting", "given_up"]
    assert somebody.post(f"{PAGE}{first}/resend").status_code == 404
    done = store.engine.rows(
        "select action, object, username from audit where action like 'letter.%' and action <> 'letter.view'"
    )
    assert [(row["action"], row["object"], row["username"]) for row in done] == [
        ("letter.resend", str(first), "dispatcher"),
        ("letter.give_up", str(second), "dispatcher"),
    ]


def test_of_a_secret_matter_nobody_sees_what_was_written_to_whom(clerk: Callable[..., Clerk], store: SqliteStore) -> None:
    with store.engine.write() as db:
        db.execute(
            "insert into tickets (number, code, day, sequence, kind, matter, state, secret, at, updated_at)"
            " values ('LY-1', '1', '20260302', 1, 'report', '占道', 'received', 1, ?, ?)",
            [AT, AT],
        )
    dead_letter(store, "王阿姨，您举报的占道经营已查处。", ticket="LY-1")
    page = clerk("administrator").get(PAGE).text
    assert "保密举报" in page
    assert "王阿姨" not in page and "占道" not in page and "oWangAyi" not in page


def alerts(store: SqliteStore) -> list[str]:
    return [row["text"] for row in store.engine.rows("select text from outbox where kind = 'alert' order by id")]


def test_staff_are_alerted_of_an_emergency_once_and_without_the_residents_words(store: SqliteStore, say: Say) -> None:
    say("正阳街12号家里着火了，快来人，我叫王秀英")
    say("着火了着火了")
    (alert,) = alerts(store)
    assert "危险" in alert and "王秀英" not in alert and "正阳街" not in alert


def test_an_ordinary_question_alerts_nobody(store: SqliteStore, say: Say) -> None:
    say("法律援助怎么申请")
    assert alerts(store) == []


def test_a_reply_that_carries_words_of_a_secret_matter_is_sealed(store: SqliteStore, say: Say) -> None:
    say("你好")
    with store.engine.write() as db:
        line = written_to_resident(db, "test:王阿姨", "您举报的事已查处。", "k", at=AT)
        db.execute("update messages set sealed = 1 where id = ?", [line])
        put(db, "other", "resident", "路灯修好了。", resident="test:李大爷", at=AT)
    assert "您举报的事已查处。" in say("谢谢").text
    sealed = store.engine.rows("select sealed from messages where author = 'service' order by id")
    assert [row["sealed"] for row in sealed] == [0, 1]
