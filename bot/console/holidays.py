"""Holidays: the notice of a year is entered, the due dates of open tickets are reckoned anew."""

import datetime
from collections.abc import Iterable
from typing import Protocol

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.console.frame import CHINA, audit
from bot.console.parts import part, parts
from bot.tickets.calendar import Calendar, Notice
from bot.tickets.notices import NoticeError, read_notice_text

holidays = Blueprint("console_holidays", __name__, url_prefix="/console/holidays")

_LONGEST = 5000


class NoticeOffice(Protocol):
    """Who reckons due dates."""

    @property
    def calendar(self) -> Calendar:
        """The calendar with the notices that were entered."""

    def enter_notice(self, notice: Notice) -> int:
        """Keep a year's notice; how many due dates changed."""


def ranges(days: Iterable[datetime.date]) -> str:
    """Days in Chinese, runs joined: 1月1日至3日、2月15日."""
    runs: list[list[datetime.date]] = []
    for day in sorted(days):
        if runs and day - runs[-1][-1] == datetime.timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return "、".join(_run(run[0], run[-1]) for run in runs)


def _run(first: datetime.date, last: datetime.date) -> str:
    begun = f"{first.month}月{first.day}日"
    if first == last:
        return begun
    return f"{begun}至{last.day}日" if first.month == last.month else f"{begun}至{last.month}月{last.day}日"


def _office() -> NoticeOffice:
    office: NoticeOffice = part("notices")
    return office


def _page(error: str = "", found: Notice | None = None, status: int = 200) -> ResponseReturnValue:
    this_year = parts().clock().astimezone(CHINA).year
    known = _office().calendar.notices
    page = render_template(
        "console/holidays/page.html",
        notices=[known[year] for year in sorted(known, reverse=True)],
        missing=[year for year in (this_year, this_year + 1) if year not in known],
        year=request.form.get("year", this_year if this_year not in known else this_year + 1),
        text=request.form.get("text", ""),
        source=request.form.get("source", ""),
        error=error,
        found=found,
        ranges=ranges,
    )
    return page, status


@holidays.get("/")
def page() -> ResponseReturnValue:
    """The notices that are known, and the form for another year's."""
    return _page()


@holidays.post("/")
def enter() -> ResponseReturnValue:
    """Read the notice's text; show what was found, or with ``sure`` keep it."""
    year, text = request.form.get("year", ""), request.form.get("text", "")[:_LONGEST]
    source = request.form.get("source", "").strip()[:200]
    if not (year.isdigit() and 2000 <= int(year) <= 2100):
        return _page("年份应为四位数字", status=400)
    if not source:
        return _page("请写明通知的名称和文号", status=400)
    try:
        notice = read_notice_text(int(year), text, source)
    except NoticeError as error:
        return _page(str(error), status=400)
    if request.form.get("sure") != "1":
        return _page(found=notice)
    changed = _office().enter_notice(notice)
    audit("holidays.enter", str(notice.year), {"source": source, "due_dates_changed": changed})
    flash(f"已保存 {notice.year} 年的放假安排，{changed} 件未办结诉求的到期时间按它重新算过。", "success")
    return redirect(url_for("console_holidays.page"))
