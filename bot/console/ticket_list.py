"""The list of tickets: found by what is asked for, kept under a name, several dealt with at once."""

import datetime
import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.console.frame import CHINA, audit, current_actor, signed_in
from bot.console.parts import part, parts
from bot.console.reply_check import unconfirmed
from bot.console.ticket_parts import asked_details, for_choosers, for_lines, number_in, office
from bot.console.tickets import MOST_PRINTED, page_data, tickets
from bot.console.words import matter_words, source_words
from bot.tickets.calendar import start_of
from bot.tickets.desk import Desk, NotAllowed, UnknownTicket
from bot.tickets.listing import PAGE, Filter, Order, Page
from bot.tickets.matters import number_in as number_of
from bot.tickets.records import Ticket

__all__ = ["tickets"]

FLAGS = {"overdue": "只看超期", "urged": "催办过", "reopened": "重新办理", "returned": "退过单", "unplaced": "没有主办单位"}
DUE = {"today": "今天到期", "tomorrow": "明天以前", "week": "七天以内"}
URGENCIES = {"urgent": "紧急", "normal": "一般"}
SATISFACTIONS = {"satisfied": "满意", "basic": "基本满意", "dissatisfied": "不满意"}
ORDERS = {"pressing": "最急的在前", "newest": "最新的在前"}
KNOWN = ("q", "state", "kind", "unit", "area", "urgency", "source", "due", "rated", "order", *FLAGS)
"""What an address of the list may ask for."""
_NUMBER = re.compile(r"[A-Za-z]{1,8}-?\d[\w-]*|\d{8,}[\w-]*")
"""What looks like the beginning of a number, of ours or of another system."""
LONGEST_SEARCH = 100
MOST_SAVED = 20
LONGEST_NAME = 20


class Lists(Protocol):
    """Who lists and counts tickets."""

    def page(self, wanted: Filter, order: Order = "pressing", after: str | None = None, most: int = PAGE) -> Page:
        """A page of those wanted."""

    def count(self, wanted: Filter) -> int:
        """How many are wanted."""


class SavedFilters(Protocol):
    """Filters kept under a name, each account its own."""

    def of(self, account: int) -> list[tuple[int, str, str]]:
        """Number, name and query, by name."""

    def save(self, account: int, name: str, query: str) -> None:
        """Keep one; one of the same name is replaced."""

    def delete(self, account: int, number: int) -> bool:
        """Take one out; False when the account has none of that number."""


@dataclass(frozen=True)
class Result:
    """What became of one of several tickets."""

    number: str
    done: bool
    words: str


def _saved() -> SavedFilters:
    saved: SavedFilters = part("saved_filters")
    return saved


@tickets.get("/")
def index() -> ResponseReturnValue:
    """The list; what is wanted stands in the address."""
    desk, lists = office().reading(), _lists()
    wanted, order = filter_asked(desk), _order()
    try:
        page = lists.page(wanted, order, request.args.get("after"))
    except ValueError:
        abort(404)
    here = [(name, value) for name in KNOWN for value in request.args.getlist(name) if value]
    units = desk.store.units(active_only=False)
    visible = desk.units_of(current_actor())
    return render_template(
        "console/tickets/index.html",
        page=page,
        count=lists.count(wanted),
        query=urlencode(here),
        asked=dict(here),
        flags=FLAGS,
        dues=DUE,
        orders=ORDERS,
        urgencies=URGENCIES,
        rated=SATISFACTIONS,
        sources=source_words(),
        states=[("", "全部"), *((name, state.name) for name, state in desk.rules.life.states.items())],
        areas=[("", "全部"), *((area, area) for area in sorted({unit.area for unit in units if unit.area}))],
        choices=[(unit.id, unit.name) for unit in units if visible is None or unit.id in visible],
        saved=_saved().of(signed_in().id),
        **for_lines(desk),
    )


def _lists() -> Lists:
    lists: Lists = part("ticket_counts")
    return lists


def _order() -> Order:
    return "newest" if request.args.get("order") == "newest" else "pressing"


def filter_asked(desk: Desk) -> Filter:
    """The filter that the address asks for; what nobody knows is left out."""
    asked = request.args

    def one_of(name: str, known: Any) -> str:
        return value if (value := asked.get(name, "")) in known else ""

    def all_of(name: str, known: Any) -> tuple[str, ...]:
        return tuple(value for value in asked.getlist(name) if value in known)

    text = asked.get("q", "").strip()[:LONGEST_SEARCH]
    plain = unicodedata.normalize("NFKC", text)
    number = number_of(plain) or (plain if _NUMBER.fullmatch(plain) else "")
    before, since = _due(one_of("due", DUE))
    return Filter(
        states=all_of("state", desk.rules.life.states),
        kinds=all_of("kind", matter_words()),
        unit=number_in(asked.get("unit", "")),
        area=asked.get("area", ""),
        urgency=one_of("urgency", URGENCIES),
        source=one_of("source", source_words()),
        satisfaction=one_of("rated", SATISFACTIONS),
        overdue="overdue" in asked,
        urged="urged" in asked,
        reopened="reopened" in asked,
        returned="returned" in asked,
        no_unit="unplaced" in asked,
        due_before=before,
        due_from=since,
        text="" if number else text,
        number=number,
        person=plain if current_actor().role in desk.rules.life.secrecy.people else "",
        visible=desk.units_of(current_actor()),
    )


