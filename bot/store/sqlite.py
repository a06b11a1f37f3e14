"""The store in one SQLite file: WAL, one connection a thread, every turn one write transaction."""

import datetime
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from bot.dialogue.ports import Kept, PastMessage, StoreError
from bot.dialogue.tickets import Draft, Matter, Ticket, TicketDesk, ticket_number
from bot.messages import Reply
from bot.store.migrations import migrations

CHINA = ZoneInfo("Asia/Shanghai")

MIGRATION_ATTEMPTS = 10

WAIT_SECONDS = 2.0
"""How long a turn waits for its process, and then for the others: together below WeChat's five seconds, so that the resident
still gets a sentence."""


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
        raise StoreError(f"数据库 {path} 打不开：{error}") from error
    return Database(connection)


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
        raise StoreError(f"数据库 {path} 写不了：{error}") from error
    finally:
        db.close()


class SqliteTurn:
    """See bot.dialogue.ports.Turn."""

    def __init__(self, db: Database, resident: str, prefix: str) -> None:
        self._db, self._resident, self._prefix = db, resident, prefix

    def tickets(self, now: datetime.datetime) -> TicketDesk:
        """See Turn."""
        return SqliteTickets(self._db, self._resident, self._prefix, now)

    def earlier(self, delivery: str) -> tuple[int, Reply] | None:
        """See Turn."""
        row = self._db.execute(
            "select m.id, m.reply from deliveries d join messages m on m.id = d.reply_id where d.key = ?", [delivery]
        ).fetchone()
        return (row[0], Reply.from_json(json.loads(row[1]))) if row else None

    def state(self) -> dict[str, Any] | None:
        """See Turn."""
        row = self._db.execute("select state from conversations where resident = ?", [self._resident]).fetchone()
        try:
            state = json.loads(row[0]) if row else None
        except ValueError:
            return None
        return state if isinstance(state, dict) else None

    def keep(self, kept: Kept) -> int:
        """See Turn."""
        at, message = kept.at.isoformat(timespec="milliseconds"), kept.message
        self._db.execute(
            "insert into conversations values (:resident, :channel, :state, :at, :at)"
            " on conflict(resident) do update set state = excluded.state, updated_at = excluded.updated_at",
            {"resident": self._resident, "channel": message.channel, "state": _json(kept.state), "at": at},
        )
        asked = self._message("resident", str(message.kind), message.text, None, None, None, kept.request_id, at)
        reply_id = self._message(
            "service", "text", kept.reply.text, kept.reply.as_json(), kept.decision, asked, kept.request_id, at
        )
        if message.delivery:
            self._db.execute("insert into deliveries values (?, ?, ?)", [message.delivery, reply_id, at])
        for entry in kept.for_staff:
            self._db.execute(
                "insert into inbox (kind, resident, message_id, text, reason, service, unit, at) values (?, ?, ?, ?, ?, ?, ?, ?)",
                [entry.kind, self._resident, asked, message.text, entry.reason, entry.service, entry.unit, at],
            )
        return reply_id

    def _message(
        self,
        author: str,
        kind: str,
        text: str,
        reply: dict[str, Any] | None,
        decision: dict[str, Any] | None,
        answers: int | None,
        request_id: str,
        at: str,
    ) -> int:
        cursor = self._db.execute(
            "insert into messages (resident, author, kind, text, reply, decision, answers, request_id, at)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [self._resident, author, kind, text, reply and _json(reply), decision and _json(decision), answers, request_id, at],
        )
        assert cursor.lastrowid is not None  # an insert always has one
        return cursor.lastrowid

    def count_messages(self) -> int:
        """See Turn."""
        return int(self._db.execute("select count(*) from messages where resident = ?", [self._resident]).fetchone()[0])

    def delete_before(self, limit: str) -> int:
        """Delete every resident's messages from before ``limit``, and conversations without a later one."""
        gone = self._db.execute("delete from messages where at < ?", [limit]).rowcount
        self._db.execute("delete from conversations where updated_at < ?", [limit])
        return int(gone)

    def forget(self) -> int:
        """See Turn."""
        count = self.count_messages()
        self._db.execute("delete from inbox where resident = ?", [self._resident])
        self._db.execute("delete from tickets where resident = ?", [self._resident])
        self._db.execute("delete from conversations where resident = ?", [self._resident])
        return count


