"""Templates of replies that administrators added."""

import datetime
from collections.abc import Callable

from bot.store.engine import Engine
from bot.tickets.reply_templates import ReplyTemplate


class SqliteReplyTemplates:
    """See bot.console.reply_templates.TemplateBook."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime.datetime]) -> None:
        self._engine, self._clock = engine, clock

    def all(self) -> list[ReplyTemplate]:
        """See TemplateBook."""
        rows = self._engine.rows("select title, text, id from reply_templates order by title")
        return [ReplyTemplate(**row) for row in rows]

    def save(self, template: ReplyTemplate, by: str) -> int:
        """See TemplateBook."""
        at = self._clock().isoformat(timespec="milliseconds")
        sql = (
            "insert into reply_templates (id, title, text, by, at) values (?, ?, ?, ?, ?) on conflict(id) do update set"
            " title = excluded.title, text = excluded.text, by = excluded.by, at = excluded.at returning id"
        )
        with self._engine.write() as db:
            return int(db.execute(sql, [template.id or None, template.title, template.text, by, at]).fetchone()[0])

    def delete(self, number: int) -> bool:
        """See TemplateBook."""
        with self._engine.write() as db:
            return int(db.execute("delete from reply_templates where id = ?", [number]).rowcount) > 0
