"""Tickets in SQLite: the store that the desk works on, and the office that opens desks."""

import datetime
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from typing import Any

from sqlite_utils import Database

from bot.dialogue.ports import StoreError
from bot.store.engine import Engine, as_json
from bot.store.outbox import put, written_to_resident
from bot.store.photos import forget_photos
from bot.store.ticket_lists import TicketLists
from bot.store.ticket_rows import TICKET_FIELDS, TICKET_SELECT, UNIT_FIELDS, ticket_of, unit_of
from bot.store.webhooks import announce, involved
from bot.tickets.calendar import Calendar, Notice
from bot.tickets.desk import Desk
from bot.tickets.records import Actor, Event, Photo, Reporter, Role, Ticket, Unit
from bot.tickets.reminders import recompute, remind
from bot.tickets.resident import ResidentDesk
from bot.tickets.rules import Rules
from bot.tickets.words import indexed_words

DISPATCH_AT_SETTING = "tickets.dispatch_at"
"""The key in table settings under which the console keeps the confidence from which on tickets are dispatched at once."""

CALLED_BACK = ("telephone", "window")
"""The sources of tickets whose reporters a clerk calls back; those of other systems are told there."""

RECKONED_AT_ONCE = 200
"""So many due dates are reckoned anew in one transaction: residents wait meanwhile."""

_TEXTS = ("matter", "place", "reply")


