"""Progress on the plan's promises: each department reports on its own, administrators see who is late."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from bot.accounts.records import UNIT_ROLES
from bot.console.frame import audit, current_actor, signed_in
from bot.console.navigation import counter
from bot.console.parts import part, parts
from bot.console.question_desk import QuestionDesk
from bot.console.uploads import MOST_BYTES, takes_files, uploaded
from bot.dialogue.wording import Wording
from bot.progress.records import Evidence, Past, Promise, Report, Reported
from bot.progress.rules import (
    Duty,
    Key,
    Standing,
    duty,
    month_words,
    months_open,
    progress_rules,
    promises_of,
    standings,
)
from bot.tickets.records import Actor, Role, Unit
from knowledge.base import KnowledgeBase
from knowledge.model import Aspect

progress = Blueprint("console_progress", __name__, url_prefix="/console/progress")

takes_files("console_progress.report")

REPORTERS = (Role.ADMINISTRATOR, *UNIT_ROLES)
ACTIONS = {"report": "填报", "correct": "更正", "withdraw": "撤回"}


class ProgressBook(Protocol):
    """Where reports are kept."""

    def latest(self) -> dict[Key, Report]:
        """The report on the latest month of each promise."""

    def reported(self) -> Reported:
        """The same by service."""

    def reports(self, service: str) -> list[Report]:
        """What was reported on a service, the latest month first."""

    def history(self, service: str) -> list[Past]:
        """Every report, correction and withdrawal of a service, the latest first."""

    def since(self) -> datetime | None:
        """When this service was first started; None when it was not yet."""

    def report(self, given: Report, file: Evidence | None = None) -> Report:
        """Keep a report in the place of an earlier one on the same month, with a file."""

    def files(self, service: str) -> list[Evidence]:
        """The files behind a service's reports, without their content."""

    def file(self, service: str, number: int) -> Evidence | None:
        """One file with its content."""

    def drop_file(self, service: str, number: int) -> bool:
        """Delete a file; False when it is not there."""

    def withdraw(self, given: Report) -> bool:
        """Take a report back; False when there is none."""


class UnitBook(Protocol):
    """Where the units stand."""

    def all(self) -> list[Unit]:
        """Every unit."""


@dataclass(frozen=True)
class Department:
    """How a department stands with its reports."""

    name: str
    promises: int
    finished: int
    missing: int
    late: int
    last_at: str


def book() -> ProgressBook:
    """What these pages work on."""
    given: ProgressBook = part("progress")
    return given


def _knowledge() -> KnowledgeBase:
    desk: QuestionDesk = part("questions")
    return desk.knowledge


def _units() -> list[Unit]:
    units: UnitBook = part("units")
    return units.all()


def departments_of(actor: Actor) -> frozenset[str] | None:
    """The departments whose promises somebody sees: those of their unit and of the units below it; None: all."""
    if actor.role not in UNIT_ROLES:
        return None
    units, found = _units(), {actor.unit}
    while more := {unit.id for unit in units if unit.parent in found} - found:
        found |= more
    return frozenset(unit.name for unit in units if unit.id in found)


def _duty() -> Duty:
    return duty(parts().clock(), book().since(), progress_rules())


def _standings(departments: frozenset[str] | None) -> list[Standing]:
    return standings(promises_of(_knowledge(), departments), book().latest(), _duty())


@counter("progress_due")
def count_due(actor: Actor) -> int:
    """The badge: reports that this person's unit owes; for administrators those that are late."""
    everyone = actor.role not in UNIT_ROLES
    return sum(one.late if everyone else one.missing for one in _standings(departments_of(actor)))


@progress.get("/")
def index() -> ResponseReturnValue:
    """The promises, what is owed in front; for who sees all of them the departments above."""
    own = departments_of(current_actor())
    names = [department.name for department in _knowledge().departments if own is None or department.name in own]
    chosen = request.args.get("department", "")
    if chosen and chosen not in names:
        abort(404)
    latest, asked = book().latest(), _duty()
    shown = standings(promises_of(_knowledge(), {chosen} if chosen else own), latest, asked)
    state = request.args.get("state", "")
    if state not in ("", "missing", "late"):
        abort(404)
    return render_template(
        "console/progress/index.html",
        standings=[one for one in shown if not state or getattr(one, state)],
        departments=[one for name in names if (one := _department(name, latest, asked)).promises] if own is None else [],
        chosen=chosen,
        state=state,
        duty=asked,
        month_words=month_words,
        own=own,
    )


def _department(name: str, latest: Mapping[Key, Report], asked: Duty) -> Department:
    found = standings(promises_of(_knowledge(), {name}), latest, asked)
    return Department(
        name,
        len(found),
        sum(one.latest is not None and one.latest.finished for one in found),
        sum(one.missing for one in found),
        sum(one.late for one in found),
        max((one.latest.at for one in found if one.latest), default=""),
    )


