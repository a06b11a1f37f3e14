"""The audit log in SQLite: written, never changed."""

import datetime
import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.accounts.records import AuditEntry
from bot.store.accounts import Clock
from bot.store.engine import Engine, as_json
from bot.tickets.calendar import start_of


class SqliteAudit:
    """See bot.accounts.ports.AuditLog."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock

    def add(self, account: int | None, username: str, action: str, object: str, detail: Mapping[str, Any], address: str) -> None:
        """See AuditLog."""
        at = self._clock().isoformat(timespec="milliseconds")
        with self._engine.write() as db:
            db.execute(
                "insert into audit (account, username, action, object, detail, address, at) values (?, ?, ?, ?, ?, ?, ?)",
                [account, username, action, object, as_json(dict(detail)), address, at],
            )

    def find(
        self,
        username: str = "",
        actions: Sequence[str] = (),
        object: str = "",
        since: datetime.date | None = None,
        until: datetime.date | None = None,
        before: int | None = None,
        most: int = 50,
    ) -> list[AuditEntry]:
        """See AuditLog."""
        conditions: list[str] = []
        values: list[Any] = []
        if username:
            conditions, values = [*conditions, "username = ?"], [*values, username]
        if actions:
            conditions, values = [*conditions, f"action in ({', '.join('?' * len(actions))})"], [*values, *actions]
        if object:
            conditions, values = [*conditions, "object = ?"], [*values, object]
        if since:
            conditions, values = [*conditions, "at >= ?"], [*values, start_of(since)]
        if until:
            conditions, values = [*conditions, "at < ?"], [*values, start_of(until + datetime.timedelta(days=1))]
        if before:
            conditions, values = [*conditions, "id < ?"], [*values, before]
        where = " and ".join(conditions) or "true"
        rows = self._engine.rows(f"select * from audit where {where} order by id desc limit ?", [*values, most])
        return [AuditEntry(**{**row, "detail": json.loads(row["detail"])}) for row in rows]

    def actions(self) -> list[str]:
        """See AuditLog."""
        return [row["action"] for row in self._engine.rows("select distinct action from audit order by action")]