class SqliteTicketStore:
    """See bot.tickets.ports.TicketStore; works inside an open transaction.

    Args:
        now: when what is written is written.
    """

    def __init__(self, db: Database, now: datetime.datetime) -> None:
        self._db, self._at = db, now.isoformat(timespec="milliseconds")
        self._had_it: dict[str, set[int]] = {}

    # -- tickets ----------------------------------------------------------------------------------------------------------

    def next_sequence(self, day: str) -> int:
        """See TicketStore."""
        sql = "insert into ticket_sequences values (?, 1) on conflict(day) do update set last = last + 1 returning last"
        return int(self._db.execute(sql, [day]).fetchone()[0])

    def insert(self, ticket: Ticket, reporters: Sequence[Reporter]) -> None:
        """See TicketStore."""
        _, day, sequence, _ = ticket.number.split("-")
        values = {name: getattr(ticket, name) for name in TICKET_FIELDS} | {"day": day, "sequence": int(sequence)}
        values["kind"] = str(ticket.kind)
        names = ", ".join(values)
        places = ", ".join(f":{name}" for name in values)
        self._db.execute(f"insert into tickets ({names}) values ({places})", values)
        self._assist(ticket.number, ticket.assisting)
        self.index(ticket.number, ticket)
        for reporter in reporters:
            self.add_reporter(reporter, ticket.at)

    def _assist(self, number: str, units: Iterable[int]) -> None:
        self._db.execute("delete from ticket_assisting where number = ?", [number])
        for unit in dict.fromkeys(units):
            self._db.execute("insert into ticket_assisting values (?, ?)", [number, unit])

    def index(self, number: str, ticket: Ticket | None = None) -> None:
        """Put a ticket's words into the search, in the place of earlier ones."""
        ticket = ticket or self.ticket(number)
        assert ticket is not None
        _, day, sequence, _ = ticket.number.split("-")
        words = indexed_words(*(getattr(ticket, name) for name in _TEXTS))
        row = int(day) * 1_000_000 + int(sequence)
        self._db.execute("delete from ticket_words where rowid = ?", [row])
        self._db.execute("insert into ticket_words (rowid, number, words) values (?, ?, ?)", [row, ticket.number, words])

    def _tickets(self, rest: str, values: Any = ()) -> list[Ticket]:
        return [ticket_of(row) for row in self._db.execute(f"{TICKET_SELECT} {rest}", values).fetchall()]

    def ticket(self, number: str) -> Ticket | None:
        """See TicketStore."""
        return next(iter(self._tickets("where t.number = ?", [number])), None)

    def by_external(self, external_number: str) -> Ticket | None:
        """See TicketStore."""
        return next(iter(self._tickets("where t.external_number = ?", [external_number])), None)

    def update(self, number: str, **changes: Any) -> Ticket:
        """See TicketStore."""
        if {"lead", "assisting"} & set(changes):
            self._had_it.setdefault(number, involved(self._db, number))
        if "assisting" in changes:
            self._assist(number, changes.pop("assisting") or ())
        if changes:
            sets = ", ".join(f"{name} = :{name}" for name in changes)
            self._db.execute(f"update tickets set {sets} where number = :of", changes | {"of": number})
        ticket = self.ticket(number)
        if ticket is None:
            raise StoreError(f"no ticket {number}")
        if set(changes) & {*_TEXTS}:
            self.index(ticket.number, ticket)
        return ticket

    def of_resident(self, resident: str, most: int = 20) -> list[Ticket]:
        """See TicketStore."""
        rest = "join ticket_reporters r on r.number = t.number where r.resident = ? order by r.id desc limit ?"
        return self._tickets(rest, [resident, most])

    def open_near(self, kind: str, since: str, most: int = 400) -> list[Ticket]:
        """See TicketStore."""
        rest = "where t.kind = ? and t.phase = 'open' and t.at >= ? and t.secret = 0 order by t.at desc limit ?"
        return self._tickets(rest, [kind, since, most])

    def in_phase(self, phase: str, **limits: str) -> list[Ticket]:
        """See TicketStore."""
        wanted = {"due_before": "t.due_at < :due_before", "answered_before": "t.answered_at < :answered_before"}
        more = "".join(f" and {wanted[name]}" for name in limits)
        return self._tickets(f"where t.phase = :phase{more} order by t.due_at", limits | {"phase": phase})

    # -- history, people, photos --------------------------------------------------------------------------------------------

    def add_event(self, event: Event) -> int:
        """See TicketStore."""
        values = asdict(event) | {"internal": int(event.internal), "detail": as_json(event.detail)}
        names = [name for name in values if name != "id"]
        sql = f"insert into ticket_events ({', '.join(names)}) values ({', '.join(':' + name for name in names)})"
        number = int(self._db.execute(sql, values).lastrowid or 0)
        announce(self._db, replace(event, id=number), self._had_it.pop(event.number, set()))
        return number

    def events(self, number: str) -> list[Event]:
        """See TicketStore."""
        names = [field.name for field in fields(Event)]
        rows = self._db.execute(f"select {', '.join(names)} from ticket_events where number = ? order by id", [number])
        found = []
        for row in rows.fetchall():
            values = dict(zip(names, row, strict=True))
            found.append(Event(**(values | {"internal": bool(values["internal"]), "detail": json.loads(values["detail"])})))
        return found

    def reporters(self, number: str) -> list[Reporter]:
        """See TicketStore."""
        sql = "select number, resident, name, contact, role from ticket_reporters where number = ? order by id"
        return [Reporter(*row) for row in self._db.execute(sql, [number]).fetchall()]

    def names_in(self, text: str, number: str) -> list[str]:
        """See TicketStore."""
        sql = (
            "select distinct name from ticket_reporters where length(name) > 1 and instr(:text, name) > 0"
            " and name not in (select name from ticket_reporters where number = :number)"
        )
        return [row[0] for row in self._db.execute(sql, {"text": text, "number": number}).fetchall()]

    def add_reporter(self, reporter: Reporter, at: str) -> int | None:
        """See TicketStore."""
        sql = (
            "insert into ticket_reporters (number, resident, name, contact, role, at) values (?, ?, ?, ?, ?, ?)"
            " on conflict(number, resident) do nothing returning id"
        )
        values = [reporter.number, reporter.resident, reporter.name, reporter.contact, reporter.role, at]
        row = self._db.execute(sql, values).fetchone()
        return int(row[0]) if row else None

    def remove_reporters(self, number: str, people: Sequence[int]) -> int:
        """See TicketStore."""
        sql = "delete from ticket_reporters where number = ? and role = 'joined' and id in (select value from json_each(?))"
        return int(self._db.execute(sql, [number, as_json(list(people))]).rowcount)

    def reach(self, number: str, resident: str, contact: str, name: str = "") -> None:
        """See TicketStore."""
        sql = "update ticket_reporters set contact = ?, name = coalesce(nullif(?, ''), name) where number = ? and resident = ?"
        self._db.execute(sql, [contact, name, number, resident])

    def add_photo_link(self, number: str, url: str) -> None:
        """See TicketStore."""
        sql = "insert into photos (number, origin, state, at) values (?, ?, 'link', ?)"
        self._db.execute(sql, [number, url, self._at])

    def photos(self, number: str) -> list[Photo]:
        """See TicketStore."""
        names = [field.name for field in fields(Photo)]
        rows = self._db.execute(f"select {', '.join(names)} from photos where number = ? order by id", [number])
        return [Photo(*row) for row in rows.fetchall()]

    def attach(self, number: str, photos: Sequence[int], resident: str | None) -> int:
        """See TicketStore."""
        sql = "update photos set number = ? where id = ? and resident = ? and number is null"
        return sum(self._db.execute(sql, [number, photo, resident]).rowcount for photo in photos)

    # -- guesses at codes ------------------------------------------------------------------------------------------------------

    def wrong_guesses(self, key: str, since: datetime.datetime) -> int:
        """See TicketStore."""
        limit = since.isoformat(timespec="milliseconds")
        row = self._db.execute("select failures from guesses where key = ? and at > ?", [key, limit]).fetchone()
        return int(row[0]) if row else 0

    def guessed_wrong(self, key: str, since: datetime.datetime) -> None:
        """See TicketStore."""
        self._db.execute(
            "insert into guesses values (:key, 1, null, :at) on conflict(key) do update set at = excluded.at,"
            " failures = case when at > :since then failures + 1 else 1 end",
            {"key": key, "at": self._at, "since": since.isoformat(timespec="milliseconds")},
        )

    # -- units --------------------------------------------------------------------------------------------------------------

    def units(self, active_only: bool = True) -> list[Unit]:
        """See TicketStore."""
        rest = "where active" if active_only else ""
        rows = self._db.execute(f"select {', '.join(UNIT_FIELDS)} from units {rest} order by id").fetchall()
        return [unit_of(row) for row in rows]

    def unit(self, unit_id: int) -> Unit | None:
        """See TicketStore."""
        row = self._db.execute(f"select {', '.join(UNIT_FIELDS)} from units where id = ?", [unit_id]).fetchone()
        return unit_of(row) if row else None

    def unit_named(self, name: str) -> Unit | None:
        """See TicketStore."""
        row = self._db.execute(f"select {', '.join(UNIT_FIELDS)} from units where name = ?", [name]).fetchone()
        return unit_of(row) if row else None

    # -- telling --------------------------------------------------------------------------------------------------------------

    def tell(self, key: str, ticket: Ticket, text: str, account: int | None = None) -> None:
        """See TicketStore."""
        behind = "select id, resident from ticket_reporters where number = ? and resident is not null"
        for person, resident in self._db.execute(behind, [ticket.number]).fetchall():
            more: dict[str, Any] = {"at": self._at, "account": account, "ticket": ticket.number}
            line = written_to_resident(self._db, resident, text, f"{key}:{person}", **more)
            if line is not None and ticket.secret:
                self._db.execute("update messages set sealed = 1 where id = ?", [line])
        if ticket.source in CALLED_BACK:
            self._tell_callers(key, ticket, text)

    def _tell_callers(self, key: str, ticket: Ticket, text: str) -> None:
        """Whoever has no conversation with the service gets a text message, or is called back."""
        callers = "select id, contact from ticket_reporters where number = ? and resident is null and contact <> ''"
        for person, contact in self._db.execute(callers, [ticket.number]).fetchall():
            put(self._db, f"{key}:{person}", "resident", text, address=contact, ticket=ticket.number, at=self._at)

    def alert(self, key: str, ticket: Ticket, text: str, unit: int | None = None) -> None:
        """See TicketStore."""
        payload = {"unit": unit} if unit else {}
        put(self._db, key, "alert", text, subject=text[:40], payload=payload, ticket=ticket.number, at=self._at)

    def next_message(self) -> int:
        """See TicketStore."""
        row = self._db.execute("select seq + 1 from sqlite_sequence where name = 'messages'").fetchone()
        return int(row[0]) if row else 1

    def seal(self, resident: str, from_message: int) -> None:
        """See TicketStore."""
        own = "select id from messages where resident = :resident and id >= :first"
        values = {"resident": resident, "first": from_message}
        # A danger, and a wish for a person, must reach staff all the same; their words stay sealed.
        self._db.execute(f"update inbox set text = '（保密举报）' where message_id in ({own})", values)
        only = "kind in ('question', 'feedback')"
        self._db.execute(f"update inbox set status = 'sealed' where {only} and message_id in ({own})", values)
        self._db.execute("update messages set sealed = 1 where resident = :resident and id >= :first", values)


