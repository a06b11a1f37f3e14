"""The monthly report that a district office prints: composed once, shown as a page and written as a document."""

import datetime
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

from bot.statistics.records import Figures, Period, Tickets, by_week, tickets_by_week, total
from bot.statistics.rising import rising
from bot.statistics.words import DATA, change, duration, figure_words, moved, percent
from knowledge.base import KnowledgeBase
from knowledge.model import PLACE, Aspect

MOST = 10
NONE = "暂无"
"""A share of nothing, in a sentence."""


@dataclass(frozen=True)
class Table:
    """A table with its caption."""

    caption: str
    headers: list[str]
    rows: list[list[str]]


@dataclass(frozen=True)
class Plot:
    """A plot of numbers over the weeks (x: their Mondays, MM-DD); ``kind``: line, bar."""

    caption: str
    kind: str
    x: list[str]
    series: list[tuple[str, list[int]]]

    @property
    def chart(self) -> dict[str, Any]:
        """As charts.js takes it."""
        return {"kind": self.kind, "x": self.x, "series": [{"name": name, "values": values} for name, values in self.series]}


def weekly(caption: str, kind: str, weeks: Mapping[datetime.date, object], series: Mapping[str, str]) -> Plot:
    """A plot of the weeks; ``series``: the field of each week's sums by the name that it is drawn under."""
    values = [(name, [getattr(week, field) for week in weeks.values()]) for name, field in series.items()]
    return Plot(caption, kind, [f"{monday:%m-%d}" for monday in weeks], values)


@dataclass(frozen=True)
class Section:
    """A heading, then paragraphs, plots and tables."""

    heading: str
    paragraphs: list[str] = field(default_factory=list)
    plots: list[Plot] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


@dataclass(frozen=True)
class Report:
    """The whole of it."""

    title: str
    subtitle: str
    sections: list[Section]

    def as_json(self) -> dict[str, Any]:
        """As bot/statistics/word.py reads it."""
        return asdict(self)


@dataclass(frozen=True)
class Names:
    """What things are called: services come from the knowledge base."""

    service_name: str
    knowledge: KnowledgeBase
    units: Mapping[str, str]
    kinds: Mapping[str, str]
    aspect: Callable[[Aspect], str]
    gone: Callable[[str], str] = str

    def service(self, service: str) -> str:
        """A service's title."""
        found = self.knowledge.services.get(service)
        return found.title if found else self.gone(service)

    def departments(self, service: str) -> str:
        """The departments that answer for a service."""
        return "、".join(self.knowledge.item_of(service).departments) if service in self.knowledge.services else ""


@cache
def _words() -> dict[str, Any]:
    with (DATA / "report.toml").open("rb") as file:
        return tomllib.load(file)


def compose(figures: Figures, first: datetime.date, today: datetime.date, names: Names) -> Report:
    """The report of the month that begins on ``first``; of a month that is not over, as far as it has come."""
    words, period = _words(), Period.month(first)
    subtitle = words["subtitle"].format(year=first.year, month=first.month, first=period.first, last=period.last)
    if period.last >= today:
        subtitle += words["so_far"].format(until=today)
    every = figures.tickets(period).get("", Tickets())
    return Report(
        words["title"].format(service_name=names.service_name),
        subtitle,
        [
            _overview(figures, period, every),
            _asked(figures, period, names),
            _gaps(figures, period, names),
            _tickets(figures, period, every, names),
            _meanings(),
        ],
    )


def _overview(figures: Figures, period: Period, tickets: Tickets) -> Section:
    words, modes, earlier = _words()["overview"], figures.modes(period), figures.modes(period.before())
    now, before, was = total(modes), total(earlier), figures.tickets(period.before()).get("", Tickets())
    paragraphs = []
    if not now.turns:
        paragraphs.append(words["none"])
    else:
        paragraphs.append(
            words["messages"].format(
                turns=now.turns,
                turns_change=change(now.turns, before.turns),
                asked=now.asked,
                unanswered=now.unanswered,
                unanswered_share=percent(now.unanswered_share, NONE),
                unanswered_moved=moved(now.unanswered_share, before.unanswered_share),
                clarified=now.clarified,
                clarified_share=percent(now.clarified_share, NONE),
            )
        )
        rated = now.useful + now.useless
        rating = words["rated"] if rated else words["not_rated"]
        paragraphs.append(rating.format(rated=rated, useful_share=percent(now.useful_share, NONE)))
    filed = words["tickets"] if tickets.received else words["no_tickets"]
    paragraphs.append(
        filed.format(
            received=tickets.received,
            received_change=change(tickets.received, was.received),
            in_time_share=percent(tickets.in_time_share, NONE),
            satisfied_share=percent(tickets.satisfied_share, NONE),
            solved_share=percent(tickets.solved_share, NONE),
        )
    )
    weeks = by_week(modes, period)
    plot = weekly(words["plot"], "line", weeks, {"消息": "turns", "没答上来": "unanswered"})
    return Section(words["heading"], paragraphs, [plot] if now.turns else [])


