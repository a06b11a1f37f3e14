"""Known questions in SQLite."""

import datetime
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from sqlite_utils import Database

from bot.messages import Mode
from bot.questions.known import KnownQuestion
from bot.store.engine import Engine
from bot.store.versions import bump, version_of

VERSION = "known_questions"

_COLUMNS = "id, text, mode, item, service, source, by, at, active"


class KnownQuestions:
    """Reads and writes known questions.  None is ever deleted: one that does not hold any more is switched off."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime.datetime]) -> None:
        self._engine, self._clock = engine, clock

    def _at(self) -> str:
        return self._clock().isoformat(timespec="milliseconds")

    def version(self) -> int:
        """Grows with every change; cheap."""
        return version_of(self._engine, VERSION)

    def all(self) -> list[KnownQuestion]:
        """Every one, those in use first, then by what is right."""
        rows = self._engine.rows(
            f"select {_COLUMNS} from known_questions order by active desc, mode, coalesce(item, 0), service, id"
        )
        return [_known(row) for row in rows]

    def active(self) -> list[KnownQuestion]:
        """Those in use, in the order in which they came."""
        return [_known(row) for row in self._engine.rows(f"select {_COLUMNS} from known_questions where active order by id")]

    def get(self, number: int) -> KnownQuestion | None:
        """The one of that id."""
        rows = self._engine.rows(f"select {_COLUMNS} from known_questions where id = ?", [number])
        return _known(rows[0]) if rows else None

    def named(self, text: str) -> KnownQuestion | None:
        """The one of these words."""
        rows = self._engine.rows(f"select {_COLUMNS} from known_questions where text = ?", [text])
        return _known(rows[0]) if rows else None

    def add(self, question: KnownQuestion, by: str) -> int | None:
        """Keep a question; its id, None when its words are among the known ones already."""
        with self._engine.write() as db:
            number = self._insert(db, question, by)
            if number:
                bump(db, VERSION)
            return number

    def change(self, number: int, question: KnownQuestion, by: str) -> bool:
        """What is right is something else, or the words are; False when another question has these words."""
        with self._engine.write() as db:
            db.execute("savepoint changing")
            try:
                db.execute(
                    "update known_questions set text = ?, mode = ?, item = ?, service = ?, by = ?, at = ?,"
                    " source = case when text = ? then source else 'console' end where id = ?",
                    [question.text, str(question.mode), question.item, question.service, by, self._at(), question.text, number],
                )
            except sqlite3.IntegrityError:
                db.execute("rollback to changing")
                return False
            bump(db, VERSION)
            return True

    def switch(self, number: int, active: bool, by: str) -> None:
        """Switch one on or off."""
        with self._engine.write() as db:
            db.execute("update known_questions set active = ?, by = ?, at = ? where id = ?", [active, by, self._at(), number])
            bump(db, VERSION)

    def bring_in(self, seeds: Sequence[KnownQuestion]) -> int:
        """Keep the project's questions that never stood here; how many were new.

        What was changed or switched off here stays so.
        """
        with self._engine.write() as db:
            known = {row[0] for row in db.execute("select text from known_seeds")}
            new = [seed for seed in seeds if seed.text not in known]
            added = sum(self._insert(db, seed, "") is not None for seed in new)
            for seed in new:
                db.execute("insert or ignore into known_seeds values (?, ?)", [seed.text, self._at()])
            if added:
                bump(db, VERSION)
            return added

    def _insert(self, db: Database, question: KnownQuestion, by: str) -> int | None:
        values: dict[str, Any] = {
            "text": question.text,
            "mode": str(question.mode),
            "item": question.item,
            "service": question.service,
            "source": question.source,
            "by": by,
            "at": self._at(),
        }
        made = db.execute(
            "insert into known_questions (text, mode, item, service, source, by, at)"
            " values (:text, :mode, :item, :service, :source, :by, :at) on conflict do nothing",
            values,
        )
        return int(made.lastrowid) if made.rowcount and made.lastrowid else None


def _known(row: dict[str, Any]) -> KnownQuestion:
    return KnownQuestion(**{**row, "mode": Mode(row["mode"]), "active": bool(row["active"])})
