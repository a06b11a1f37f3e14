"""Conversations in SQLite: every turn of a resident is one write transaction."""

import datetime
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from bot.delivery.choice import PAGE
from bot.delivery.outbox import Letter, Way
from bot.dialogue.conversation import utc_now
from bot.dialogue.ports import Kept, PastMessage, StoreError
from bot.live import Handoff
from bot.messages import SHOWN, Kind, Message, Reply
from bot.store.engine import Engine
from bot.store.engine import as_json as _json
from bot.store.outbox import (
    SqliteOutbox,
    alert_of,
    forget_letters,
    handed_over,
    opened,
    purge_letters,
    seal_with_letters,
    waiting_for,
)
from bot.store.photos import SqlitePhotos, photo_of_message, purge_photos
from bot.store.questions import drop_empty_groups, forget_questions
from bot.store.retention import purge_people
from bot.store.tickets import forget_person, resident_desk
from bot.store.turns import handoff_of, keep_gap, keep_handoff, keep_rating
from bot.tickets.resident import ResidentDesk
from bot.tickets.rules import Rules, load_rules


class SqliteTurn:
    """See bot.dialogue.ports.Turn."""

    def __init__(self, db: Database, resident: str, rules: Rules) -> None:
        self._db, self._resident, self._rules = db, resident, rules
        self._desk: ResidentDesk | None = None
        self._photo: int | None = None

    def tickets(self, now: datetime.datetime) -> ResidentDesk:
        """See Turn."""
        self._desk = resident_desk(self._db, self._resident, self._rules, now)
        return self._desk

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
        shown = message.text or SHOWN.get(message.kind, "")
        asked = self._message("resident", str(message.kind), shown, None, None, None, kept.request_id, at)
        if self._photo is not None:
            self._db.execute("update photos set message = ? where id = ?", [asked, self._photo])
        reply_id = self._message(
            "service",
            "text",
            kept.reply.text.removeprefix(kept.front),
            kept.reply.as_json(),
            kept.decision,
            asked,
            kept.request_id,
            at,
        )
        handed_over(self._db, kept.letters, Way.NEXT_MESSAGE, at)
        seal_with_letters(self._db, reply_id, kept.letters)
        if opens := message.data.get("opens"):
            opened(self._db, self._resident, opens, at)
        if message.delivery:
            self._db.execute("insert into deliveries values (?, ?, ?)", [message.delivery, reply_id, at])
        for entry in kept.for_staff:
            alert_of(self._db, self._resident, entry.kind, at)
            text = entry.text or message.text
            self._db.execute(
                "insert into inbox (kind, resident, message_id, text, reason, service, unit, at) values (?, ?, ?, ?, ?, ?, ?, ?)",
                [entry.kind, self._resident, asked, text, entry.reason, entry.service, entry.unit, at],
            )
        keep_handoff(self._db, self._resident, kept.handoff, at)
        if kept.useful is not None:
            keep_rating(self._db, self._resident, kept.useful, reply_id, at)
        if kept.decision.get("gap") and kept.reply.items:
            keep_gap(self._db, reply_id, kept.reply.items[0].service, str(kept.decision["aspect_shown"]), at)
        if self._desk and self._desk.sealed_from is not None:
            self._desk.desk.store.seal(self._resident, self._desk.sealed_from)
        return reply_id

    def photo(self, message: Message, now: datetime.datetime) -> int | None:
        """See Turn."""
        if message.kind is Kind.IMAGE:
            origin, media = str(message.data.get("picture", "")), str(message.data.get("media", ""))
            at = now.isoformat(timespec="milliseconds")
            uploaded = message.data.get("photo")
            self._photo = int(uploaded) if uploaded else photo_of_message(self._db, self._resident, origin, media, at)
        return self._photo

    def handoff(self) -> Handoff | None:
        """See Turn."""
        return handoff_of(self._db, self._resident)

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

    def waiting(self) -> list[Letter]:
        """See Turn."""
        return [] if self._resident.startswith(PAGE) else waiting_for(self._db, self._resident)

    def count_messages(self) -> int:
        """See Turn."""
        return int(self._db.execute("select count(*) from messages where resident = ?", [self._resident]).fetchone()[0])

    def delete_before(self, limit: str) -> int:
        """Delete every resident's messages from before ``limit``, and conversations without a later one."""
        gone = self._db.execute("delete from messages where at < ?", [limit]).rowcount
        self._db.execute("delete from conversations where updated_at < ?", [limit])
        drop_empty_groups(self._db)
        purge_photos(self._db, limit)
        purge_letters(self._db, limit)
        return int(gone)

    def forget(self) -> int:
        """See Turn."""
        count = self.count_messages()
        forget_questions(self._db, self._resident)
        forget_letters(self._db, self._resident)
        self._db.execute("delete from handoffs where resident = ?", [self._resident])
        forget_person(self._db, self._resident)
        self._db.execute("delete from conversations where resident = ?", [self._resident])
        return count


class SqliteStore:
    """See bot.dialogue.ports.Store.

    Args:
        path: the database file, already migrated.
        prefix: of ticket numbers.
        dispatch_at: the confidence in the suggested unit from which on a ticket goes there at once.
    """

    def __init__(self, path: Path, prefix: str = "LY", dispatch_at: float | None = None) -> None:
        self.engine, self.rules = Engine(path), load_rules(prefix, dispatch_at)
        self.mailbox, self.photos = SqliteOutbox(self.engine), SqlitePhotos(self.engine, utc_now)

    @contextmanager
    def turn(self, resident: str) -> Iterator[SqliteTurn]:
        """See Store."""
        with self.engine.write() as db:
            yield SqliteTurn(db, resident, self.rules)

    def history(self, resident: str, after: int = 0, most: int = 50) -> list[PastMessage]:
        """See Store."""
        try:
            rows = self.engine.db.execute(
                "select m.id, author, text, m.at, reply, p.id from messages m left join photos p on p.message = m.id"
                " where m.resident = ? and m.id > ? and text <> '' order by m.id desc limit ?",
                [resident, after, most],
            ).fetchall()
        except sqlite3.Error as error:
            raise StoreError(str(error)) from error
        return [
            PastMessage(number, author, text, at, json.loads(reply) if reply else None, photo)
            for number, author, text, at, reply, photo in reversed(rows)
        ]

    def handoff_of(self, resident: str) -> str | None:
        """See Store."""
        found = handoff_of(self.engine.db, resident)
        return str(found.state) if found else None

    def purge(self, before: datetime.datetime) -> int:
        """Delete conversations in which nothing was said since ``before``, and older messages; how many messages that were.

        Tickets that are over since then keep their matter and lose the people behind them.

        Raises:
            StoreError: it cannot be written.
        """
        with self.turn("-") as turn:
            deleted = turn.delete_before(before.isoformat(timespec="milliseconds"))
        purge_people(self.engine, before)
        return deleted

    def ready(self) -> bool:
        """See Store."""
        try:
            with self.engine.write() as db:
                db.execute("pragma user_version = 0")  # an empty transaction would succeed on a full disk, too
            return True
        except StoreError:
            return False
