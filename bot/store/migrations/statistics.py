"""Counts that outlive the messages they were made from."""

from sqlite_utils import Database

from bot.store.migrations import questions  # noqa: F401 - its tables are counted here
from bot.store.migrations.steps import migrations


@migrations(name="0061_statistics")
def statistics(db: Database) -> None:
    """Turns, services and gaps by day in China: kept when the retention days are over, since nobody can be known by them."""
    db.execute("create index messages_by_at on messages(at)")
    db.execute("create table counted_days (day text primary key, at text not null) strict, without rowid")
    db.execute(
        """create table daily_turns (
            day text not null, channel text not null, mode text not null, turns integer not null, unanswered integer not null,
            useful integer not null, useless integer not null, primary key (day, channel, mode)
        ) strict, without rowid"""
    )
    db.execute(
        """create table daily_services (
            day text not null, channel text not null, service text not null, item integer not null, turns integer not null,
            offered integer not null, useful integer not null, useless integer not null, primary key (day, channel, service)
        ) strict, without rowid"""
    )
    db.execute(
        """create table daily_gaps (
            day text not null, channel text not null, service text not null, aspect text not null, turns integer not null,
            primary key (day, channel, service, aspect)
        ) strict, without rowid"""
    )
