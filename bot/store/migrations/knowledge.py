"""The knowledge base's versions, and what departments report on their promises."""

from sqlite_utils import Database

from bot.store.migrations.steps import migrations


@migrations(name="0009_knowledge")
def knowledge(db: Database) -> None:
    """Versions (one is published, at most one a draft), the edits between them, progress reports."""
    db.execute(
        """create table knowledge_versions (
            id integer primary key autoincrement, state text not null check (state in ('draft', 'published', 'archived')),
            content text not null, note text not null default '', by text not null, at text not null,
            approved_by text, published_at text, based_on integer
        ) strict"""
    )
    db.execute("create unique index one_draft on knowledge_versions(state) where state = 'draft'")
    db.execute("create unique index one_published on knowledge_versions(state) where state = 'published'")
    db.execute(
        """create table knowledge_edits (
            id integer primary key autoincrement, version integer not null references knowledge_versions(id),
            object text not null, field text not null, before text, after text, by text not null, at text not null
        ) strict"""
    )
    db.execute("create index knowledge_edits_by_object on knowledge_edits(object, id)")
    db.execute(
        """create table progress_reports (
            id integer primary key autoincrement, service text not null, target text not null default '', month text not null,
            value text not null, evidence text not null default '', unit integer references units(id), account integer,
            at text not null, unique (service, target, month)
        ) strict"""
    )


@migrations(name="0061_progress_reports")
def progress_reports(db: Database) -> None:
    """A report's words for residents, where its evidence is, whether the promise is kept; every change of a report."""
    for column in (
        "text text not null default ''",
        "url text not null default ''",
        "finished integer not null default 0",
        "department text not null default ''",
        "by text not null default ''",
    ):
        db.execute(f"alter table progress_reports add column {column}")
    db.execute(
        """create table progress_history (
            id integer primary key autoincrement, action text not null check (action in ('report', 'correct', 'withdraw')),
            service text not null, target text not null, month text not null, value text not null, text text not null,
            evidence text not null, url text not null, finished integer not null, department text not null, unit integer,
            account integer, by text not null, at text not null
        ) strict"""
    )
    db.execute("create index progress_history_by_service on progress_history(service, id)")


@migrations(name="0081_progress_files")
def progress_files(db: Database) -> None:
    """What a report rests on, as a file: a scan of the acceptance, a photo, a table."""
    db.execute(
        """create table progress_files (
            id integer primary key autoincrement, service text not null, target text not null, month text not null,
            name text not null, content blob not null, account integer, by text not null default '', at text not null
        ) strict"""
    )
    db.execute("create index progress_files_by_service on progress_files(service, month)")
