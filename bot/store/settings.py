"""What was set in the console."""

import datetime
import json
from collections.abc import Callable
from typing import Any

from bot.store.engine import Engine, as_json
from bot.store.versions import bump, version_of

VERSION = "settings"


class SqliteSettings:
    """See bot.accounts.ports.SettingsStore."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime.datetime]) -> None:
        self._engine, self._clock = engine, clock

    def version(self) -> int:
        """See SettingsStore."""
        return version_of(self._engine, VERSION)

    def all(self) -> dict[str, Any]:
        """See SettingsStore."""
        return {row["key"]: json.loads(row["value"]) for row in self._engine.rows("select key, value from settings")}

    def set(self, key: str, value: Any, by: str) -> None:
        """See SettingsStore."""
        at = self._clock().isoformat(timespec="milliseconds")
        with self._engine.write() as db:
            if value is None:
                db.execute("delete from settings where key = ?", [key])
            else:
                db.execute(
                    "insert into settings values (?, ?, ?, ?) on conflict(key) do update set"
                    " value = excluded.value, by = excluded.by, at = excluded.at",
                    [key, as_json(value), by, at],
                )
            bump(db, VERSION)
