"""What must survive, in a real SQLite file: across threads, processes, crashes and full disks."""

import datetime
import json
import multiprocessing
import os
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from bot.dialogue.ports import ForStaff, Kept, StoreError
from bot.messages import Item, Message, Mode, Option, Reply, SuggestedUnit
from bot.store.engine import connect, migrate
from bot.store.migrations import migrations
from bot.store.sqlite import SqliteStore
from bot.tickets.matters import Draft, Matter

NOON = datetime.datetime(2026, 3, 2, 4, 0, tzinfo=datetime.UTC)
DRAFT = Draft(Matter.COMPLAINT, "垃圾没人收", "春城大街", None, "区城管局")
PROCESSES = multiprocessing.get_context("spawn")


def turn_of(resident: str, text: str, *, state: dict[str, Any] | None = None, delivery: str | None = None) -> Kept:
    message = Message(resident, text, "test", delivery=delivery)
    staff = [ForStaff("question", "没听懂", "legal-aid", "区司法局")]
    return Kept(message, Reply(Mode.REJECT, f"答：{text}"), state or {"version": 1}, {"step": "act"}, staff, NOON, "r1")


def say(store: SqliteStore, resident: str, text: str, **more: Any) -> int:
    with store.turn(resident) as turn:
        return turn.keep(turn_of(resident, text, **more))


def file_ticket(store: SqliteStore, resident: str) -> str:
    with store.turn(resident) as turn:
        number = turn.tickets(NOON).file(DRAFT).number
        turn.keep(turn_of(resident, "确认"))
    return number


def count(path: Path, sql: str = "select count(*) from messages where author = 'resident'") -> int:
    with sqlite3.connect(path) as db:
        return int(db.execute(sql).fetchone()[0])


@pytest.fixture
def path(tmp_path: Path, store: SqliteStore) -> Path:
    return tmp_path / "bot.db"


def sound(path: Path) -> bool:
    with sqlite3.connect(path) as db:
        return bool(
            db.execute("pragma integrity_check").fetchone()[0] == "ok" and not db.execute("pragma foreign_key_check").fetchall()
        )


# -- shapes --------------------------------------------------------------------------------------------------------------


def test_a_new_file_gets_every_table_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "bot.db"
    migrate(path)
    shape = Database(path).schema
    say(SqliteStore(path), "a", "你好")
    migrate(path)
    assert Database(path).schema == shape
    assert count(path) == 1
    assert {"conversations", "messages", "deliveries", "inbox", "tickets", "ticket_events"} <= set(Database(path).table_names())


def test_two_processes_that_start_together_both_find_the_newest_shape(tmp_path: Path) -> None:
    starting = [PROCESSES.Process(target=migrate, args=(tmp_path / "bot.db",)) for _ in range(4)]
    for process in starting:
        process.start()
    for process in starting:
        process.join(60)
    assert [process.exitcode for process in starting] == [0] * 4
    say(SqliteStore(tmp_path / "bot.db"), "a", "你好")


