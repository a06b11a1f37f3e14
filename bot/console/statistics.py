"""How the service does: questions, tickets, and the rows behind every figure."""

import datetime
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.console.frame import CHINA, audit, current_actor
from bot.console.knowledge_words import gone_words
from bot.console.parts import part, parts
from bot.console.words import matter_words
from bot.dialogue.engine import Dialogue
from bot.statistics.records import (
    FAMILIES,
    Figures,
    MessagesWanted,
    Period,
    Tickets,
    by_week,
    tickets_by_week,
    total,
    week_of,
)
from bot.statistics.report import Plot, weekly
from bot.statistics.rising import rising
from bot.statistics.words import change, duration, figure_words, moved, percent, value_words
from bot.tickets.desk import Desk
from bot.tickets.life import State
from bot.tickets.records import Actor, Unit
from knowledge.base import KnowledgeBase
from knowledge.model import Aspect

statistics = Blueprint("console_statistics", __name__, url_prefix="/console/statistics")

ROWS = 50
MOST_SERVICES = 30
STANDARD_DAYS = 28
TURNS_DRAWN = {"消息": "turns", "没答上来": "unanswered", "反问": "clarified"}
TURN_ROWS: Mapping[str, Mapping[str, Any]] = {"消息": {}, "没答上来": {"unanswered": 1}, "反问": {"mode": "clarify"}}
"""What opens to the rows behind each line that is drawn."""
TICKETS_DRAWN = {"受理": "received", "按时办结": "in_time", "没按时": "late"}
RATED = {"useful": "评了有用", "useless": "评了没用", "any": "评过的"}
NONE = {"lead": "还没派单", "kind": "没分类", "area": "地点没写明镇街", "source": "不清楚", "service": "和计划事项无关"}


class Office(Protocol):
    """Who opens desks."""

    def reading(self) -> Desk:
        """A desk for looking only."""


@dataclass(frozen=True)
class StatisticsDesk:
    """What these pages work on."""

    figures: Figures
    office: Office
    dialogue: Callable[[], Dialogue]

    @property
    def knowledge(self) -> KnowledgeBase:
        """What is published now."""
        return self.dialogue().wording.knowledge

    @property
    def states(self) -> Mapping[str, State]:
        """What states of tickets are called."""
        return self.office.reading().rules.life.states

    def aspect_name(self, aspect: Aspect) -> str:
        """What an aspect is called."""
        return self.dialogue().wording.aspect_name(aspect)

    def units(self) -> list[Unit]:
        """All units, active or not."""
        return list(self.office.reading().store.units(active_only=False))

    def visible(self, actor: Actor) -> frozenset[int] | None:
        """Of which units this actor may see tickets; None: of all."""
        return self.office.reading().units_of(actor)


@dataclass(frozen=True)
class Asked:
    """What a page is asked for; ``wrong``: why the days that were given could not be taken."""

    period: Period
    channel: str
    department: str
    wrong: str = ""

    @property
    def address(self) -> dict[str, str]:
        """As it stands in an address."""
        return {
            "since": str(self.period.first),
            "until": str(self.period.last),
            **({"channel": self.channel} if self.channel else {}),
            **({"department": self.department} if self.department else {}),
        }


def desk() -> StatisticsDesk:
    """What these pages work on."""
    given: StatisticsDesk = part("statistics")
    return given


def today() -> datetime.date:
    """The day in China."""
    return parts().clock().astimezone(CHINA).date()


def asked() -> Asked:
    """What the address asks for; days that make no sense become the standard ones, and the page says so."""
    channel = request.args.get("channel", "")
    department = request.args.get("department", "")
    standard, wrong = Period.last_days(today(), STANDARD_DAYS), ""
    try:
        first = datetime.date.fromisoformat(request.args.get("since") or str(standard.first))
        last = datetime.date.fromisoformat(request.args.get("until") or str(max(standard.last, first)))
        period = Period(first, last)
    except ValueError as error:
        wrong = str(error) if "日期" in str(error) or "最多" in str(error) else "日期要写成 2026-03-01 这样"
        period = standard
    return Asked(period, channel if channel in value_words("channels") else "", department, wrong)


def quick() -> list[tuple[str, dict[str, str]]]:
    """Periods to choose at a press."""
    day = today()
    month = Period.month(day.replace(day=1))
    named = {
        "近7天": Period.last_days(day, 7),
        "近4周": Period.last_days(day, STANDARD_DAYS),
        "本月": Period(month.first, day),
        "上月": month.before(),
        "今年": Period(day.replace(month=1, day=1), day),
    }
    return [(words, {"since": str(one.first), "until": str(one.last)}) for words, one in named.items()]


