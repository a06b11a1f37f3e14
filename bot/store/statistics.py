"""Counts what residents said, by day, and tickets by what became of them."""

import datetime
import statistics
from collections.abc import Callable, Collection
from dataclasses import fields
from typing import Any

from bot.statistics.records import (
    GROUPINGS,
    TICKET_FIGURES,
    Behind,
    GapCount,
    Hot,
    MessageLine,
    MessagesWanted,
    ModeCount,
    Period,
    ServiceCount,
    TicketLine,
    Tickets,
)
from bot.store.engine import Engine, as_json
from bot.store.message_rows import ABOUT, MODE, OFFERING, REPLIES, UNANSWERED, message_rows, messages_behind
from bot.tickets.calendar import CHINA, start_of

STALE = datetime.timedelta(seconds=10)
MOST_DAYS_AT_ONCE = 400

_TURNS = f"""select c.channel, {MODE} as mode, count(*) as turns, count(*) filter (where {UNANSWERED}) as unanswered,
    count(*) filter (where r.useful = 1) as useful, count(*) filter (where r.useful = 0) as useless
    {REPLIES} group by 1, 2"""
_SERVICES = f"""select c.channel, json_extract(i.value, '$.service') as service, json_extract(i.value, '$.number') as item,
    count(*) filter (where {ABOUT}) as turns, count(*) filter (where {OFFERING}) as offered,
    count(*) filter (where r.useful = 1 and i.key = 0) as useful, count(*) filter (where r.useful = 0 and i.key = 0) as useless
    {REPLIES.replace("conversations c on", "json_each(m.reply, '$.items') i join conversations c on")} group by 1, 2"""
_GAPS = """select c.channel, g.service, g.aspect, count(*) as turns from gaps g join messages m on m.id = g.message
    join conversations c on c.resident = m.resident where g.at >= :since and g.at < :until group by 1, 2, 3"""
_IN_GROUPS = "join inbox i on i.message_id = m.answers and i.kind = 'question' join question_groups g on g.id = i.group_id"
_HOT = f"""select g.id, g.label, count(*) as size, g.state {REPLIES.replace("where", f"{_IN_GROUPS} where")}
    and (:channel = '' or c.channel = :channel) group by g.id order by size desc, g.id limit :most"""
_TABLES = {"daily_turns": _TURNS, "daily_services": _SERVICES, "daily_gaps": _GAPS}

_COUNTS = "t.state not in ('withdrawn', 'merged', 'not_accepted', 'passed_on') and t.due_at is not null"
_DUE = f"{_COUNTS} and (t.answered_at is not null or t.due_at < :now)"
TICKET_CONDITIONS = {
    "received": "1",
    "open": "t.phase = 'open'",
    "overdue": "t.phase = 'open' and t.due_at < :now",
    "due": _DUE,
    "in_time": f"{_DUE} and t.answered_at <= t.due_at",
    "late": f"{_DUE} and (t.answered_at is null or t.answered_at > t.due_at)",
    "rated": "t.satisfaction is not null",
    "satisfied": "t.satisfaction in ('satisfied', 'basic')",
    "dissatisfied": "t.satisfaction = 'dissatisfied'",
    "asked_solved": "t.solved is not null",
    "solved": "t.solved = 1",
    "unsolved": "t.solved = 0",
    "repeated": "(t.joined > 0 or t.state = 'merged')",
    "returned": "t.returned > 0",
    "reopened": "t.reopened > 0",
    "urged": "t.urged > 0",
    "not_accepted": "t.state = 'not_accepted'",
}
"""What each figure of data/tickets.toml counts."""

_KEYS = {"day": "t.day", "kind": "t.kind", "lead": "t.lead", "service": "t.service", "source": "t.source"}
_SIGNED = "(select min(e.at) from ticket_events e where e.number = t.number and e.action = 'sign')"
_ROWS = TICKET_CONDITIONS | {"answered": "t.answered_at is not null", "signed": f"{_SIGNED} is not null"}
"""Figures whose tickets can be listed; the last two are behind medians."""
_HOURS = "(julianday({until}) - julianday(t.at)) * 24"


