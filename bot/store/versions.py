"""A counter for each thing that running processes keep a copy of: it grows with every change, reading it is cheap."""

from sqlite_utils import Database

from bot.store.engine import Engine


def bump(db: Database, name: str) -> None:
    """Tell that ``name`` changed; inside the transaction that changes it."""
    db.execute("insert into versions values (?, 1) on conflict(name) do update set number = number + 1", [name])


def version_of(engine: Engine, name: str) -> int:
    """The version of ``name``; 0 before its first change.

    Raises:
        StoreError: it cannot be read.
    """
    rows = engine.rows("select number from versions where name = ?", [name])
    return int(rows[0]["number"]) if rows else 0
