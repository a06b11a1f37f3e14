"""Reports on the plan's promises in SQLite; every report, correction and withdrawal is kept."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from bot.progress.records import Evidence, Past, Report, Reported
from bot.progress.reminders import Reminder
from bot.progress.rules import Key
from bot.store.engine import Engine
from bot.store.outbox import put
from bot.store.versions import bump, version_of

VERSION = "progress"
_FIELDS = [field.name for field in fields(Report)]
_COLUMNS = ", ".join(_FIELDS)
_KEY = ("service", "target", "month")


class SqliteProgress:
    """See bot.console.progress.ProgressBook.

    Args:
        clock: the time, with its zone.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine, self._clock = engine, clock

    # -- reading ----------------------------------------------------------------------------------------------------------

    def version(self) -> int:
        """Another one whenever something is reported."""
        return version_of(self._engine, VERSION)

    def latest(self) -> dict[Key, Report]:
        """The report on the latest month of each promise."""
        sql = (
            f"select {_COLUMNS} from progress_reports r where month = (select max(month) from progress_reports o"
            " where o.service = r.service and o.target = r.target) order by id"
        )
        found = [_report(row) for row in self._engine.rows(sql)]
        return {(report.service, report.target): report for report in found}

    def reported(self) -> Reported:
        """The same by service, as replies are worded from it."""
        found: dict[str, tuple[Report, ...]] = {}
        for report in self.latest().values():
            found[report.service] = (*found.get(report.service, ()), report)
        return found

    def reports(self, service: str) -> list[Report]:
        """What was reported on a service, the latest month first."""
        sql = f"select {_COLUMNS} from progress_reports where service = ? order by month desc, target"
        return [_report(row) for row in self._engine.rows(sql, [service])]

    def history(self, service: str) -> list[Past]:
        """Every report, correction and withdrawal of a service, the latest first."""
        sql = f"select action, {_COLUMNS} from progress_history where service = ? order by id desc"
        return [Past(str(row.pop("action")), _report(row)) for row in self._engine.rows(sql, [service])]

    def files(self, service: str) -> list[Evidence]:
        """The files behind a service's reports, without their content."""
        sql = "select id, name, target, month, by, at from progress_files where service = ? order by id"
        return [Evidence(**row) for row in self._engine.rows(sql, [service])]

    def file(self, service: str, number: int) -> Evidence | None:
        """One file with its content."""
        sql = "select id, name, content, target, month, by, at from progress_files where service = ? and id = ?"
        rows = self._engine.rows(sql, [service, number])
        return Evidence(**rows[0]) if rows else None

    def drop_file(self, service: str, number: int) -> bool:
        """Delete a file that should not be there; False when it is not."""
        with self._engine.write() as db:
            sql = "delete from progress_files where service = ? and id = ?"
            return bool(db.execute(sql, [service, number]).rowcount)

    def since(self) -> datetime | None:
        """When the first version of a knowledge base was kept here; None when there is none."""
        first = self._engine.rows("select min(at) as at from knowledge_versions")[0]["at"]
        return datetime.fromisoformat(first) if first else None

    # -- writing ----------------------------------------------------------------------------------------------------------

    def report(self, given: Report, file: Evidence | None = None) -> Report:
        """Keep a report in the place of an earlier one on the same month, with a file; as it is then."""
        values = asdict(given) | {"at": self._clock().isoformat(timespec="milliseconds"), "finished": int(given.finished)}
        marks = ", ".join(f":{name}" for name in _FIELDS)
        sets = ", ".join(f"{name} = excluded.{name}" for name in _FIELDS if name not in _KEY)
        with self._engine.write() as db:
            known = self._stands(db, given)
            db.execute(
                f"insert into progress_reports ({_COLUMNS}) values ({marks})"
                f" on conflict(service, target, month) do update set {sets}",
                values,
            )
            if file:
                kept = [*_key(given), file.name, file.content, given.account, given.by, values["at"]]
                db.execute(
                    "insert into progress_files (service, target, month, name, content, account, by, at)"
                    " values (?, ?, ?, ?, ?, ?, ?, ?)",
                    kept,
                )
            self._remember(db, "correct" if known else "report", values)
            bump(db, VERSION)
        return _report(values)

    def withdraw(self, given: Report) -> bool:
        """Take a report back; False when there is none.  ``given`` says which one, and who does it."""
        at = self._clock().isoformat(timespec="milliseconds")
        with self._engine.write() as db:
            rows = db.execute(f"select {_COLUMNS} from progress_reports where {_where()}", _key(given)).fetchall()
            if not rows:
                return False
            db.execute(f"delete from progress_reports where {_where()}", _key(given))
            who = {"account": given.account, "by": given.by, "unit": given.unit, "at": at}
            self._remember(db, "withdraw", dict(zip(_FIELDS, rows[0], strict=True)) | who)
            bump(db, VERSION)
        return True

    def remind(self, wanted: Iterable[Reminder]) -> int:
        """Put reminders into the outbox, each once; how many were new."""
        at, new = self._clock().isoformat(timespec="milliseconds"), 0
        known = {row["key"] for row in self._engine.rows("select key from outbox where key like 'progress:%'")}
        fresh = [reminder for reminder in wanted if reminder.key not in known]
        if not fresh:
            return 0
        units = {row["name"]: row["id"] for row in self._engine.rows("select id, name from units")}
        with self._engine.write() as db:
            for reminder in fresh:
                unit = units.get(reminder.department)
                payload = {"unit": unit} if unit else {}
                new += put(db, reminder.key, "alert", reminder.text, subject=reminder.text[:40], payload=payload, at=at)
        return new

    @staticmethod
    def _stands(db: Database, given: Report) -> bool:
        return db.execute(f"select 1 from progress_reports where {_where()}", _key(given)).fetchone() is not None

    @staticmethod
    def _remember(db: Database, action: str, values: dict[str, Any]) -> None:
        marks = ", ".join(f":{name}" for name in _FIELDS)
        db.execute(f"insert into progress_history (action, {_COLUMNS}) values (:action, {marks})", values | {"action": action})


def _where() -> str:
    return " and ".join(f"{name} = ?" for name in _KEY)


def _key(given: Report) -> list[str]:
    return [getattr(given, name) for name in _KEY]


def _report(row: dict[str, Any]) -> Report:
    return Report(**{**row, "finished": bool(row["finished"])})
