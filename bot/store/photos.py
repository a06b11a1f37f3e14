"""Photos in SQLite, bytes and all: a backup of the one file holds them, and what deletes a ticket deletes its photos."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlite_utils import Database

from bot.photos.picture import settings
from bot.photos.ports import Kept, Wanted
from bot.store.engine import Engine
from bot.store.outbox import written_to_resident


def photo_of_message(db: Database, resident: str, origin: str, media_id: str, at: str) -> int | None:
    """Keep where the picture of a message is to be fetched from; its id.  None when it says nowhere."""
    if not (origin or media_id):
        return None
    return db.execute(
        "insert into photos (resident, origin, media_id, state, next_at, at) values (?, ?, ?, 'waiting', ?, ?)",
        [resident, origin, media_id, at, at],
    ).lastrowid


def forget_photos(db: Database, resident: str) -> None:
    """Delete whatever photos a resident sent, also those on a ticket that is others' matter too."""
    db.execute("delete from photos where resident = ?", [resident])


def purge_photos(db: Database, before: str) -> None:
    """Delete photos from before that time that belong to no ticket: their conversation is gone."""
    db.execute("delete from photos where number is null and at < ?", [before])


class SqlitePhotos:
    """See bot.photos.ports.PhotoStore."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine, self._clock = engine, clock

    @property
    def _at(self) -> str:
        return _iso(self._clock())

    def add(self, resident: str, mime: str, data: bytes, delivery: str | None = None) -> int | None:
        """See PhotoStore."""
        with self._engine.write() as db:
            if delivery and (row := db.execute("select id from photos where delivery = ?", [delivery]).fetchone()):
                return int(row[0])
            loose = "select count(*) from photos where resident = ? and number is null"
            if int(db.execute(loose, [resident]).fetchone()[0]) >= settings()["most_loose"]:
                return None
            photo = db.execute(
                "insert into photos (resident, mime, size, state, delivery, at) values (?, ?, ?, 'stored', ?, ?)",
                [resident, mime, len(data), delivery, self._at],
            ).lastrowid
            db.execute("insert into photo_data values (?, ?)", [photo, data])
            return photo

    def get(self, photo: int) -> Kept | None:
        """See PhotoStore."""
        rows = self._engine.rows(
            "select id, resident, number, mime, data from photos join photo_data on photo = id where id = ?", [photo]
        )
        return Kept(**rows[0]) if rows else None

    def counts(self) -> dict[str, int]:
        """See PhotoStore."""
        return {
            row["state"]: row["photos"] for row in self._engine.rows("select state, count(*) as photos from photos group by 1")
        }

    def claim(self, now: datetime, lease: timedelta) -> Wanted | None:
        """See PhotoStore."""
        due = "state = 'waiting' and next_at <= ?"
        if not self._engine.rows(f"select 1 from photos where {due} limit 1", [_iso(now)]):
            return None
        with self._engine.write() as db:
            # Whoever has it pushes the next try behind the end of the lease; a process that dies leaves it to be tried again.
            row = db.execute(
                "update photos set attempts = attempts + 1, next_at = ? where id ="
                f" (select id from photos where {due} order by next_at, id limit 1) returning id, origin, media_id, attempts, at",
                [_iso(now + lease), _iso(now)],
            ).fetchone()
        return Wanted(row[0], row[1], row[2], row[3], datetime.fromisoformat(row[4])) if row else None

    def fetched(self, photo: int, mime: str, data: bytes) -> None:
        """See PhotoStore."""
        with self._engine.write() as db:
            kept = db.execute(
                "update photos set state = 'stored', mime = ?, size = ?, origin = '', media_id = '', problem = '', next_at = null"
                " where id = ? and state = 'waiting'",
                [mime, len(data), photo],
            )
            if kept.rowcount:  # its resident may have had everything deleted meanwhile
                db.execute("insert into photo_data values (?, ?)", [photo, data])

    def later(self, photo: int, problem: str, next_at: datetime) -> None:
        """See PhotoStore."""
        with self._engine.write() as db:
            db.execute(
                "update photos set problem = ?, next_at = ? where id = ? and state = 'waiting'", [problem, _iso(next_at), photo]
            )

    def lost(self, photo: int, problem: str, words: str) -> None:
        """See PhotoStore."""
        with self._engine.write() as db:
            row = db.execute(
                "update photos set state = 'failed', problem = ?, origin = '', media_id = '', next_at = null"
                " where id = ? and state = 'waiting' returning resident, number, message",
                [problem, photo],
            ).fetchone()
            if row is None:
                return
            resident, number, message = row
            line = written_to_resident(
                db, resident, words, f"photo:{photo}:{self._at}", author="service", ticket=number, at=self._at
            )
            secret = db.execute("select 1 from messages where id = ? and sealed = 1", [message]).fetchone()
            if line is not None and secret:
                db.execute("update messages set sealed = 1 where id = ?", [line])


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
