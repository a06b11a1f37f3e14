"""Units, tickets in full, the people behind them, photos."""

from sqlite_utils import Database

from bot.store.migrations.steps import migrations


@migrations(name="0003_units")
def units(db: Database) -> None:
    """承办单位: the plan's departments and whoever else can be given a ticket; kept by administrators.

    ``outside``: not of this district (vertical or a company's): a ticket is passed on and the resident told so.
    ``signs_off``: a second person of the unit approves each reply.  ``days``: working days by kind of matter, JSON.
    ``alerts``: where new and overdue work is announced: {"wecom": [url], "dingtalk": [url], "email": [..], "sms": [..]}.
    """
    db.execute(
        """create table units (
            id integer primary key, name text not null unique, full_name text not null default '',
            parent integer references units(id), area text not null default '',
            phone text not null default '', address text not null default '', hours text not null default '',
            hotline text not null default '', outside integer not null default 0, signs_off integer not null default 0,
            days text not null default '{}', alerts text not null default '{}', active integer not null default 1
        ) strict"""
    )


@migrations(name="0004_ticket_lives")
def ticket_lives(db: Database) -> None:
    """Everything between receiving a ticket and closing it; who reported it stands apart from what was reported."""
    db.execute("alter table tickets rename to tickets_0002")
    db.execute("alter table ticket_events rename to ticket_events_0002")
    db.execute("drop index tickets_by_resident")
    db.execute("drop index ticket_events_by_ticket")
    db.execute(
        """create table tickets (
            number text primary key, code text not null, day text not null, sequence integer not null,
            kind text not null, matter text not null, place text not null default '', since text not null default '',
            latitude real, longitude real, service text, suggested text, confidence real not null default 0,
            lead integer references units(id), state text not null, urgency text not null default 'normal',
            clock text not null default 'working_days', due_at text, due_provisional integer not null default 0,
            secret integer not null default 0, source text not null default 'resident', external_number text,
            merged_into text references tickets(number), reply text not null default '', reply_draft text not null default '',
            satisfaction text, solved integer, rating_reason text not null default '', callback_due integer not null default 0,
            urged integer not null default 0, reopened integer not null default 0, returned integer not null default 0,
            joined integer not null default 0,
            at text not null, updated_at text not null, answered_at text, closed_at text,
            unique (day, sequence)
        ) strict"""
    )
    db.execute("create index tickets_by_state on tickets(state, due_at)")
    db.execute("create index tickets_by_lead on tickets(lead, state, due_at)")
    db.execute("create index tickets_by_at on tickets(at)")
    db.execute("create unique index tickets_by_external on tickets(external_number) where external_number is not null")
    db.execute(
        """create table ticket_assisting (
            number text not null references tickets(number) on delete cascade, unit integer not null references units(id),
            primary key (number, unit)
        ) strict, without rowid"""
    )
    db.execute(
        """create table ticket_reporters (
            id integer primary key, number text not null references tickets(number) on delete cascade,
            resident text, name text not null default '', contact text not null default '',
            role text not null default 'reporter', at text not null, unique (number, resident)
        ) strict"""
    )
    db.execute("create index ticket_reporters_by_resident on ticket_reporters(resident, id)")
    db.execute(
        """create table ticket_events (
            id integer primary key autoincrement, number text not null references tickets(number) on delete cascade,
            action text not null, author text not null, account integer, unit integer references units(id),
            text text not null default '', internal integer not null default 0,
            before text, after text, detail text not null default '{}', at text not null
        ) strict"""
    )
    db.execute("create index ticket_events_by_ticket on ticket_events(number, id)")
    db.execute(
        """create table photos (
            id integer primary key, number text references tickets(number) on delete cascade, resident text,
            origin text not null default '', media_id text not null default '', mime text not null default '',
            name text not null default '', size integer not null default 0, state text not null default 'stored',
            attempts integer not null default 0, at text not null
        ) strict"""
    )
    db.execute("create index photos_by_ticket on photos(number)")
    db.execute("create index photos_by_resident on photos(resident, id)")
    db.execute(
        """insert into tickets (number, code, day, sequence, kind, matter, place, service, suggested, state, at, updated_at)
           select number, printf('%06d', abs(random()) % 1000000), day, sequence, kind, matter, place, service, unit, state,
           at, at
           from tickets_0002"""
    )
    db.execute("insert into ticket_reporters (number, resident, at) select number, resident, at from tickets_0002")
    db.execute(
        """insert into ticket_events (number, action, author, text, at)
           select number, kind, author, text, at from ticket_events_0002"""
    )
    db.execute("drop table ticket_events_0002")
    db.execute("drop table tickets_0002")
    # The search over Chinese: every ticket's words, cut by the application (SQLite's own tokenisers know no Chinese).
    db.execute("create virtual table ticket_words using fts5(number unindexed, words, tokenize = 'unicode61')")


