"""What the check of answer texts found and an administrator left as it is, with the reason."""

import datetime
from collections.abc import Callable
from typing import Any

from bot.store.engine import Engine


class SqliteAcknowledged:
    """See bot.console.lint.Acknowledged."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime.datetime]) -> None:
        self._engine, self._clock = engine, clock

    def all(self) -> dict[str, dict[str, Any]]:
        """mark, reason, by and at, by the finding's key."""
        return {row["key"]: row for row in self._engine.rows("select key, mark, reason, by, at from lint_acknowledged")}

    def keep(self, key: str, mark: str, reason: str, by: str) -> None:
        """The finding is left as it is, for as long as the value stays that of ``mark``."""
        at = self._clock().isoformat(timespec="milliseconds")
        with self._engine.write() as db:
            db.execute("insert or replace into lint_acknowledged values (?, ?, ?, ?, ?)", [key, mark, reason, by, at])

    def drop(self, key: str) -> None:
        """It is told again."""
        with self._engine.write() as db:
            db.execute("delete from lint_acknowledged where key = ?", [key])
