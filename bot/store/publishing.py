"""Publishing in SQLite: trials of drafts, what was accepted and approved, and the step itself, which looks at all of them."""

import datetime
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlite_utils import Database

from bot.publishing.comparing import MUST_BE_ACKNOWLEDGED
from bot.publishing.errors import Refused
from bot.publishing.ports import Accepted, Approval, TrialRow
from bot.publishing.words import say
from bot.store.engine import Engine, as_json
from bot.store.knowledge import KnowledgeStore, Version, make_live, read_version
from knowledge.document import Document

LEASE = datetime.timedelta(seconds=60)
"""A running trial that nothing was heard of for so long has died with its process."""
KEPT = 20
"""So many trials are kept, the newest."""


def digest_of(document: Document) -> str:
    """Changes whenever anything in the document does."""
    return hashlib.sha256(as_json(document).encode()).hexdigest()[:24]


class PublishingStore:
    """See bot.publishing.ports.Versions and Trials.

    Args:
        second_person: whether a second person has to approve; asked at the moment of publishing.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime.datetime], second_person: Callable[[], bool]) -> None:
        self._engine, self._clock, self._second_person = engine, clock, second_person
        self._versions = KnowledgeStore(engine)

    def _at(self, later: datetime.timedelta = datetime.timedelta(0)) -> str:
        return (self._clock() + later).isoformat(timespec="milliseconds")

    # -- versions ---------------------------------------------------------------------------------------------------------

    def present(self) -> tuple[Version | None, Version | None]:
        """See Versions."""
        rows = self._engine.rows("select * from knowledge_versions where state in ('published', 'draft')")
        found = {row["state"]: read_version(row) for row in rows}
        return found.get("published"), found.get("draft")

    def written_by(self, draft: int) -> Mapping[tuple[str, str], str]:
        """See Versions."""
        rows = self._engine.rows("select object, field, by from knowledge_edits where version = ? order by id", [draft])
        return {(row["object"], row["field"]): row["by"] for row in rows}

    def last_editor(self, draft: int) -> str:
        """See Versions."""
        return _last_editor(self._engine.db, draft)

    def history(self, most: int) -> list[dict[str, Any]]:
        """See Versions."""
        return self._versions.versions(most)

    def previous(self) -> int | None:
        """See Versions."""
        return self._versions.previous()

    # -- trials -----------------------------------------------------------------------------------------------------------

    def begin(self, kind: str, subject: str, total: int, by: str) -> int | None:
        """See Trials."""
        at = self._at()
        with self._engine.write() as db:
            running = "select 1 from trials where kind = ? and subject = ? and state = 'running' and until > ?"
            if db.execute(running, [kind, subject, at]).fetchone():
                return None
            db.execute("update trials set state = 'failed' where kind = ? and state = 'running' and until <= ?", [kind, at])
            made = db.execute(
                "insert into trials (kind, subject, state, total, by, at, until) values (?, ?, 'running', ?, ?, ?, ?)",
                [kind, subject, total, by, at, self._at(LEASE)],
            ).lastrowid
            assert made is not None  # an insert always has one
            db.execute(
                "delete from trials where kind = ? and id not in (select id from trials where kind = ? order by id desc limit ?)",
                [kind, kind, KEPT],
            )
            return made

    def went_on(self, trial: int, done: int) -> None:
        """See Trials."""
        with self._engine.write() as db:
            db.execute("update trials set done = ?, until = ? where id = ?", [done, self._at(LEASE), trial])

    def finish(self, trial: int, result: Any) -> None:
        """See Trials."""
        with self._engine.write() as db:
            sql = "update trials set state = 'done', done = total, result = ? where id = ? and state = 'running'"
            db.execute(sql, [as_json(result), trial])

    def fail(self, trial: int, why: str) -> None:
        """See Trials."""
        with self._engine.write() as db:
            db.execute("update trials set state = 'failed', result = ? where id = ?", [as_json({"why": why}), trial])

    def latest(self, kind: str, subject: str) -> TrialRow | None:
        """See Trials."""
        rows = self._engine.rows(
            "select id, subject, case when state = 'running' and until < ? then 'failed' else state end state, done, total,"
            " result, by, at from trials where kind = ? and subject = ? order by id desc limit 1",
            [self._at(), kind, subject],
        )
        return TrialRow(**{**rows[0], "result": json.loads(rows[0]["result"] or "null")}) if rows else None

    # -- acknowledging and approving --------------------------------------------------------------------------------------

    def accept(self, digest: str, questions: Sequence[int], reason: str, by: str) -> None:
        """See Trials."""
        with self._engine.write() as db:
            for question in questions:
                db.execute(
                    "insert into acknowledged values (?, ?, ?, ?, ?) on conflict(digest, question) do update set"
                    " reason = excluded.reason, by = excluded.by, at = excluded.at",
                    [digest, question, reason, by, self._at()],
                )

    def accepted(self, digest: str) -> dict[int, Accepted]:
        """See Trials."""
        rows = self._engine.rows("select question, reason, by, at from acknowledged where digest = ?", [digest])
        return {row["question"]: Accepted(row["reason"], row["by"], row["at"]) for row in rows}

    def approve(self, draft: int, digest: str, by: Sequence[str]) -> None:
        """See Trials."""
        with self._engine.write() as db:
            _require_unchanged(db, draft, digest)
            if _last_editor(db, draft) in by:
                raise Refused(say("refused.own_work"))
            db.execute("insert or ignore into approvals values (?, ?, ?)", [digest, by[0], self._at()])

    def approval(self, digest: str) -> Approval | None:
        """See Trials."""
        rows = self._engine.rows("select by, at from approvals where digest = ? order by at limit 1", [digest])
        return Approval(**rows[0]) if rows else None

    def needs_second_person(self) -> bool:
        """See Trials."""
        return self._second_person()

    def discard(self, draft: int, digest: str) -> None:
        """See Trials; what was edited stays in the history."""
        with self._engine.write() as db:
            _require_unchanged(db, draft, digest)
            db.execute("update knowledge_versions set state = 'archived' where id = ? and state = 'draft'", [draft])

    # -- publishing -------------------------------------------------------------------------------------------------------

    def publish(self, draft: int, digest: str, subject: str, document: Document, by: str, note: str) -> int:
        """See Trials."""
        second_person = self._second_person()
        with self._engine.write() as db:
            _require_unchanged(db, draft, digest)
            row = db.execute(
                "select result from trials where kind = 'known' and subject = ? and state = 'done' order by id desc limit 1",
                [subject],
            ).fetchone()
            if row is None:
                raise Refused(say("refused.not_asked"))
            accepted = {number for (number,) in db.execute("select question from acknowledged where digest = ?", [digest])}
            worse = [one for one in json.loads(row[0])["rows"] if one["verdict"] in MUST_BE_ACKNOWLEDGED]
            if left := [one for one in worse if one["question"] not in accepted]:
                raise Refused(say("refused.worse", count=len(left)))
            if second_person and not db.execute("select 1 from approvals where digest = ?", [digest]).fetchone():
                raise Refused(say("refused.second_person", editor=_last_editor(db, draft)))
            make_live(db, draft, by, self._at(), document, note)
        return draft

    def publish_again(self, number: int, by: str) -> int:
        """See Trials."""
        rows = self._engine.rows("select 1 from knowledge_versions where id = ? and published_at is not null", [number])
        if not rows:
            raise Refused(say("refused.never_published", number=number))
        return self._versions.publish_again(number, by, self._clock())


def _require_unchanged(db: Database, draft: int, digest: str) -> None:
    row = db.execute("select content from knowledge_versions where id = ? and state = 'draft'", [draft]).fetchone()
    if row is None or digest_of(json.loads(row[0])) != digest:
        raise Refused(say("refused.stale"))


def _last_editor(db: Database, draft: int) -> str:
    row = db.execute("select by from knowledge_edits where version = ? order by id desc limit 1", [draft]).fetchone()
    row = row or db.execute("select by from knowledge_versions where id = ?", [draft]).fetchone()
    return str(row[0]) if row else ""
