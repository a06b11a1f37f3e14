"""Conversations in SQLite: every turn of a resident is one write transaction."""

import datetime
import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from bot.delivery.choice import PAGE
from bot.delivery.outbox import Letter, Way
from bot.dialogue.ports import Kept, PastMessage, StoreError
from bot.live import Handoff
from bot.messages import Reply
from bot.store.engine import Engine
from bot.store.engine import as_json as _json
from bot.store.outbox import SqliteOutbox, forget_letters, handed_over, opened, purge_letters, waiting_for
from bot.store.turns import handoff_of, keep_gap, keep_handoff, keep_rating
from bot.tickets.matters import Draft, Matter, Ticket, TicketDesk, ticket_number

CHINA = ZoneInfo("Asia/Shanghai")


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
        if opens := message.data.get("opens"):
            opened(self._db, self._resident, opens, at)
        if message.delivery:
            self._db.execute("insert into deliveries values (?, ?, ?)", [message.delivery, reply_id, at])
        for entry in kept.for_staff:
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
        return reply_id

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
        purge_letters(self._db, limit)
        return int(gone)

    def forget(self) -> int:
        """See Turn."""
        count = self.count_messages()
        self._db.execute("delete from inbox where resident = ?", [self._resident])
        forget_letters(self._db, self._resident)
        self._db.execute("delete from handoffs where resident = ?", [self._resident])
        own = "select number from ticket_reporters where resident = ?"
        self._db.execute(f"delete from tickets where number in ({own})", [self._resident])
        self._db.execute("delete from conversations where resident = ?", [self._resident])
        return count


class SqliteTickets:
    """See bot.tickets.matters.TicketDesk; works inside the turn's transaction."""

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
            "insert into tickets (number, code, day, sequence, kind, matter, place, service, suggested, state, at, updated_at)"
            " values (:number, :code, :day, :sequence, :kind, :matter, :place, :service, :unit, 'received', :at, :at)",
            {
                "number": number,
                "code": f"{secrets.randbelow(1_000_000):06d}",
                "day": self._day,
                "sequence": sequence,
                "kind": str(draft.kind),
                "matter": draft.matter,
                "place": draft.place,
                "service": draft.service,
                "unit": draft.unit,
                "at": self._at,
            },
        )
        self._db.execute(
            "insert into ticket_reporters (number, resident, at) values (?, ?, ?)", [number, self._resident, self._at]
        )
        self._event(number, "received", "")
        ticket = self.find(number)
        assert ticket is not None  # it was just written
        return ticket

    def _event(self, number: str, action: str, text: str) -> None:
        self._db.execute(
            "insert into ticket_events (number, action, author, text, at) values (?, ?, 'resident', ?, ?)",
            [number, action, text, self._at],
        )

    def mine(self, most: int = 5) -> list[Ticket]:
        """See TicketDesk."""
        rows = self._db.execute(f"{_MINE} order by t.rowid desc limit ?", [self._resident, most])
        return [_ticket(row) for row in rows]

    def find(self, number: str) -> Ticket | None:
        """See TicketDesk."""
        row = self._db.execute(f"{_MINE} and t.number = ?", [self._resident, number]).fetchone()
        return _ticket(row) if row else None

    def note(self, number: str, kind: str, text: str) -> None:
        """See TicketDesk."""
        self._event(number, kind, text)
        if kind == "withdrawn":
            self._db.execute("update tickets set state = 'withdrawn' where number = ?", [number])


_MINE = (
    "select t.number, t.kind, t.matter, t.place, t.service, t.suggested, t.state, t.at from tickets t"
    " join ticket_reporters r on r.number = t.number where r.resident = ?"
)


def _ticket(row: tuple[Any, ...]) -> Ticket:
    return Ticket(row[0], Matter(row[1]), *row[2:])


class SqliteStore:
    """See bot.dialogue.ports.Store.

    Args:
        path: the database file, already migrated.
        prefix: of ticket numbers.
    """

    def __init__(self, path: Path, prefix: str = "LY") -> None:
        self.engine, self._prefix = Engine(path), prefix
        self.mailbox = SqliteOutbox(self.engine)

    @contextmanager
    def turn(self, resident: str) -> Iterator[SqliteTurn]:
        """See Store."""
        with self.engine.write() as db:
            yield SqliteTurn(db, resident, self._prefix)

    def history(self, resident: str, after: int = 0, most: int = 50) -> list[PastMessage]:
        """See Store."""
        try:
            rows = self.engine.db.execute(
                "select id, author, text, at, reply from messages where resident = ? and id > ? and text <> ''"
                " order by id desc limit ?",
                [resident, after, most],
            ).fetchall()
        except sqlite3.Error as error:
            raise StoreError(str(error)) from error
        return [
            PastMessage(number, author, text, at, json.loads(reply) if reply else None)
            for number, author, text, at, reply in reversed(rows)
        ]

    def handoff_of(self, resident: str) -> str | None:
        """See Store."""
        found = handoff_of(self.engine.db, resident)
        return str(found.state) if found else None

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
