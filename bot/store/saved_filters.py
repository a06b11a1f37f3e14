"""Filters of the list of tickets that accounts keep under a name."""

from bot.store.engine import Engine


class SqliteSavedFilters:
    """See bot.console.ticket_list.SavedFilters."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, account: int) -> list[tuple[int, str, str]]:
        """See SavedFilters."""
        rows = self._engine.rows("select id, name, query from saved_filters where account = ? order by name", [account])
        return [(row["id"], row["name"], row["query"]) for row in rows]

    def save(self, account: int, name: str, query: str) -> None:
        """See SavedFilters."""
        sql = (
            "insert into saved_filters (account, name, query) values (?, ?, ?)"
            " on conflict(account, name) do update set query = excluded.query"
        )
        with self._engine.write() as db:
            db.execute(sql, [account, name, query])

    def delete(self, account: int, number: int) -> bool:
        """See SavedFilters."""
        with self._engine.write() as db:
            sql = "delete from saved_filters where account = ? and id = ?"
            return int(db.execute(sql, [account, number]).rowcount) > 0