@migrations(name="0005_holidays")
def holidays(db: Database) -> None:
    """Notices of public holidays and make-up days that an administrator entered beside the files that come with the service."""
    db.execute(
        """create table holiday_notices (
            year integer primary key, days_off text not null, make_up_days text not null, source text not null, at text not null
        ) strict"""
    )


@migrations(name="0020_tickets_due")
def tickets_due(db: Database) -> None:
    """How a due date came about, so that it can be reckoned anew; the phase of a state; the order of lists; the search's rows."""
    db.execute("alter table tickets add column due_from text")
    db.execute("alter table tickets add column due_amount integer not null default 0")
    db.execute("alter table tickets add column extension_days integer")
    db.execute("alter table tickets add column phase text not null default 'open'")
    db.execute("update tickets set phase = 'over' where state = 'withdrawn'")
    db.execute(
        "update ticket_events set action = case action when 'received' then 'file' when 'urged' then 'urge'"
        " when 'added' then 'add' when 'withdrawn' then 'withdraw' else action end"
    )
    db.execute("create index tickets_by_phase on tickets(phase, due_at)")
    db.execute("create index tickets_by_kind on tickets(kind, phase, at)")
    # A row of the search is found by its ticket's day and sequence: FTS5 has no index on a column that is not searched.
    db.execute(
        """create trigger tickets_unindexed after delete on tickets begin
            delete from ticket_words where rowid = cast(old.day as integer) * 1000000 + old.sequence;
        end"""
    )


@migrations(name="0062_tickets_exchange")
def tickets_exchange(db: Database) -> None:
    """What other systems need: tickets in the order in which they changed, and requests that are carried out once.

    ``last_event`` grows with every change in the order of the transactions, which times need not do across processes.
    """
    db.execute("alter table tickets add column last_event integer not null default 0")
    db.execute(
        "update tickets set last_event = coalesce((select max(id) from ticket_events e where e.number = tickets.number), 0)"
    )
    db.execute("create index tickets_by_last_event on tickets(last_event)")
    db.execute(
        """create trigger tickets_changed after insert on ticket_events begin
            update tickets set last_event = new.id where number = new.number;
        end"""
    )
    db.execute(
        """create table api_requests (
            system integer not null references api_keys(id), key text not null, digest text not null,
            number text not null references tickets(number) on delete cascade, at text not null, primary key (system, key)
        ) strict, without rowid"""
    )
    db.execute("create index api_requests_by_number on api_requests(number)")


@migrations(name="0063_photos")
def photos(db: Database) -> None:
    """Photos with their bytes, how fetching them goes, and the line of the conversation that they came with.

    ``delivery`` makes that one upload is kept once; ``next_at``: when to try (again), while ``state`` is waiting.
    """
    db.execute("alter table photos drop column name")
    for column in ("delivery text", "message integer", "next_at text", "problem text not null default ''"):
        db.execute(f"alter table photos add column {column}")
    db.execute("create unique index photos_by_delivery on photos(delivery) where delivery is not null")
    db.execute("create index photos_waiting on photos(next_at) where state = 'waiting'")
    db.execute("create index photos_by_message on photos(message) where message is not null")
    db.execute(
        """create table photo_data (
            photo integer primary key references photos(id) on delete cascade, data blob not null
        ) strict"""
    )


@migrations(name="0072_tickets_replies")
def tickets_replies(db: Database) -> None:
    """Templates of replies that administrators added to those that come with the service."""
    db.execute(
        """create table reply_templates (
            id integer primary key, title text not null, text text not null, by text not null, at text not null
        ) strict"""
    )
