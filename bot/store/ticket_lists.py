"""Lists of tickets in SQLite: filters, search, order, pages, counts."""

import datetime
import json
import re
from collections.abc import Callable
from typing import Any

from bot.store.engine import Engine
from bot.store.ticket_rows import TICKET_SELECT, ticket_of
from bot.tickets.listing import PAGE, Counts, Filter, Order, Page
from bot.tickets.words import search_query

_RANK = "case when t.phase <> 'open' then 3 when t.due_at < :now then 0 when t.urged > 0 or t.reopened > 0 then 1 else 2 end"
_KEYS: dict[Order, tuple[tuple[str, ...], str, str]] = {
    "pressing": ((_RANK, "coalesce(t.due_at, '9')", "t.number"), ">", "asc"),
    "newest": (("t.at", "t.number"), "<", "desc"),
    "changed": (("t.last_event", "t.number"), ">", "asc"),
}
"""What each order sorts by: expressions, what lies beyond a place in the list, direction."""
SOON = datetime.timedelta(days=1)
_LAST = "(select max(e.id) from ticket_events e where e.number = t.number and e.action in ({}))"
_DRAFTED = _LAST.format("'draft_reply', 'reopen'")
_RETURNED = _LAST.format("'send_back'")
_BARE_NUMBER = "substr(t.number, instr(t.number, '-') + 1)"
"""A number without its prefix, as it is read over the telephone."""
_PERSON = (
    "select r.number from ticket_reporters r join tickets s on s.number = r.number where s.secret = 0 and (r.name = :name"
    " or (:digits <> '' and instr(replace(replace(r.contact, ' ', ''), '-', ''), :digits) > 0))"
)
LEAST_DIGITS = 7
"""So many digits are a telephone number."""
_SENT_BACK = f"t.state = 'in_progress' and {_RETURNED} > coalesce({_DRAFTED}, 0)"


