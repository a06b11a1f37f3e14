"""Unanswered questions in SQLite: reading them and their groups, and putting new ones into groups."""

import datetime
import json
from collections.abc import Callable, Sequence
from typing import Any

from sqlite_utils import Database

from bot.questions.gravity import is_grave, rank
from bot.questions.grouper import Placed
from bot.questions.grouping import centre_of, from_bytes, most_central, to_bytes
from bot.questions.records import Group, Line, Question
from bot.store.engine import Engine

GROUP_COLUMNS = (
    "id, label, size, people, grave, first_at, last_at, state, guess, guess_confidence, unit, outcome, answer, settled_by,"
    " settled_at, settlement"
)
_OPEN = "status in ('open', 'passed')"
_LABELLED_BY = 200
"""The label is chosen among the latest so many questions of a group."""

_DECISION = """(select answer.decision from messages asked join messages answer on answer.answers = asked.id
    where asked.resident = i.resident and asked.id <= i.message_id and asked.text = i.text and asked.author = 'resident'
    order by asked.id desc limit 1)"""


def taught_questions(engine: Engine) -> list[tuple[str, str]]:
    """Every taught question with its service, oldest first; what was undone is left out.

    Raises:
        StoreError: it cannot be read.
    """
    rows = engine.rows("select text, service from taught where undone_at is null order by id")
    return [(row["text"], row["service"]) for row in rows]


def taught_version(engine: Engine) -> str:
    """Another one whenever something is taught or undone.

    Raises:
        StoreError: it cannot be read.
    """
    row = engine.rows("select coalesce(max(id), 0) as last, count(undone_at) as undone, count(*) as all_of_them from taught")[0]
    return f"{row['last']}.{row['undone']}.{row['all_of_them']}"


def group_of(row: dict[str, Any]) -> Group:
    """A row of question_groups."""
    return Group(**{**row, "grave": bool(row["grave"])})


