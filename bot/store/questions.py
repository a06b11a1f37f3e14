"""Unanswered questions in SQLite: their groups, what staff made of them, what was taught."""

from bot.store.engine import Engine


def taught_questions(engine: Engine) -> list[tuple[str, str]]:
    """Every taught question with its service, oldest first; what was undone is left out.

    Raises:
        StoreError: it cannot be read.
    """
    rows = engine.rows("select text, service from taught where undone_at is null order by id")
    return [(row["text"], row["service"]) for row in rows]
