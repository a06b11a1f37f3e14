"""The knowledge base's versions: one is published, at most one is the draft, the others are history."""

import datetime
import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from bot.dialogue.ports import StoreError
from bot.store.engine import Engine, as_json, connect
from knowledge.base import KnowledgeBase
from knowledge.changes import Change, Overtaken, differences, mark_of, merged, value_of, with_changes
from knowledge.document import Document, document_of, knowledge_of

FILES = "项目文件"
"""Who wrote a version that the project's files brought."""

MOST_EDITS = 5000
_COLUMNS = "id, state, content, note, by, at, approved_by, published_at, based_on"


@dataclass(frozen=True)
class Version:
    """One version with its document."""

    id: int
    state: str
    document: Document
    note: str
    by: str
    at: str
    approved_by: str | None = None
    published_at: str | None = None
    based_on: int | None = None

    @property
    def knowledge(self) -> KnowledgeBase:
        """Read, not checked.

        Raises:
            KnowledgeError: it has a shape that this service cannot read.
        """
        return knowledge_of(self.document)


@dataclass(frozen=True)
class Edit:
    """One change that somebody made in a draft."""

    id: int
    version: int
    object: str
    field: str
    before: Any
    after: Any
    by: str
    at: str


class Stale(Exception):
    """The draft was published or thrown away by somebody else meanwhile."""


