"""What closed tickets lose when their time is over: who told them.  The matter, its history and its figures stay."""

import re
from datetime import datetime

from sqlite_utils import Database

from bot.store.engine import Engine
from bot.store.tickets import SqliteTicketStore

AT_ONCE = 100
"""Tickets in one transaction: while one runs, no resident is answered."""
GONE = "（号码已删除）"
_NUMBERS = re.compile(r"(?<!\d)(?:1[3-9]\d[ -]?\d{4}[ -]?\d{4}|\d{17}[\dXx])(?!\d)")
"""Numbers of mobile telephones and of identity cards, which residents and clerks write among other words."""

_OVER = """select t.number from tickets t where t.phase = 'over' and coalesce(t.closed_at, t.updated_at) < :before and (
    exists (select 1 from ticket_reporters r where r.number = t.number and (resident is not null or name <> '' or contact <> ''))
    or exists (select 1 from photos p where p.number = t.number)) limit :most"""


def purge_people(engine: Engine, before: datetime) -> int:
    """Take the people out of tickets that are over since before that time; how many tickets those were.

    Raises:
        StoreError: it cannot be written.
    """
    done, limit = 0, before.isoformat(timespec="milliseconds")
    while True:
        with engine.write() as db:
            numbers = [row[0] for row in db.execute(_OVER, {"before": limit, "most": AT_ONCE}).fetchall()]
            for number in numbers:
                _forget_people(db, number, before)
        if not numbers:
            return done
        done += len(numbers)


def _forget_people(db: Database, number: str, now: datetime) -> None:
    db.execute("update ticket_reporters set resident = null, name = '', contact = '' where number = ?", [number])
    db.execute("delete from photos where number = ?", [number])
    db.execute("delete from outbox where ticket = ? and kind = 'resident' and state <> 'sending'", [number])
    _without_numbers(db, "tickets", "number", number, ("matter", "place", "rating_reason"))
    for (event,) in db.execute("select id from ticket_events where number = ?", [number]).fetchall():
        _without_numbers(db, "ticket_events", "id", event, ("text", "detail"))
    SqliteTicketStore(db, now).index(number)


def _without_numbers(db: Database, table: str, key: str, value: object, columns: tuple[str, ...]) -> None:
    row = db.execute(f"select {', '.join(columns)} from {table} where {key} = ?", [value]).fetchone()
    for column, text in zip(columns, row, strict=True):
        if (kept := _NUMBERS.sub(GONE, text or "")) != (text or ""):
            db.execute(f"update {table} set {column} = ? where {key} = ?", [kept, value])
