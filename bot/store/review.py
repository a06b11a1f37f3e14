"""What staff review besides unanswered questions: answers rated 没用, a daily sample, gaps of the plan, texts they wrote."""

import datetime
from collections.abc import Callable
from typing import Any

from bot.live import CHINA
from bot.questions.records import Gap, Rated, Suggestion
from bot.store.engine import Engine

SAMPLE = 20
"""Confident answers that are looked at, a day."""

_ANSWER = """m.id as message, m.resident, m.text as answer, m.at, asked.text as question,
    json_extract(m.reply, '$.items[0].service') as service, coalesce(json_extract(m.decision, '$.confidence'), 0.0) as confidence
    from messages m join messages asked on asked.id = m.answers"""


class ReviewStore:
    """Reads and settles what is to be reviewed."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime.datetime]) -> None:
        self._engine, self._clock = engine, clock

    def _at(self) -> str:
        return self._clock().isoformat(timespec="milliseconds")

    # -- ratings and samples ----------------------------------------------------------------------------------------------

    def rated_useless(self, most: int = 50) -> list[Rated]:
        """Answers that residents found useless and nobody has looked at, the latest first."""
        sql = f"select {_ANSWER} join ratings r on r.message = m.id where not r.useful and r.reviewed_at is null"
        rows = self._engine.rows(f"{sql} and not m.sealed and not asked.sealed order by r.at desc limit ?", [most])
        return [_rated(row) for row in rows]

    def reviewed(self, message: int) -> None:
        """Somebody has looked at a rating."""
        with self._engine.write() as db:
            db.execute("update ratings set reviewed_at = ? where message = ?", [self._at(), message])

    def draw_sample(self, day: str, since: str, until: str) -> int:
        """Draw the day's sample among the confident answers of that time, once; how many were drawn."""
        with self._engine.write() as db:
            if db.execute("select 1 from answer_samples where day = ? limit 1", [day]).fetchone():
                return 0
            return int(
                db.execute(
                    "insert into answer_samples (message, day) select id, ? from messages where author = 'service'"
                    " and at >= ? and at < ? and not sealed and json_extract(reply, '$.mode') = 'answer'"
                    " and json_extract(decision, '$.step') in ('act', 'follow_up') and json_array_length(reply, '$.items') = 1"
                    " order by random() limit ? on conflict do nothing",
                    [day, since, until, SAMPLE],
                ).rowcount
            )

    def draw_yesterdays(self) -> int:
        """Draw the sample of the day before, in China's time."""
        today = self._clock().astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
        since = today - datetime.timedelta(days=1)
        return self.draw_sample(
            since.strftime("%Y-%m-%d"), *(at.astimezone(datetime.UTC).isoformat(timespec="milliseconds") for at in (since, today))
        )

    def sample(self, most: int = SAMPLE) -> list[Rated]:
        """The drawn answers that nobody has judged, the latest day first."""
        sql = f"select {_ANSWER} join answer_samples s on s.message = m.id where s.verdict is null"
        return [_rated(row) for row in self._engine.rows(f"{sql} order by s.day desc, m.id limit ?", [most])]

    def judge(self, message: int, verdict: str, service: str | None, account: int) -> bool:
        """Keep that an answer of the sample was right or wrong; False when it was judged before."""
        with self._engine.write() as db:
            changed = db.execute(
                "update answer_samples set verdict = ?, service = ?, account = ?, at = ? where message = ? and verdict is null",
                [verdict, service, account, self._at(), message],
            )
            return bool(changed.rowcount)

    def answer(self, message: int) -> Rated | None:
        """A reply with its question."""
        rows = self._engine.rows(f"select {_ANSWER} where m.id = ? and not m.sealed and not asked.sealed", [message])
        return _rated(rows[0]) if rows else None

    def shares(self) -> dict[str, int]:
        """How many of the sampled answers were right and wrong, and how many answers were rated useful and useless."""
        row = self._engine.rows(
            "select (select count(*) from answer_samples where verdict = 'right') as right,"
            " (select count(*) from answer_samples where verdict = 'wrong') as wrong,"
            " (select count(*) from ratings where useful) as useful, (select count(*) from ratings where not useful) as useless"
        )[0]
        return {name: int(value) for name, value in row.items()}

    # -- gaps and texts ---------------------------------------------------------------------------------------------------

    def gaps(self) -> list[Gap]:
        """What is asked for and not stated, by service and aspect, the most asked first, with what staff wrote since."""
        rows = self._engine.rows(
            "select g.service, g.aspect, count(*) as count, max(g.at) as last_at, (select s.text from suggestions s"
            " where s.kind = 'gap' and s.service = g.service and s.aspect = g.aspect and s.state <> 'dropped'"
            " order by s.id desc limit 1) as written from gaps g group by g.service, g.aspect order by count desc"
        )
        return [Gap(**row) for row in rows]

    def gap_questions(self, service: str, aspect: str, most: int = 10) -> list[str]:
        """How residents asked for it, the latest first."""
        rows = self._engine.rows(
            "select asked.text from gaps g join messages m on m.id = g.message join messages asked on asked.id = m.answers"
            " where g.service = ? and g.aspect = ? and not asked.sealed order by g.message desc limit ?",
            [service, aspect, most],
        )
        return list(dict.fromkeys(row["text"] for row in rows))

    def suggest(
        self, kind: str, text: str, account: int, *, question: str = "", group: int | None = None, **about: str | None
    ) -> int:
        """Keep a text for administrators; ``about``: service and aspect.  A newer text for the same gap replaces an older."""
        service, aspect = about.get("service"), about.get("aspect")
        with self._engine.write() as db:
            if kind == "gap":
                db.execute(
                    "update suggestions set state = 'dropped'"
                    " where kind = 'gap' and service = ? and aspect = ? and state = 'open'",
                    [service, aspect],
                )
            number = db.execute(
                "insert into suggestions (kind, service, aspect, question, text, group_id, account, at)"
                " values (?, ?, ?, ?, ?, ?, ?, ?)",
                [kind, service, aspect, question, text, group, account, self._at()],
            ).lastrowid
            assert number is not None  # an insert always has one
            return number

    def suggestions(self, state: str = "open") -> list[Suggestion]:
        """The texts in that state, the latest first."""
        columns = 'id, kind, text, question, service, aspect, at, state, account, group_id as "group"'
        sql = f"select {columns} from suggestions where state = ? order by id desc"
        return [Suggestion(**row) for row in self._engine.rows(sql, [state])]

    def close_suggestion(self, number: int, state: str) -> bool:
        """Taken over or dropped by an administrator; False when it was before."""
        with self._engine.write() as db:
            sql = "update suggestions set state = ? where id = ? and state = 'open'"
            return bool(db.execute(sql, [state, number]).rowcount)

    # -- what is known ----------------------------------------------------------------------------------------------------

    def known(self) -> list[tuple[str, str | None]]:
        """The questions with known answers that administrators keep: text and service, None where it must be turned away."""
        rows = self._engine.rows(
            "select text, service from known_questions where active and (service is not null or mode = 'reject')"
        )
        return [(row["text"], row["service"]) for row in rows]


def _rated(row: dict[str, Any]) -> Rated:
    return Rated(**row)