class KnowledgeStore:
    """Reads and writes versions; every writing method is one transaction.

    Args:
        engine: the database.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._titles: tuple[int, dict[str, str]] | None = None

    # -- reading ----------------------------------------------------------------------------------------------------------

    def published(self) -> Version:
        """What holds now.

        Raises:
            StoreError: nothing was ever published here.
        """
        found = self._one("state = 'published'")
        if found is None:
            raise StoreError("还没有已发布的知识库，请先启动一次服务")
        return found

    def draft(self) -> Version | None:
        """What is being edited."""
        return self._one("state = 'draft'")

    def version(self, number: int) -> Version | None:
        """A version by its number."""
        return self._one("id = ?", number)

    def _one(self, where: str, *values: Any) -> Version | None:
        rows = self.engine.rows(f"select {_COLUMNS} from knowledge_versions where {where}", values)
        return _version(rows[0]) if rows else None

    def versions(self, most: int = 100) -> list[dict[str, Any]]:
        """Every version without its content, newest first; ``edits``: how many fields were changed in it."""
        return self.engine.rows(
            "select v.id, v.state, v.note, v.by, v.at, v.approved_by, v.published_at, v.based_on,"
            " (select count(*) from knowledge_edits e where e.version = v.id) edits"
            " from knowledge_versions v order by coalesce(v.published_at, v.at) desc, v.id desc limit ?",
            [most],
        )

    def previous(self) -> int | None:
        """The number of the version that was published before the present one."""
        rows = self.engine.rows(
            "select id from knowledge_versions where state = 'archived' and published_at is not null"
            " order by published_at desc, id desc limit 1"
        )
        return int(rows[0]["id"]) if rows else None

    def edits(self, version: int | None = None, object: str | None = None, most: int = 500) -> list[Edit]:
        """Changes of a version, or of one record through all versions, newest first."""
        rows = self.engine.rows(
            "select * from knowledge_edits where (:version is null or version = :version)"
            " and (:object is null or object = :object) order by id desc limit :most",
            {"version": version, "object": object, "most": most},
        )
        return [_edit(row) for row in rows]

    def change(self, number: int) -> Edit | None:
        """One change by its number."""
        rows = self.engine.rows("select * from knowledge_edits where id = ?", [number])
        return _edit(rows[0]) if rows else None

    def published_number(self) -> int:
        """Changes whenever something else is published; cheap enough to ask every second.  0 before anything was."""
        rows = self.engine.rows("select id from knowledge_versions where state = 'published'")
        return int(rows[0]["id"]) if rows else 0

    def former_titles(self) -> dict[str, str]:
        """What every service is or was called in the versions that were published, by its id."""
        number = self.published_number()
        if self._titles is None or self._titles[0] != number:
            rows = self.engine.rows(
                "select json_extract(s.value, '$.id') id, json_extract(s.value, '$.title') title"
                " from (select * from knowledge_versions where published_at is not null order by id desc limit 30) v,"
                " json_each(v.content, '$.fields') f, json_each(f.value, '$.items') i, json_each(i.value, '$.services') s"
                " order by v.published_at, v.id"
            )
            self._titles = number, {row["id"]: row["title"] for row in rows}
        return self._titles[1]

    def state(self, mark: str, mark_of: Callable[[Document], str], most: int = 30) -> Document | None:
        """The state of the knowledge base that had this mark, also one in the midst of editing; None when none of the last had.

        Args:
            mark_of: gives a document's mark.
            most: how many versions are looked through, the newest first.
        """
        numbers = [row["id"] for row in self.versions(most)]
        for states in (self._content, self._states):  # one version at a time: a document takes some megabytes
            for number in numbers:
                if found := next((state for state in states(number) if mark_of(state) == mark), None):
                    return found
        return None

    def _content(self, number: int) -> Iterator[Document]:
        if version := self.version(number):
            yield version.document

    def _states(self, number: int) -> Iterator[Document]:
        """The states that a draft went through, made again from its edits."""
        version = self.version(number)
        began = self.version(version.based_on) if version and version.based_on else None
        if version is None or began is None:
            return
        document = began.document
        for _, together in groupby(reversed(self.edits(version.id, most=MOST_EDITS)), key=lambda edit: edit.at):
            document = with_changes(document, [(edit.object, edit.field, edit.after) for edit in together])
            yield document

    # -- writing ----------------------------------------------------------------------------------------------------------

    def bring_in(self, files: KnowledgeBase, now: datetime.datetime) -> str | None:
        """The project's files become the first published version; changed ones a draft.  What an operator is told, if anything.

        Of changed files only what they change is carried over to what is published; where the console changed the same
        field, the console's stays and the draft's note says so.  Where another district's plan is published, the files'
        changes are not its own and nothing is carried over.
        """
        document, at = document_of(files), _iso(now)
        content = as_json(document)
        digest = hashlib.sha256(content.encode()).hexdigest()[:16]
        with self.engine.write() as db:
            known = db.execute("select 1 from knowledge_files where digest = ?", [digest]).fetchone()
            current = db.execute(f"select {_COLUMNS}, files from knowledge_versions where state = 'published'").fetchone()
            if current and known:
                return None
            if current is None:
                self._keep_files(db, digest, content, at)
                self._insert(db, "published", document, "项目文件里的知识库", FILES, at, files=digest, published_at=at)
                return None
            published = json.loads(current[2])
            if published["plan"]["district"] != files.plan.district:
                return None
            base = db.execute("select content from knowledge_files order by at desc, rowid desc limit 1").fetchone()
            if base is None and published["plan"]["document_number"] != files.plan.document_number:
                self._keep_files(db, digest, content, at)  # began with an imported plan: from now on the files' changes count
                return None
            if db.execute("select 1 from knowledge_versions where state = 'draft'").fetchone():
                return "新版本带来了知识库的改动，但是现在有一份草稿没发布：等它发布或者作废以后，下次启动时再提出来。"
            merged_document, made, left = merged(json.loads(base[0]) if base else published, document, published)
            self._keep_files(db, digest, content, at)
            if not made:
                return None
            note = f"项目文件的改动 {len(made)} 处，请检查后发布"
            if left:
                places = "、".join(f"{c.object} {c.field}" for c in left[:10])
                note += f"；另有 {len(left)} 处与这里改过的地方冲突，保留了这里的：{places}"
            draft = self._insert(db, "draft", merged_document, note, FILES, at, files=digest, based_on=current[0])
            self._record(db, draft, made, FILES, at)
        return f"新版本带来了知识库的改动，已存为草稿，发布之前不生效。{note}"

    def edit(self, object: str, field: str, value: Any, by: str, now: datetime.datetime) -> Change | None:
        """Set one field in the draft, which is made when there is none; None when it is the same already.

        Raises:
            KnowledgeError: the draft would have a shape that cannot be read.
        """
        made = self.edit_all([(object, field, value)], by, now)
        return made[0] if made else None

    def edit_all(
        self,
        values: Sequence[tuple[str, str, Any]],
        by: str,
        now: datetime.datetime,
        seen: Sequence[tuple[str, str, str]] = (),
    ) -> list[Change]:
        """Set several fields in the draft at once, all or none; what changed.

        Args:
            seen: records and fields with the mark (``mark_of``) of the value that whoever edits them has seen.

        Raises:
            KnowledgeError: the draft would have a shape that cannot be read.
            Overtaken: something that was seen is not so any more.
        """
        with self.engine.write() as db:
            draft, document = self._draft(db, by, now)
            if late := [(o, field) for o, field, mark in seen if mark_of(value_of(document, o, field)) != mark]:
                raise Overtaken(late)
            changed = document_of(knowledge_of(with_changes(document, values)))
            made = differences(document, changed)
            if draft is None and made:
                published = db.execute("select id from knowledge_versions where state = 'published'").fetchone()[0]
                draft = self._insert(db, "draft", changed, "", by, _iso(now), based_on=published)
            elif made:
                db.execute("update knowledge_versions set content = ? where id = ?", [as_json(changed), draft])
            if draft is not None:
                self._record(db, draft, made, by, _iso(now))
            return made

    def replace_draft(self, document: Document, note: str, by: str, now: datetime.datetime) -> int:
        """Make this document the draft, in the place of the one there is; its number."""
        with self.engine.write() as db:
            draft, before = self._draft(db, by, now)
            if draft is None:
                published = db.execute("select id from knowledge_versions where state = 'published'").fetchone()
                draft = self._insert(db, "draft", document, note, by, _iso(now), based_on=published[0] if published else None)
            else:
                db.execute("update knowledge_versions set content = ?, note = ? where id = ?", [as_json(document), note, draft])
            self._record(db, draft, differences(before, document) if before else [], by, _iso(now))
            return draft

    def discard(self) -> None:
        """Throw the draft away; its edits stay in the history under an archived version that was never published."""
        with self.engine.write() as db:
            db.execute("update knowledge_versions set state = 'archived' where state = 'draft'")

    def publish(self, draft: int, by: str, now: datetime.datetime, content: Document | None = None, note: str = "") -> int:
        """The draft becomes what holds.

        Args:
            content: what is published in the place of the draft's present document (with the day of publication entered).

        Raises:
            Stale: it is no draft any more.
        """
        with self.engine.write() as db:
            make_live(db, draft, by, _iso(now), content, note)
        return draft

    def publish_again(self, number: int, by: str, now: datetime.datetime) -> int:
        """An earlier version holds again, as a new version at the end of the history; its number.

        Raises:
            Stale: there is no such version.
        """
        at = _iso(now)
        with self.engine.write() as db:
            row = db.execute("select content from knowledge_versions where id = ?", [number]).fetchone()
            if row is None:
                raise Stale
            db.execute("update knowledge_versions set state = 'archived' where state = 'published'")
            document = json.loads(row[0])
            note = f"恢复到第{number}版"
            return self._insert(db, "published", document, note, by, at, based_on=number, published_at=at, approved_by=by)

    @staticmethod
    def _draft(db: Database, by: str, now: datetime.datetime) -> tuple[int | None, Document]:
        """The draft's number and document; without a draft, None and the published document."""
        row = db.execute(
            "select id, state, content from knowledge_versions where state in ('draft', 'published') order by state limit 1"
        ).fetchone()
        if row is None:
            return None, {}
        return (row[0] if row[1] == "draft" else None), json.loads(row[2])

    @staticmethod
    def _insert(db: Database, state: str, document: Document, note: str, by: str, at: str, **more: Any) -> int:
        columns = {"state": state, "content": as_json(document), "note": note, "by": by, "at": at, **more}
        marks = ", ".join(f":{name}" for name in columns)
        cursor = db.execute(f"insert into knowledge_versions ({', '.join(columns)}) values ({marks})", columns)
        assert cursor.lastrowid is not None  # an insert always has one
        return int(cursor.lastrowid)

    @staticmethod
    def _keep_files(db: Database, digest: str, content: str, at: str) -> None:
        db.execute("insert or ignore into knowledge_files values (?, ?, ?)", [digest, content, at])

    @staticmethod
    def _record(db: Database, version: int, made: Sequence[Change], by: str, at: str) -> None:
        for change in made:
            db.execute(
                "insert into knowledge_edits (version, object, field, before, after, by, at) values (?, ?, ?, ?, ?, ?, ?)",
                [version, change.object, change.field, _written(change.before), _written(change.after), by, at],
            )