def test_every_migration_keeps_the_data_of_the_version_before(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    db = connect(path)
    migrations.apply(db, stop_before="0002_tickets")
    at, reply = NOON.isoformat(timespec="milliseconds"), Reply(Mode.CHITCHAT, "答：你好").as_json()
    db.execute("insert into conversations values ('a', 'test', ?, ?, ?)", [json.dumps({"version": 1, "failures": 3}), at, at])
    columns = "resident, author, kind, text, reply, answers, request_id, at"
    asked = f"insert into messages ({columns}) values ('a', 'resident', 'text', '你好', null, null, 'r', ?)"
    answered = f"insert into messages ({columns}) values ('a', 'service', 'text', '答：你好', ?, 1, 'r', ?)"
    db.execute(asked, [at])
    db.execute(answered, [json.dumps(reply), at])
    db.execute("insert into deliveries values ('d1', 2, ?)", [at])
    db.conn.commit()
    db.close()
    migrate(path)
    new = SqliteStore(path)
    assert [message.text for message in new.history("a")] == ["你好", "答：你好"]
    with new.turn("a") as turn:
        assert turn.state() == {"version": 1, "failures": 3}
        assert turn.earlier("d1") is not None
    assert file_ticket(new, "a")
    assert sound(path)


# -- a turn --------------------------------------------------------------------------------------------------------------


def test_what_a_turn_kept_comes_back_as_it_was(store: SqliteStore) -> None:
    item = Item(51, "legal-aid", "法律援助", ("区司法局",), 0.9)
    reply = Reply(
        Mode.ANSWER,
        "答\n两行",
        (item,),
        (Option("1", "找谁办"),),
        True,
        SuggestedUnit("区城管局", 0.5),
        "LY-1",
        ({"law": "《法》"},),
    )
    with store.turn("a") as turn:
        assert turn.state() is None and turn.earlier("d") is None
        number = turn.keep(
            Kept(Message("a", "问", "test", delivery="d"), reply, {"version": 1, "x": "中"}, {"why": 1}, [], NOON, "r")
        )
    with store.turn("a") as turn:
        assert turn.state() == {"version": 1, "x": "中"}
        assert turn.earlier("d") == (number, reply)
        assert turn.count_messages() == 2
    with store.turn("b") as turn:
        assert turn.state() is None and turn.count_messages() == 0


def test_a_turn_that_fails_halfway_leaves_nothing(store: SqliteStore, path: Path) -> None:
    say(store, "a", "先前")
    with pytest.raises(ZeroDivisionError), store.turn("a") as turn:
        turn.tickets(NOON).file(DRAFT)
        turn.keep(turn_of("a", "半句", delivery="d"))
        raise ZeroDivisionError
    assert [m.text for m in store.history("a")] == ["先前", "答：先前"]
    assert count(path, "select count(*) from tickets") == count(path, "select count(*) from deliveries") == 0
    say(store, "a", "后来")


def _stop_inside_a_turn(path: Path, at: Any) -> None:
    store = SqliteStore(path)
    with store.turn("a") as turn:
        turn.tickets(NOON).file(DRAFT)
        turn.keep(turn_of("a", "半句", delivery="d"))
        at.set()
        time.sleep(60)


def test_a_turn_whose_process_is_killed_leaves_nothing_and_hinders_nobody(store: SqliteStore, path: Path) -> None:
    say(store, "a", "先前")
    written = PROCESSES.Event()
    process = PROCESSES.Process(target=_stop_inside_a_turn, args=(path, written))
    process.start()
    assert written.wait(60)
    process.kill()
    process.join(10)
    say(store, "a", "后来", delivery="d")
    assert [m.text for m in store.history("a")] == ["先前", "答：先前", "后来", "答：后来"]
    assert count(path, "select count(*) from tickets") == 0
    assert sound(path)


# -- at once -------------------------------------------------------------------------------------------------------------

EACH = 40


def _count_up(store: SqliteStore, resident: str) -> None:
    """Read the state, think a little, write one more: what is lost when turns interleave."""
    with store.turn(resident) as turn:
        number = (turn.state() or {"count": 0})["count"] + 1
        time.sleep(0.0005)
        turn.keep(turn_of(resident, str(number), state={"version": 1, "count": number}))


def _count_up_often(path: Path, residents: list[str]) -> None:
    store = SqliteStore(path)
    for k in range(EACH):
        _count_up(store, residents[k % len(residents)])


def test_threads_that_write_at_once_lose_nothing_and_no_residents_turns_interleave(store: SqliteStore, path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda k: _count_up(store, f"r{k % 3}"), range(120)))
    for resident in ("r0", "r1", "r2"):
        said = [m.text for m in store.history(resident, most=200) if m.author == "resident"]
        assert said == [str(k) for k in range(1, 41)]
    assert sound(path)


