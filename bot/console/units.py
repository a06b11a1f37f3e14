"""Units: whom a ticket can be given to, and how they are reached."""

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Protocol

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.accounts.records import AccountError
from bot.console.frame import audit
from bot.console.parts import part
from bot.console.words import alert_ways, matter_words
from bot.tickets.listing import Filter
from bot.tickets.records import Unit

units = Blueprint("console_units", __name__, url_prefix="/console/units")

_TEXTS = ("full_name", "area", "phone", "address", "hours", "hotline")
_LONGEST = 200
_MOST_DAYS = 365
_GOOD = {
    "wecom": re.compile(r"https://\S+"),
    "dingtalk": re.compile(r"https://\S+"),
    "email": re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"),
    "sms": re.compile(r"1\d{10}"),
}


class UnitBook(Protocol):
    """The units, each method a transaction of its own."""

    def all(self) -> list[Unit]:
        """Every unit, active ones of the district first."""

    def get(self, number: int) -> Unit | None:
        """The unit of that id."""

    def save(self, unit: Unit) -> int:
        """Keep it (id 0: as a new one); its id.  Raises AccountError when the name is taken."""


def _book() -> UnitBook:
    book: UnitBook = part("units")
    return book


def _unit(number: int) -> Unit:
    unit = _book().get(number)
    if unit is None:
        abort(404)
    return unit


@units.get("/")
def everyone() -> ResponseReturnValue:
    """Every unit."""
    found = _book().all()
    return render_template("console/units/list.html", units=found, names={unit.id: unit.name for unit in found})


@units.get("/new")
def new() -> ResponseReturnValue:
    """The form for a new one."""
    return _form(Unit(0, ""), {})


@units.get("/<int:number>")
def edit(number: int) -> ResponseReturnValue:
    """One unit."""
    return _form(_unit(number), {})


@units.post("/new")
def add() -> ResponseReturnValue:
    """Keep a new one."""
    return _save(Unit(0, ""))


@units.post("/<int:number>")
def change(number: int) -> ResponseReturnValue:
    """Change one; its name stays, since answers and earlier tickets refer to it."""
    return _save(_unit(number))


def _form(unit: Unit, errors: Mapping[str, str]) -> ResponseReturnValue:
    parents = [("", "没有")] + [(other.id, other.name) for other in _book().all() if other.id != unit.id]
    page = render_template(
        "console/units/form.html", unit=unit, parents=parents, errors=errors, matters=matter_words(), ways=alert_ways()
    )
    return page, 400 if errors else 200


def _save(before: Unit) -> ResponseReturnValue:
    unit, errors = _read(before)
    if not errors:
        try:
            number = _book().save(unit)
        except AccountError as error:
            errors["name"] = str(error)
    if errors:
        return _form(unit, errors)
    old, new = asdict(before), asdict(unit)
    audit("unit.change" if before.id else "unit.add", unit.name, {k: [old[k], new[k]] for k in new if old[k] != new[k]})
    flash(f"已保存 {unit.name}。", "success")
    if before.active and not unit.active and (left := _open_at(unit)):
        flash(f"{unit.name}停用了，名下还有 {left} 张在办的工单，请到“全部工单”按单位找出来改派。", "warning")
    return redirect(url_for("console_units.everyone") + f"#unit-{number}")


def _open_at(unit: Unit) -> int:
    return int(part("ticket_counts").count(Filter(unit=unit.id, phase="open")))


def _read(before: Unit) -> tuple[Unit, dict[str, str]]:
    """The unit as the form gives it, and what is wrong by field."""
    form, errors = request.form, {}
    values: dict[str, Any] = {name: form.get(name, "").strip()[:_LONGEST] for name in _TEXTS}
    name = before.name or form.get("name", "").strip()
    if not 2 <= len(name) <= 40:
        errors["name"] = "名称要 2 到 40 个字"
    parent = int(form["parent"]) if form.get("parent", "").isdigit() else None
    if parent is not None and _is_below(before.id, parent):
        errors["parent"] = "上级单位不能是自己，也不能是自己的下级"
    days: dict[str, int] = {}
    for kind in matter_words():
        given = form.get(f"days_{kind}", "").strip()
        if given.isdigit() and 1 <= int(given) <= _MOST_DAYS:
            days[kind] = int(given)
        elif given:
            errors[f"days_{kind}"] = f"应为 1 到 {_MOST_DAYS} 的整数"
    alerts: dict[str, list[str]] = {}
    for way, good in _GOOD.items():
        addresses = form.get(f"alerts_{way}", "").split()
        if addresses:
            alerts[way] = addresses
        if wrong := [address for address in addresses if not good.fullmatch(address)]:
            errors[f"alerts_{way}"] = f"这一行不对：{wrong[0]}"
    values |= {flag: form.get(flag) == "1" for flag in ("outside", "signs_off", "active")}
    return Unit(before.id, name, parent=parent, days=days, alerts=alerts, **values), errors


def _is_below(unit: int, parent: int) -> bool:
    """Whether ``parent`` is the unit itself or stands below it."""
    above = {other.id: other.parent for other in _book().all()}
    at: int | None = parent
    for _ in range(len(above) + 1):
        if at is None or not unit:
            return False
        if at == unit:
            return True
        at = above.get(at)
    return True
