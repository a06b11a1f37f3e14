"""The list of tickets as a sheet: what the filter finds and whoever exports may see, however many there are."""

import logging
from collections.abc import Iterator
from urllib.parse import quote

from flask import Response, abort, request, send_file
from flask.typing import ResponseReturnValue

from bot.console.frame import CHINA, audit, current_actor
from bot.console.parts import part, parts
from bot.console.ticket_list import Lists, filter_asked
from bot.console.ticket_parts import now, office
from bot.console.tickets import tickets
from bot.console.words import matter_words, source_words
from bot.tickets.desk import Desk
from bot.tickets.listing import Filter
from bot.tickets.records import Actor
from bot.tickets.sheets.export import Names, Value, csv_pieces, row_of
from bot.tickets.sheets.workbook import workbook_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
AT_ONCE = 1000

log = logging.getLogger(__name__)


@tickets.get("/export.xlsx", defaults={"form": "xlsx"})
@tickets.get("/export.csv", defaults={"form": "csv"})
def export(form: str) -> ResponseReturnValue:
    """What the address asks for, as the list would show it, newest first."""
    desk, lists = office().reading(), _lists()
    wanted = filter_asked(desk)
    asked = request.query_string.decode(errors="replace")[:500]
    audit("tickets.export", form, {"count": lists.count(wanted), "query": asked})
    rows = _rows(desk, lists, wanted, current_actor(), _names(desk))
    stamp = f"{parts().clock().astimezone(CHINA):%Y%m%d-%H%M}.{form}"
    name = f"工单-{stamp}"
    if form == "xlsx":
        try:
            return send_file(workbook_of(rows), XLSX, as_attachment=True, download_name=name)
        except OSError:
            log.exception("a sheet of tickets could not be made")
            abort(503, "这个文件现在做不出来（服务器太忙，或者工单太多）。请过几分钟再试，或者导出 CSV。")
    disposition = f"attachment; filename=tickets-{stamp}; filename*=UTF-8''{quote(name)}"
    return Response(csv_pieces(rows), mimetype="text/csv", headers={"Content-Disposition": disposition})


def _lists() -> Lists:
    lists: Lists = part("ticket_counts")
    return lists


def _rows(desk: Desk, lists: Lists, wanted: Filter, actor: Actor, names: Names) -> Iterator[list[Value]]:
    """The rows, some tickets read at a time; goes on after the request's context is gone."""
    after = None
    while True:
        page = lists.page(wanted, "newest", after, AT_ONCE)
        for ticket in page.tickets:
            yield row_of(ticket, desk.people(ticket, actor), names)
        if (after := page.after) is None:
            return


def _names(desk: Desk) -> Names:
    units = {unit.id: unit.name for unit in desk.store.units(active_only=False)}
    services = {service.id: service.title for service in part("knowledge_now")().services.values()}
    return Names(desk.rules.life, units, matter_words(), source_words(), services, now())