def test_processes_that_write_at_once_lose_nothing_and_no_residents_turns_interleave(store: SqliteStore, path: Path) -> None:
    writing = [PROCESSES.Process(target=_count_up_often, args=(path, ["a", "b"])) for _ in range(3)]
    for process in writing:
        process.start()
    for process in writing:
        process.join(120)
    assert [process.exitcode for process in writing] == [0] * 3
    for resident in ("a", "b"):
        said = [m.text for m in store.history(resident, most=1000) if m.author == "resident"]
        assert said == [str(k) for k in range(1, 3 * EACH // 2 + 1)]
    assert sound(path)


def test_every_reply_stands_right_behind_what_it_answers(store: SqliteStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda k: say(store, "a", str(k)), range(60)))
    past = store.history("a", most=200)
    assert [m.text for m in past[1::2]] == [f"答：{m.text}" for m in past[::2]]


def _file_many(path: Path, found: Any) -> None:
    store = SqliteStore(path)
    found.put([file_ticket(store, f"{os.getpid()}-{k}") for k in range(20)])


def test_ticket_numbers_are_given_once_however_many_file_at_the_same_time(store: SqliteStore, path: Path) -> None:
    found = PROCESSES.Queue()
    filing = [PROCESSES.Process(target=_file_many, args=(path, found)) for _ in range(2)]
    for process in filing:
        process.start()
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda k: file_ticket(store, f"t{k}"), range(20)))
    for process in filing:
        numbers += found.get(timeout=60)
        process.join(10)
    assert len(numbers) == len(set(numbers)) == 60
    assert all(number.startswith("LY-20260302-") for number in numbers)


def test_a_ticket_number_is_not_given_again_after_its_owner_was_forgotten(store: SqliteStore) -> None:
    first = file_ticket(store, "a")
    with store.turn("a") as turn:
        turn.forget()
    assert file_ticket(store, "b") != first


# -- forgetting ----------------------------------------------------------------------------------------------------------


def test_forgetting_leaves_nothing_of_the_resident_in_any_table(store: SqliteStore, path: Path) -> None:
    marked = "独一无二的话"
    for resident in ("wechat:oGone", "wechat:oStays"):
        say(store, resident, marked if resident == "wechat:oGone" else "别人的话", delivery=f"wechat:{resident}:1")
        number = file_ticket(store, resident)
        with store.turn(resident) as turn:
            turn.tickets(NOON).perform(number, "add", text=f"{resident}补充")
    with store.turn("wechat:oGone") as turn:
        assert turn.forget() == 4
    with sqlite3.connect(path) as db:
        tables = [
            row[0] for row in db.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")
        ]
        everything = {table: str(db.execute(f'select * from "{table}"').fetchall()) for table in tables}
    assert [table for table, text in everything.items() if "oGone" in text or marked in text] == []
    assert len([table for table, text in everything.items() if "oStays" in text]) >= 5
    assert store.history("wechat:oGone") == []
    assert sound(path)


def test_a_resident_who_was_forgotten_may_come_back_as_a_new_one(store: SqliteStore) -> None:
    say(store, "a", "你好", delivery="d")
    with store.turn("a") as turn:
        turn.forget()
        turn.keep(turn_of("a", "确认删除"))
    with store.turn("a") as turn:
        assert turn.earlier("d") is None
        assert turn.count_messages() == 2


# -- reading -------------------------------------------------------------------------------------------------------------


def test_history_is_the_latest_oldest_first_and_only_ones_own(store: SqliteStore) -> None:
    numbers = [say(store, "a", str(k)) for k in range(40)]
    say(store, "b", "别人")
    past = store.history("a")
    assert len(past) == 50
    assert [m.text for m in past][-2:] == ["39", "答：39"]
    assert [m.id for m in past] == sorted(m.id for m in past)
    assert [m.text for m in store.history("a", after=numbers[-2])] == ["39", "答：39"]
    assert store.history("a", after=numbers[-1]) == store.history("nobody") == []
    assert past[-1].reply is not None and past[-1].reply["mode"] == "reject"
    assert past[-2].reply is None


