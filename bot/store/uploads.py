"""Files between their preview and their confirmation, so that nobody has to send one twice."""

import datetime
import secrets
from collections.abc import Callable

from bot.store.engine import Engine

KEPT = datetime.timedelta(days=1)


class SqliteUploads:
    """See bot.console.uploads.Uploads.

    Args:
        clock: the time, with its zone.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime.datetime]) -> None:
        self._engine, self._clock = engine, clock

    def keep(self, kind: str, account: int, name: str, content: bytes) -> str:
        """See Uploads."""
        token, now = secrets.token_urlsafe(18), self._clock()
        with self._engine.write() as db:
            db.execute("delete from uploads where kind = ? and account = ?", [kind, account])
            db.execute("insert into uploads values (?, ?, ?, ?, ?, ?)", [token, kind, account, name, content, _iso(now)])
        return token

    def clean(self) -> int:
        """Delete what nobody confirmed within a day; how many."""
        with self._engine.write() as db:
            return int(db.execute("delete from uploads where at < ?", [_iso(self._clock() - KEPT)]).rowcount)

    def get(self, kind: str, account: int, token: str) -> tuple[str, bytes] | None:
        """See Uploads."""
        sql = "select name, content from uploads where token = ? and kind = ? and account = ? and at >= ?"
        rows = self._engine.rows(sql, [token, kind, account, _iso(self._clock() - KEPT)])
        return (rows[0]["name"], rows[0]["content"]) if rows else None

    def drop(self, token: str) -> None:
        """See Uploads."""
        with self._engine.write() as db:
            db.execute("delete from uploads where token = ?", [token])


def _iso(now: datetime.datetime) -> str:
    return now.isoformat(timespec="milliseconds")
