"""Conversations, and the first form of tickets."""

from sqlite_utils import Database

from bot.store.migrations.steps import migrations


@migrations(name="0001_conversations")
def conversations(db: Database) -> None:
    """Conversations with their state, messages with the decision behind each reply, deliveries, and the staff's inbox."""
    db.execute(
        """create table conversations (
            resident text primary key, channel text not null, state text not null,
            started_at text not null, updated_at text not null
        ) strict"""
    )
    db.execute(
        """create table messages (
            id integer primary key autoincrement,
            resident text not null references conversations(resident) on delete cascade,
            author text not null check (author in ('resident', 'service', 'staff')),
            kind text not null, text text not null, reply text, decision text,
            answers integer references messages(id) on delete cascade,
            request_id text not null, at text not null
        ) strict"""
    )
    db.execute("create index messages_by_resident on messages(resident, id)")
    db.execute("create index messages_by_answered on messages(answers)")
    db.execute(
        """create table deliveries (
            key text primary key, reply_id integer not null references messages(id) on delete cascade, at text not null
        ) strict, without rowid"""
    )
    db.execute("create index deliveries_by_reply on deliveries(reply_id)")
    db.execute(
        """create table inbox (
            id integer primary key autoincrement,
            kind text not null check (kind in ('question', 'feedback', 'handoff', 'emergency')),
            resident text not null, message_id integer not null references messages(id) on delete cascade,
            text text not null, reason text not null, service text, unit text,
            status text not null default 'open', at text not null
        ) strict"""
    )
    db.execute("create index inbox_open on inbox(status, kind, at)")
    db.execute("create index inbox_by_message on inbox(message_id)")


@migrations(name="0002_tickets")
def tickets(db: Database) -> None:
    """诉求工单 with their history; the number's sequence starts anew every day."""
    db.execute(
        """create table tickets (
            number text primary key, day text not null, sequence integer not null,
            resident text not null, kind text not null, matter text not null, place text not null,
            service text, unit text, state text not null, at text not null, unique (day, sequence)
        ) strict"""
    )
    # Apart from the tickets: a number is not given again when its ticket was deleted.
    db.execute("create table ticket_sequences (day text primary key, last integer not null) strict")
    db.execute("create index tickets_by_resident on tickets(resident, at)")
    db.execute(
        """create table ticket_events (
            id integer primary key autoincrement, number text not null references tickets(number) on delete cascade,
            kind text not null, author text not null, text text not null, at text not null
        ) strict"""
    )
    db.execute("create index ticket_events_by_ticket on ticket_events(number, id)")


@migrations(name="0063_callers")
def callers(db: Database) -> None:
    """Who asked by telephone or at the window through a clerk, and the number under which they want the answer."""
    db.execute(
        """create table callers (
            resident text primary key references conversations(resident) on delete cascade,
            phone text not null, name text not null default '', account integer, at text not null
        ) strict, without rowid"""
    )
