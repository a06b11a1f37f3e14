"""WeChat's access token, shared by all processes: see bot.delivery.ports.TokenStore."""

from datetime import datetime

from bot.store.engine import Engine

_NAME = "access"
_NEVER = "1970-01-01T00:00:00.000+00:00"


class SqliteTokens:
    """See TokenStore."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def token(self) -> tuple[str, datetime] | None:
        """See TokenStore."""
        rows = self._engine.rows("select value, expires_at from wechat_tokens where name = ? and value <> ''", [_NAME])
        return (rows[0]["value"], datetime.fromisoformat(rows[0]["expires_at"])) if rows else None

    def lease(self, bad: str | None, fresh_until: datetime, now: datetime, until: datetime) -> str | bool:
        """See TokenStore."""
        with self._engine.write() as db:
            db.execute("insert into wechat_tokens values (?, '', ?, null) on conflict(name) do nothing", [_NAME, _NEVER])
            value, expires_at, refreshing = db.execute(
                "select value, expires_at, refreshing_until from wechat_tokens where name = ?", [_NAME]
            ).fetchone()
            if value and value != bad and datetime.fromisoformat(expires_at) > fresh_until:
                return str(value)
            if refreshing and datetime.fromisoformat(refreshing) > now:
                return False
            db.execute(
                "update wechat_tokens set refreshing_until = ? where name = ?",
                [until.isoformat(timespec="milliseconds"), _NAME],
            )
            return True

    def keep(self, value: str, expires_at: datetime) -> None:
        """See TokenStore."""
        with self._engine.write() as db:
            db.execute(
                "update wechat_tokens set value = ?, expires_at = ?, refreshing_until = null where name = ?",
                [value, expires_at.isoformat(timespec="milliseconds"), _NAME],
            )

    def give_up(self) -> None:
        """See TokenStore."""
        with self._engine.write() as db:
            db.execute("update wechat_tokens set refreshing_until = null where name = ?", [_NAME])
