"""A backup: the database as it was at one moment, and the secret that signs the residents' cookies, in one .tar.gz.

The trained model is left out: it comes from what the database holds, and a pickle from elsewhere should not be loaded.
"""

import datetime
import gzip
import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from bot.dialogue.ports import StoreError
from bot.store.engine import reason
from bot.store.migrations import migrations

FORMAT = 1
DATABASE, SECRET, MANIFEST = "bot.db", "secret.key", "manifest.json"
PAGES_AT_A_TIME = 2000
"""So many pages are copied before writers get their turn."""
LARGEST_SECRET = 4096


class BackupError(StoreError):
    """The backup cannot be made, or cannot be used; the words are for the operator."""


@dataclass(frozen=True)
class Contents:
    """What a backup holds: when it was made, its tables' steps, how many of what."""

    made_at: str
    steps: frozenset[str]
    counts: dict[str, int]


def back_up(database: Path, target: Path, now: datetime.datetime) -> Contents:
    """Write the backup, while the service may be running; ``target`` is there whole or not at all.

    Raises:
        BackupError: there is no database, it is damaged, or ``target`` is there already.
        OSError: it cannot be written.
    """
    if not database.exists():
        raise BackupError(f"还没有数据库 {database}，没有可以备份的")
    if target.exists():
        raise BackupError(f"{target} 已经有了，换个文件名")
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as folder:
        copy = Path(folder) / DATABASE
        _copy(database, copy)
        contents = Contents(now.isoformat(timespec="seconds"), _steps(copy), _counts(copy))
        secret = database.parent / SECRET
        files = {DATABASE: copy} | ({SECRET: secret} if secret.exists() else {})
        manifest = {
            "format": FORMAT,
            "made_at": contents.made_at,
            "steps": sorted(contents.steps),
            "counts": contents.counts,
            "sha256": {name: _digest(path) for name, path in files.items()},
        }
        written = Path(folder) / "backup"
        with written.open("wb") as raw:
            os.fchmod(raw.fileno(), 0o600)
            with gzip.GzipFile("", "wb", 6, raw) as packed, tarfile.open(fileobj=packed, mode="w|") as archive:
                _add(archive, MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1).encode())
                for name, path in files.items():
                    archive.add(path, name)
            raw.flush()
            os.fsync(raw.fileno())
        os.link(written, target)  # fails where something has come to be there meanwhile
    return contents


def restore(source: Path, database: Path, now: datetime.datetime) -> tuple[Contents, Path | None]:
    """Put a backup in the place of what is there; the latter is kept beside it.

    Returns:
        What was restored, and the folder into which the earlier files were moved, if there were any.

    Raises:
        BackupError: it is no backup, is damaged, or comes from a newer version; nothing was changed.
        OSError: it cannot be read or written.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=database.parent) as folder:
        contents = _unpack(source, Path(folder))
        moved = None
        there = [
            path
            for path in (database, Path(f"{database}-wal"), Path(f"{database}-shm"), database.parent / SECRET)
            if path.exists()
        ]
        if there:
            moved = database.parent / f"before-restore-{now:%Y%m%d-%H%M%S}"
            moved.mkdir()
            for path in there:
                shutil.move(path, moved / path.name)
        (Path(folder) / DATABASE).replace(database)
        if (Path(folder) / SECRET).exists():
            (Path(folder) / SECRET).replace(database.parent / SECRET)
            (database.parent / SECRET).chmod(0o600)
    return contents, moved


def faults_of(database: Path) -> list[str]:
    """What SQLite finds damaged in a database: nothing, if it is sound."""
    try:
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        try:
            found = [str(row[0]) for row in connection.execute("pragma integrity_check(20)") if row[0] != "ok"]
            found += [
                f"{row[0]} 的第 {row[1]} 行引用了不存在的 {row[2]}" for row in connection.execute("pragma foreign_key_check")
            ]
            return found
        finally:
            connection.close()
    except sqlite3.Error as error:
        return [str(error)]


def _copy(database: Path, copy: Path) -> None:
    """SQLite's own online backup: one moment's state, also while others write."""
    try:
        source, made = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10), sqlite3.connect(copy)
        try:
            source.backup(made, pages=PAGES_AT_A_TIME, sleep=0.01)
            made.execute("pragma journal_mode = delete")
        finally:
            source.close()
            made.close()
    except sqlite3.Error as error:
        raise BackupError(f"数据库 {database} 读不了：{reason(error, database)}") from error
    if faults := faults_of(copy):
        raise BackupError(f"数据库 {database} 坏了：{faults[0]}")


def _steps(database: Path) -> frozenset[str]:
    connection = sqlite3.connect(database)
    try:
        return frozenset(row[0] for row in connection.execute("select name from _sqlite_migrations"))
    finally:
        connection.close()


def _counts(database: Path) -> dict[str, int]:
    connection = sqlite3.connect(database)
    try:
        names = ("messages", "tickets", "photos", "accounts", "knowledge_versions")
        return {name: int(connection.execute(f"select count(*) from {name}").fetchone()[0]) for name in names}
    except sqlite3.Error as error:
        raise BackupError(f"数据库里缺东西，先用 app.py serve 或 check 升级：{error}") from error
    finally:
        connection.close()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o600
    archive.addfile(entry, io.BytesIO(content))


def _unpack(source: Path, folder: Path) -> Contents:
    """The files that the manifest names, checked against it; nothing else of the archive is written anywhere."""
    found: dict[str, Any] = {}
    try:
        with tarfile.open(source, "r:gz") as archive:
            for entry in archive:
                content = archive.extractfile(entry) if entry.isfile() else None
                if content is None or entry.name not in (MANIFEST, DATABASE, SECRET) or entry.name in found:
                    raise BackupError(f"{source} 不是这个服务的备份：里面有 {entry.name}")
                if entry.name == MANIFEST:
                    found[MANIFEST] = json.loads(content.read())
                else:
                    found[entry.name] = _write(content, folder / entry.name)
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, ValueError, UnicodeDecodeError) as error:
        raise BackupError(f"{source} 不是备份，或者坏了：{error}") from error
    manifest = found.pop(MANIFEST, None)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT or DATABASE not in found:
        raise BackupError(f"{source} 不是这个服务的备份")
    if manifest.get("sha256") != found:
        raise BackupError(f"{source} 坏了：内容和写下的校验码对不上")
    contents = Contents(str(manifest["made_at"]), frozenset(manifest["steps"]), dict(manifest["counts"]))
    if newer := contents.steps - {step.name for step in migrations.pending(_nothing())}:
        raise BackupError(f"{source} 来自更新的版本（{min(newer)}），请先升级")
    if faults := faults_of(folder / DATABASE):
        raise BackupError(f"{source} 里的数据库坏了：{faults[0]}")
    return contents


def _write(content: IO[bytes], path: Path) -> str:
    with path.open("wb") as file:
        shutil.copyfileobj(content, file, 1024 * 1024)
    return _digest(path)


def _nothing() -> Any:
    from sqlite_utils import Database

    return Database(memory=True)
