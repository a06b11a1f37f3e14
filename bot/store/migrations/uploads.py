"""Files that staff uploaded and have not confirmed yet."""

from sqlite_utils import Database

from bot.store.migrations import accounts  # noqa: F401 - its tables are referred to here
from bot.store.migrations.steps import migrations


@migrations(name="0030_uploads")
def uploads(db: Database) -> None:
    """An uploaded file between its preview and its confirmation; it goes when it is confirmed, or within a day."""
    db.execute(
        """create table uploads (
            token text primary key, kind text not null, account integer not null references accounts(id) on delete cascade,
            name text not null, content blob not null, at text not null
        ) strict"""
    )
