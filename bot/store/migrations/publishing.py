"""What publishing needs besides the versions: known questions brought in, trials, what was acknowledged and approved."""

from sqlite_utils import Database

from bot.store.migrations import conversations, questions  # noqa: F401 - their tables are referred to here
from bot.store.migrations.steps import migrations


@migrations(name="0071_publishing_seeds")
def known_seeds(db: Database) -> None:
    """The words of every known question that the project's files ever brought: what was changed here is not brought again."""
    db.execute("create table known_seeds (text text primary key, at text not null) strict")


@migrations(name="0072_publishing_trials")
def trials(db: Database) -> None:
    """What a draft was asked on trial, what of it was acknowledged, and who approved the draft.

    ``subject`` names all that a trial depends on, so that it is stale when any of it changes; ``digest`` is the draft's document
    alone.  ``until``: a running trial whose process died is over then.  ``replayed`` goes with the messages that it is about.
    """
    db.execute(
        """create table trials (
            id integer primary key autoincrement, kind text not null check (kind in ('known', 'replay')), subject text not null,
            state text not null check (state in ('running', 'done', 'failed')), done integer not null default 0,
            total integer not null default 0, result text, by text not null, at text not null, until text not null
        ) strict"""
    )
    db.execute("create index trials_by_subject on trials(kind, subject, id)")
    db.execute(
        """create table acknowledged (
            digest text not null, question integer not null references known_questions(id), reason text not null,
            by text not null, at text not null, primary key (digest, question)
        ) strict, without rowid"""
    )
    db.execute(
        """create table approvals (
            digest text not null, by text not null, at text not null, primary key (digest, by)
        ) strict, without rowid"""
    )
    db.execute(
        """create table replayed (
            trial integer not null references trials(id) on delete cascade,
            message integer not null references messages(id) on delete cascade,
            times integer not null, before text not null, after text not null, primary key (trial, message)
        ) strict, without rowid"""
    )
    db.execute("create index replayed_by_message on replayed(message)")
