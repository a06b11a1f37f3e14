"""The courier's side of the outbox in SQLite: see bot.delivery.ports.LetterStore."""

import hashlib
import json
import re
from datetime import datetime, timedelta

from sqlite_utils import Database

from bot.delivery.choice import Bury, Hold, Open, Send, Situation, Spread
from bot.delivery.outbox import HELD, Addressee, BackOff, Letter, Outcome, Result, Way, load_data, say
from bot.delivery.ports import Begun, Choose
from bot.store.engine import Engine
from bot.store.outbox import LETTER, letter_of, put

_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")


def iso(moment: datetime) -> str:
    """As times stand in the tables."""
    return moment.isoformat(timespec="milliseconds")


class SqliteLetters:
    """See LetterStore."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._back_off = engine, BackOff.load()

    # -- claiming ---------------------------------------------------------------------------------------------------------

    def claim(self, now: datetime, by: str, most: int, lease: timedelta) -> list[Letter]:
        """See LetterStore."""
        due = "select 1 from outbox where state = 'waiting' and next_at <= ? limit 1"
        if not self._engine.rows(due, [iso(now)]):
            return []
        with self._engine.write() as db:
            # A resident's letters go one after the other: what was written first is read first.
            rows = db.execute(
                f"select {LETTER} from outbox o where state = 'waiting' and next_at <= :now and (resident is null or not exists"
                " (select 1 from outbox e where e.resident = o.resident and e.id < o.id"
                " and (e.state = 'sending' or (e.state = 'waiting' and e.next_at < :held)))) order by next_at, id limit :most",
                {"now": iso(now), "held": HELD, "most": most},
            ).fetchall()
            letters = [letter_of(row) for row in rows]
            for letter in letters:
                db.execute(
                    "update outbox set state = 'sending', lease_until = ?, lease_by = ? where id = ?",
                    [iso(now + lease), by, letter.id],
                )
        return letters

    def release(self, by: str, now: datetime) -> None:
        """See LetterStore."""
        with self._engine.write() as db:
            db.execute(
                "update outbox set state = 'waiting', next_at = ?, lease_until = null, lease_by = null where state = 'sending'"
                " and lease_by = ? and not exists"
                " (select 1 from outbox_attempts a where a.message = outbox.id and a.outcome = 'begun')",
                [iso(now), by],
            )

    def recover(self, now: datetime) -> int:
        """See LetterStore."""
        late = "select 1 from outbox where state = 'sending' and lease_until < ? limit 1"
        if not self._engine.rows(late, [iso(now)]):
            return 0
        with self._engine.write() as db:
            rows = db.execute(f"select {LETTER} from outbox where state = 'sending' and lease_until < ?", [iso(now)]).fetchall()
            for letter in map(letter_of, rows):
                begun = db.execute(
                    "select id, way from outbox_attempts where message = ? and outcome = 'begun' order by id desc", [letter.id]
                ).fetchone()
                if begun is None:
                    self._back(db, letter.id, iso(now))
                else:
                    result = Result(Outcome.UNCERTAIN, say("errors.crashed"))
                    self._settle(db, letter, int(begun[0]), Way(begun[1]), result, now)
        return len(rows)

    # -- one letter -------------------------------------------------------------------------------------------------------

    def decide(self, letter: Letter, choose: Choose, now: datetime, by: str) -> Begun | None:
        """See LetterStore."""
        with self._engine.write() as db:
            row = db.execute(
                f"select {LETTER} from outbox where id = ? and state = 'sending' and lease_by = ?", [letter.id, by]
            ).fetchone()
            if row is None:
                return None
            letter = letter_of(row)
            choice = choose(letter, situation(db, letter, now), now)
            if isinstance(choice, Send):
                return self._begin(db, letter, choice, now)
            if isinstance(choice, Hold):
                self._back(db, letter.id, iso(choice.until) if choice.until else HELD)
            elif isinstance(choice, Spread):
                self._spread(db, letter, choice, now)
            elif isinstance(choice, Bury):
                last = db.execute(
                    "select detail from outbox_attempts where message = ? order by id desc limit 1", [letter.id]
                ).fetchone()
                _bury(db, letter.id, say(f"errors.{choice.reason}", detail=last[0] if last else ""))
        return None

    def _begin(self, db: Database, letter: Letter, send: Send, now: datetime) -> Begun:
        if send.window:
            db.execute(
                "update wechat_windows set used = used + 1 where resident = ? and opened_by = ?", [letter.resident, send.window]
            )
        if send.template:
            db.execute(
                "update subscriptions set used_at = ? where id ="
                " (select min(id) from subscriptions where resident = ? and template = ? and used_at is null)",
                [iso(now), letter.resident, send.template],
            )
        db.execute("update outbox set attempts = attempts + 1 where id = ?", [letter.id])
        attempt = db.execute(
            "insert into outbox_attempts (message, way, outcome, at) values (?, ?, 'begun', ?)",
            [letter.id, str(send.way), iso(now)],
        ).lastrowid
        assert attempt is not None  # an insert always has one
        return Begun(letter, send, attempt, now)

    def _spread(self, db: Database, letter: Letter, choice: Spread, now: datetime) -> None:
        for way, address, system in choice.copies:
            digest = hashlib.sha256(f"{way}|{address}|{system}".encode()).hexdigest()[:16]
            put(
                db,
                f"{letter.key}|{digest}",
                str(letter.kind),
                letter.text,
                address=address,
                way=str(way),
                subject=letter.subject,
                payload={**letter.payload, **({"system": system} if system is not None else {})},
                ticket=letter.ticket,
                question=letter.question,
                at=iso(now),
            )
        _sent(db, letter.id, Way.SPREAD if choice.copies else Way.NOBODY, now)

    def settle(self, begun: Begun, result: Result, now: datetime, by: str) -> None:
        """See LetterStore."""
        with self._engine.write() as db:
            ours = "select 1 from outbox where id = ? and state = 'sending' and lease_by = ?"
            if db.execute(ours, [begun.letter.id, by]).fetchone() is None:
                return  # the lease ended meanwhile: it was settled as uncertain
            if begun.send.window and result.outcome not in (Outcome.SENT, Outcome.UNCERTAIN):
                db.execute(
                    "update wechat_windows set used = max(used - 1, 0) where resident = ? and opened_by = ?",
                    [begun.letter.resident, begun.send.window],
                )
            if begun.send.template and result.outcome in (Outcome.AGAIN, Outcome.TOKEN):
                db.execute(
                    "update subscriptions set used_at = null where resident = ? and used_at = ?",
                    [begun.letter.resident, iso(begun.at)],
                )
            if result.outcome is Outcome.CLOSED:
                db.execute(
                    "delete from wechat_windows where resident = ? and opened_at <= ?", [begun.letter.resident, iso(begun.at)]
                )
            self._settle(db, begun.letter, begun.attempt, begun.send.way, result, now)

    def _settle(self, db: Database, letter: Letter, attempt: int, way: Way, result: Result, now: datetime) -> None:
        db.execute(
            "update outbox_attempts set outcome = ?, detail = ? where id = ?", [str(result.outcome), result.detail, attempt]
        )
        tries = int(db.execute("select attempts from outbox where id = ?", [letter.id]).fetchone()[0])
        uncertain = result.outcome is Outcome.UNCERTAIN
        policy = load_data("errors")["uncertain"][str(way)] if uncertain else ""
        if result.outcome is Outcome.SENT and way is not Way.SUBSCRIPTION:
            _sent(db, letter.id, way, now)
        elif policy == "dead":
            crashed = result.detail == say("errors.crashed")
            _bury(db, letter.id, result.detail if crashed else say("errors.uncertain", detail=result.detail))
        elif policy == "again" or result.outcome in (Outcome.AGAIN, Outcome.TOKEN):
            again_at = self._back_off.next_at(tries, now, result.not_before)
            if again_at is None:
                _bury(db, letter.id, say("errors.too_often", detail=result.detail))
            else:
                self._back(db, letter.id, iso(again_at), result.detail)
        else:  # closed, refused, or told by a notice: the next decision finds another way, or holds
            self._back(db, letter.id, iso(now), "" if result.outcome is Outcome.SENT else result.detail)

    @staticmethod
    def _back(db: Database, letter: int, next_at: str, error: str = "") -> None:
        db.execute(
            "update outbox set state = 'waiting', next_at = ?, last_error = ?, lease_until = null, lease_by = null where id = ?",
            [next_at, error, letter],
        )

    # -- periodic jobs ----------------------------------------------------------------------------------------------------

    def claim_job(self, name: str, every: timedelta, now: datetime) -> bool:
        """See LetterStore."""
        if self._engine.rows("select 1 from periodic_jobs where name = ? and next_at > ?", [name, iso(now)]):
            return False
        with self._engine.write() as db:
            db.execute("insert into periodic_jobs values (?, '') on conflict(name) do nothing", [name])
            taken = db.execute(
                "update periodic_jobs set next_at = ? where name = ? and next_at <= ?", [iso(now + every), name, iso(now)]
            )
            return int(taken.rowcount) > 0


def _sent(db: Database, letter: int, way: Way, now: datetime) -> None:
    db.execute(
        "update outbox set state = 'sent', sent_way = ?, sent_at = ?, last_error = '', lease_until = null, lease_by = null"
        " where id = ?",
        [str(way), iso(now), letter],
    )


def _bury(db: Database, letter: int, error: str) -> None:
    db.execute(
        "update outbox set state = 'dead', last_error = ?, lease_until = null, lease_by = null where id = ?", [error, letter]
    )


def situation(db: Database, letter: Letter, now: datetime) -> Situation:
    """What the tables know of a letter's addressee."""
    attempts = db.execute(
        "select way, outcome from outbox_attempts where message = :id and id >"
        " coalesce((select max(id) from outbox_attempts where message = :id and outcome = 'resent'), 0)",
        {"id": letter.id},
    ).fetchall()
    failed = frozenset(Way(way) for way, outcome in attempts if outcome == Outcome.REFUSED)
    if letter.kind is Addressee.RESIDENT:
        resident = letter.resident
        opened = db.execute("select opened_by, opened_at, used from wechat_windows where resident = ?", [resident])
        subscribed = db.execute("select template from subscriptions where resident = ? and used_at is null", [resident])
        return Situation(
            open=tuple(Open(by, datetime.fromisoformat(at), used) for by, at, used in opened.fetchall()),
            phone=_phone(db, letter),
            subscribed=tuple(row[0] for row in subscribed.fetchall()),
            failed=failed,
            nudged=any(way == Way.SUBSCRIPTION and outcome in (Outcome.SENT, Outcome.UNCERTAIN) for way, outcome in attempts),
        )
    if letter.address is None:
        unit = db.execute("select alerts from units where id = ?", [letter.payload.get("unit")]).fetchone()
        systems = db.execute("select id, webhook from api_keys where active = 1 and webhook <> ''").fetchall()
        return Situation(addresses=_addresses(unit[0]) if unit else {}, systems=tuple((row[0], row[1]) for row in systems))
    recent = db.execute(
        "select count(*) from outbox_attempts a join outbox o on o.id = a.message where o.address = ? and a.at > ?",
        [letter.address, iso(now - timedelta(minutes=1))],
    ).fetchone()
    return Situation(failed=failed, recent=int(recent[0]))


def _addresses(alerts: str) -> dict[str, tuple[str, ...]]:
    given = json.loads(alerts or "{}")
    return {way: tuple(addresses) for way, addresses in given.items() if isinstance(addresses, list)}


def _phone(db: Database, letter: Letter) -> str | None:
    """The letter's own number, else what the resident left with the ticket."""
    given = [letter.address or ""]
    if letter.ticket and letter.resident:
        left = db.execute(
            "select contact from ticket_reporters where number = ? and resident = ?", [letter.ticket, letter.resident]
        ).fetchone()
        given.append(left[0] if left else "")
    found = [match[0] for text in given if (match := _PHONE.search(re.sub(r"[\s-]", "", text)))]
    return found[0] if found else None


def webhook_secret(engine: Engine, system: int) -> str | None:
    """What signs the webhooks of that system; None when its key was taken back."""
    rows = engine.rows("select secret from api_keys where id = ? and active = 1", [system])
    return str(rows[0]["secret"]) if rows else None
