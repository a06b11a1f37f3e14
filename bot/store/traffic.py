"""What residents wrote, to be asked again of a draft; what that found goes when the messages go."""

import datetime
import json
from collections.abc import Sequence

from bot.publishing.replaying import Otherwise, Reached, Wrote
from bot.store.engine import Engine, as_json

_WRITTEN = "author = 'resident' and kind in ('text', 'voice') and not sealed and text <> '' and at >= ?"


class SqliteTraffic:
    """See bot.publishing.replaying.Traffic."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def wrote(self, since: datetime.datetime, most: int) -> tuple[list[Wrote], int, int]:
        """See Traffic.  The part of many is drawn by mixing the newest message's id: the same until something is written."""
        at = since.isoformat(timespec="milliseconds")
        counts = self._engine.rows(
            f"select count(distinct trim(text)) texts, count(*) messages from messages where {_WRITTEN}", [at]
        )[0]
        rows = self._engine.rows(
            f"select max(id) message, trim(text) text, count(*) times from messages where {_WRITTEN}"
            " group by trim(text) order by (max(id) * 2654435761) % 4294967296 limit ?",
            [at, most],
        )
        return [Wrote(**row) for row in rows], counts["texts"], counts["messages"]

    def keep(self, trial: int, rows: Sequence[Otherwise]) -> None:
        """See Traffic."""
        with self._engine.write() as db:
            for row in rows:
                db.execute(
                    "insert into replayed select ?, id, ?, ?, ? from messages where id = ?",
                    [trial, row.wrote.times, as_json(row.before.as_json()), as_json(row.after.as_json()), row.wrote.message],
                )

    def found(self, trial: int, offset: int, most: int) -> list[Otherwise]:
        """See Traffic."""
        rows = self._engine.rows(
            "select r.message, trim(m.text) text, r.times, r.before, r.after from replayed r join messages m on m.id = r.message"
            " where r.trial = ? and not m.sealed order by r.times desc, r.message desc limit ? offset ?",
            [trial, most, offset],
        )
        return [Otherwise(Wrote(r["message"], r["text"], r["times"]), _read(r["before"]), _read(r["after"])) for r in rows]


def _read(text: str) -> Reached:
    row = json.loads(text)
    return Reached(row["mode"], tuple(row["services"]), row["text"])