def forget_person(db: Database, resident: str) -> None:
    """Delete a resident's tickets, and their name behind tickets that are others' matter too."""
    own = "select number from ticket_reporters where resident = ?"
    others = "select number from ticket_reporters where resident is not ? and role = 'joined'"
    first = f"{own} and role = 'reporter'"
    db.execute(f"delete from tickets where number in ({first}) and number not in ({others})", [resident, resident])
    db.execute("delete from ticket_reporters where resident = ?", [resident])
    forget_photos(db, resident)


def notices_in(db: Database) -> list[Notice]:
    """The holiday notices that administrators entered."""
    rows = db.execute("select year, days_off, make_up_days, source from holiday_notices order by year").fetchall()
    day = datetime.date.fromisoformat
    return [Notice(y, frozenset(map(day, json.loads(off))), frozenset(map(day, json.loads(on))), s) for y, off, on, s in rows]


def rules_now(db: Database, rules: Rules) -> Rules:
    """The rules with what administrators entered over them: holiday notices, and when tickets are dispatched at once."""
    if notices := notices_in(db):
        rules = replace(rules, calendar=rules.calendar.with_notices(notices))
    if rules.dispatch_at is not None:
        return rules
    row = db.execute("select value from settings where key = ?", [DISPATCH_AT_SETTING]).fetchone()
    return replace(rules, dispatch_at=float(json.loads(row[0]))) if row else rules