def _due(within: str) -> tuple[str, str]:
    """Between when and when something is due; empty: it does not matter."""
    if not within:
        return "", ""
    now = parts().clock()
    days = {"today": 1, "tomorrow": 2, "week": 8}[within]
    last = now.astimezone(CHINA).date() + datetime.timedelta(days=days)
    return start_of(last), now.isoformat(timespec="milliseconds")


# -- kept under a name ------------------------------------------------------------------------------------------------------


@tickets.post("/filters")
def save_filter() -> ResponseReturnValue:
    """Keep what is asked for now under a name."""
    given = parse_qsl(request.form.get("query", "")[:2000])
    query = urlencode([(name, value) for name, value in given if name in KNOWN])
    name, account = request.form.get("name", "").strip(), signed_in().id
    kept = _saved().of(account)
    if not 1 <= len(name) <= LONGEST_NAME:
        flash(f"请给筛选起个名字，1 到 {LONGEST_NAME} 个字", "warning")
    elif not query:
        flash("现在没有筛选条件，不用保存", "warning")
    elif len(kept) >= MOST_SAVED and name not in {known for _, known, _ in kept}:
        flash(f"最多保存 {MOST_SAVED} 个，请先删掉不用的", "warning")
    else:
        _saved().save(account, name, query)
        flash(f"已保存筛选“{name}”", "success")
    return redirect(f"{url_for('.index')}?{query}")


@tickets.post("/filters/<int:number>/delete")
def delete_filter(number: int) -> ResponseReturnValue:
    """Take one of the own filters out."""
    if not _saved().delete(signed_in().id, number):
        abort(404)
    flash("已删除这个筛选", "success")
    return redirect(url_for(".index"))


# -- several at once --------------------------------------------------------------------------------------------------------


@tickets.get("/several")
def several() -> ResponseReturnValue:
    """The chosen tickets, and what may be done to some of them."""
    numbers = list(dict.fromkeys(request.args.getlist("number")))[:MOST_PRINTED]
    if not numbers:
        flash("请先勾选工单", "warning")
        return redirect(url_for(".index"))
    return _several(numbers, [])


def _chosen(desk: Desk, numbers: list[str]) -> list[Ticket]:
    found = []
    for number in numbers:
        try:
            found.append(desk.ticket(number, current_actor()))
        except UnknownTicket:
            abort(404)
    return found


def _several(numbers: list[str], results: list[Result], sent: str = "", error: str = "") -> ResponseReturnValue:
    desk, actor = office().reading(), current_actor()
    chosen = _chosen(desk, [one for one in numbers if not results or _sees(desk, one)])
    actions = []
    for action in page_data()["several"]:
        able = sum(desk.can(ticket, action, actor) for ticket in chosen)
        if able:
            changes = desk.rules.life.of(action)
            needs = dict.fromkeys(name for change in changes for name in (*change.needs, *change.may) if name != "assisting")
            fields = {name: all(name in change.needs for change in changes) for name in needs}
            actions.append((changes[0], able, fields))
    page = render_template(
        "console/tickets/several.html",
        chosen=chosen,
        events={ticket.number: _last_event(desk, ticket.number) for ticket in chosen},
        actions=actions,
        results=results,
        sent=sent,
        error=error,
        choosable=for_choosers(desk.store.units()),
        data=page_data(),
        **for_lines(desk),
    )
    return page, 409 if error else 200


def _sees(desk: Desk, number: str) -> bool:
    found = desk.store.ticket(number)
    return found is not None and desk.sees(found, current_actor())


def _last_event(desk: Desk, number: str) -> int:
    events = desk.store.events(number)
    return events[-1].id if events else 0


@tickets.post("/several/<action>")
def act_on_several(action: str) -> ResponseReturnValue:
    """Do the same to each of them; each is done or refused for itself."""
    if action not in page_data()["several"]:
        abort(404)
    numbers = list(dict.fromkeys(request.form.getlist("number")))[:MOST_PRINTED]
    desk = office().reading()
    life, chosen = desk.rules.life, _chosen(desk, numbers)
    details = asked_details(life, {name: 0 for change in life.of(action) for name in (*change.needs, *change.may)})
    missing = [name for name in life.of(action)[0].needs if details.get(name) in (None, "", ())]
    if missing:
        return _several(numbers, [], action, f"请填写{life.fields[missing[0]].words}")
    results = [_one_of_several(desk, ticket, action, details) for ticket in chosen]
    return _several(numbers, results, action)


def _one_of_several(desk: Desk, ticket: Ticket, action: str, details: dict[str, Any]) -> Result:
    if unconfirmed(desk, ticket, action, details):
        return Result(ticket.number, False, "要发给居民的话里有需要再看一眼的地方，请打开这张工单办")
    seen = number_in(request.form.get(f"seen-{ticket.number}", ""))
    try:
        with office().desk() as working:
            after = working.perform(ticket.number, action, current_actor(), seen, **details)
    except (UnknownTicket, NotAllowed) as refusal:
        return Result(ticket.number, False, str(refusal))
    audit("tickets.act", ticket.number, {"action": action, "several": True})
    return Result(ticket.number, True, f"办好了，现在是“{desk.rules.life.states[after.state].name}”")