def _shared(wanted: Asked) -> dict[str, Any]:
    return {
        "asked": wanted,
        "quick": quick(),
        "channels": value_words("channels"),
        "percent": percent,
        "duration": duration,
        "change": change,
        "moved": moved,
        "title": _title,
        "today": today(),
        "earlier": {"since": str(wanted.period.before().first), "until": str(wanted.period.before().last)},
    }


def _week_urls(wanted: Asked, endpoint: str, series: Mapping[str, Mapping[str, Any]]) -> list[list[str]]:
    """For each series of a weekly chart the addresses of the rows behind its numbers."""
    found = []
    for more in series.values():
        addresses = []
        for monday in wanted.period.weeks():
            last = min(monday + datetime.timedelta(days=6), wanted.period.last)
            days = {"since": str(max(monday, wanted.period.first)), "until": str(last)}
            addresses.append(url_for(endpoint, **{**wanted.address, **days, **more}))
        found.append(addresses)
    return found


def _title(service: str) -> str:
    found = desk().knowledge.services.get(service)
    return found.title if found else gone_words(service)


@statistics.get("/")
def index() -> ResponseReturnValue:
    """What residents asked, and how it went."""
    wanted, figures = asked(), desk().figures
    counted = figures.fresh()
    modes, before = figures.modes(wanted.period, wanted.channel), figures.modes(wanted.period.before(), wanted.channel)
    every = services = figures.services(wanted.period, wanted.channel)
    earlier = figures.services(wanted.period.before(), wanted.channel)
    knowledge = desk().knowledge
    names = sorted({name for item in knowledge.items.values() for name in item.departments})
    mine = set(_services_of(knowledge, wanted.department))
    if wanted.department:
        services, earlier = ([one for one in many if one.service in mine] for many in (services, earlier))
    gaps = [gap for gap in figures.gaps(wanted.period, wanted.channel) if not wanted.department or gap.service in mine]
    scale = wanted.period.days / wanted.period.before().days
    plot, more = weekly("每周消息、没答上来、反问", "line", by_week(modes, wanted.period), TURNS_DRAWN), TURN_ROWS
    if wanted.department:
        plot, more = _department_weeks(wanted, mine), {"": {}}
    channels = {name: total(one for one in modes if one.channel == name) for name in value_words("channels")}
    return render_template(
        "console/statistics/index.html",
        **_shared(wanted),
        counted=counted,
        now=total(modes),
        before=total(before),
        words=figure_words("turns"),
        modes=_by_mode(modes),
        mode_words=value_words("modes"),
        by_channel={name: turns for name, turns in channels.items() if turns.turns},
        services=[one for one in services if one.turns or one.offered][:MOST_SERVICES],
        rising=rising(services, earlier, scale),
        gaps=gaps[:MOST_SERVICES],
        aspect_name=lambda aspect: desk().aspect_name(Aspect(aspect)),
        hot=figures.hot(wanted.period, 10, wanted.channel),
        by_department=_by_department(knowledge, every),
        departments=names,
        scaled=scale != 1,
        weekly=plot,
        urls=_week_urls(wanted, ".messages", more),
    )


def _services_of(knowledge: KnowledgeBase, department: str) -> tuple[str, ...]:
    return tuple(s.id for item in knowledge.items_of_department(department) for s in item.services) if department else ()


def _department_weeks(wanted: Asked, services: Collection[str]) -> Plot:
    weeks = dict.fromkeys(wanted.period.weeks(), 0)
    for day, turns in desk().figures.about(wanted.period, services, wanted.channel).items():
        weeks[week_of(day)] += turns
    return Plot(f"每周回答到{wanted.department}的事", "line", [f"{day:%m-%d}" for day in weeks], [("回答", list(weeks.values()))])


def _by_mode(modes: Any) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for one in modes:
        counts[one.mode] = counts.get(one.mode, 0) + one.turns
    return sorted(counts.items(), key=lambda pair: -pair[1])


def _by_department(knowledge: KnowledgeBase, services: Any) -> list[tuple[str, int, int, int]]:
    """Department, turns about its services, rated useful, useless."""
    sums: dict[str, list[int]] = {}
    for one in services:
        if one.service in knowledge.services:
            for name in knowledge.item_of(one.service).departments:
                row = sums.setdefault(name, [0, 0, 0])
                for k, number in enumerate((one.turns, one.useful, one.useless)):
                    row[k] += number
    return sorted(((name, row[0], row[1], row[2]) for name, row in sums.items()), key=lambda row: -row[1])


