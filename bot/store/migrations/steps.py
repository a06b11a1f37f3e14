"""The set that every numbered step is registered in."""

from sqlite_utils import Migrations

migrations = Migrations("bot")
