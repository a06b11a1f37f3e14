"""Accounts and failed sign-ins in SQLite."""

import datetime
import secrets
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from sqlite_utils import Database

from bot.accounts.guessing import FORGOTTEN_AFTER, Tally, key_of, wait_after
from bot.accounts.records import CONSOLE_ROLES, UNIT_ROLES, Account, AccountError
from bot.store.engine import Engine
from bot.tickets.records import Role

Clock = Callable[[], datetime.datetime]

_COLUMNS = "id, username, name, password, role, unit, must_change, active, session_key, at, last_login_at"


def _account(row: Mapping[str, Any]) -> Account:
    return Account(**{**row, "role": Role(row["role"]), "must_change": bool(row["must_change"]), "active": bool(row["active"])})


class SqliteAccounts:
    """See bot.accounts.ports.AccountStore."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock

    def _at(self) -> str:
        return self._clock().isoformat(timespec="milliseconds")

    def all(self) -> list[Account]:
        """See AccountStore."""
        return [_account(row) for row in self._engine.rows(f"select {_COLUMNS} from accounts order by active desc, username")]

    def get(self, number: int) -> Account | None:
        """See AccountStore."""
        rows = self._engine.rows(f"select {_COLUMNS} from accounts where id = ?", [number])
        return _account(rows[0]) if rows else None

    def named(self, username: str) -> Account | None:
        """See AccountStore."""
        rows = self._engine.rows(f"select {_COLUMNS} from accounts where username = ?", [username.strip().casefold()])
        return _account(rows[0]) if rows else None

    def add(self, username: str, password: str, role: Role, unit: int | None, name: str, must_change: bool) -> Account:
        """See AccountStore."""
        with self._engine.write() as db:
            _require_unit(db, role, unit)
            try:
                cursor = db.execute(
                    "insert into accounts (username, name, password, role, unit, must_change, session_key, at)"
                    " values (?, ?, ?, ?, ?, ?, ?, ?)",
                    [username.strip().casefold(), name, password, str(role), unit, must_change, _new_key(), self._at()],
                )
            except sqlite3.IntegrityError:
                raise AccountError(f"已经有用户名为 {username} 的账号了") from None
            return _one(db, cursor.lastrowid)

    def change(self, number: int, name: str, role: Role, unit: int | None) -> Account:
        """See AccountStore."""
        with self._engine.write() as db:
            _require_unit(db, role, unit)
            if role is not Role.ADMINISTRATOR:
                _require_another_administrator(db, number)
            db.execute("update accounts set name = ?, role = ?, unit = ? where id = ?", [name, str(role), unit, number])
            return _one(db, number)

    def set_active(self, number: int, active: bool) -> Account:
        """See AccountStore."""
        with self._engine.write() as db:
            if not active:
                _require_another_administrator(db, number)
            db.execute("update accounts set active = ?, session_key = ? where id = ?", [active, _new_key(), number])
            return _one(db, number)

    def set_password(self, number: int, password: str, must_change: bool) -> Account:
        """See AccountStore."""
        with self._engine.write() as db:
            db.execute(
                "update accounts set password = ?, must_change = ?, session_key = ? where id = ?",
                [password, must_change, _new_key(), number],
            )
            account = _one(db, number)
            db.execute("delete from guesses where key = ?", [key_of("name", account.username)])
            return account

    def end_sessions(self, number: int) -> Account:
        """See AccountStore."""
        with self._engine.write() as db:
            db.execute("update accounts set session_key = ? where id = ?", [_new_key(), number])
            return _one(db, number)

    def signed_in(self, number: int) -> None:
        """See AccountStore."""
        with self._engine.write() as db:
            db.execute("update accounts set last_login_at = ? where id = ?", [self._at(), number])


def _new_key() -> str:
    return secrets.token_urlsafe(16)


def _one(db: Database, number: int | None) -> Account:
    row = db.execute(f"select {_COLUMNS} from accounts where id = ?", [number]).fetchone()
    if row is None:
        raise AccountError("没有这个账号")
    return _account(dict(zip(_COLUMNS.split(", "), row, strict=True)))


def _require_unit(db: Database, role: Role, unit: int | None) -> None:
    """A role goes with a unit or without one.

    Raises:
        AccountError: it does not.
    """
    if role not in CONSOLE_ROLES:
        raise AccountError("没有这个角色")
    if role in UNIT_ROLES and unit is None:
        raise AccountError("承办人员和审核人员要选所在单位")
    if unit is not None and db.execute("select 1 from units where id = ?", [unit]).fetchone() is None:
        raise AccountError("没有这个单位")


def _require_another_administrator(db: Database, number: int) -> None:
    """Somebody must be left who can let others in.

    Raises:
        AccountError: nobody would.
    """
    others = "select 1 from accounts where role = 'administrator' and active and id <> ?"
    own = "select 1 from accounts where role = 'administrator' and active and id = ?"
    if db.execute(own, [number]).fetchone() and not db.execute(others, [number]).fetchone():
        raise AccountError("这是唯一的管理员账号，不能停用或改成别的角色")


class SqliteGuesses:
    """See bot.accounts.ports.GuessStore."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock

    def tally(self, key: str) -> Tally:
        """See GuessStore."""
        forgotten = (self._clock() - FORGOTTEN_AFTER).isoformat(timespec="milliseconds")
        rows = self._engine.rows("select failures, locked_until from guesses where key = ? and at > ?", [key, forgotten])
        if not rows:
            return Tally()
        until = rows[0]["locked_until"]
        return Tally(rows[0]["failures"], datetime.datetime.fromisoformat(until) if until else None)

    def failed(self, keys: Mapping[str, int]) -> None:
        """See GuessStore."""
        now = self._clock()
        with self._engine.write() as db:
            db.execute("delete from guesses where at < ?", [(now - FORGOTTEN_AFTER).isoformat(timespec="milliseconds")])
            for key, free in keys.items():
                at = now.isoformat(timespec="milliseconds")
                failures = db.execute(
                    "insert into guesses values (?, 1, null, ?) on conflict(key)"
                    " do update set failures = failures + 1, at = excluded.at returning failures",
                    [key, at],
                ).fetchone()[0]
                if wait := wait_after(failures, free):
                    until = (now + wait).isoformat(timespec="milliseconds")
                    db.execute("update guesses set locked_until = ? where key = ?", [until, key])

    def forget(self, key: str) -> None:
        """See GuessStore."""
        with self._engine.write() as db:
            db.execute("delete from guesses where key = ?", [key])
