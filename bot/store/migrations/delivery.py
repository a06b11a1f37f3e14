"""What is to be sent, where it can go, and what became of it."""

from sqlite_utils import Database

from bot.store.migrations.steps import migrations


@migrations(name="0006_outbox")
def outbox(db: Database) -> None:
    """The outbox with its attempts, WeChat's windows and tokens, subscriptions.

    ``kind``: resident (to ``resident``), alert (to staff: ``address``), webhook (to another system).  ``state``: waiting,
    sending (until ``lease_until``), sent, dead.  ``key`` makes that nothing is put in twice.
    """
    db.execute(
        """create table outbox (
            id integer primary key autoincrement, key text not null unique, kind text not null, resident text, address text,
            way text, subject text not null default '', text text not null, payload text not null default '{}',
            ticket text, question integer, state text not null default 'waiting', attempts integer not null default 0,
            next_at text not null, lease_until text, lease_by text, sent_way text, sent_at text,
            last_error text not null default '', at text not null
        ) strict"""
    )
    db.execute("create index outbox_due on outbox(state, next_at)")
    db.execute("create index outbox_by_resident on outbox(resident, state)")
    db.execute(
        """create table outbox_attempts (
            id integer primary key, message integer not null references outbox(id) on delete cascade, way text not null,
            outcome text not null, detail text not null default '', at text not null
        ) strict"""
    )
    db.execute("create index outbox_attempts_by_message on outbox_attempts(message)")
    db.execute(
        """create table wechat_windows (
            resident text primary key, opened_by text not null, opened_at text not null, used integer not null default 0
        ) strict"""
    )
    db.execute(
        """create table wechat_tokens (
            name text primary key, value text not null, expires_at text not null, refreshing_until text
        ) strict"""
    )
    db.execute(
        """create table subscriptions (
            id integer primary key, resident text not null, template text not null, at text not null, used_at text
        ) strict"""
    )
    db.execute("create index subscriptions_by_resident on subscriptions(resident, template, used_at)")


@migrations(name="0031_delivery_to_residents")
def delivery_to_residents(db: Database) -> None:
    """A letter knows its line in the conversation; a resident can hold several of WeChat's windows at a time."""
    db.execute("alter table outbox add column message integer")
    db.execute("drop table wechat_windows")
    db.execute(
        """create table wechat_windows (
            resident text not null, opened_by text not null, opened_at text not null, used integer not null default 0,
            primary key (resident, opened_by)
        ) strict, without rowid"""
    )


@migrations(name="0032_courier")
def courier(db: Database) -> None:
    """How often an address was written to lately; which process does a periodic job next."""
    db.execute("create index outbox_by_address on outbox(address) where address is not null")
    db.execute("create table periodic_jobs (name text primary key, next_at text not null) strict, without rowid")