@progress.get("/<service>")
def promise(service: str) -> ResponseReturnValue:
    """One service: what residents read, a form for each promise, what was reported."""
    return _page(_promises(service))


def _promises(service: str) -> list[Promise]:
    found = [one for one in promises_of(_knowledge(), departments_of(current_actor())) if one.service == service]
    if not found:
        abort(404)
    return found


def _page(promises: list[Promise], errors: Mapping[str, str] = {}) -> ResponseReturnValue:
    service, rules = promises[0].service, progress_rules()
    wording = Wording(_knowledge(), reported=book().reported())
    page = render_template(
        "console/progress/promise.html",
        promises=promises,
        head=promises[0],
        reports=book().reports(service),
        files=book().files(service),
        history=book().history(service),
        actions=ACTIONS,
        said=wording.service_reply(service, Aspect.PROGRESS, 1.0).text,
        months=[(month, month_words(month)) for month in months_open(parts().clock(), rules)],
        month=_duty().month,
        month_words=month_words,
        limits=rules.limits,
        errors=errors,
        may_report=current_actor().role in REPORTERS,
    )
    return page, 400 if errors else 200


def _chosen(promises: list[Promise]) -> Promise:
    target = request.form.get("target", "")
    found = next((one for one in promises if one.target == target), None)
    if found is None:
        abort(400, "没有这项承诺，计划可能刚刚改过")
    return found


@progress.post("/<service>/report")
def report(service: str) -> ResponseReturnValue:
    """Report on a month, or correct what was reported."""
    promises = _promises(service)
    given = _read(_chosen(promises))
    file, errors = uploaded(), _errors(given)
    if file and len(file[1]) > MOST_BYTES:
        errors["file"] = f"文件太大了，最多{MOST_BYTES // 2**20}MB，请重新选"
    elif file and not progress_rules().takes(*file):
        errors["file"] = "只收 PDF、照片（jpg、png）和 Word、Excel 文件，请重新选"
    if errors:
        return _page(promises, errors)
    kept = book().report(given, Evidence(*file) if file else None)
    detail = {"target": kept.target, "month": kept.month, "value": kept.value, "finished": kept.finished}
    detail |= {"file": file[0]} if file else {}
    audit("progress.report", service, detail)
    flash(f"{month_words(kept.month)}的进度记下了，几秒内机器人就照着答", "success")
    return redirect(url_for(".promise", service=service))


@progress.get("/<service>/files/<int:number>")
def file(service: str, number: int) -> ResponseReturnValue:
    """A file that a report rests on, for keeping: a browser is not to show what others uploaded."""
    _promises(service)
    found = book().file(service, number)
    if found is None:
        abort(404)
    return send_file(io.BytesIO(found.content), mimetype="application/octet-stream", as_attachment=True, download_name=found.name)


@progress.post("/<service>/files/<int:number>/drop")
def drop_file(service: str, number: int) -> ResponseReturnValue:
    """Delete a file that should not be there."""
    _promises(service)
    if book().drop_file(service, number):
        audit("progress.drop_file", service, {"file": number})
        flash("删掉了", "success")
    return redirect(url_for(".promise", service=service))


@progress.post("/<service>/withdraw")
def withdraw(service: str) -> ResponseReturnValue:
    """Take back a report that should not be there."""
    given = _read(_chosen(_promises(service)))
    if book().withdraw(given):
        audit("progress.withdraw", service, {"target": given.target, "month": given.month})
        flash("撤回了，机器人不再说这一条", "success")
    else:
        flash("没有这一条，可能已经撤回了", "warning")
    return redirect(url_for(".promise", service=service))


def _read(promise: Promise) -> Report:
    """The report as the form gives it; by the reporter's own department, else by the first that is responsible."""
    form, account = request.form, signed_in()
    own = departments_of(current_actor())
    department = next((name for name in promise.departments if own is None or name in own), promise.departments[0])
    unit = next((unit.id for unit in _units() if unit.name == department), None)
    texts = {name: " ".join(form.get(name, "").split()) for name in ("month", "value", "text", "evidence", "url")}
    return Report(
        promise.service,
        promise.target,
        finished=form.get("finished") == "1",
        department=department,
        unit=unit,
        account=account.id,
        by=account.shown,
        **texts,
    )


def _errors(given: Report) -> dict[str, str]:
    """What is wrong, by field."""
    rules, errors = progress_rules(), {}
    if given.month not in months_open(parts().clock(), rules):
        errors["month"] = "请选列出的月份"
    if not given.value:
        errors["value"] = "请写上进度，例如：已建成3座"
    if given.url and not given.url.startswith(("https://", "http://")):
        errors["url"] = "网址要以 http:// 或 https:// 开头"
    for name, most in rules.limits.items():
        if len(getattr(given, name)) > most:
            errors[name] = f"太长了，最多{most}个字"
    return errors
