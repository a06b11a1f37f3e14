"""The dispatcher's board and a unit's desk: lists of work that is done in the line."""

from dataclasses import replace

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.console.frame import audit, current_actor, signed_in
from bot.console.navigation import counter
from bot.console.parts import part
from bot.console.permissions import may
from bot.console.reply_check import mark, unconfirmed
from bot.console.ticket_parts import asked_details, for_choosers, for_lines, now, office, seen_event, seen_ticket
from bot.console.worklists import (
    Line,
    ListName,
    Pressable,
    filled,
    given_details,
    line_of,
    list_of,
    outcome,
    section_named,
    sections,
)
from bot.tickets.cautions import Caution
from bot.tickets.desk import Desk, NotAllowed, UnknownTicket
from bot.tickets.records import Actor

board = Blueprint("console_board", __name__, url_prefix="/console/board")

_BADGE = {"board": ("received", "returned", "extension", "callback"), "desk": ("to_sign", "sent_back")}
"""The sections that the navigation's badges count."""

_FRESH = {"board": ("received", "returned", "extension"), "desk": ("to_sign", "sent_back")}
"""The sections whose new tickets are told of while the list is open: nothing that is done in them leaves a ticket there."""

_PAGES = {"board": "console_board.index", "desk": "console_board.mine"}


@counter("board_waiting")
def _board_waiting(actor: Actor) -> int:
    return _waiting("board", actor)


@counter("desk_waiting")
def _desk_waiting(actor: Actor) -> int:
    return _waiting("desk", actor)


def _waiting(name: ListName, actor: Actor) -> int:
    lists, visible = part("ticket_counts"), office().reading().units_of(actor)
    wanted = [section.wanted(visible) for section in sections()[name] if section.name in _BADGE[name]]
    return sum(lists.count(one) for one in wanted)


@board.get("/")
def index() -> ResponseReturnValue:
    """What the dispatcher decides."""
    return _list("board", "派单台", "一条一条定，定了就到下一条。键盘：j 选下一条，1 派给机器人建议的单位，2 另选。")


@board.get("/mine")
def mine() -> ResponseReturnValue:
    """What a unit has to do."""
    return _list("desk", "我的工单", "本单位要办的，超期的、催办的在前。")


def _list(name: ListName, title: str, words: str) -> ResponseReturnValue:
    desk = office().reading()
    found = filled(desk, part("ticket_counts"), name, current_actor())
    return render_template(
        "console/board/index.html",
        filled=found,
        list=name,
        page=_PAGES[name],
        count=0,
        since=now(),
        title=title,
        words=words,
        **for_lines(desk),
    )


@board.get("/new/<name>")
def fresh(name: str) -> ResponseReturnValue:
    """How many came since the list was opened, for asking again and again."""
    if name not in _PAGES or not may(signed_in(), _PAGES[name]):
        abort(404)
    visible, since = office().reading().units_of(current_actor()), request.args.get("since", "")
    wanted = [section.wanted(visible) for section in sections()[name] if section.name in _FRESH[name]]
    count = sum(part("ticket_counts").count(replace(one, changed_since=since)) for one in wanted)
    return render_template("console/board/_fresh.html", list=name, page=_PAGES[name], count=count, since=since)


def _line(desk: Desk, number: str, section: str) -> Line:
    found = section_named(section)
    if found is None:
        abort(404)
    return line_of(desk, found, seen_ticket(desk, number), current_actor())


def _pressed(line: Line, button: int) -> Pressable | None:
    return next((one for one in line.pressable if one.number == button), None)


def _shown(
    desk: Desk,
    line: Line,
    form: Pressable | None = None,
    error: str = "",
    done: str = "",
    look: list[Caution] | None = None,
) -> ResponseReturnValue:
    return render_template(
        "console/board/_line.html",
        line=line,
        form=form,
        error=error,
        done=done,
        look=look or [],
        mark=mark(look) if look else "",
        choosable=for_choosers(desk.store.units()) if form else [],
        **for_lines(desk),
    )


@board.get("/<number>/<section>")
def line(number: str, section: str) -> ResponseReturnValue:
    """A line as it is now, with the form of a button where ``button`` names one."""
    desk = office().reading()
    found = _line(desk, number, section)
    return _shown(desk, found, _pressed(found, request.args.get("button", -1, type=int)))


@board.post("/<number>/<section>/<int:button>")
def press(number: str, section: str, button: int) -> ResponseReturnValue:
    """Do what the button says; the line as it is then."""
    desk = office().reading()
    before = _line(desk, number, section)
    pressed = _pressed(before, button)
    if pressed is None:
        return _refused(desk, before, None, "这张工单刚才有了变化，请看现在的样子再办")
    action, actor = pressed.button.action, current_actor()
    details = given_details(pressed.button, before) | asked_details(desk.rules.life, pressed.button.ask)
    if look := unconfirmed(desk, before.ticket, action, details):
        if request.headers.get("HX-Request"):
            return _shown(desk, before, pressed, look=look)
        return redirect(url_for("console_tickets.ticket", number=number, _anchor=f"do-{action}"))
    try:
        with office().desk() as working:
            working.perform(number, action, actor, seen_event(), **details)
    except UnknownTicket:
        abort(404)
    except NotAllowed as refusal:
        desk = office().reading()
        return _refused(desk, _line(desk, number, section), pressed if pressed.button.ask else None, str(refusal))
    audit("tickets.act", number, {"action": action})
    return _done(number, section, pressed)


def _refused(desk: Desk, line: Line, form: Pressable | None, words: str) -> ResponseReturnValue:
    if request.headers.get("HX-Request"):
        return _shown(desk, line, form, error=words)
    flash(words, "warning")
    return redirect(_back(line.section.name))


def _done(number: str, section: str, pressed: Pressable) -> ResponseReturnValue:
    desk = office().reading()
    if not request.headers.get("HX-Request"):
        flash(f"{number}：办好了", "success")
        return redirect(_back(section))
    ticket = desk.store.ticket(number)
    if ticket is None or not desk.sees(ticket, current_actor()):
        return render_template("console/board/_gone.html", number=number, section=section)
    found = _line(desk, number, section)
    return _shown(desk, found, done=f"{pressed.words}：{outcome(desk, found.ticket)}")


def _back(section: str) -> str:
    found = section_named(section)
    return url_for(_PAGES[list_of(found)] if found else ".mine")
