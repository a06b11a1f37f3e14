"""A disk without room: residents are told, nothing is half kept, the service says so and goes on by itself."""

import errno
import os
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from bot.commands.common import one_line_errors
from bot.server import counters_folder
from bot.store.engine import reason
from bot.store.sqlite import SqliteStore
from tests.conftest import Say


@contextmanager
def no_room(store: SqliteStore) -> Iterator[None]:
    """No file can grow beyond what the store's log has: what a full disk says, SQLite hears."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(f"{store.engine.path}-wal"), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_told_nothing_is_half_filed_and_all_goes_on_when_there_is_room(
    client: FlaskClient, store: SqliteStore, say: Say
) -> None:
    say("我要投诉春城大街的垃圾没人收")
    assert client.get("/readyz").status_code == 200
    with no_room(store):
        refused = say("确认")
        assert refused.ticket is None and "没有存下来" in refused.text
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200 and client.get("/").status_code == 200
    assert store.engine.rows("select count(*) n from tickets")[0]["n"] == 0
    assert client.get("/readyz").status_code == 200
    assert say("确认").ticket
    assert [row["n"] for row in store.engine.rows("select count(*) n from ticket_events group by number")] != []


def test_the_workers_counters_lie_in_memory_and_those_of_the_last_start_are_deleted(tmp_path: Path) -> None:
    first = counters_folder(tmp_path)
    (first / "counter_1.db").write_bytes(b"1")
    assert first.is_relative_to("/dev/shm") or not os.access("/dev/shm", os.W_OK)
    second = counters_folder(tmp_path)
    assert not first.exists() and (tmp_path / "metrics").resolve() == second
    second.rmdir()
    (tmp_path / "metrics").unlink()
    (tmp_path / "metrics").mkdir()  # as earlier versions left it
    third = counters_folder(tmp_path)
    assert (tmp_path / "metrics").resolve() == third
    third.rmdir()


def test_an_operator_is_told_in_chinese_what_to_mend(tmp_path: Path) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    assert reason(error, tmp_path / "bot.db") == "disk I/O error"  # nothing else is known
    assert reason(error, Path("/proc/self/nowhere/bot.db")) == "disk I/O error"
    assert reason(error, Path("/sys/bot.db")) in ("这个文件夹只能读，不能写", "磁盘满了")
    with pytest.raises(SystemExit, match="磁盘满了：backup"), one_line_errors():
        raise OSError(errno.ENOSPC, "No space left on device", "backup.tar.gz")
