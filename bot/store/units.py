"""Units as administrators keep them."""

import sqlite3
from dataclasses import asdict, fields

from bot.accounts.records import AccountError
from bot.store.engine import Engine, as_json
from bot.store.ticket_rows import unit_of
from bot.store.versions import bump
from bot.tickets.records import Unit

VERSION = "units"

_SELECT = f"select {', '.join(field.name for field in fields(Unit))} from units"


class SqliteUnits:
    """See bot.console.units.UnitBook."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> list[Unit]:
        """See UnitBook."""
        return [unit_of([*row.values()]) for row in self._engine.rows(f"{_SELECT} order by active desc, outside, id")]

    def get(self, number: int) -> Unit | None:
        """See UnitBook."""
        rows = self._engine.rows(f"{_SELECT} where id = ?", [number])
        return unit_of([*rows[0].values()]) if rows else None

    def save(self, unit: Unit) -> int:
        """See UnitBook."""
        values = {**asdict(unit), "days": as_json(unit.days), "alerts": as_json(unit.alerts)}
        if not unit.id:
            values.pop("id")
        names = list(values)
        sql = (
            f"insert into units ({', '.join(names)}) values ({', '.join(':' + name for name in names)})"
            f" on conflict(id) do update set {', '.join(f'{name} = excluded.{name}' for name in names)} returning id"
        )
        with self._engine.write() as db:
            try:
                number = int(db.execute(sql, values).fetchone()[0])
            except sqlite3.IntegrityError:
                raise AccountError(f"已经有名为 {unit.name} 的单位了") from None
            bump(db, VERSION)
            return number