@statistics.get("/tickets")
def tickets() -> ResponseReturnValue:
    """What became of the tickets; units see their own."""
    wanted, figures = asked(), desk().figures
    visible = desk().visible(current_actor())
    every = figures.tickets(wanted.period, visible=visible).get("", Tickets())
    before = figures.tickets(wanted.period.before(), visible=visible).get("", Tickets())
    units = {str(unit.id): unit.name for unit in desk().units()}
    weeks = tickets_by_week(figures.tickets(wanted.period, "day", visible), wanted.period)
    groups = []
    for by, heading, names in (
        ("lead", "承办单位", units),
        ("kind", "类别", matter_words()),
        ("area", "镇街", units),
        ("source", "来源", value_words("sources")),
    ):
        rows = figures.tickets(wanted.period, by, visible)
        if by == "area" and set(rows) <= {""}:
            continue
        ordered = sorted(rows.items(), key=lambda pair: -pair[1].received)
        groups.append((by, heading, [(key, names.get(key, key or NONE[by]), row) for key, row in ordered]))
    services = sorted(figures.tickets(wanted.period, "service", visible).items(), key=lambda pair: -pair[1].received)
    return render_template(
        "console/statistics/tickets.html",
        **_shared(wanted),
        now=every,
        before=before,
        to_sign=figures.hours_to_sign(wanted.period, visible),
        words=figure_words("tickets"),
        weeks=weeks,
        groups=groups,
        services=[(key, row) for key, row in services if key][:MOST_SERVICES],
        no_areas=not any(unit.area for unit in desk().units()),
        weekly=weekly("每周受理和按时办结", "bar", weeks, TICKETS_DRAWN),
        urls=_week_urls(wanted, ".ticket_rows", {words: {"figure": figure} for words, figure in TICKETS_DRAWN.items()}),
    )


@statistics.get("/messages")
def messages() -> ResponseReturnValue:
    """The messages behind a figure."""
    wanted, given = asked(), request.args
    which = _messages_wanted(wanted, given)
    rows = desk().figures.messages(which, given.get("before", type=int), ROWS + 1)
    audit("statistics.messages", "", {name: value for name, value in given.items() if name != "before"})
    return render_template(
        "console/statistics/messages.html",
        **_shared(wanted),
        rows=rows[:ROWS],
        more=rows[ROWS - 1].id if len(rows) > ROWS else None,
        here={name: value for name, value in given.items() if name != "before"},
        mode_words=value_words("modes"),
        what=_what(wanted, which),
        behind=desk().figures.messages_behind(which),
        retention=parts().config().privacy.retention_days,
    )


def _messages_wanted(wanted: Asked, given: Mapping[str, str]) -> MessagesWanted:
    mode, rated, gap, group = (given.get(name, "") for name in ("mode", "rated", "gap", "group"))
    service = given.get("service", "")
    services = (service,) if service else _services_of(desk().knowledge, wanted.department)
    return MessagesWanted(
        wanted.period,
        wanted.channel,
        mode if mode in value_words("modes") else "",
        services or ((wanted.department,) if wanted.department else ()),
        bool(given.get("offered")),
        bool(given.get("asked")),
        bool(given.get("unanswered")),
        rated if rated in RATED else "",
        gap if gap in set(Aspect) else "",
        int(group) if group.isascii() and group.isdigit() and len(group) < 10 else None,
    )


def _what(wanted: Asked, which: MessagesWanted) -> str:
    """Which messages, in words."""
    named = [
        wanted.department or "、".join(map(_title, which.services)),
        value_words("modes").get(which.mode, ""),
        desk().aspect_name(Aspect(which.gap)) if which.gap else "",
        "列在反问里" if which.offered else "",
        "提问" if which.asked else "",
        "没答上来" if which.unanswered else "",
        "没答上来的一组" if which.group is not None else "",
        RATED.get(which.rated, ""),
    ]
    return " · ".join(filter(None, named)) or "全部"


@statistics.get("/tickets/rows")
def ticket_rows() -> ResponseReturnValue:
    """The tickets behind a figure."""
    wanted, given = asked(), request.args
    figure, by, key = given.get("figure", "received"), given.get("by", ""), given.get("key", "")
    visible, family = desk().visible(current_actor()), next((one for one in FAMILIES if figure in one), (figure,))
    try:
        rows = desk().figures.ticket_lines(wanted.period, figure, by, key, visible, given.get("before", ""), ROWS + 1)
        counts = desk().figures.ticket_counts(wanted.period, family, by, key, visible)
    except KeyError:
        abort(404)
    units = {str(unit.id): unit.name for unit in desk().units()}
    names = {"kind": matter_words(), "source": value_words("sources"), "service": {key: _title(key)}}.get(by, units)
    what = " · ".join(
        filter(None, [figure_words("tickets")[figure].name, (names.get(key) or key or NONE.get(by, "")) if by else ""])
    )
    return render_template(
        "console/statistics/ticket_rows.html",
        **_shared(wanted),
        rows=rows[:ROWS],
        more=rows[ROWS - 1].number if len(rows) > ROWS else None,
        here={name: value for name, value in given.items() if name != "before"},
        what=what,
        figure=figure,
        counts=counts,
        figures=figure_words("tickets"),
        kinds=matter_words(),
        units=units,
        states=desk().states,
    )
