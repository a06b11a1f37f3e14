"""Who works in the console, what they did, and what they set."""

from sqlite_utils import Database

from bot.store.migrations.steps import migrations


@migrations(name="0007_accounts")
def accounts(db: Database) -> None:
    """Accounts, the audit log, settings, keys of other systems, saved filters."""
    db.execute(
        """create table accounts (
            id integer primary key autoincrement, username text not null unique, name text not null default '',
            password text not null, role text not null, unit integer references units(id),
            must_change integer not null default 0, active integer not null default 1, failures integer not null default 0,
            locked_until text, session_key text not null, at text not null, last_login_at text
        ) strict"""
    )
    db.execute(
        """create table audit (
            id integer primary key autoincrement, account integer, username text not null, action text not null,
            object text not null default '', detail text not null default '{}', address text not null default '', at text not null
        ) strict"""
    )
    db.execute("create index audit_by_at on audit(at)")
    db.execute("create index audit_by_object on audit(object)")
    db.execute("create table settings (key text primary key, value text not null, by text not null, at text not null) strict")
    db.execute(
        """create table api_keys (
            id integer primary key, name text not null unique, digest text not null unique, scopes text not null default '[]',
            webhook text not null default '', secret text not null default '', active integer not null default 1,
            at text not null, used_at text
        ) strict"""
    )
    db.execute(
        """create table saved_filters (
            id integer primary key, account integer not null references accounts(id) on delete cascade,
            name text not null, query text not null, unique (account, name)
        ) strict"""
    )


@migrations(name="0021_console_guessing")
def guessing(db: Database) -> None:
    """Failed sign-ins by name and by address, also of names that do not exist; versions of what processes keep a copy of."""
    db.execute("alter table accounts drop column failures")
    db.execute("alter table accounts drop column locked_until")
    db.execute(
        """create table guesses (
            key text primary key, failures integer not null, locked_until text, at text not null
        ) strict, without rowid"""
    )
    db.execute("create table versions (name text primary key, number integer not null) strict, without rowid")
    db.execute("create index audit_by_username on audit(username, id)")
    db.execute("create index audit_by_action on audit(action, id)")


@migrations(name="0061_accounts_keys_of_units")
def keys_of_units(db: Database) -> None:
    """Another system can be bound to a unit: it sees and changes that unit's tickets only."""
    db.execute("alter table api_keys add column unit integer references units(id)")