class TicketLists:
    """Reads lists of tickets.

    Args:
        clock: the time, with its zone: what is overdue depends on it.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime.datetime]) -> None:
        self._engine, self._clock = engine, clock

    def page(self, wanted: Filter, order: Order = "pressing", after: str | None = None, most: int = PAGE) -> Page:
        """A page of the tickets that are wanted, the next of the one whose ``after`` is given.

        Raises:
            ValueError: ``after`` is none of this order.
            StoreError: it cannot be read.
        """
        conditions, values = self._where(wanted)
        keys, beyond, direction = _KEYS[order]
        if after is not None:
            place = json.loads(after)
            known = isinstance(place, list) and all(isinstance(value, str | int | float | None) for value in place)
            if not known or len(place) != len(keys):
                raise ValueError("not a place in this list")
            places = [f":last_{k}" for k in range(len(place))]
            conditions.append(f"({', '.join(keys)}) {beyond} ({', '.join(places)})")
            values |= {f"last_{k}": value for k, value in enumerate(place)}
        order_by = ", ".join(f"{key} {direction}" for key in keys)
        columns, where = ", ".join(keys), " and ".join(conditions)
        sql = f"select t.number, {columns} from tickets t where {where} order by {order_by} limit :most"
        rows = self._engine.db.execute(sql, values | {"most": most + 1}).fetchall()
        numbers = [row[0] for row in rows[:most]]
        found = {ticket.number: ticket for ticket in self._tickets(numbers)}
        last = json.dumps(rows[len(numbers) - 1][1:]) if numbers else None
        return Page([found[number] for number in numbers], last if len(rows) > most else None, last)

    def _tickets(self, numbers: list[str]) -> list[Any]:
        sql = f"{TICKET_SELECT} where t.number in (select value from json_each(?))"
        return [ticket_of(row) for row in self._engine.db.execute(sql, [json.dumps(numbers)]).fetchall()]

    def count(self, wanted: Filter) -> int:
        """How many tickets are wanted."""
        conditions, values = self._where(wanted)
        sql = f"select count(*) from tickets t where {' and '.join(conditions)}"
        return int(self._engine.db.execute(sql, values).fetchone()[0])

    def counts(self, visible: frozenset[int] | None = None) -> Counts:
        """How many tickets there are, of those that may be seen."""
        conditions, values = self._where(Filter(visible=visible))
        where = " and ".join(conditions)
        by_unit: dict[int | None, dict[str, int]] = {}
        by_state: dict[str, int] = {}
        sql = f"select t.lead, t.state, count(*) from tickets t where {where} group by t.lead, t.state"
        for lead, state, number in self._engine.db.execute(sql, values).fetchall():
            by_unit.setdefault(lead, {})[state] = number
            by_state[state] = by_state.get(state, 0) + number
        soon = (self._clock() + SOON).isoformat(timespec="milliseconds")
        sql = (
            "select count(*) filter (where t.due_at < :now), count(*) filter (where t.due_at between :now and :soon),"
            " count(*) filter (where t.urged > 0), count(*) filter (where t.reopened > 0)"
            f" from tickets t where t.phase = 'open' and {where}"
        )
        pressing = self._engine.db.execute(sql, values | {"soon": soon}).fetchone()
        return Counts(by_state, by_unit, *pressing)

    def _where(self, wanted: Filter) -> tuple[list[str], dict[str, Any]]:
        values: dict[str, Any] = {"now": self._clock().isoformat(timespec="milliseconds")}
        conditions = ["1"]

        def add(condition: str, **more: Any) -> None:
            conditions.append(condition)
            values.update(more)

        for name, choices in (("state", wanted.states), ("kind", wanted.kinds)):
            if choices:
                # Each a value of its own: of a list in JSON the planner does not know how few there are, and reads every ticket.
                given = {f"{name}_{k}": str(choice) for k, choice in enumerate(choices)}
                add(f"t.{name} in ({', '.join(':' + slot for slot in given)})", **given)
        for name in ("phase", "urgency", "source", "satisfaction"):
            if value := getattr(wanted, name):
                add(f"t.{name} = :{name}", **{name: value})
        if wanted.unit is not None:
            assisting = "select number from ticket_assisting where unit = :unit"
            add(f"(t.lead = :unit or t.number in ({assisting}))", unit=wanted.unit)
        if wanted.no_unit:
            add("t.lead is null")
        if wanted.secret is not None:
            add("t.secret = :secret", secret=int(wanted.secret))
        if wanted.overdue:
            add("t.phase = 'open' and t.due_at < :now")
        for name in ("urged", "reopened", "returned"):
            if getattr(wanted, name):
                add(f"t.{name} > 0")
        if wanted.extension:
            add("t.phase = 'open' and t.extension_days is not null")
        if wanted.sent_back is not None:
            add(_SENT_BACK if wanted.sent_back else f"not coalesce({_SENT_BACK}, 0)")
        if wanted.area:
            add("t.lead in (select id from units where area = :area)", area=wanted.area)
        if wanted.due_before:
            add("t.phase = 'open' and t.due_at < :due_before", due_before=wanted.due_before)
        if wanted.due_from:
            add("t.due_at >= :due_from", due_from=wanted.due_from)
        if wanted.since:
            add("t.at >= :since", since=wanted.since)
        if wanted.until:
            add("t.at < :until", until=wanted.until)
        if wanted.changed_since:
            add("t.updated_at >= :changed_since", changed_since=wanted.changed_since)
        if wanted.text.strip():
            query = search_query(wanted.text)
            ways = ["select number from ticket_words where ticket_words match :query"] if query else []
            ways += [_PERSON] if wanted.person else []
            add(f"t.number in ({' union '.join(ways)})", query=query, **_person(wanted.person))
        if wanted.number.strip():
            start = wanted.number.strip().upper()
            ways = [f"{number} between :start and :start || '~'" for number in ("t.number", "t.external_number")]
            ways += [f"{_BARE_NUMBER} between :start and :start || '~'"] if start[:1].isdigit() else []
            ways += [f"t.number in ({_PERSON})"] if wanted.person else []
            add(f"({' or '.join(ways)})", start=start, **_person(wanted.person))
        if wanted.visible is not None:
            units = "select value from json_each(:visible)"
            assisting = f"select number from ticket_assisting where unit in ({units})"
            add(f"(t.lead in ({units}) or t.number in ({assisting}))", visible=json.dumps(sorted(wanted.visible)))
        return conditions, values


def _person(typed: str) -> dict[str, str]:
    """What _PERSON looks for."""
    digits = re.sub(r"[\s-]", "", typed)
    return {"name": typed, "digits": digits if digits.isdigit() and len(digits) >= LEAST_DIGITS else ""}
