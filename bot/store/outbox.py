"""The outbox in SQLite: put in by whoever writes, inside their own transaction."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlite_utils import Database

from bot.delivery.outbox import HELD, Addressee, Attempt, Letter, LetterState, Outcome, Way, parts_of, say
from bot.store.engine import Engine, as_json

LETTER = (
    "id, key, kind, text, at, next_at, resident, address, way, subject, payload, ticket, question, message, state, attempts,"
    " sent_way, sent_at, last_error"
)


def letter_of(row: Any) -> Letter:
    """The letter of a row whose columns are LETTER."""
    values = dict(zip(LETTER.split(", "), row, strict=True))
    way, sent_way = values["way"], values["sent_way"]
    return Letter(
        **{
            **values,
            "kind": Addressee(values["kind"]),
            "state": LetterState(values["state"]),
            "way": Way(way) if way else None,
            "sent_way": Way(sent_way) if sent_way else None,
            "payload": json.loads(values["payload"]),
        }
    )


def put(
    db: Database,
    key: str,
    kind: str,
    text: str,
    *,
    resident: str | None = None,
    address: str | None = None,
    way: str | None = None,
    subject: str = "",
    payload: dict[str, Any] | None = None,
    ticket: str | None = None,
    question: int | None = None,
    message: int | None = None,
    at: str,
) -> bool:
    """Put a letter into the outbox inside the caller's transaction; False when that ``key`` was put in before.

    Args:
        kind: resident (to ``resident``; ``address`` is a telephone number, if one was left), alert (to staff), webhook (to
            the district's other systems).  An alert or webhook without ``address`` goes to every address configured for it:
            the service's own and those of the unit whose id stands in ``payload["unit"]``.
        way: the only way it may go (see bot.delivery.outbox.Way), None for whichever is open.
        at: now, ISO 8601 in UTC.
    """
    new = db.execute(
        "insert into outbox (key, kind, resident, address, way, subject, text, payload, ticket, question, message, next_at, at)"
        " values (:key, :kind, :resident, :address, :way, :subject, :text, :payload, :ticket, :question, :message, :at, :at)"
        " on conflict(key) do nothing",
        {
            "key": key,
            "kind": str(Addressee(kind)),
            "resident": resident,
            "address": address,
            "way": way,
            "subject": subject,
            "text": text,
            "payload": as_json(payload or {}),
            "ticket": ticket,
            "question": question,
            "message": message,
            "at": at,
        },
    )
    return int(new.rowcount) > 0


def written_to_resident(
    db: Database,
    resident: str,
    text: str,
    key: str,
    *,
    at: str,
    author: str = "staff",
    account: int | None = None,
    address: str | None = None,
    ticket: str | None = None,
    question: int | None = None,
) -> int | None:
    """Write to a resident inside the caller's transaction: a line of their conversation, which the page shows at its next
    poll, and the letters that carry it to where else they can be reached.

    Args:
        key: the same words under the same key are written once.
        author: staff or service.
        address: a telephone number, if they left one; otherwise the one that a clerk kept for them, or that of ``ticket``.

    Returns:
        The number of the line; None when it was written before, or when the conversation is not kept any more.
    """
    parts = parts_of(text)
    if db.execute("select 1 from outbox where key = ?", [key]).fetchone():
        return None
    if address is None and (caller := db.execute("select phone from callers where resident = ?", [resident]).fetchone()):
        address = caller[0]
    line: int | None = None
    if db.execute("select 1 from conversations where resident = ?", [resident]).fetchone():
        line = db.execute(
            "insert into messages (resident, author, kind, text, request_id, account, at) values (?, ?, 'text', ?, ?, ?, ?)",
            [resident, author, text, key, account, at],
        ).lastrowid
    for number, part in enumerate(parts):
        put(
            db,
            key if number == 0 else f"{key}#{number + 1}",
            Addressee.RESIDENT,
            part,
            resident=resident,
            address=address,
            ticket=ticket,
            question=question,
            message=line,
            at=at,
        )
    return line


def waiting_for(db: Database, resident: str) -> list[Letter]:
    """What waits for a resident, oldest first."""
    rows = db.execute(f"select {LETTER} from outbox where resident = ? and state = 'waiting' order by id", [resident])
    return [letter_of(row) for row in rows.fetchall()]


def handed_over(db: Database, letters: Sequence[int], way: Way, at: str) -> None:
    """These reached the resident without being sent."""
    for letter in letters:
        db.execute(
            "update outbox set state = 'sent', sent_way = ?, sent_at = ?, last_error = '' where id = ? and state = 'waiting'",
            [str(way), at, letter],
        )


def seal_with_letters(db: Database, reply: int, letters: Sequence[int]) -> None:
    """A reply that carries words of a secret matter in front is as sealed as they are."""
    for letter in letters:
        db.execute(
            "update messages set sealed = 1 where id = ? and exists"
            " (select 1 from outbox o join messages m on m.id = o.message where o.id = ? and m.sealed)",
            [reply, letter],
        )


def alert_of(db: Database, resident: str, kind: str, at: str) -> None:
    """Alert staff of an emergency or of who wants a person: once in ten minutes for one resident, and without their words."""
    if kind in ("emergency", "handoff"):
        who = hashlib.sha256(resident.encode()).hexdigest()[:16]  # a key outlives the resident's records
        put(db, f"{kind}:{who}:{at[:15]}", Addressee.ALERT, say(f"alerts.{kind}"), at=at)


def opened(db: Database, resident: str, by: str, at: str) -> None:
    """A follower did something that opens one of WeChat's windows: what is held for them may go now."""
    db.execute(
        "insert into wechat_windows values (?, ?, ?, 0)"
        " on conflict(resident, opened_by) do update set opened_at = excluded.opened_at, used = 0",
        [resident, by, at],
    )
    db.execute("update outbox set next_at = ? where resident = ? and state = 'waiting' and next_at > ?", [at, resident, at])


def forget_letters(db: Database, resident: str) -> None:
    """Delete whatever the delivery knows of a resident."""
    for table in ("outbox", "wechat_windows", "subscriptions"):
        db.execute(f"delete from {table} where resident = ?", [resident])


def purge_letters(db: Database, before: str) -> None:
    """Delete letters from before that time, also those that nobody came for, and what else is as old."""
    db.execute("delete from outbox where at < ? and state <> 'sending'", [before])
    db.execute("delete from wechat_windows where opened_at < ?", [before])
    db.execute("delete from subscriptions where at < ? and used_at is not null", [before])


class SqliteOutbox:
    """The outbox for the channels and the console: see bot.delivery.ports.Mailbox."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # -- what residents do ------------------------------------------------------------------------------------------------

    def opened(self, resident: str, by: str, at: str) -> None:
        """See Mailbox."""
        with self._engine.write() as db:
            opened(db, resident, by, at)

    def subscribed(self, resident: str, template: str, accepted: bool, at: str) -> None:
        """See Mailbox."""
        with self._engine.write() as db:
            if accepted:
                db.execute("insert into subscriptions (resident, template, at) values (?, ?, ?)", [resident, template, at])
            else:
                db.execute(
                    "delete from subscriptions where resident = ? and template = ? and used_at is null", [resident, template]
                )

    def holds(self, resident: str, template: str) -> bool:
        """See Mailbox."""
        sql = "select 1 from subscriptions where resident = ? and template = ? and used_at is null limit 1"
        return bool(self._engine.rows(sql, [resident, template]))

    def seen(self, resident: str, last: int, at: str) -> None:
        """See Mailbox."""
        there = "resident = ? and message <= ? and state = 'waiting'"
        if self._engine.rows(f"select 1 from outbox where {there} limit 1", [resident, last]):
            with self._engine.write() as db:
                rows = db.execute(f"select id from outbox where {there}", [resident, last]).fetchall()
                handed_over(db, [row[0] for row in rows], Way.PAGE, at)

    # -- what staff see ---------------------------------------------------------------------------------------------------

    def list_dead(self, most: int = 200) -> list[Letter]:
        """Letters that did not arrive, or of which nobody knows, newest first."""
        return self._list("state = 'dead' order by id desc limit ?", [most])

    def list_waiting(self, most: int = 200) -> list[Letter]:
        """Letters that were not sent yet, those that wait for the resident among them, oldest first."""
        return self._list("state in ('waiting', 'sending') order by id limit ?", [most])

    def of_ticket(self, number: str) -> list[Letter]:
        """What was written about a ticket, oldest first."""
        return self._list("ticket = ? order by id", [number])

    def letter(self, ident: int) -> Letter | None:
        """The letter of that id."""
        return next(iter(self._list("id = ?", [ident])), None)

    def _list(self, where: str, values: list[Any]) -> list[Letter]:
        rows = self._engine.rows(f"select {LETTER} from outbox where {where}", values)
        return self._without_secrets([letter_of(tuple(row.values())) for row in rows])

    def _without_secrets(self, letters: list[Letter]) -> list[Letter]:
        """Of a secret matter nobody sees here to whom was written, and what."""
        secret = {row["number"] for row in self._engine.rows("select number from tickets where secret = 1")} if letters else ()
        hidden = {"resident": None, "address": None, "text": say("secret.hidden"), "key": ""}
        return [replace(letter, **hidden) if letter.ticket in secret else letter for letter in letters]  # type: ignore[arg-type]

    def attempts(self, ident: int) -> list[Attempt]:
        """What was tried with a letter, oldest first."""
        rows = self._engine.rows("select way, outcome, detail, at from outbox_attempts where message = ? order by id", [ident])
        return [Attempt(row["way"], Outcome(row["outcome"]), row["detail"], row["at"]) for row in rows]

    def counts(self) -> dict[str, int]:
        """How many letters are in each state; of the waiting ones ``held`` wait for the resident."""
        rows = self._engine.rows(
            "select case when state = 'waiting' and next_at = ? then 'held' else state end as state, count(*) as letters"
            " from outbox group by 1",
            [HELD],
        )
        return {row["state"]: row["letters"] for row in rows}

    def resend(self, ident: int, by: str, at: str) -> bool:
        """Send a dead letter again, every way open as if it were new; False when it is not dead."""
        with self._engine.write() as db:
            changed = db.execute(
                "update outbox set state = 'waiting', next_at = ?, attempts = 0, last_error = '' where id = ? and state = 'dead'",
                [at, ident],
            )
            if changed.rowcount:
                self._note(db, ident, Outcome.RESENT, by, at)
            return int(changed.rowcount) > 0

    def give_up(self, ident: int, by: str, at: str) -> bool:
        """Take a dead letter off the list without sending it; False when it is not dead."""
        with self._engine.write() as db:
            changed = db.execute("update outbox set state = 'given_up' where id = ? and state = 'dead'", [ident])
            if changed.rowcount:
                self._note(db, ident, Outcome.GIVEN_UP, by, at)
            return int(changed.rowcount) > 0

    @staticmethod
    def _note(db: Database, ident: int, outcome: Outcome, by: str, at: str) -> None:
        db.execute(
            "insert into outbox_attempts (message, way, outcome, detail, at) values (?, '-', ?, ?, ?)",
            [ident, str(outcome), by, at],
        )
