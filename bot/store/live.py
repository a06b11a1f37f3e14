"""Conversations that wait for a person or have one, in SQLite."""

import datetime
import secrets
from collections.abc import Callable
from typing import Any

from sqlite_utils import Database

from bot.delivery.choice import PAGE, TELEPHONE
from bot.live import LiveRules
from bot.questions.records import Line, Waiting
from bot.store.engine import Engine
from bot.store.outbox import written_to_resident
from bot.store.questions import line_of

UNANSWERED = datetime.timedelta(minutes=30)
"""How long a conversation stays a clerk's while the resident says nothing more."""

LAST = 2**62
"""Above every number of a line."""

_WAITS = "coalesce(resident_at > coalesce(staff_at, since), 0)"
"""Whether the resident's words wait for the clerk's; a bare wish for a person does not."""

_LISTED = """select h.id, h.resident, h.state, h.since, h.account, h.taken_at, h.staff_at, h.resident_at,
    coalesce(nullif(a.name, ''), a.username, '') as account_name, coalesce(c.channel, '') as channel,
    coalesce((select case when m.sealed then '' else m.text end from messages m where m.resident = h.resident
        and m.author = 'resident' order by m.id desc limit 1), '') as last
    from handoffs h left join accounts a on a.id = h.account left join conversations c on c.resident = h.resident"""


