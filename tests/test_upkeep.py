"""Backing up, restoring and checking, as an operator does."""

import io
import json
import os
import re
import socket
import sqlite3
import tarfile
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app import Installation, main
from bot.store.engine import Engine, migrate
from bot.store.knowledge import KnowledgeStore
from bot.store.sqlite import SqliteStore
from tests.conftest import Clock, Say, free_port


@pytest.fixture
def data(store: SqliteStore, monkeypatch: pytest.MonkeyPatch, installation: Installation, clock: Clock) -> Path:
    """The folder of an installation in which residents have spoken."""
    folder = store.engine.path.parent
    monkeypatch.chdir(folder)
    monkeypatch.setenv("BOT_STORE_URL", f"sqlite:///{store.engine.path}")
    monkeypatch.setenv("BOT_SERVER_PORT", str(free_port()))
    KnowledgeStore(store.engine).bring_in(installation.knowledge, clock())
    (folder / "secret.key").write_text("0123456789abcdef")
    return folder


def run(*words: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(main, list(words), input=answer)


def told(result: Result) -> str:
    return result.output + str(result.exception or "")


def test_what_was_backed_up_comes_back_and_what_was_there_is_kept(data: Path, say: Say, store: SqliteStore) -> None:
    say("正阳街路灯坏了三天没人修")
    number = say("确认").ticket
    made = run("backup", "a.tar.gz")
    assert made.exit_code == 0 and "1件工单" in made.output
    assert os.stat("a.tar.gz").st_mode & 0o077 == 0
    say("法律援助怎么申请")
    (data / "secret.key").write_text("another")
    store.engine.close()
    restored = run("restore", "a.tar.gz", answer="y\n")
    assert restored.exit_code == 0, told(restored)
    engine = Engine(data / "bot.db")
    assert [row["number"] for row in engine.rows("select number from tickets")] == [number]
    assert engine.rows("select count(*) as n from messages where text = '法律援助怎么申请'")[0]["n"] == 0
    assert (data / "secret.key").read_text() == "0123456789abcdef"
    (kept,) = data.glob("before-restore-*")
    assert Engine(kept / "bot.db").rows("select count(*) as n from messages where text = '法律援助怎么申请'")[0]["n"] == 1
    assert (kept / "secret.key").read_text() == "another"


def test_a_backup_during_writing_is_whole(data: Path, store: SqliteStore) -> None:
    done = threading.Event()

    def write() -> None:
        """Pairs of rows, always both in one transaction."""
        engine, k = Engine(store.engine.path), 0
        while not done.is_set():
            k += 1
            with engine.write() as db:
                db.execute("insert into versions values (?, 1)", [f"a{k}"])
                db.execute("insert into versions values (?, 1)", [f"b{k}"])
        engine.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for k in range(5):
            assert run("backup", f"{k}.tar.gz").exit_code == 0
    finally:
        done.set()
        writer.join()
    for k in range(5):
        with tarfile.open(f"{k}.tar.gz") as archive:
            archive.extract("bot.db", data / f"out{k}", filter="data")
        names = [row["name"] for row in Engine(data / f"out{k}" / "bot.db").rows("select name from versions where number = 1")]
        assert {name[1:] for name in names if name[0] == "a"} == {name[1:] for name in names if name[0] == "b"}


def test_a_file_that_is_there_is_not_overwritten(data: Path) -> None:
    Path("a.tar.gz").write_text("wichtig")
    refused = run("backup", "a.tar.gz")
    assert refused.exit_code == 1 and "已经有了" in told(refused) and Path("a.tar.gz").read_text() == "wichtig"
    assert not list(data.glob(".backup-*"))


def packed(path: str, files: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


def unpacked(path: str) -> dict[str, bytes]:
    with tarfile.open(path) as archive:
        return {entry.name: archive.extractfile(entry).read() for entry in archive}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "spoil",
    [
        "no archive",
        "cut short",
        "another file inside",
        "outside",
        "changed",
        "no manifest",
        "newer",
        "damaged",
        "missing",
        "a folder",
    ],
)
def test_what_is_no_sound_backup_changes_nothing(data: Path, store: SqliteStore, spoil: str) -> None:
    run("backup", "good.tar.gz")
    good = unpacked("good.tar.gz")
    if spoil == "no archive":
        Path("bad.tar.gz").write_bytes(b"hello")
    elif spoil == "cut short":
        Path("bad.tar.gz").write_bytes(Path("good.tar.gz").read_bytes()[:2000])
    elif spoil == "another file inside":
        packed("bad.tar.gz", {**good, "model.pickle": b"x"})
    elif spoil == "outside":
        packed("bad.tar.gz", {"../evil": b"x", **good})
    elif spoil == "changed":
        packed("bad.tar.gz", {**good, "secret.key": b"mine"})
    elif spoil == "no manifest":
        packed("bad.tar.gz", {"bot.db": good["bot.db"]})
    elif spoil == "newer":
        manifest = json.loads(good["manifest.json"])
        manifest["steps"].append("9999_from_the_future")
        packed("bad.tar.gz", {**good, "manifest.json": json.dumps(manifest).encode()})
    elif spoil == "damaged":
        import hashlib

        broken = good["bot.db"][:8192] + b"\0" * 40_000 + good["bot.db"][48_192:]
        manifest = json.loads(good["manifest.json"])
        manifest["sha256"]["bot.db"] = hashlib.sha256(broken).hexdigest()
        packed("bad.tar.gz", {**good, "bot.db": broken, "manifest.json": json.dumps(manifest).encode()})
    elif spoil == "folder":
        Path("bad.tar.gz").mkdir()
    store.engine.close()
    before = (data / "bot.db").read_bytes()
    refused = run("restore", "--yes", "bad.tar.gz")
    assert refused.exit_code in (1, 2) and refused.exception is not None, told(refused)
    assert "Traceback" not in told(refused) and len(told(refused)) > 10
    assert (data / "bot.db").read_bytes() == before
    assert not list(data.glob("before-restore-*")) and not list(data.glob(".restore-*")) and not Path("../evil").exists()


def test_nothing_is_restored_under_a_running_service(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("backup", "a.tar.gz")
    with socket.socket() as service:
        service.bind(("127.0.0.1", 0))
        service.listen()
        monkeypatch.setenv("BOT_SERVER_PORT", str(service.getsockname()[1]))
        assert "用不了" in told(run("restore", "--yes", "a.tar.gz"))
    assert not list(data.glob("before-restore-*"))


def test_whoever_says_no_keeps_what_is_there(data: Path) -> None:
    run("backup", "a.tar.gz")
    assert run("restore", "a.tar.gz", answer="n\n").exit_code == 1
    assert not list(data.glob("before-restore-*"))


def test_a_backup_restores_into_an_empty_folder(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, say: Say) -> None:
    say("法律援助怎么申请")
    run("backup", "a.tar.gz")
    monkeypatch.setenv("BOT_STORE_URL", f"sqlite:///{tmp_path}/new/folder/bot.db")
    restored = run("restore", "a.tar.gz")
    assert restored.exit_code == 0, told(restored)
    assert Engine(tmp_path / "new/folder/bot.db").rows("select count(*) as n from messages")[0]["n"] == 2


def lines(result: Result) -> dict[str, str]:
    return dict(re.findall(r"^(\S+?)：(.*)$", result.output, re.MULTILINE))


def test_a_check_tells_each_thing_that_is_wrong(data: Path, say: Say, store: SqliteStore) -> None:
    say("正阳街路灯坏了三天没人修")
    say("确认")
    first = lines(run("check"))
    assert {name: words for name, words in first.items() if name not in ("分类器", "错误")} == dict.fromkeys(
        ("数据库", "知识库", "工单编号", "没送到的信", "磁盘"), "好"
    )
    with store.engine.write() as db:
        db.execute("pragma defer_foreign_keys = on")
        number = db.execute("select number from tickets").fetchone()[0]
        wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
        db.execute("update tickets set number = ?", [wrong])
        db.execute("update ticket_events set number = ?", [wrong])
        db.execute("update ticket_reporters set number = ?", [wrong])
        db.execute("delete from ticket_sequences")
        db.execute("insert into outbox (key, kind, text, state, next_at, at) values ('k', 'alert', 't', 'dead', '', '')")
    result = run("check")
    second = lines(result)
    assert result.exit_code == 1 and "校验位不对" in second["工单编号"] and "编号会重复" in second["工单编号"]
    assert second["没送到的信"].startswith("1 封")


def test_a_check_of_a_damaged_database_says_so(data: Path, store: SqliteStore) -> None:
    store.engine.db.execute("pragma wal_checkpoint(truncate)")
    store.engine.close()
    whole = (data / "bot.db").read_bytes()
    (data / "bot.db").write_bytes(whole[:8192] + b"\0" * 40_000 + whole[48_192:])
    result = run("check")
    assert result.exit_code == 1 and lines(result)["数据库"] != "好" and "Traceback" not in told(result)


def test_without_a_database_each_command_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOT_STORE_URL", f"sqlite:///{tmp_path}/none/bot.db")
    for words in (("check",), ("backup", "a.tar.gz")):
        refused = run(*words)
        assert refused.exit_code == 1 and "还没有数据库" in told(refused)


def test_an_older_backup_is_brought_up_to_date(data: Path, store: SqliteStore) -> None:
    """A backup from before the last step: the step is taken after restoring."""
    run("backup", "a.tar.gz")
    files = unpacked("a.tar.gz")
    (data / "old.db").write_bytes(files["bot.db"])
    connection = sqlite3.connect(data / "old.db")
    connection.execute("delete from _sqlite_migrations where name = '0061_statistics'")
    for name in ("counted_days", "daily_turns", "daily_services", "daily_gaps"):
        connection.execute(f"drop table {name}")
    connection.execute("drop index messages_by_at")
    connection.commit()
    connection.close()
    store.engine.close()
    (data / "bot.db").unlink()
    (data / "old.db").rename(data / "bot.db")
    run("backup", "old.tar.gz")
    assert run("restore", "--yes", "old.tar.gz").exit_code == 0
    assert Engine(data / "bot.db").rows("select count(*) as n from daily_turns")[0]["n"] == 0
    migrate(data / "bot.db")
