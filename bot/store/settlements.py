"""What staff do with groups of questions, each in one transaction: settle, undo, split, move."""

import datetime
import secrets
from collections.abc import Callable, Mapping, Sequence

from sqlite_utils import Database

from bot.questions.records import Settlement
from bot.store.engine import Engine
from bot.store.outbox import written_to_resident
from bot.store.questions import new_group, refresh


class SettlementStore:
    """Changes groups; every change that settles something has an id under which it can be undone."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime.datetime]) -> None:
        self._engine, self._clock = engine, clock

    def _at(self) -> str:
        return self._clock().isoformat(timespec="milliseconds")

    def settle(
        self,
        group: int,
        outcome: str,
        answer: str,
        letters: Mapping[int, str],
        account: int,
        *,
        author: str = "staff",
        service: str | None = None,
        unit: int | None = None,
    ) -> Settlement | None:
        """Settle the questions of a group that are still open; None when somebody else has settled it.

        Args:
            outcome: taught, answered, not_ours, passed or closed.
            letters: what is written about each question that was seen, by its id (nothing: not written); each resident is
                written once, about their latest.  What came into the group since stays open and finds a group anew.
            author: who the resident reads it from, staff or service.
            service: with taught: the questions become taught questions of this service.
            unit: with passed: who has it from now on.
        """
        at, settlement = self._at(), secrets.token_hex(8)
        with self._engine.write() as db:
            rows = db.execute(
                "select id, resident, text from inbox where group_id = ? and status in ('open', 'passed') order by id", [group]
            ).fetchall()
            state = db.execute("select state from question_groups where id = ?", [group]).fetchone()
            rows, unseen = [row for row in rows if row[0] in letters], [row[0] for row in rows if row[0] not in letters]
            if not rows or state is None or state[0] not in ("open", "passed"):
                return None
            for question in unseen:
                db.execute("update inbox set group_id = null, status = 'open' where id = ?", [question])
            passed = outcome == "passed"
            db.execute(
                "update inbox set status = ?, outcome = ?, answer = ?, settled_by = ?, settled_at = ?, settlement = ?"
                " where group_id = ? and status in ('open', 'passed')",
                ["passed" if passed else "settled", outcome, answer, account, at, settlement, group],
            )
            db.execute(
                "update question_groups set state = ?, outcome = ?, answer = ?, settled_by = ?, settled_at = ?, settlement = ?,"
                " unit = coalesce(?, unit) where id = ?",
                ["passed" if passed else "settled", outcome, answer, account, at, settlement, unit, group],
            )
            if service:
                teach(db, [(text, number) for number, _, text in rows], service, account, settlement, at)
            written = 0
            latest = {resident: number for number, resident, _ in rows}
            for resident, number in latest.items():
                if text := letters.get(number):
                    key = f"question:{settlement}:{number}"
                    line = written_to_resident(db, resident, text, key, at=at, author=author, account=account, question=number)
                    written += line is not None
            return Settlement(settlement, len(rows), written)

    def undo(self, settlement: str) -> int:
        """Take a settlement back: the questions are open again, what it taught is forgotten, letters not yet sent are kept
        back; how many questions that were."""
        at = self._at()
        with self._engine.write() as db:
            groups = [row[0] for row in db.execute("select id from question_groups where settlement = ?", [settlement])]
            count = db.execute(
                "update inbox set status = 'open', outcome = null, answer = null, settled_by = null, settled_at = null,"
                " settlement = null where settlement = ?",
                [settlement],
            ).rowcount
            db.execute("update taught set undone_at = ? where settlement = ? and undone_at is null", [at, settlement])
            db.execute("delete from outbox where key like ? and state = 'waiting'", [f"question:{settlement}:%"])
            for group in groups:
                if not self._back_to_unit(db, group):
                    db.execute(
                        "update question_groups set state = 'open', outcome = null, answer = null, settled_by = null,"
                        " settled_at = null, settlement = null, unit = null where id = ?",
                        [group],
                    )
                db.execute("update suggestions set state = 'dropped' where group_id = ? and state = 'open'", [group])
                refresh(db, group)
            return int(count)

    @staticmethod
    def _back_to_unit(db: Database, group: int) -> bool:
        """Give a group whose settlement is taken back to the unit that had it before; False when none had."""
        sql = "select u.name from question_groups g join units u on u.id = g.unit where g.id = ? and g.outcome <> 'passed'"
        unit = db.execute(sql, [group]).fetchone()
        if unit is None:
            return False
        db.execute("update inbox set status = 'passed', outcome = 'passed', answer = ? where group_id = ?", [unit[0], group])
        passed = "state = 'passed', outcome = 'passed', answer = ?, settled_by = null, settled_at = null, settlement = null"
        db.execute(f"update question_groups set {passed} where id = ?", [unit[0], group])
        return True

    def split(self, group: int, questions: Sequence[int]) -> int | None:
        """Put some of a group's questions into a new group; its id, None when none of them is open in that group."""
        return self._put(group, questions, None)

    def move(self, group: int, questions: Sequence[int], target: int) -> int | None:
        """Put some of a group's questions into another open group; its id, None when that cannot be."""
        return self._put(group, questions, target)

    def _put(self, group: int, questions: Sequence[int], target: int | None) -> int | None:
        marks = ", ".join("?" * len(questions))
        with self._engine.write() as db:
            chosen = db.execute(
                f"select id from inbox where group_id = ? and status = 'open' and id in ({marks})", [group, *questions]
            ).fetchall()
            if not chosen:
                return None
            if target is None:
                target = new_group(db, self._at())
            elif not db.execute("select 1 from question_groups where id = ? and state = 'open'", [target]).fetchone():
                return None
            for (question,) in chosen:
                db.execute("update inbox set group_id = ? where id = ?", [target, question])
            refresh(db, target)
            refresh(db, group)
            return target

    def teach_one(self, text: str, service: str, account: int) -> None:
        """Teach a single question outside any group (a confident answer that was wrong)."""
        with self._engine.write() as db:
            teach(db, [(text, None)], service, account, secrets.token_hex(8), self._at())


def teach(
    db: Database, questions: Sequence[tuple[str, int | None]], service: str, account: int, settlement: str, at: str
) -> None:
    """Teach questions (text and id) to a service, each wording once."""
    for text, number in {text.strip(): number for text, number in questions}.items():
        db.execute(
            "insert into taught (text, service, question, account, at, settlement) values (?, ?, ?, ?, ?, ?)",
            [text, service, number, account, at, settlement],
        )
