"""What the console's first page shows of the tickets' latest steps."""

from dataclasses import fields
from typing import Any

from bot.store.engine import Engine
from bot.tickets.records import Step

_COLUMNS = ", ".join(field.name for field in fields(Step))


class SqliteSteps:
    """See bot.console.home.Steps."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def latest(self, unit: int | None, most: int) -> list[Step]:
        """See Steps."""
        values: list[Any] = [most]
        mine = ""
        if unit is not None:
            mine = (
                "where number in (select number from tickets where lead = ?"
                " union select number from ticket_assisting where unit = ?)"
            )
            values = [unit, unit, most]
        sql = f"select {_COLUMNS} from ticket_events {mine} order by id desc limit ?"
        return [Step(**row) for row in self._engine.rows(sql, values)]