class SqliteTickets:
    """See bot.dialogue.tickets.TicketDesk; works inside the turn's transaction."""

    def __init__(self, db: Database, resident: str, prefix: str, now: datetime.datetime) -> None:
        self._db, self._resident, self._prefix = db, resident, prefix
        self._at, self._day = now.isoformat(timespec="milliseconds"), now.astimezone(CHINA).strftime("%Y%m%d")

    def file(self, draft: Draft) -> Ticket:
        """See TicketDesk."""
        sequence = self._db.execute(
            "insert into ticket_sequences values (?, 1) on conflict(day) do update set last = last + 1 returning last",
            [self._day],
        ).fetchone()[0]
        number = ticket_number(self._prefix, self._day, sequence)
        self._db.execute(
            "insert into tickets values (?, ?, ?, ?, ?, ?, ?, ?, ?, 'received', ?)",
            [
                number,
                self._day,
                sequence,
                self._resident,
                str(draft.kind),
                draft.matter,
                draft.place,
                draft.service,
                draft.unit,
                self._at,
            ],
        )
        self._event(number, "received", "")
        ticket = self.find(number)
        assert ticket is not None  # it was just written
        return ticket

    def _event(self, number: str, kind: str, text: str) -> None:
        self._db.execute(
            "insert into ticket_events (number, kind, author, text, at) values (?, ?, 'resident', ?, ?)",
            [number, kind, text, self._at],
        )

    def mine(self, most: int = 5) -> list[Ticket]:
        """See TicketDesk."""
        rows = self._db.execute(
            f"select {_TICKET} from tickets where resident = ? order by rowid desc limit ?", [self._resident, most]
        )
        return [_ticket(row) for row in rows]

    def find(self, number: str) -> Ticket | None:
        """See TicketDesk."""
        row = self._db.execute(
            f"select {_TICKET} from tickets where resident = ? and number = ?", [self._resident, number]
        ).fetchone()
        return _ticket(row) if row else None

    def note(self, number: str, kind: str, text: str) -> None:
        """See TicketDesk."""
        self._event(number, kind, text)
        if kind == "withdrawn":
            self._db.execute("update tickets set state = 'withdrawn' where number = ?", [number])


_TICKET = "number, kind, matter, place, service, unit, state, at"


def _ticket(row: tuple[Any, ...]) -> Ticket:
    return Ticket(row[0], Matter(row[1]), *row[2:])


class SqliteStore:
    """See bot.dialogue.ports.Store.

    Args:
        path: the database file, already migrated.
        prefix: of ticket numbers.
    """

    def __init__(self, path: Path, prefix: str = "LY") -> None:
        self._path, self._prefix = path, prefix
        self._local = threading.local()
        # Within a process threads queue here: SQLite's own waiting sleeps, and sleeps longer than a turn lasts.
        self._writing = threading.Lock()

    @property
    def _db(self) -> Database:
        db: Database | None = getattr(self._local, "db", None)
        if db is None:
            db = self._local.db = connect(self._path)
        return db

    @contextmanager
    def turn(self, resident: str) -> Iterator[SqliteTurn]:
        """See Store."""
        if not self._writing.acquire(timeout=WAIT_SECONDS):
            raise StoreError("too many turns wait for the write lock")
        try:
            db = self._begun()
            try:
                yield SqliteTurn(db, resident, self._prefix)
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
        if not self._path.exists():  # the connection would go on writing into a file that nobody finds again
            raise StoreError(f"{self._path} is gone")
        try:
            db = self._db
            db.execute("begin immediate")
        except sqlite3.Error as error:
            raise StoreError(str(error)) from error
        return db

    def history(self, resident: str, after: int = 0, most: int = 50) -> list[PastMessage]:
        """See Store."""
        try:
            rows = self._db.execute(
                "select id, author, text, at, reply from messages where resident = ? and id > ? order by id desc limit ?",
                [resident, after, most],
            ).fetchall()
        except sqlite3.Error as error:
            raise StoreError(str(error)) from error
        return [
            PastMessage(number, author, text, at, json.loads(reply) if reply else None)
            for number, author, text, at, reply in reversed(rows)
        ]

    def purge(self, before: datetime.datetime) -> int:
        """Delete conversations in which nothing was said since ``before``, and older messages; how many messages that were.

        Raises:
            StoreError: it cannot be written.
        """
        with self.turn("-") as turn:
            return turn.delete_before(before.isoformat(timespec="milliseconds"))

    def ready(self) -> bool:
        """See Store."""
        try:
            with self.turn("-"):
                return True
        except StoreError:
            return False


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