class SqliteStatistics:
    """See bot.statistics.records.Figures.

    Args:
        clock: the time, with its zone.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime.datetime]) -> None:
        self._engine, self._clock = engine, clock

    # -- counting ---------------------------------------------------------------------------------------------------------

    def count_days(self) -> None:
        """Count today and yesterday anew, and every day since the last one that was counted.

        Of an earlier day less is never kept than was: its messages may have been deleted since.
        """
        today = self._clock().astimezone(CHINA).date()
        last = self._engine.rows("select max(day) as day from counted_days")[0]["day"]
        if last is None:
            first_at = self._engine.rows("select min(at) as at from messages")[0]["at"]
            day = datetime.datetime.fromisoformat(first_at).astimezone(CHINA).date() if first_at else today
        else:
            day = min(datetime.date.fromisoformat(last), today - datetime.timedelta(days=1))
        day = max(day, today - datetime.timedelta(days=MOST_DAYS_AT_ONCE))
        while day <= today:
            self._count(day, final=day < today - datetime.timedelta(days=1))
            day += datetime.timedelta(days=1)

    def _count(self, day: datetime.date, final: bool) -> None:
        """One day: read first, so that the write transaction holds only its few sums."""
        when = {"since": start_of(day), "until": start_of(day + datetime.timedelta(days=1))}
        found = {table: self._engine.rows(sql, when) for table, sql in _TABLES.items()}
        kept = self._engine.rows("select coalesce(sum(turns), 0) as turns from daily_turns where day = ?", [str(day)])
        if final and sum(row["turns"] for row in found["daily_turns"]) < kept[0]["turns"]:
            return
        with self._engine.write() as db:
            for table, rows in found.items():
                db.execute(f"delete from {table} where day = ?", [str(day)])
                for row in rows:
                    names = ["day", *row]
                    slots = ", ".join(f":{name}" for name in names)
                    db.execute(f"insert into {table} ({', '.join(names)}) values ({slots})", {"day": str(day), **row})
            db.execute(
                "insert into counted_days values (?, ?) on conflict(day) do update set at = excluded.at",
                [str(day), self._clock().isoformat(timespec="milliseconds")],
            )

    def fresh(self) -> str | None:
        """See Figures."""
        counted = self._counted_at()
        if counted is None or self._clock() - datetime.datetime.fromisoformat(counted) > STALE:
            self.count_days()
            counted = self._counted_at()
        return counted

    def _counted_at(self) -> str | None:
        at: str | None = self._engine.rows("select max(at) as at from counted_days")[0]["at"]
        return at

    # -- turns ------------------------------------------------------------------------------------------------------------

    def modes(self, period: Period, channel: str = "") -> list[ModeCount]:
        """See Figures."""
        rows = self._daily("select day, channel, mode, turns, unanswered, useful, useless from daily_turns", period, channel)
        return [ModeCount(**{**row, "day": datetime.date.fromisoformat(row["day"])}) for row in rows]

    def services(self, period: Period, channel: str = "") -> list[ServiceCount]:
        """See Figures."""
        sums = ", ".join(f"sum({name}) as {name}" for name in ("turns", "offered", "useful", "useless"))
        rows = self._daily(
            f"select service, max(item) as item, {sums} from daily_services",
            period,
            channel,
            "group by service order by turns desc, service",
        )
        return [ServiceCount(**row) for row in rows]

    def gaps(self, period: Period, channel: str = "") -> list[GapCount]:
        """See Figures."""
        order = "group by service, aspect order by turns desc, service, aspect"
        rows = self._daily("select service, aspect, sum(turns) as turns from daily_gaps", period, channel, order)
        return [GapCount(**row) for row in rows]

    def _daily(self, select: str, period: Period, channel: str, more: str = "") -> list[dict[str, Any]]:
        only = "and channel = :channel" if channel else ""
        values = {"first": str(period.first), "last": str(period.last), "channel": channel}
        return self._engine.rows(f"{select} where day between :first and :last {only} {more}", values)

    def about(self, period: Period, services: Collection[str], channel: str = "") -> dict[datetime.date, int]:
        """See Figures."""
        rows = self._daily("select day, service, sum(turns) as turns from daily_services", period, channel, "group by 1, 2")
        days: dict[datetime.date, int] = {}
        for row in rows:
            if row["service"] in services:
                day = datetime.date.fromisoformat(row["day"])
                days[day] = days.get(day, 0) + row["turns"]
        return days

    def hot(self, period: Period, most: int, channel: str = "") -> list[Hot]:
        """See Figures."""
        rows = self._engine.rows(_HOT, {"since": period.since, "until": period.until, "channel": channel, "most": most})
        return [Hot(**row) for row in rows]

    def messages(self, wanted: MessagesWanted, before: int | None, most: int) -> list[MessageLine]:
        """See Figures."""
        return message_rows(self._engine, wanted, before, most)

    def messages_behind(self, wanted: MessagesWanted) -> Behind:
        """See Figures."""
        return messages_behind(self._engine, wanted)

    # -- tickets ----------------------------------------------------------------------------------------------------------

    def tickets(self, period: Period, by: str | None = None, visible: frozenset[int] | None = None) -> dict[str, Tickets]:
        """See Figures."""
        key, where, values = self._tickets_of(period, by, visible)
        counts = ", ".join(f"count(*) filter (where {TICKET_CONDITIONS[name]}) as {name}" for name in TICKET_FIGURES)
        rows = self._engine.rows(f"select {key} as key, {counts} from tickets t where {where} group by 1", values)
        medians = {} if by == "day" else self._median_hours(key, where, values)
        found = {}
        for row in rows:
            name = row.pop("key")
            found[str("" if name is None else name)] = Tickets(**row, hours=medians.get(name))
        return found

    def _median_hours(self, key: str, where: str, values: dict[str, Any]) -> dict[Any, float]:
        hours: dict[Any, list[float]] = {}
        sql = f"select {key}, {_HOURS.format(until='t.answered_at')} from tickets t where t.answered_at is not null and {where}"
        for name, number in self._engine.db.execute(sql, values).fetchall():
            hours.setdefault(name, []).append(number)
        return {name: statistics.median(many) for name, many in hours.items()}

    def hours_to_sign(self, period: Period, visible: frozenset[int] | None = None) -> float | None:
        """See Figures."""
        _, where, values = self._tickets_of(period, None, visible)
        sql = f"select {_HOURS.format(until=_SIGNED)} as hours from tickets t where {where}"
        hours = [row["hours"] for row in self._engine.rows(sql, values) if row["hours"] is not None]
        return statistics.median(hours) if hours else None

    def ticket_counts(
        self, period: Period, figures: Collection[str], by: str, key: str, visible: frozenset[int] | None
    ) -> dict[str, int]:
        """See Figures.

        Raises:
            KeyError: there is no such figure or grouping.
        """
        where, values = self._group_of(period, by, key, visible)
        counts = ", ".join(f"count(*) filter (where {_ROWS[name]}) as {name}" for name in figures)
        return self._engine.rows(f"select {counts} from tickets t where {where}", values)[0]

    def _group_of(self, period: Period, by: str, key: str, visible: frozenset[int] | None) -> tuple[str, dict[str, Any]]:
        """Which tickets are of that group, and the values of it."""
        expression, where, values = self._tickets_of(period, by or None, visible)
        if by:
            where += f" and coalesce(cast({expression} as text), '') = :key"
        return where, values | {"key": key}

    def ticket_lines(
        self, period: Period, figure: str, by: str, key: str, visible: frozenset[int] | None, before: str, most: int
    ) -> list[TicketLine]:
        """See Figures.

        Raises:
            KeyError: there is no such figure or grouping.
        """
        where, values = self._group_of(period, by, key, visible)
        condition = _ROWS[figure]
        columns = ", ".join(f"t.{one.name}" for one in fields(TicketLine) if one.name != "signed_at")
        if figure == "signed":
            columns += f", {_SIGNED} as signed_at"
        after = "and (t.at, t.number) < (select at, number from tickets where number = :before)" if before else ""
        rows = self._engine.rows(
            f"select {columns} from tickets t where {where} and {condition} {after} order by t.at desc, t.number desc"
            " limit :most",
            values | {"before": before, "most": most},
        )
        return [TicketLine(**row) for row in rows]

    def _tickets_of(self, period: Period, by: str | None, visible: frozenset[int] | None) -> tuple[str, str, dict[str, Any]]:
        """What to group by, which tickets, and the values of both."""
        values: dict[str, Any] = {
            "since": period.since,
            "until": period.until,
            "now": self._clock().isoformat(timespec="milliseconds"),
        }
        where = "t.at >= :since and t.at < :until"
        if visible is not None:
            units = "select value from json_each(:visible)"
            where += f" and (t.lead in ({units}) or t.number in (select number from ticket_assisting where unit in ({units})))"
            values["visible"] = as_json(sorted(visible))
        if by is None:
            return "null", where, values
        if by not in GROUPINGS:
            raise KeyError(by)
        return (self._area_key(values) if by == "area" else _KEYS[by]), where, values

    def _area_key(self, values: dict[str, Any]) -> str:
        """The unit of whose area (names, separated by 、) the place of a ticket has one."""
        cases: list[str] = []
        rows = self._engine.rows("select id, area from units where area <> '' and active order by id")
        for row in rows:
            for name in filter(None, row["area"].replace("，", "、").split("、")):
                slot = f"area_{len(cases)}"
                values[slot] = name.strip()
                cases.append(f"when instr(t.place, :{slot}) then {int(row['id'])}")
        return f"case {' '.join(cases)} end" if cases else "null"
