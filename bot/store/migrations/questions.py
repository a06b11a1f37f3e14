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


@migrations(name="0051_questions_review")
def review(db: Database) -> None:
    """What staff need beside the questions themselves: rank and guess of a group, gaps, samples, texts to be taken over.

    ``rank``: the greater the sooner (see bot.questions.gravity).  ``gaps``: one row for each reply that had to say that the
    plan is silent.  ``suggestions``: an answer or a missing text that staff wrote, for administrators to make a draft of.
    """
    for column in (
        "people integer not null default 0",
        "grave integer not null default 0",
        "rank real not null default 0",
        "guess text",
        "guess_confidence real not null default 0",
        "unit integer references units(id)",
        "outcome text",
        "answer text",
        "settled_by integer",
        "settled_at text",
        "settlement text",
    ):
        db.execute(f"alter table question_groups add column {column}")
    db.execute("alter table inbox add column settlement text")
    db.execute("alter table taught add column settlement text")
    db.execute("create index question_groups_open on question_groups(state, rank desc)")
    db.execute("create index question_groups_by_unit on question_groups(unit, state)")
    db.execute("create index taught_by_settlement on taught(settlement)")
    db.execute("create index inbox_ungrouped on inbox(id) where kind = 'question' and status = 'open' and group_id is null")
    db.execute(
        """create table gaps (
            message integer primary key references messages(id) on delete cascade, service text not null, aspect text not null,
            at text not null
        ) strict"""
    )
    db.execute("create index gaps_by_service on gaps(service, aspect, at)")
    db.execute(
        """insert into gaps select id, json_extract(reply, '$.items[0].service'), json_extract(decision, '$.aspect_shown'), at
           from messages where json_extract(decision, '$.gap') and json_extract(reply, '$.items[0].service') is not null"""
    )
    db.execute(
        """create table suggestions (
            id integer primary key autoincrement, kind text not null check (kind in ('faq', 'gap')),
            service text, aspect text, question text not null default '', text text not null, group_id integer,
            account integer, at text not null, state text not null default 'open'
        ) strict"""
    )
    db.execute("create index suggestions_by_state on suggestions(state, kind, service, aspect)")
    db.execute(
        """create table answer_samples (
            message integer primary key references messages(id) on delete cascade, day text not null, verdict text,
            service text, account integer, at text
        ) strict"""
    )
    db.execute("create index answer_samples_by_day on answer_samples(day, verdict)")
    db.execute("create table leases (name text primary key, holder text not null, until text not null) strict, without rowid")
    db.execute("create index ratings_open on ratings(reviewed_at, useful, at)")


@migrations(name="0073_questions_faqs")
def faqs(db: Database) -> None:
    """Answers to questions outside the plan that administrators took over, with the ways in which residents ask.

    ``state``: waiting (for a second person), active, stopped.  ``office``: who answers, as residents read it.
    """
    db.execute(
        """create table faqs (
            id integer primary key autoincrement, answer text not null, questions text not null, office text not null default '',
            state text not null check (state in ('waiting', 'active', 'stopped')), account integer, by text not null default '',
            approved_by integer, at text not null
        ) strict"""
    )
