"""Answers to questions outside the plan in SQLite."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from bot.questions.records import Faq
from bot.store.engine import Engine, as_json
from bot.store.versions import bump, version_of

VERSION = "faqs"
_COLUMNS = "id, answer, questions, office, state, account, by, approved_by, at"


class FaqBook:
    """See bot.console.faqs.Faqs.

    Args:
        clock: the time, with its zone.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine, self._clock = engine, clock

    def version(self) -> int:
        """Another one whenever something changed."""
        return version_of(self._engine, VERSION)

    def active(self) -> list[Faq]:
        """Those that residents are answered by."""
        return [faq for faq in self.all() if faq.state == "active"]

    def all(self) -> list[Faq]:
        """See Faqs."""
        return [_faq(row) for row in self._engine.rows(f"select {_COLUMNS} from faqs order by id desc")]

    def get(self, number: int) -> Faq | None:
        """See Faqs."""
        rows = self._engine.rows(f"select {_COLUMNS} from faqs where id = ?", [number])
        return _faq(rows[0]) if rows else None

    def save(self, faq: Faq) -> int:
        """See Faqs."""
        at = self._clock().isoformat(timespec="milliseconds")
        values = asdict(faq) | {"id": faq.id or None, "questions": as_json(faq.questions), "at": at}
        marks = ", ".join(f":{name.strip()}" for name in _COLUMNS.split(","))
        with self._engine.write() as db:
            number = db.execute(f"insert or replace into faqs ({_COLUMNS}) values ({marks})", values).lastrowid
            bump(db, VERSION)
        assert number is not None  # an insert always has one
        return number

    def switch(self, number: int, state: str, account: int) -> bool:
        """See Faqs."""
        with self._engine.write() as db:
            sql = "update faqs set state = ?, approved_by = ? where id = ? and state <> ?"
            changed = db.execute(sql, [state, account, number, state]).rowcount
            bump(db, VERSION)
            return bool(changed)


def _faq(row: dict[str, Any]) -> Faq:
    return Faq(**{**row, "questions": tuple(json.loads(row["questions"]))})
