"""Callers for whom a clerk asked, and the answers that they are to be called back with."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.delivery.outbox import Way
from bot.questions.records import Call, Caller
from bot.store.engine import Engine
from bot.store.outbox import handed_over

_WAITING = (
    "from callers c join outbox o on o.resident = c.resident left join inbox i on i.id = o.question"
    " where o.kind = 'resident' and o.state in ('waiting', 'dead')"
    " and (:unit is null or c.account in (select id from accounts where unit = :unit))"
)


class CallerBook:
    """See bot.console.asking.Callers."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine, self._clock = engine, clock

    def _at(self) -> str:
        return self._clock().isoformat(timespec="milliseconds")

    def of(self, resident: str) -> Caller | None:
        """See Callers."""
        rows = self._engine.rows("select resident, phone, name from callers where resident = ?", [resident])
        return Caller(**rows[0]) if rows else None

    def keep(self, caller: Caller, account: int) -> bool:
        """See Callers."""
        with self._engine.write() as db:
            if not db.execute("select 1 from conversations where resident = ?", [caller.resident]).fetchone():
                return False
            db.execute(
                "insert into callers (resident, phone, name, account, at) values (?, ?, ?, ?, ?) on conflict(resident)"
                " do update set phone = excluded.phone, name = excluded.name, account = excluded.account, at = excluded.at",
                [caller.resident, caller.phone, caller.name, account, self._at()],
            )
            return True

    def waiting(self, unit: int | None, most: int = 50) -> list[Call]:
        """See Callers."""
        sql = f"select o.id as letter, c.phone, c.name, coalesce(i.text, '') as question, o.text, o.at {_WAITING}"
        return [Call(**row) for row in self._engine.rows(f"{sql} order by o.id limit :most", {"unit": unit, "most": most})]

    def count_waiting(self, unit: int | None) -> int:
        """See Callers."""
        return int(self._engine.rows(f"select count(*) as n {_WAITING}", {"unit": unit})[0]["n"])

    def called(self, unit: int | None, letters: Sequence[int]) -> int:
        """See Callers."""
        at = self._at()
        with self._engine.write() as db:
            waiting = {row[0] for row in db.execute(f"select o.id {_WAITING}", {"unit": unit}).fetchall()}
            found = [letter for letter in letters if letter in waiting]
            for letter in found:
                db.execute("update outbox set state = 'waiting' where id = ? and state = 'dead'", [letter])
            handed_over(db, found, Way.TELEPHONE, at)
            return len(found)
