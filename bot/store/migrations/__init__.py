"""The database's history: numbered steps, each keeps the data that is there.

Steps are applied in the order in which their files are imported here, and inside a file from the top.
"""

from bot.store.migrations import (
    accounts,
    conversations,
    delivery,
    editing,
    knowledge,
    publishing,
    questions,
    statistics,
    tickets,
    uploads,
)
from bot.store.migrations.steps import migrations

__all__ = [
    "accounts",
    "conversations",
    "delivery",
    "editing",
    "knowledge",
    "migrations",
    "publishing",
    "questions",
    "statistics",
    "tickets",
    "uploads",
]
