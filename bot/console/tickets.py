"""Tickets for those who work on them: the list, and a ticket's page with what may be done to it now."""

from contextlib import AbstractContextManager
from typing import Any, Protocol

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.console.frame import audit, current_actor
from bot.console.parts import part, parts
from bot.console.words import matter_words
from bot.tickets.desk import Desk, NotAllowed, UnknownTicket
from bot.tickets.life import Change, Life, NeededField
from bot.tickets.listing import Filter, Page
from bot.tickets.matters import Matter
from bot.tickets.records import Ticket

tickets = Blueprint("console_tickets", __name__, url_prefix="/console/tickets")


class Lists(Protocol):
    """Who lists tickets."""

    def page(self, wanted: Filter, *, after: str | None = None) -> Page:
        """A page of those wanted, the most pressing first."""


class Office(Protocol):
    """Who opens desks."""

    def desk(self) -> AbstractContextManager[Desk]:
        """A desk to work on."""

    def reading(self) -> Desk:
        """A desk for looking only."""


def office() -> Office:
    """What these pages work on."""
    given: Office = part("tickets")
    return given


@tickets.get("/")
def index() -> ResponseReturnValue:
    """The list; what is wanted stands in the address."""
    desk, asked = office().reading(), request.args
    life, lists = desk.rules.life, part("ticket_counts")
    states = tuple(name for name in asked.getlist("state") if name in life.states)
    kinds = tuple(Matter(name) for name in asked.getlist("kind") if name in set(Matter))
    wanted = Filter(
        states=states,
        kinds=kinds,
        unit=asked.get("unit", type=int),
        overdue=bool(asked.get("overdue")),
        text=asked.get("q", ""),
        visible=desk.units_of(current_actor()),
    )
    try:
        page = _listed(lists, wanted, asked.get("after"))
    except ValueError:
        abort(404)
    return render_template(
        "console/tickets/index.html",
        page=page,
        life=life,
        kinds=matter_words(),
        units=_units(desk),
        asked=asked,
        here={name: asked.getlist(name) for name in asked if name != "after"},
        now=_now(),
    )


def _listed(lists: Lists, wanted: Filter, after: str | None) -> Page:
    return lists.page(wanted, after=after)


def _now() -> str:
    return parts().clock().isoformat(timespec="milliseconds")


def _units(desk: Desk) -> dict[int, str]:
    return {unit.id: unit.name for unit in desk.store.units(active_only=False)}


def _ticket(desk: Desk, number: str) -> Ticket:
    try:
        return desk.ticket(number, current_actor())
    except UnknownTicket:
        abort(404)


def _fields(life: Life, change: Change, state: str) -> dict[str, NeededField]:
    """What may be filled in for an action in this state."""
    fitting = [one for one in life.of(change.action) if life.starts_from(one, state)]
    return {name: life.fields[name] for one in fitting for name in (*one.needs, *one.may)}


@tickets.get("/<number>")
def ticket(number: str) -> ResponseReturnValue:
    """One ticket."""
    desk = office().reading()
    return _page(desk, _ticket(desk, number))


def _page(desk: Desk, found: Ticket, status: int = 200, error: str = "", sent: str = "") -> ResponseReturnValue:
    actor, life = current_actor(), desk.rules.life
    audit("tickets.view", found.number)
    suggested = desk.store.unit_named(found.suggested) if found.suggested else None
    page = render_template(
        "console/tickets/ticket.html",
        ticket=found,
        life=life,
        units=_units(desk),
        active=desk.store.units(),
        suggested=suggested.id if suggested else None,
        people=desk.people(found, actor),
        history=desk.history(found, actor),
        others=desk.others(found, actor),
        actions=[(change, _fields(life, change, found.state)) for change in desk.actions(found, actor)],
        words={change.action: change.words for change in life.changes},
        error=error,
        sent=sent,
        now=_now(),
    )
    return page, status


@tickets.post("/<number>/<action>")
def act(number: str, action: str) -> ResponseReturnValue:
    """Do something to the ticket."""
    actor = current_actor()
    try:
        with office().desk() as desk:
            details = _details(desk.rules.life)
            desk.perform(number, action, actor, **details)
    except UnknownTicket:
        abort(404)
    except NotAllowed as refusal:
        desk = office().reading()
        return _page(desk, _ticket(desk, number), 409, str(refusal), action)
    audit("tickets.act", number, {"action": action})
    flash("办好了", "success")
    return redirect(url_for(".index") if not _still_seen(number) else url_for(".ticket", number=number))


def _still_seen(number: str) -> bool:
    desk = office().reading()
    found = desk.store.ticket(number)
    return found is not None and desk.sees(found, current_actor())


def _details(life: Life) -> dict[str, Any]:
    return {name: _value(field, name) for name, field in life.fields.items() if request.form.get(name)}


def _value(field: NeededField, name: str) -> Any:
    if field.kind == "units":
        return tuple(request.form.getlist(name, type=int))
    if field.kind in ("unit", "outside", "days"):
        return request.form.get(name, type=int)
    text = request.form[name].strip()
    return text == "yes" if field.kind == "yes_no" else text