def make_live(db: Database, draft: int, by: str, at: str, content: Document | None = None, note: str = "") -> None:
    """Inside a transaction: the draft, or ``content`` in its place, becomes what holds.

    Raises:
        Stale: it is no draft any more.
    """
    if not db.execute("select 1 from knowledge_versions where id = ? and state = 'draft'", [draft]).fetchone():
        raise Stale
    db.execute("update knowledge_versions set state = 'archived' where state = 'published'")
    db.execute(
        "update knowledge_versions set state = 'published', published_at = ?, approved_by = ?,"
        " content = coalesce(?, content), note = case when ? = '' then note else ? end where id = ?",
        [at, by, as_json(content) if content else None, note, note, draft],
    )


def published_knowledge(path: Path) -> KnowledgeBase | None:
    """What is published in this database file; None when it is not there or was never started."""
    if not path.exists():
        return None
    db = connect(path)
    try:
        row = db.execute("select content from knowledge_versions where state = 'published'").fetchone()
    except sqlite3.Error:
        return None  # a file of an older service, or none of ours: a start brings it up to date
    finally:
        db.close()
    return knowledge_of(json.loads(row[0])) if row else None


def _version(row: dict[str, Any]) -> Version:
    content = json.loads(row.pop("content"))
    return Version(document=content, **row)


def read_version(row: dict[str, Any]) -> Version:
    """A row of knowledge_versions as a version."""
    return _version({name: row[name] for name in _COLUMNS.split(", ")})


def _edit(row: dict[str, Any]) -> Edit:
    before, after = _read(row["before"]), _read(row["after"])
    return Edit(row["id"], row["version"], row["object"], row["field"], before, after, row["by"], row["at"])


def _iso(now: datetime.datetime) -> str:
    return now.isoformat(timespec="milliseconds")


def _written(value: Any) -> str | None:
    return None if value is None else as_json(value)


def _read(value: str | None) -> Any:
    return None if value is None else json.loads(value)