def test_a_ticket_is_its_owners_only_and_keeps_its_history(store: SqliteStore, path: Path) -> None:
    numbers = [file_ticket(store, "a") for _ in range(3)]
    with store.turn("a") as turn:
        desk = turn.tickets(NOON)
        assert [ticket.number for ticket in desk.mine()] == numbers[::-1]
        desk.perform(numbers[0], "withdraw")
    with store.turn("a") as turn:
        ticket = turn.tickets(NOON).find(numbers[0])
        assert ticket is not None
        assert (ticket.state, ticket.matter, ticket.place, ticket.suggested) == (
            "withdrawn",
            "垃圾没人收",
            "春城大街",
            "区城管局",
        )
    with store.turn("b") as turn:
        assert turn.tickets(NOON).find(numbers[0]) is None and turn.tickets(NOON).mine() == []
    assert count(path, "select count(*) from ticket_events") == 4


# -- what goes wrong with files ------------------------------------------------------------------------------------------


def test_a_file_where_the_folder_should_be_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreError, match="data"):
        migrate(tmp_path / "data" / "bot.db")
    with pytest.raises(StoreError, match="data"):
        migrate(tmp_path / "data" / "deeper" / "bot.db")


@pytest.mark.parametrize("kind", ["folder", "garbage", "nowhere"])
def test_a_file_that_is_no_database_is_a_store_error_and_not_ready(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "bot.db" if kind != "nowhere" else tmp_path / "gone" / "bot.db"
    if kind == "folder":
        path.mkdir()
    elif kind == "garbage":
        path.write_bytes(b"this is no database " * 500)
    store = SqliteStore(path)
    with pytest.raises(StoreError):
        say(store, "a", "你好")
    with pytest.raises(StoreError):
        store.history("a")
    assert store.ready() is False
    if kind != "nowhere":
        with pytest.raises(StoreError):
            migrate(path)


def test_a_write_lock_that_is_held_too_long_is_a_store_error_and_then_over(store: SqliteStore, path: Path) -> None:
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("begin immediate")
    began = time.perf_counter()
    with pytest.raises(StoreError):
        say(store, "a", "你好")
    assert time.perf_counter() - began < 5
    assert store.ready() is False
    assert store.history("a") == []  # reading goes on
    holder.execute("rollback")
    holder.close()
    assert store.ready() is True
    say(store, "a", "你好")


def fill(store: SqliteStore) -> int:
    """Keep messages until no more fit; how many did."""
    for k in range(3000):
        try:
            say(store, "a", f"{k}" + "满" * 2000)
        except StoreError:
            return k
    raise AssertionError("the disk did not get full")


def check_after_full(store: SqliteStore, path: Path, kept: int) -> None:
    assert kept > 0
    said = [m.text.rstrip("满") for m in store.history("a", most=10_000) if m.author == "resident"]
    assert said == [str(k) for k in range(kept)]
    with pytest.raises(StoreError):
        say(store, "b", "再来" + "满" * 100_000)
    assert store.history("b") == []


def test_a_database_that_may_not_grow_is_a_store_error_and_keeps_what_it_has(store: SqliteStore, path: Path) -> None:
    store.engine.db.execute("pragma max_page_count = 150")
    kept = fill(store)
    check_after_full(store, path, kept)
    store.engine.db.execute("pragma max_page_count = 100000")
    say(store, "a", "又有地方了")
    assert sound(path)


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a disk")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def test_a_full_disk_is_a_store_error_and_keeps_what_it_has(tiny_disk: Path) -> None:
    path = tiny_disk / "bot.db"
    migrate(path)
    store = SqliteStore(path)
    kept = fill(store)
    check_after_full(store, path, kept)
    subprocess.run(["mount", "-o", "remount,size=8m", tiny_disk], check=True)
    say(store, "a", "又有地方了")
    assert store.ready()
    assert sound(path)
    assert count(path) == kept + 1