def _asked(figures: Figures, period: Period, names: Names) -> Section:
    words, services, earlier = _words()["asked"], figures.services(period), figures.services(period.before())
    most = [one for one in services if one.turns][:MOST]
    before = {one.service: one.turns for one in earlier}
    paragraphs = [words["most"].format(names="、".join(names.service(one.service) for one in most[:3]))] if most else []
    risen = rising(services, earlier, period.days / period.before().days, 5)
    paragraphs.append(
        words["rising"].format(names="、".join(f"{names.service(one.service)}（{one.now}次）" for one in risen))
        if risen
        else words["steady"]
    )
    rows = [
        [
            names.service(one.service),
            names.knowledge.item_name(one.item) if one.item >= PLACE else str(one.item),
            names.departments(one.service),
            str(one.turns),
            str(before.get(one.service, 0)),
        ]
        for one in most
    ]
    return Section(words["heading"], paragraphs, tables=[Table(words["table"], words["headers"], rows)] if rows else [])


def _gaps(figures: Figures, period: Period, names: Names) -> Section:
    words, hot, gaps = _words()["gaps"], figures.hot(period, 5), figures.gaps(period)[:MOST]
    labels = "；".join(f"“{one.label}”（{one.size}次）" for one in hot)
    paragraphs = [words["hot"].format(labels=labels) if hot else words["no_hot"], words["gaps"] if gaps else words["no_gaps"]]
    rows = [
        [names.service(one.service), names.aspect(Aspect(one.aspect)), str(one.turns), names.departments(one.service)]
        for one in gaps
    ]
    return Section(words["heading"], paragraphs, tables=[Table(words["table"], words["headers"], rows)] if rows else [])


def _tickets(figures: Figures, period: Period, every: Tickets, names: Names) -> Section:
    words = _words()["tickets"]
    if not every.received:
        return Section(words["heading"], [words["none"]])
    kinds = sorted(figures.tickets(period, "kind").items(), key=lambda pair: -pair[1].received)
    paragraphs = [
        words["kinds"].format(kinds="，".join(f"{names.kinds.get(kind, kind)}{row.received}件" for kind, row in kinds)),
        words["times"].format(
            to_sign=duration(figures.hours_to_sign(period), NONE),
            hours=duration(every.hours, NONE),
            returned=every.returned,
            returned_share=percent(every.returned_share),
            reopened=every.reopened,
            urged=every.urged,
            repeated=every.repeated,
        ),
        words["overdue"].format(open=every.open, overdue=every.overdue),
    ]
    units = _by_most(figures.tickets(period, "lead"))
    tables = [Table(words["table"], words["headers"], [_unit_row(names, key, row) for key, row in units])]
    areas = _by_most(figures.tickets(period, "area"))
    if any(key for key, _ in areas):
        rows = [_area_row(names, key, row) for key, row in areas]
        tables.append(Table(words["area_table"], words["area_headers"], rows))
    weeks = tickets_by_week(figures.tickets(period, "day"), period)
    plot = weekly(words["plot"], "bar", weeks, {"受理": "received", "按时办结": "in_time"})
    return Section(words["heading"], paragraphs, [plot], tables)


def _by_most(rows: Mapping[str, Tickets]) -> list[tuple[str, Tickets]]:
    return sorted(rows.items(), key=lambda pair: -pair[1].received)


def _unit_row(names: Names, key: str, row: Tickets) -> list[str]:
    return [
        names.units.get(key) or _words()["tickets"]["no_unit"],
        str(row.received),
        str(row.open),
        str(row.overdue),
        percent(row.in_time_share),
        percent(row.satisfied_share),
        percent(row.solved_share),
        str(row.returned),
        duration(row.hours),
    ]


def _area_row(names: Names, key: str, row: Tickets) -> list[str]:
    return [
        names.units.get(key) or _words()["tickets"]["no_area"],
        str(row.received),
        str(row.open),
        str(row.overdue),
        percent(row.in_time_share),
        percent(row.satisfied_share),
    ]


def _meanings() -> Section:
    lines = [f"{one.name}：{one.meaning}。" for group in ("turns", "tickets") for one in figure_words(group).values()]
    return Section(_words()["meanings"]["heading"], lines)
