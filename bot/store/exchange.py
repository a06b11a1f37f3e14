"""What other systems work on: desks, lists, and requests that are carried out once however often they are sent."""

import datetime
from collections.abc import Callable

from bot.accounts.keys import ApiKey, RequestReused
from bot.store.api_keys import SqliteApiKeys
from bot.store.audit import SqliteAudit
from bot.store.engine import Engine
from bot.store.ticket_lists import TicketLists
from bot.store.tickets import open_desk
from bot.tickets.desk import Desk
from bot.tickets.listing import Filter, Order, Page
from bot.tickets.rules import Rules


class SqliteExchange:
    """See bot.channels.api.ports.Exchange."""

    def __init__(self, engine: Engine, rules: Rules, clock: Callable[[], datetime.datetime]) -> None:
        self._engine, self._rules, self._clock = engine, rules, clock
        self._keys, self._lists = SqliteApiKeys(engine, clock), TicketLists(engine, clock)

    def caller(self, text: str) -> ApiKey | None:
        """See Exchange."""
        return self._keys.find(text)

    def reading(self) -> Desk:
        """See Exchange."""
        return open_desk(self._engine.db, self._rules, self._clock())

    def page(self, wanted: Filter, order: Order, after: str | None, most: int) -> Page:
        """See Exchange."""
        return self._lists.page(wanted, order, after, most)

    def once(self, caller: ApiKey, key: str | None, digest: str, work: Callable[[Desk], str]) -> tuple[str, bool]:
        """See Exchange."""
        with self._engine.write() as db:
            if key is not None:
                known = "select digest, number from api_requests where system = ? and key = ?"
                if row := db.execute(known, [caller.id, key]).fetchone():
                    if row[0] != digest:
                        raise RequestReused
                    return str(row[1]), True
            now = self._clock()
            number = work(open_desk(db, self._rules, now))
            if key is not None:
                at = now.isoformat(timespec="milliseconds")
                db.execute("insert into api_requests values (?, ?, ?, ?, ?)", [caller.id, key, digest, number, at])
            return number, False

    def looked(self, caller: ApiKey, number: str, address: str) -> None:
        """See Exchange."""
        SqliteAudit(self._engine, self._clock).add(None, caller.name, "api.people.view", number, {}, address)
