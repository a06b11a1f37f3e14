"""A ticket's page: what it is about, its history, and what may be done to it now; as a sheet of paper."""

import datetime
import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.console.frame import CHINA, audit, current_actor, signed_in
from bot.console.parts import part, parts
from bot.console.permissions import may
from bot.console.reply_check import mark, unconfirmed
from bot.console.reply_templates import templates_for
from bot.console.ticket_parts import (
    asked_details,
    for_choosers,
    for_lines,
    name_of,
    office,
    seen_event,
    seen_ticket,
)
from bot.console.words import source_words
from bot.console.worklists import MOST, Lists, Section, list_of, section_named
from bot.tickets.cautions import Caution
from bot.tickets.desk import Desk, NotAllowed, Overtaken, UnknownTicket
from bot.tickets.life import Change
from bot.tickets.matters import Draft
from bot.tickets.records import Event, Ticket

tickets = Blueprint("console_tickets", __name__, url_prefix="/console/tickets")

Groups = list[tuple[str, list[tuple[Change, dict[str, bool]]]]]
"""Groups of actions by title; each action with its fields, and whether they must be filled in."""

BACK = {"board": ("console_board.index", "派单台"), "desk": ("console_board.mine", "我的工单")}
"""The pages of the lists of work."""
MOST_PRINTED = 50
PRINTED_EVENTS = 7
PRINTED_MATTER = 600
MOST_ALIKE = 5


@cache
def page_data() -> dict[str, Any]:
    """data/ticket_page.toml."""
    with (Path(__file__).parent / "data" / "ticket_page.toml").open("rb") as file:
        return tomllib.load(file)


@tickets.get("/<number>")
def ticket(number: str) -> ResponseReturnValue:
    """One ticket."""
    desk = office().reading()
    return _page(desk, seen_ticket(desk, number))


def _page(
    desk: Desk, found: Ticket, status: int = 200, error: str = "", sent: str = "", look: list[Caution] | None = None
) -> ResponseReturnValue:
    actor = current_actor()
    audit("tickets.view", found.number)
    suggested = desk.store.unit_named(found.suggested) if found.suggested else None
    history = desk.history(found, actor)
    lead = desk.store.unit(found.lead) if found.lead else None
    groups = _groups(desk, found)
    looks = {sent: look} if look else _looks(desk, found, groups)
    section, back = _came_from()
    page = render_template(
        "console/tickets/ticket.html",
        ticket=found,
        section=section,
        back=back,
        following=_following(desk, found.number, section),
        choosable=for_choosers(desk.store.units()),
        suggested=suggested,
        people=desk.people(found, actor),
        history=[(event, *_told(desk, event)) for event in history],
        seen=history[-1].id if history else 0,
        others=desk.others(found, actor),
        alike=_alike(desk, found),
        groups=groups,
        data=page_data(),
        maps=_maps(found),
        sources=source_words(),
        templates=templates_for(found, lead),
        error=error,
        sent=sent,
        looks={action: (one, mark(one)) for action, one in looks.items()},
        **for_lines(desk),
    )
    return page, status


def _came_from() -> tuple[Section | None, tuple[str, str]]:
    """The section of a list of work that the page was opened from, and where one goes back to: address and words."""
    section = section_named(request.values.get("section", ""))
    if section is not None:
        endpoint, words = BACK[list_of(section)]
        if may(signed_in(), endpoint):
            return section, (url_for(endpoint, _anchor=section.name), words)
    return None, (url_for(".index"), "全部工单")


def _following(desk: Desk, number: str, section: Section | None) -> str | None:
    """The ticket that is dealt with next: the one that was next in the section before something was done, else the one after."""
    if section is None:
        return None
    actor, given = current_actor(), desk.store.ticket(request.values.get("next", ""))
    if given and given.number != number and desk.sees(given, actor):
        return given.number
    lists: Lists = part("ticket_counts")
    numbers = [ticket.number for ticket in lists.page(section.wanted(desk.units_of(actor)), most=MOST).tickets]
    at = numbers.index(number) if number in numbers else -1
    return next((one for one in numbers[at + 1 :] + numbers[: max(at, 0)] if one != number), None)


def _looks(desk: Desk, ticket: Ticket, groups: Groups) -> dict[str, list[Caution]]:
    """What is to be looked at in what others wrote (a draft, a reason), for the actions that would send just that."""
    sending = [change.action for _, changes in groups for change, _ in changes if change.after and change.tells]
    return {action: look for action in sending if (look := unconfirmed(desk, ticket, action, {}))}


def _groups(desk: Desk, ticket: Ticket) -> Groups:
    """What may be done now by group, each with its fields: whether it must be filled in."""
    life, left = desk.rules.life, {change.action: change for change in desk.actions(ticket, current_actor())}
    groups = []
    for group in page_data()["groups"]:
        changes = [left.pop(action) for action in group["actions"] if action in left]
        groups.append((group["title"], changes))
    groups[-1][1].extend(left.values())

    def fields(change: Change) -> dict[str, bool]:
        fitting = [one for one in life.of(change.action) if life.starts_from(one, ticket.state)]
        named = dict.fromkeys(name for one in fitting for name in (*one.needs, *one.may))
        return {name: all(name in one.needs for one in fitting) for name in named if name != "assisting"}

    return [(title, [(change, fields(change)) for change in changes]) for title, changes in groups if changes]


