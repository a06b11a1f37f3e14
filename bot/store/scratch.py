"""A store in memory that nobody else sees: what is asked on trial leaves nothing behind."""

import datetime
import sqlite3

from sqlite_utils import Database

from bot.store.migrations import migrations
from bot.store.tickets import resident_desk
from bot.tickets.resident import ResidentDesk
from bot.tickets.rules import Rules


def scratch_desk(resident: str, rules: Rules, now: datetime.datetime) -> ResidentDesk:
    """The desk of a resident who never filed anything."""
    db = Database(sqlite3.connect(":memory:", check_same_thread=False))
    migrations.apply(db)
    return resident_desk(db, resident, rules, now)
