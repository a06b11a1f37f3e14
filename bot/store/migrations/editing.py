"""What editing the knowledge base needs besides its versions."""

from sqlite_utils import Database

from bot.store.migrations import knowledge  # noqa: F401 - its tables are changed here
from bot.store.migrations.steps import migrations


@migrations(name="0019_knowledge_files")
def knowledge_files(db: Database) -> None:
    """Which of the project's knowledge files a version took in, and what they held, to tell what an upgrade changes."""
    db.execute("alter table knowledge_versions add column files text")
    db.execute("create table knowledge_files (digest text primary key, content text not null, at text not null) strict")


@migrations(name="0067_editing_acknowledged")
def acknowledged(db: Database) -> None:
    """What the check of answer texts found and an administrator left, with the reason; ``mark``: of the value it was about."""
    db.execute(
        """create table lint_acknowledged (
            key text primary key, mark text not null, reason text not null, by text not null, at text not null
        ) strict"""
    )
