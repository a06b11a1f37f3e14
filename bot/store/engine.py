"""One SQLite file: WAL, one connection a thread, one write transaction at a time.  What every part of the store works on."""

import json
import os
import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from bot.dialogue.ports import StoreError
from bot.store.migrations import migrations

MIGRATION_ATTEMPTS = 10
FULL_BYTES = 256 * 1024
"""With less than that nothing can be written: SQLite's log alone grows in pieces of that size."""

WAIT_SECONDS = 2.0
"""How long a turn waits for its process, and then for the others: together below WeChat's five seconds, so that the resident
still gets a sentence."""

RETRY_SECONDS = 0.0005, 0.002
"""How long to sleep before the write lock is tried again.  SQLite's own waiting sleeps up to 100 ms, far longer than a turn."""


def connect(path: Path | str) -> Database:
    """A connection with the settings that every part relies on.

    Raises:
        StoreError: the file cannot be opened.
    """
    try:
        connection = sqlite3.connect(path, timeout=WAIT_SECONDS, check_same_thread=False)
        connection.execute("pragma journal_mode = wal")
        # FULL: a number that a resident was told must be there after a power cut.
        connection.execute("pragma synchronous = full")
        connection.execute("pragma foreign_keys = on")
    except sqlite3.Error as error:
        raise StoreError(f"数据库 {path} 打不开：{reason(error, Path(path))}") from error
    return Database(connection)


def reason(error: Exception, path: Path) -> str:
    """Why the file cannot be used, as an operator can mend it; SQLite's own words where nothing else is known."""
    try:
        folder = os.statvfs(path.parent)
    except OSError:
        return str(error)
    if folder.f_flag & os.ST_RDONLY:
        return "这个文件夹只能读，不能写"
    if folder.f_bavail * folder.f_frsize < FULL_BYTES:
        return "磁盘满了"
    return str(error)


def migrate(path: Path) -> None:
    """Bring the file (made when absent) to the newest shape.

    Raises:
        StoreError: the folder or the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"数据文件夹 {path.parent} 建不了：{error.strerror}") from error
    db = connect(path)
    try:
        for attempt in range(MIGRATION_ATTEMPTS):
            try:
                migrations.apply(db)
                return
            except sqlite3.Error:
                # Another process that starts at the same moment may have taken the step: look again what is left to do.
                if attempt == MIGRATION_ATTEMPTS - 1:
                    raise
                time.sleep(0.2)
    except sqlite3.Error as error:
        raise StoreError(f"数据库 {path} 写不了：{reason(error, path)}") from error
    finally:
        db.close()


class Engine:
    """The file, shared by the parts of the store.

    Args:
        path: the database file, already migrated.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        # Within a process threads queue here: SQLite's own waiting sleeps, and sleeps longer than a turn lasts.
        self._writing = threading.Lock()

    @property
    def db(self) -> Database:
        """This thread's connection, for reading."""
        db: Database | None = getattr(self._local, "db", None)
        if db is None:
            db = self._local.db = connect(self.path)
        return db

    def close(self) -> None:
        """Close this thread's connection: before a process forks, as none may be carried over."""
        db: Database | None = getattr(self._local, "db", None)
        if db is not None:
            db.close()
            self._local.db = None

    @contextmanager
    def write(self) -> Iterator[Database]:
        """A write transaction: what is written becomes visible at its end, all or nothing.

        Raises:
            StoreError: the file cannot be opened or written, or is locked for too long.
        """
        if not self._writing.acquire(timeout=WAIT_SECONDS):
            raise StoreError("too many turns wait for the write lock")
        try:
            db = self._begun()
            try:
                yield db
                db.execute("commit")
            except sqlite3.Error as error:
                db.rollback()
                raise StoreError(str(error)) from error
            except BaseException:
                db.rollback()
                raise
        finally:
            self._writing.release()

    def _begun(self) -> Database:
        """This thread's connection with the write lock taken."""
        if not self.path.exists():  # the connection would go on writing into a file that nobody finds again
            raise StoreError(f"{self.path} is gone")
        try:
            db = self.db
            deadline = time.monotonic() + WAIT_SECONDS
            while not self._has_begun(db, last=time.monotonic() > deadline):
                time.sleep(random.uniform(*RETRY_SECONDS))
        except sqlite3.Error as error:
            raise StoreError(str(error)) from error
        return db

    @staticmethod
    def _has_begun(db: Database, last: bool) -> bool:
        """Try to take the write lock; False while another process holds it, an error when this was the ``last`` try."""
        db.execute("pragma busy_timeout = 0")
        try:
            db.execute("begin immediate")
        except sqlite3.OperationalError as error:
            if last or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            return False
        finally:
            db.execute(f"pragma busy_timeout = {int(WAIT_SECONDS * 1000)}")
        return True

    def rows(self, sql: str, values: Any = ()) -> list[dict[str, Any]]:
        """The rows of a query as dictionaries.

        Raises:
            StoreError: it cannot be read.
        """
        try:
            cursor = self.db.execute(sql, values)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        except sqlite3.Error as error:
            raise StoreError(str(error)) from error


def as_json(value: Any) -> str:
    """Compact JSON, Chinese left readable."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