def refresh(db: Database, group: int) -> None:
    """Count a group anew and choose its label; inside the transaction that changed it.  An empty one is put aside."""
    rows = db.execute(
        f"select i.id, i.resident, i.text, i.reason, i.at, i.vector from inbox i where i.group_id = ? and {_OPEN} order by i.id",
        [group],
    ).fetchall()
    if not rows:
        db.execute("update question_groups set state = 'moved', size = 0 where id = ? and state in ('open', 'passed')", [group])
        return
    texts, stored = [row[2] for row in rows], [row[5] for row in rows]
    people = len({row[1] for row in rows})
    useless = sum(row[3].startswith("评价没用") for row in rows)
    grave, first_at = is_grave(texts), rows[0][4]
    size = max((len(one) // 2 for one in stored if one), default=0)
    label, centre = rows[-1], None
    if size:
        vectors = from_bytes(stored[-_LABELLED_BY:], size)
        label, centre = rows[-_LABELLED_BY:][most_central(vectors)], to_bytes(centre_of(vectors))
    decision = _decision(db, label[0])
    best = (decision.get("candidates") or [[None, 0.0]])[0]
    db.execute(
        "update question_groups set label = ?, centre = ?, size = ?, people = ?, grave = ?, first_at = ?, last_at = ?, rank = ?,"
        " guess = ?, guess_confidence = ? where id = ?",
        [
            label[2],
            centre,
            len(rows),
            people,
            grave,
            first_at,
            rows[-1][4],
            rank(people, len(rows), useless, grave, datetime.datetime.fromisoformat(first_at)),
            best[0],
            float(decision.get("confidence", 0.0)),
            group,
        ],
    )


def _decision(db: Database, question: int) -> dict[str, Any]:
    row = db.execute(f"select {_DECISION} from inbox i where i.id = ?", [question]).fetchone()
    return _parsed(row[0] if row else None)


def _parsed(stored: str | None) -> dict[str, Any]:
    decision = json.loads(stored) if stored else {}
    return decision if isinstance(decision, dict) else {}


def _question(row: dict[str, Any]) -> Question:
    decision = _parsed(row["decision"])
    return Question(
        id=row["id"],
        group=row["group_id"],
        resident=row["resident"],
        message=row["message_id"],
        text=row["text"],
        reason=row["reason"],
        status=row["status"],
        at=row["at"],
        outcome=row["outcome"],
        candidates=tuple((str(name), float(p)) for name, p in decision.get("candidates", [])),
        confidence=float(decision.get("confidence", 0.0)),
        covered=float(decision.get("covered", 0.0)),
        act=str((decision.get("act") or [""])[0]),
        aspect=str((decision.get("aspect") or ["overview"])[0]),
    )


class QuestionStore:
    """Groups and questions for the console and for the pass that groups them."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime.datetime]) -> None:
        self.engine, self._clock = engine, clock

    # -- reading ----------------------------------------------------------------------------------------------------------

    def groups(self, state: str, unit: int | None, offset: int, most: int) -> list[Group]:
        """The groups of a state, the most pressing first (settled ones: the latest first); of one unit, or of all."""
        order = "settled_at desc" if state == "settled" else "rank desc, id desc"
        mine, values = ("and unit = ?", [state, unit, most, offset]) if unit is not None else ("", [state, most, offset])
        sql = f"select {GROUP_COLUMNS} from question_groups where state = ? {mine} order by {order} limit ? offset ?"
        return [group_of(row) for row in self.engine.rows(sql, values)]

    def count_groups(self, state: str, unit: int | None) -> tuple[int, int]:
        """How many groups of that state there are, and how many questions in them."""
        mine, values = ("and unit = ?", [state, unit]) if unit is not None else ("", [state])
        sql = f"select count(*) as groups, coalesce(sum(size), 0) as questions from question_groups where state = ? {mine}"
        row = self.engine.rows(sql, values)[0]
        return int(row["groups"]), int(row["questions"])

    def group(self, number: int) -> Group | None:
        """The group of that id."""
        rows = self.engine.rows(f"select {GROUP_COLUMNS} from question_groups where id = ?", [number])
        return group_of(rows[0]) if rows else None

    def questions(self, group: int, most: int = 100) -> list[Question]:
        """The group's questions, oldest first, with what the bot made of each."""
        sql = f"select i.*, {_DECISION} as decision from inbox i where i.group_id = ? order by i.id limit ?"
        return [_question(row) for row in self.engine.rows(sql, [group, most])]

    def question(self, number: int) -> Question | None:
        """The question of that id."""
        sql = f"select i.*, {_DECISION} as decision from inbox i where i.id = ? and i.kind = 'question'"
        rows = self.engine.rows(sql, [number])
        return _question(rows[0]) if rows else None

    def around(self, question: Question, before: int = 6, after: int = 6) -> list[Line]:
        """The conversation around a question; what belongs to a secret report is there without its words."""
        sql = (
            "select * from (select id, author, text, at, sealed from messages where resident = ? and id <= ? and text <> ''"
            " order by id desc limit ?) union all"
            " select * from (select id, author, text, at, sealed from messages where resident = ? and id > ? and text <> ''"
            " order by id limit ?) order by id"
        )
        rows = self.engine.rows(sql, [question.resident, question.message, before, question.resident, question.message, after])
        return [line_of(row) for row in rows]

    def alike(self, group: int, states: Sequence[str], most: int) -> list[tuple[Group, float]]:
        """The groups nearest to this one, with their cosine."""
        own = self.engine.rows("select centre from question_groups where id = ?", [group])
        if not own or not own[0]["centre"]:
            return []
        size = len(own[0]["centre"]) // 2
        marks = ", ".join("?" * len(states))
        sql = f"select id, centre from question_groups where state in ({marks}) and id <> ? order by id desc limit 5000"
        rows = self.engine.rows(sql, [*states, group])
        if not rows:
            return []
        likeness = from_bytes([row["centre"] for row in rows], size) @ from_bytes([own[0]["centre"]], size)[0]
        best = sorted(range(len(rows)), key=lambda k: -likeness[k])[:most]
        found = [(self.group(rows[k]["id"]), float(likeness[k])) for k in best if likeness[k] > 0]
        return [(one, cosine) for one, cosine in found if one is not None]

    # -- grouping ---------------------------------------------------------------------------------------------------------

    def ungrouped(self, most: int) -> list[tuple[int, str]]:
        """See GroupingStore."""
        sql = "select id, text from inbox where kind = 'question' and status = 'open' and group_id is null order by id limit ?"
        return [(row["id"], row["text"]) for row in self.engine.rows(sql, [most])]

    def centres(self) -> list[tuple[int, bytes | None]]:
        """See GroupingStore."""
        rows = self.engine.rows("select id, centre from question_groups where state = 'open' order by id")
        return [(row["id"], row["centre"]) for row in rows]

    def place(self, placed: Sequence[Placed]) -> int:
        """See GroupingStore."""
        at = self._clock().isoformat(timespec="milliseconds")
        made: dict[int, int] = {}
        touched: set[int] = set()
        count = 0
        with self.engine.write() as db:
            for one in placed:
                free = "select 1 from inbox where id = ? and group_id is null and status = 'open'"
                if not db.execute(free, [one.question]).fetchone():
                    continue
                group = one.group
                if group is None:
                    assert one.new is not None  # a question has one or the other
                    group = made.get(one.new) or new_group(db, at)
                    made[one.new] = group
                elif not db.execute("select 1 from question_groups where id = ? and state = 'open'", [group]).fetchone():
                    continue
                db.execute("update inbox set group_id = ?, vector = ? where id = ?", [group, one.vector, one.question])
                touched.add(group)
                count += 1
            for group in touched:
                refresh(db, group)
        return count


def forget_questions(db: Database, resident: str) -> None:
    """Delete a resident's questions, also where their words name a group; lessons stay without a trace of whose they were."""
    groups = db.execute("select distinct group_id from inbox where resident = ? and group_id is not null", [resident]).fetchall()
    db.execute("update taught set question = null where question in (select id from inbox where resident = ?)", [resident])
    db.execute("delete from inbox where resident = ?", [resident])
    for (group,) in groups:
        left = db.execute("select text from inbox where group_id = ? order by id desc limit 1", [group]).fetchone()
        if left is None:
            continue
        db.execute("update question_groups set label = ? where id = ?", [left[0], group])
        refresh(db, group)
    drop_empty_groups(db)


def drop_empty_groups(db: Database) -> None:
    """Delete groups whose questions are all gone, and the words of theirs that a text was written for."""
    gone = "group_id is not null and not exists (select 1 from inbox where inbox.group_id = suggestions.group_id)"
    db.execute(f"update suggestions set question = '' where {gone}")
    db.execute("delete from question_groups where not exists (select 1 from inbox where group_id = question_groups.id)")


def new_group(db: Database, at: str) -> int:
    """An empty open group; ``refresh`` fills in the rest."""
    number = db.execute("insert into question_groups (label, first_at, last_at) values ('', ?, ?)", [at, at]).lastrowid
    assert number is not None  # an insert always has one
    return number


def line_of(row: dict[str, Any]) -> Line:
    """A line of a conversation, without the words of a sealed one."""
    sealed = bool(row["sealed"])
    photo = None if sealed else row.get("photo")
    return Line(row["id"], row["author"], "" if sealed else row["text"], row["at"], sealed, photo)
