"""Tickets of the city's 12345 from a sheet: checked, looked at, filed; what was filed before stays as it is."""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import Blueprint, abort, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from bot.console.frame import audit, current_actor, signed_in
from bot.console.heavy import made_apart, read_file
from bot.console.parts import part
from bot.console.ticket_parts import for_lines, office
from bot.console.uploads import takes_files, uploaded, uploads, waiting
from bot.dialogue.mind import Mind
from bot.dialogue.suggestion import Suggestion, suggestion
from bot.tickets.desk import Desk
from bot.tickets.matters import Draft
from bot.tickets.records import Ticket
from bot.tickets.sheets.incoming import IncomingSheet, IncomingTicket, Units, read_sheet
from bot.tickets.sheets.taking import file_all
from knowledge.workbook.mistakes import Mistake, WorkbookError

ticket_import = Blueprint("console_ticket_import", __name__, url_prefix="/console/ticket-import")
takes_files("console_ticket_import.upload")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KIND = "tickets"
MOST_SHOWN = 100


@dataclass(frozen=True)
class Shown:
    """A ticket of the sheet as the preview shows it; ``known``: the one that was filed before."""

    ticket: IncomingTicket
    known: Ticket | None
    about: Suggestion | None


@ticket_import.get("/")
def page() -> ResponseReturnValue:
    """Bring a sheet."""
    return _page()


def _page(mistakes: list[Mistake] | None = None, name: str = "", error: str = "", status: int = 200) -> ResponseReturnValue:
    return render_template("console/ticket_import/page.html", mistakes=mistakes, name=name, error=error), status


@ticket_import.get("/template.xlsx")
def template() -> ResponseReturnValue:
    """An empty sheet to fill in."""
    from bot.tickets.sheets.template import template as empty_sheet

    return send_file(io.BytesIO(made_apart(empty_sheet)), XLSX, as_attachment=True, download_name="12345工单模板.xlsx")


@ticket_import.post("/upload")
def upload() -> ResponseReturnValue:
    """Read the sheet: its mistakes, or what would be filed."""
    given = uploaded()
    if given is None:
        return _page(error="请选择一个 .xlsx 或 .csv 文件", status=400)
    name, content = given
    desk = office().reading()
    try:
        sheet = _read(desk, name, content)
    except WorkbookError as refused:
        audit("tickets.import_refused", name, {"mistakes": len(refused.mistakes)})
        return _page(refused.mistakes, name, status=422)
    token = uploads().keep(KIND, signed_in().id, name, content)
    known = {ticket.number: desk.store.by_external(ticket.number) for ticket in sheet.tickets}
    shown = [Shown(one, known[one.number], _about(one) if not known[one.number] else None) for one in sheet.tickets[:MOST_SHOWN]]
    return render_template(
        "console/ticket_import/preview.html",
        token=token,
        name=name,
        sheet=sheet,
        shown=shown,
        new=sum(ticket is None for ticket in known.values()),
        old=sum(ticket is not None for ticket in known.values()),
        **for_lines(desk),
    )


def _mind() -> Mind:
    mind: Callable[[], Mind] = part("mind")
    return mind()


def _read(desk: Desk, name: str, content: bytes) -> IncomingSheet:
    plan = _mind().knowledge.plan
    return read_file(content, read_sheet, content, name, Units(desk.store.units(), [plan.city, plan.district]))


def _about(one: IncomingTicket) -> Suggestion | None:
    """What the bot thinks of a ticket whose unit the sheet does not name."""
    if one.unit:
        return None
    mind = _mind()
    return suggestion(mind.knowledge, mind.interpret(one.draft.matter))


@ticket_import.post("/take")
def take() -> ResponseReturnValue:
    """File those that are new."""
    token, name, content = waiting(KIND)
    reading = office().reading()
    try:
        sheet = _read(reading, name, content)
    except WorkbookError as refused:
        return _page(refused.mistakes, name, status=422)
    # What the bot thinks of them takes seconds: that is done before the store is locked.
    drafts = [(_draft(one), one.unit) for one in sheet.tickets if not reading.store.by_external(one.number)]
    if not drafts:
        abort(409, "这个文件里的工单都登记过了。")
    with office().desk() as desk:
        taken = file_all(desk, drafts, current_actor())
    uploads().drop(token)
    audit("tickets.import", name, {"new": len(taken.new), "known": len(sheet.tickets) - len(taken.new)})
    placed = sum(ticket.lead is not None for ticket in taken.new)
    flash(f"登记了 {len(taken.new)} 张工单，其中 {placed} 张已经派到单位，{len(taken.new) - placed} 张待派单。", "success")
    return redirect(url_for("console_tickets.index", source="city12345", order="newest"))


def _draft(one: IncomingTicket) -> Draft:
    about = _about(one)
    if about is None:
        return one.draft
    return replace(one.draft, service=about.service, unit=about.unit, confidence=about.confidence)


@ticket_import.post("/drop")
def drop() -> ResponseReturnValue:
    """The sheet is not wanted."""
    token, name, _ = waiting(KIND)
    uploads().drop(token)
    flash(f"没有登记 {name} 里的工单。", "success")
    return redirect(url_for(".page"))
