"""Keys of other systems in SQLite: of a key itself only the digest."""

import contextlib
import datetime
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlite_utils import Database

from bot.accounts.keys import ApiKey, Scope, digest_of
from bot.accounts.records import AccountError
from bot.delivery.outbox import Addressee
from bot.dialogue.ports import StoreError
from bot.store.engine import Engine, as_json

_COLUMNS = "id, name, scopes, at, unit, webhook, secret, active, used_at"
SEEN_EVERY = datetime.timedelta(minutes=1)
"""How often the time of the last use is written down."""


def _key(row: Mapping[str, Any]) -> ApiKey:
    scopes = frozenset(Scope(name) for name in json.loads(row["scopes"]))
    return ApiKey(**{**row, "scopes": scopes, "active": bool(row["active"])})


class SqliteApiKeys:
    """See bot.accounts.keys.KeyStore."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime.datetime]) -> None:
        self._engine, self._clock = engine, clock

    def _at(self) -> str:
        return self._clock().isoformat(timespec="milliseconds")

    def all(self) -> list[ApiKey]:
        """See KeyStore."""
        return [_key(row) for row in self._engine.rows(f"select {_COLUMNS} from api_keys order by active desc, name")]

    def get(self, number: int) -> ApiKey | None:
        """See KeyStore."""
        rows = self._engine.rows(f"select {_COLUMNS} from api_keys where id = ?", [number])
        return _key(rows[0]) if rows else None

    def find(self, text: str) -> ApiKey | None:
        """The active key of that text; when it was used is written down."""
        rows = self._engine.rows(f"select {_COLUMNS} from api_keys where digest = ? and active = 1", [digest_of(text)])
        if not rows:
            return None
        key = _key(rows[0])
        if key.used_at is None or key.used_at < (self._clock() - SEEN_EVERY).isoformat(timespec="milliseconds"):
            with contextlib.suppress(StoreError), self._engine.write() as db:  # who reads need not wait for who writes
                db.execute("update api_keys set used_at = ? where id = ?", [self._at(), key.id])
        return key

    def add(self, name: str, digest: str, scopes: Iterable[Scope], unit: int | None, webhook: str, secret: str) -> ApiKey:
        """See KeyStore."""
        with self._engine.write() as db:
            if unit is not None and not db.execute("select 1 from units where id = ? and active", [unit]).fetchone():
                raise AccountError("没有这个单位，或者它已经停用")
            try:
                cursor = db.execute(
                    "insert into api_keys (name, digest, scopes, unit, webhook, secret, at) values (?, ?, ?, ?, ?, ?, ?)",
                    [name, digest, as_json(sorted(scopes)), unit, webhook, secret, self._at()],
                )
            except sqlite3.IntegrityError:
                raise AccountError(f"已经有名为 {name} 的系统了；停用的名字也不再用，工单的经过里还写着它") from None
            number = int(cursor.lastrowid or 0)
        return self._known(number)

    def revoke(self, number: int) -> ApiKey:
        """See KeyStore."""
        with self._engine.write() as db:
            db.execute("update api_keys set active = 0 where id = ?", [number])
            _give_up(db, number)
        return self._known(number)

    def set_webhook(self, number: int, address: str) -> ApiKey:
        """See KeyStore."""
        with self._engine.write() as db:
            db.execute("update api_keys set webhook = ? where id = ?", [address, number])
            if address:
                db.execute(f"update outbox set address = ? where {_STILL_TO_GO}", [address, str(Addressee.WEBHOOK), number])
            else:
                _give_up(db, number)
        return self._known(number)

    def _known(self, number: int) -> ApiKey:
        key = self.get(number)
        if key is None:
            raise AccountError("没有这个系统")
        return key


_STILL_TO_GO = "kind = ? and state in ('waiting', 'dead') and json_extract(payload, '$.system') = ?"


def _give_up(db: Database, number: int) -> None:
    """Nothing more is sent to that system, and no longer shown as undelivered."""
    db.execute(f"update outbox set state = 'given_up' where {_STILL_TO_GO}", [str(Addressee.WEBHOOK), number])
