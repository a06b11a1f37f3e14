"""Callers for whom a clerk asked, and the answers that they are to be called back with."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime

from bot.delivery.outbox import Way
from bot.questions.records import Call, Caller, Seen
from bot.store.engine import Engine
from bot.store.outbox import handed_over

_OPEN = "in ('waiting', 'dead')"
_WAITING = f"""from outbox o left join callers c on c.resident = o.resident left join inbox i on i.id = o.question
    left join tickets t on t.number = o.ticket and o.resident is null
    where o.kind = 'resident' and o.state {_OPEN}
    and (c.resident is not null or (t.number is not null and o.address is not null and not exists (select 1 from outbox n
        where n.ticket = o.ticket and n.address = o.address and n.resident is null and n.id > o.id and n.state {_OPEN})))
    and (:unit is null or c.account in (select id from accounts where unit = :unit) or t.lead = :unit
        or exists (select 1 from ticket_assisting a where a.number = t.number and a.unit = :unit))
    and (:secrets or coalesce(t.secret, 0) = 0)"""
"""What callers are to be told: answers to their questions, and of each ticket what was written last."""


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

    def waiting(self, seen: Seen, most: int = 50) -> list[Call]:
        """See Callers."""
        sql = (
            "select o.id as letter, coalesce(c.phone, o.address) as phone, coalesce(c.name, (select name from ticket_reporters r"
            " where r.number = t.number and r.contact = o.address), '') as name, coalesce(i.text, '') as question, o.text, o.at,"
            f" t.number as ticket {_WAITING} order by o.id limit :most"
        )
        return [Call(**row) for row in self._engine.rows(sql, asdict(seen) | {"most": most})]

    def count_waiting(self, seen: Seen) -> int:
        """See Callers."""
        return int(self._engine.rows(f"select count(*) as n {_WAITING}", asdict(seen))[0]["n"])

    def called(self, seen: Seen, letters: Sequence[int]) -> int:
        """See Callers."""
        at = self._at()
        with self._engine.write() as db:
            waiting = {row[0] for row in db.execute(f"select o.id {_WAITING}", asdict(seen)).fetchall()}
            found = [letter for letter in letters if letter in waiting]
            for letter in found:
                same = (
                    f"select n.id from outbox o join outbox n on n.id = o.id or (o.resident is null and n.resident is null"
                    f" and n.ticket = o.ticket and n.address = o.address) where o.id = ? and n.state {_OPEN}"
                )
                told = [row[0] for row in db.execute(same, [letter]).fetchall()]
                for one in told:
                    db.execute("update outbox set state = 'waiting' where id = ? and state = 'dead'", [one])
                handed_over(db, told, Way.TELEPHONE, at)
            return len(found)
