"""The monthly report: as a page that prints well, and as a Word document."""

import datetime
from urllib.parse import quote

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.console.frame import audit
from bot.console.heavy import made_apart
from bot.console.knowledge_words import gone_words
from bot.console.parts import parts
from bot.console.statistics import Asked, desk, today
from bot.console.words import matter_words
from bot.statistics.records import YEARS, Period
from bot.statistics.report import Names, Report, compose
from bot.statistics.word import write_document

report = Blueprint("console_report", __name__, url_prefix="/console/report")

MONTHS_BACK = 24
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _month() -> datetime.date:
    """The first day of the month that is asked for, else of the last whole one; 404 for one that is none or not begun."""
    this = today().replace(day=1)
    try:
        year, month = map(int, request.args["month"].split("-"))
        first = datetime.date(year, month, 1)
    except KeyError:
        return Period.month(this).before().first
    except ValueError:
        abort(404, "月份要写成 2026-03 这样")
    if first > this or first.year not in YEARS:
        abort(404, "没有这个月的月报")
    return first


def _composed(first: datetime.date) -> Report:
    desk().figures.fresh()
    names = Names(
        str(parts().words["service_name"]),
        desk().knowledge,
        {str(unit.id): unit.name for unit in desk().units()},
        matter_words(),
        desk().aspect_name,
        gone_words,
    )
    return compose(desk().figures, first, today(), names)


@report.get("/")
def page() -> ResponseReturnValue:
    """The report of a month, to read and print."""
    first = _month()
    months, one = [], today().replace(day=1)
    for _ in range(MONTHS_BACK):
        months.append((f"{one:%Y-%m}", f"{one.year}年{one.month}月"))
        one = Period.month(one).before().first
    return render_template(
        "console/statistics/report.html",
        report=_composed(first),
        month=f"{first:%Y-%m}",
        months=months,
        asked=Asked(Period.month(first), "", ""),
        word=url_for(".word", month=f"{first:%Y-%m}"),
    )


@report.get("/word")
def word() -> ResponseReturnValue:
    """The same as a Word document."""
    first = _month()
    composed = _composed(first)
    audit("statistics.report", f"{first:%Y-%m}")
    name = quote(f"{composed.title}{first:%Y-%m}.docx")
    headers = {"Content-Disposition": f"attachment; filename=report-{first:%Y-%m}.docx; filename*=UTF-8''{name}"}
    return Response(made_apart(write_document, composed.as_json()), mimetype=DOCX, headers=headers)
