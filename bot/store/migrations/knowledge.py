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
