"""Putting letters in, inside anybody's transaction."""

import datetime

import pytest

from bot.delivery.outbox import PART_BYTES, BackOff, parts_of
from bot.store.outbox import put, written_to_resident
from bot.store.sqlite import SqliteStore
from tests.conftest import Say

AT = "2026-03-02T02:00:00.000+00:00"


def letters(store: SqliteStore) -> list[tuple[str, str]]:
    return [(row["key"], row["text"]) for row in store.engine.rows("select key, text from outbox order by id")]


def test_a_key_is_put_in_once(store: SqliteStore) -> None:
    with store.engine.write() as db:
        assert put(db, "a", "alert", "新工单", at=AT)
        assert not put(db, "a", "alert", "新工单", at=AT)
    assert letters(store) == [("a", "新工单")]


def test_what_is_put_in_goes_with_the_transaction_that_failed(store: SqliteStore) -> None:
    with pytest.raises(ZeroDivisionError), store.engine.write() as db:
        put(db, "a", "alert", "新工单", at=AT)
        raise ZeroDivisionError
    assert letters(store) == []


def test_what_is_written_to_a_resident_stands_in_the_conversation_at_once(store: SqliteStore, say: Say) -> None:
    say("你好", who="王阿姨")
    with store.engine.write() as db:
        line = written_to_resident(db, "test:王阿姨", "已经修好了。", "ticket:1:answer", at=AT)
        assert written_to_resident(db, "test:王阿姨", "已经修好了。", "ticket:1:answer", at=AT) is None
    shown = store.history("test:王阿姨")[-1]
    assert (shown.id, shown.author, shown.text) == (line, "staff", "已经修好了。")
    assert [message.text for message in store.history("test:王阿姨")].count("已经修好了。") == 1
    assert letters(store) == [("ticket:1:answer", "已经修好了。")]


def test_what_is_long_stands_in_the_conversation_as_one_and_goes_in_parts(store: SqliteStore, say: Say) -> None:
    say("你好", who="王阿姨")
    text = "您反映的路灯问题已经修好。" * 80
    with store.engine.write() as db:
        written_to_resident(db, "test:王阿姨", text, "k", at=AT)
    assert store.history("test:王阿姨")[-1].text == text
    parts = [text for _, text in letters(store)]
    assert "".join(parts) == text and all(len(part.encode()) <= PART_BYTES for part in parts)


@pytest.mark.parametrize("text", ["", "短", "字" * 3000, "a。" * 2000, "第一行\n" * 500, "😀" * 900])
def test_parts_are_short_enough_and_lose_nothing(text: str) -> None:
    parts = parts_of(text)
    assert "".join(parts).replace("\n", "") == text.replace("\n", "")
    assert all(len(part.encode()) <= PART_BYTES for part in parts)


def test_waits_grow_and_end() -> None:
    back_off, now = BackOff(5, 3, 3600, 0.2, 8), datetime.datetime(2026, 3, 2, tzinfo=datetime.UTC)
    waits = [back_off.next_at(n, now, chance=0.5) for n in range(1, 8)]
    seconds = [(at - now).total_seconds() for at in waits if at]
    assert seconds == [5, 15, 45, 135, 405, 1215, 3600]
    assert back_off.next_at(8, now) is None
    early, late = back_off.next_at(1, now, chance=0), back_off.next_at(1, now, chance=1)
    assert early and late and (early - now).total_seconds() == 4 and (late - now).total_seconds() == 6
    patient = back_off.next_at(1, now, at_least=60)
    assert patient and (patient - now).total_seconds() == 60