def _told(desk: Desk, event: Event) -> tuple[str, str]:
    """An event in words, and what was given with it besides its text."""
    life, unit_words = desk.rules.life, []
    change = next((one for one in life.of(event.action) if one.fits(event.detail)), None)
    words = change.words if change else page_data()["history"].get(event.action, event.action)
    for name, value in event.detail.items():
        field = life.fields.get(name)
        if field is None or (field.kind == "text" and str(value) == event.text) or name in ("name", "contact"):
            continue
        units = value if isinstance(value, list) else [value]
        if field.kind in ("unit", "units", "outside"):
            shown = "、".join(name_of(desk, int(unit)) for unit in units)
        elif field.kind == "yes_no":
            shown = "是" if value else "否"
        else:
            shown = field.choices.get(str(value), str(value))
        unit_words.append(f"{field.words}：{shown}")
    return words, "；".join(unit_words)


def _alike(desk: Desk, ticket: Ticket) -> list[Ticket]:
    """Open tickets that may be about the same thing, for merging."""
    if ticket.phase != "open" or not desk.can(ticket, "merge", current_actor()):
        return []
    draft = Draft(ticket.kind, ticket.matter, ticket.place, latitude=ticket.latitude, longitude=ticket.longitude)
    return [other for other in desk.duplicates(draft) if other.number != ticket.number][:MOST_ALIKE]


def _maps(ticket: Ticket) -> list[tuple[str, str]]:
    """Links to maps: the point where there is one, else a search for the place."""
    if ticket.latitude is None and not ticket.place:
        return []
    kind = "place" if ticket.latitude is None else "point"
    words = {"place": quote(ticket.place or "反映的地点"), "city": quote(str(parts().words.get("city", "")))}
    values = words | {"latitude": ticket.latitude, "longitude": ticket.longitude}
    return [(one["title"], one[kind].format_map(values)) for one in page_data()["maps"]]


@tickets.post("/<number>/<action>")
def act(number: str, action: str) -> ResponseReturnValue:
    """Do something to the ticket."""
    desk, actor = office().reading(), current_actor()
    life = desk.rules.life
    found = seen_ticket(desk, number)
    details = asked_details(life, life.fields)
    section, back = _came_from()
    here: dict[str, Any] = {"section": section.name, "next": _following(desk, number, section)} if section else {}
    if look := unconfirmed(desk, found, action, details):
        return _page(desk, found, 409, "发出去以前，请再看一眼下面标出的地方", action, look)
    try:
        with office().desk() as working:
            after = working.perform(number, action, actor, seen_event(), **details)
    except UnknownTicket:
        abort(404)
    except Overtaken as overtaken:
        if overtaken.again:
            flash(str(overtaken), "info")
            return redirect(url_for(".ticket", number=number, **here))
        return _refused(number, action, overtaken)
    except NotAllowed as refusal:
        return _refused(number, action, refusal)
    audit("tickets.act", number, {"action": action})
    words = next(change.words for change in life.of(action))
    flash(f"{words}：办好了，现在是“{life.states[after.state].name}”", "success")
    still = office().reading().sees(after, actor)
    return redirect(url_for(".ticket", number=number, **here) if still else back[0])


def _refused(number: str, action: str, refusal: NotAllowed) -> ResponseReturnValue:
    desk = office().reading()
    return _page(desk, seen_ticket(desk, number), 409, str(refusal), action)


@tickets.get("/print")
def sheets() -> ResponseReturnValue:
    """Tickets as sheets of paper, one a page; their numbers stand in the address."""
    desk, actor = office().reading(), current_actor()
    numbers = list(dict.fromkeys(request.args.getlist("number")))[:MOST_PRINTED]
    if not numbers:
        abort(404)
    printed = []
    for number in numbers:
        found = seen_ticket(desk, number)
        audit("tickets.print", number)
        matter = found.matter if len(found.matter) <= PRINTED_MATTER else found.matter[:PRINTED_MATTER] + "……（全文见系统）"
        history = [(event, *_told(desk, event)) for event in desk.history(found, actor)]
        assisting = "、".join(name_of(desk, unit) for unit in found.assisting)
        printed.append((replace(found, matter=matter), desk.people(found, actor), history[-PRINTED_EVENTS:], assisting))
    today = parts().clock().astimezone(CHINA)
    return render_template(
        "console/tickets/print.html",
        printed=printed,
        district=parts().words.get("district", ""),
        sources=source_words(),
        today=datetime.datetime.strftime(today, "%Y-%m-%d %H:%M"),
        **for_lines(desk),
    )