class LiveStore:
    """Who waits, who talks with whom; every change is one transaction, so that two clerks never hold one conversation.

    Args:
        say: words of a handoff (waiting, taken, nobody …) for residents.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime.datetime], say: Callable[..., str]) -> None:
        self._engine, self._clock, self._say = engine, clock, say

    def _at(self) -> str:
        return self._clock().isoformat(timespec="milliseconds")

    # -- reading ----------------------------------------------------------------------------------------------------------

    def open_ones(self) -> list[Waiting]:
        """Those that wait, longest first, then those that somebody has."""
        sql = f"{_LISTED} where h.state in ('waiting', 'taken') order by h.state = 'taken', h.since"
        return [_waiting(row) for row in self._engine.rows(sql)]

    def left_ones(self, most: int = 30) -> list[Waiting]:
        """Those who left a message because nobody was there, the latest first."""
        sql = f"{_LISTED} where h.state = 'left' order by h.since desc limit ?"
        return [_waiting(row) for row in self._engine.rows(sql, [most])]

    def count_waiting(self) -> tuple[int, int]:
        """How many wait, and the number of the newest of them (for the sound)."""
        row = self._engine.rows("select count(*) as n, coalesce(max(id), 0) as newest from handoffs where state = 'waiting'")[0]
        return int(row["n"]), int(row["newest"])

    def one(self, number: int) -> Waiting | None:
        """The one of that id."""
        rows = self._engine.rows(f"{_LISTED} where h.id = ?", [number])
        return _waiting(rows[0]) if rows else None

    def lines(self, resident: str, after: int = 0, most: int = 200, before: int = LAST) -> list[Line]:
        """The conversation's latest lines with a number above ``after`` and below ``before``, oldest first."""
        sql = (
            "select m.id, author, text, m.at, sealed, p.id as photo from messages m"
            " left join photos p on p.message = m.id and p.state = 'stored'"
            " where m.resident = ? and m.id between ? and ? and text <> '' order by m.id desc limit ?"
        )
        return [line_of(row) for row in reversed(self._engine.rows(sql, [resident, after + 1, before - 1, most]))]

    # -- what a clerk does ------------------------------------------------------------------------------------------------

    def take(self, number: int, account: int, over: bool = False) -> bool:
        """Take a conversation that waits or was left, with ``over`` also a colleague's; False when it is not to be had."""
        at = self._at()
        with self._engine.write() as db:
            row = db.execute("select resident, state, account from handoffs where id = ?", [number]).fetchone()
            if row is None or row[1] == "ended":
                return False
            if row[1] == "taken" and (row[2] == account or not over):
                return bool(row[2] == account)
            other = "select 1 from handoffs where resident = ? and id <> ? and state in ('waiting', 'taken')"
            if row[1] == "left" and db.execute(other, [row[0], number]).fetchone():
                return False  # the same resident waits anew: that one is to be taken
            db.execute(
                "update handoffs set state = 'taken', account = ?, taken_at = ? where id = ?",
                [account, at, number],
            )
            if row[1] != "taken":
                self._tell(db, row[0], "taken", number, at)
            self._settle_inbox(db, row[0], account, at)
            return True

    def begin(self, resident: str, account: int, question: str) -> int | None:
        """Talk with a resident who did not ask for a person, about their question; the number of the conversation.

        One that waits is taken; one that a colleague has is theirs.  None: they cannot be written to.
        """
        if resident.startswith(TELEPHONE):
            return None
        at = self._at()
        with self._engine.write() as db:
            if not db.execute("select 1 from conversations where resident = ?", [resident]).fetchone():
                return None
            now = "select id, state from handoffs where resident = ? and state in ('waiting', 'taken') order by id desc"
            row = db.execute(now, [resident]).fetchone()
            if row is None:
                number = db.execute(
                    "insert into handoffs (resident, state, account, since, taken_at, staff_at) values (?, 'taken', ?, ?, ?, ?)",
                    [resident, account, at, at, at],
                ).lastrowid
                assert number is not None  # an insert always has one
                self._tell(db, resident, "begun", number, at, question=question)
                return number
        if row[1] == "waiting":
            self.take(row[0], account)
        return int(row[0])

    def send(self, number: int, account: int, text: str) -> bool:
        """Write to the resident; False when this clerk does not have the conversation."""
        at = self._at()
        with self._engine.write() as db:
            row = _held(db, number, account)
            if row is None:
                return False
            key = f"live:{number}:{secrets.token_hex(8)}"
            if not row.startswith(PAGE):
                text = self._say("handoff.staff_says", text=text)
            line = written_to_resident(db, row, text, key, at=at, account=account)
            db.execute("update handoffs set staff_at = ? where id = ?", [at, number])
            return line is not None

    def hand_back(self, number: int, account: int) -> bool:
        """End it: the service answers again, and the resident is told so."""
        at = self._at()
        with self._engine.write() as db:
            resident = _held(db, number, account)
            if resident is None:
                return False
            self._end(db, number, resident, at)
            return True

    def settle_left(self, number: int, account: int) -> bool:
        """A message that was left has been dealt with otherwise."""
        at = self._at()
        with self._engine.write() as db:
            row = db.execute("select resident from handoffs where id = ? and state = 'left'", [number]).fetchone()
            if row is None:
                return False
            db.execute("update handoffs set state = 'ended', account = ?, ended_at = ? where id = ?", [account, at, number])
            self._settle_inbox(db, row[0], account, at)
            return True

    # -- what time does ---------------------------------------------------------------------------------------------------

    def watch(self, rules: LiveRules) -> int:
        """Tell who waited too long, or whose clerk fell silent; how many that were."""
        now = self._clock()
        waited = (now - datetime.timedelta(minutes=rules.wait_minutes)).isoformat(timespec="milliseconds")
        silent = (now - datetime.timedelta(minutes=rules.silent_minutes)).isoformat(timespec="milliseconds")
        alone = (now - UNANSWERED).isoformat(timespec="milliseconds")
        late = "select id, resident from handoffs where state = 'waiting' and since <= ?"
        quiet = f"select id, resident from handoffs where state = 'taken' and {_WAITS} and max(resident_at, taken_at) <= ?"
        unheard = (
            f"select id, resident, resident_at from handoffs where state = 'taken' and not {_WAITS}"
            " and max(coalesce(staff_at, ''), taken_at) <= ?"
        )
        asked = f"{late} union all {quiet} union all select id, resident from ({unheard})"
        if not self._engine.rows(asked, [waited, silent, alone]):
            return 0
        at = now.isoformat(timespec="milliseconds")
        with self._engine.write() as db:
            nobody, fell_silent, over = (
                db.execute(sql, [before]).fetchall() for sql, before in ((late, waited), (quiet, silent), (unheard, alone))
            )
            for number, resident in nobody:
                db.execute("update handoffs set state = 'left', told = 'nobody' where id = ?", [number])
                self._tell(db, resident, "nobody", number, at)
            for number, resident in fell_silent:
                db.execute("update handoffs set state = 'left', told = 'silent' where id = ?", [number])
                self._tell(db, resident, "silent", number, at)
            for number, resident, spoke in over:
                self._end(db, number, resident, at, tell=spoke is not None)
            return len(nobody) + len(fell_silent) + len(over)

    def leave(self, account: int) -> int:
        """A clerk goes: whose words wait is told so and left to colleagues, the others to the service; how many that were."""
        at = self._at()
        with self._engine.write() as db:
            held = f"select id, resident, {_WAITS} from handoffs where state = 'taken' and account = ?"
            rows = db.execute(held, [account]).fetchall()
            for number, resident, waits in rows:
                if waits:
                    db.execute("update handoffs set state = 'left', told = 'silent' where id = ?", [number])
                    self._tell(db, resident, "gone", number, at)
                else:
                    self._end(db, number, resident, at)
            return len(rows)

    def _end(self, db: Database, number: int, resident: str, at: str, tell: bool = True) -> None:
        db.execute("update handoffs set state = 'ended', ended_at = ? where id = ?", [at, number])
        if tell:  # whoever never said a word need not hear that it is over
            self._tell(db, resident, "handed_back", number, at)

    def _tell(self, db: Database, resident: str, what: str, number: int, at: str, **values: str) -> None:
        key = f"live:{number}:{what}:{at}"
        written_to_resident(db, resident, self._say(f"handoff.{what}", **values), key, at=at, author="service")

    @staticmethod
    def _settle_inbox(db: Database, resident: str, account: int, at: str) -> None:
        db.execute(
            "update inbox set status = 'settled', outcome = 'taken', settled_by = ?, settled_at = ?"
            " where resident = ? and kind = 'handoff' and status = 'open'",
            [account, at, resident],
        )


def _held(db: Database, number: int, account: int) -> str | None:
    """The resident of a conversation that this clerk has."""
    row = db.execute(
        "select resident from handoffs where id = ? and account = ? and state = 'taken'", [number, account]
    ).fetchone()
    return str(row[0]) if row else None


def _waiting(row: dict[str, Any]) -> Waiting:
    return Waiting(**row)