def open_desk(db: Database, rules: Rules, now: datetime.datetime) -> Desk:
    """A desk inside the transaction of ``db``."""
    return Desk(SqliteTicketStore(db, now), rules_now(db, rules), now)


def resident_desk(db: Database, resident: str, rules: Rules, now: datetime.datetime) -> ResidentDesk:
    """The desk as this resident may use it, inside the transaction of ``db``."""
    return ResidentDesk(open_desk(db, rules, now), Actor(Role.RESIDENT, "居民", resident=resident))


class TicketOffice:
    """Opens desks in transactions of their own; reads; what is done in the background.

    Args:
        clock: the time, with its zone.
    """

    def __init__(self, engine: Engine, rules: Rules, clock: Callable[[], datetime.datetime]) -> None:
        self.engine, self.rules, self.clock = engine, rules, clock
        self.lists = TicketLists(engine, clock)

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """A desk in a write transaction: what is done becomes visible at its end, all or nothing.

        Raises:
            StoreError: the store cannot be written.
        """
        with self.engine.write() as db:
            yield open_desk(db, self.rules, self.clock())

    def reading(self) -> Desk:
        """A desk for looking only: nothing may be done on it."""
        return open_desk(self.engine.db, self.rules, self.clock())

    @property
    def calendar(self) -> Calendar:
        """The calendar with the notices entered."""
        return rules_now(self.engine.db, self.rules).calendar

    def prepare(self, units: Iterable[Unit]) -> None:
        """At a start: enter units that are new, put tickets of an older version into the search, and reckon due dates by the
        notices that came with this version."""
        self.seed_units(units)
        with self.engine.write() as db:
            store = SqliteTicketStore(db, self.clock())
            for (number,) in db.execute(
                "select number from tickets where number not in (select number from ticket_words)"
            ).fetchall():
                store.index(number)
        self._reckon_again()

    def seed_units(self, wanted: Iterable[Unit]) -> int:
        """Enter the units that are not there yet (by name); what administrators changed stays.  How many were new."""
        names = [name for name in UNIT_FIELDS if name != "id"]
        sql = f"insert into units ({', '.join(names)}) values ({', '.join('?' for _ in names)}) on conflict(name) do nothing"
        with self.engine.write() as db:
            return sum(db.execute(sql, [_as_kept(getattr(unit, name)) for name in names]).rowcount for unit in wanted)

    def enter_notice(self, notice: Notice) -> int:
        """Keep a year's holiday notice and reckon the due dates of open tickets anew; how many changed."""
        off, on = (as_json(sorted(map(str, days))) for days in (notice.days_off, notice.make_up_days))
        now = self.clock().isoformat(timespec="milliseconds")
        with self.engine.write() as db:
            db.execute(
                "insert into holiday_notices values (?, ?, ?, ?, ?) on conflict(year) do update set"
                " days_off = excluded.days_off, make_up_days = excluded.make_up_days, source = excluded.source, at = excluded.at",
                [notice.year, off, on, notice.source, now],
            )
        return self._reckon_again()

    def _reckon_again(self) -> int:
        """Reckon the due dates of open tickets by the calendar as it is now, some in each transaction; how many changed."""
        changed = 0
        while True:
            with self.engine.write() as db:
                some = recompute(open_desk(db, self.rules, self.clock()), RECKONED_AT_ONCE)
            changed += some
            if some < RECKONED_AT_ONCE:
                return changed

    def remind(self) -> int:
        """Alert staff to what is due on the next day and what is overdue, once a ticket and day; close what nobody rated.

        How many alerts and closings.
        """
        with self.engine.write() as db:
            return remind(open_desk(db, self.rules, self.clock()))


def _as_kept(value: Any) -> Any:
    return as_json(value) if isinstance(value, dict) else value
