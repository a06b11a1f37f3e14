"""What publishing needs besides the versions: known questions brought in, trials, what was acknowledged and approved."""

from sqlite_utils import Database

from bot.store.migrations import editing  # noqa: F401 - its tables are referred to here
from bot.store.migrations.steps import migrations


@migrations(name="0071_publishing_seeds")
def known_seeds(db: Database) -> None:
    """The words of every known question that the project's files ever brought: what was changed here is not brought again."""
    db.execute("create table known_seeds (text text primary key, at text not null) strict")
