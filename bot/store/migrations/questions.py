"""What the bot could not answer, what staff taught it, conversations that a person took over."""

from sqlite_utils import Database

from bot.store.migrations.steps import migrations


@migrations(name="0008_questions")
def questions(db: Database) -> None:
    """Groups of unanswered questions, taught and known questions, ratings, handoffs; sealed messages of secret reports."""
    # Sealed: part of a secret report; shown in no view of a conversation, no log, no export.
    db.execute("alter table messages add column sealed integer not null default 0")
    db.execute("alter table messages add column account integer")
    db.execute(
        """create table question_groups (
            id integer primary key autoincrement, label text not null, centre blob, size integer not null default 0,
            first_at text not null, last_at text not null, state text not null default 'open'
        ) strict"""
    )
    for column in (
        "group_id integer references question_groups(id)",
        "outcome text",
        "answer text",
        "settled_by integer",
        "settled_at text",
        "vector blob",
    ):
        db.execute(f"alter table inbox add column {column}")
    db.execute("create index inbox_by_group on inbox(group_id)")
    db.execute("create index inbox_by_resident on inbox(resident, kind, status)")
    db.execute(
        """create table taught (
            id integer primary key autoincrement, text text not null, service text not null, question integer,
            account integer, at text not null, undone_at text
        ) strict"""
    )
    db.execute(
        """create table known_questions (
            id integer primary key autoincrement, text text not null unique, mode text not null, item integer, service text,
            source text not null default 'console', by text not null default '', at text not null,
            active integer not null default 1
        ) strict"""
    )
    db.execute(
        """create table ratings (
            message integer primary key references messages(id) on delete cascade, resident text not null,
            useful integer not null, at text not null, reviewed_at text
        ) strict"""
    )
    db.execute(
        """create table handoffs (
            id integer primary key autoincrement, resident text not null, state text not null, reason text not null default '',
            account integer, since text not null, taken_at text, staff_at text, resident_at text, ended_at text,
            told text not null default ''
        ) strict"""
    )
    db.execute("create index handoffs_open on handoffs(state, since)")
    db.execute("create index handoffs_by_resident on handoffs(resident, state)")
