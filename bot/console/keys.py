"""Other systems: their keys, what they may do, where they are told of changes."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.accounts.keys import ApiKey, KeyStore, Scope, add_key, webhook_address
from bot.accounts.records import AccountError
from bot.console.frame import audit
from bot.console.parts import part
from bot.console.units import UnitBook
from bot.delivery.outbox import Outcome, Result

keys = Blueprint("console_keys", __name__, url_prefix="/console/keys")

Ping = Callable[[ApiKey], Result]
"""Sends a trial message to the system's address."""


def _store() -> KeyStore:
    store: KeyStore = part("keys")
    return store


def _key(number: int) -> ApiKey:
    key = _store().get(number)
    if key is None:
        abort(404)
    return key


def _units() -> dict[int, str]:
    book: UnitBook = part("units")
    return {unit.id: unit.name for unit in book.all()}


@keys.get("/")
def everyone() -> ResponseReturnValue:
    """Every system."""
    return render_template("console/keys/list.html", keys=_store().all(), units=_units(), scopes=list(Scope))


@keys.get("/new")
def new() -> ResponseReturnValue:
    """The form for a new one."""
    return _form("")


def _form(error: str) -> ResponseReturnValue:
    book: UnitBook = part("units")
    units = [("", "不限单位"), *((unit.id, unit.name) for unit in book.all() if unit.active)]
    chosen = request.form.getlist("scope") if error else [str(Scope.READ)]
    page = render_template(
        "console/keys/new.html", units=units, scopes=list(Scope), chosen=chosen, given=request.form, error=error
    )
    return page, 400 if error else 200


@keys.post("/")
def add() -> ResponseReturnValue:
    """Make one, and show its key once."""
    form, unit = request.form, request.form.get("unit", "")
    try:
        unit_id = int(unit) if unit.isdigit() else None
        key, text = add_key(
            _store(), form.get("name", ""), form.getlist("scope"), unit_id, form.get("webhook", ""), form.get("plain") == "1"
        )
    except AccountError as error:
        return _form(str(error))
    audit("key.add", key.name, {"scopes": sorted(key.scopes), "unit": key.unit, "webhook": key.webhook})
    return render_template("console/keys/made.html", key=key, text=text)


@keys.get("/<int:number>")
def edit(number: int) -> ResponseReturnValue:
    """One system."""
    return _page(_key(number))


def _page(key: ApiKey, address: str | None = None, error: str = "") -> ResponseReturnValue:
    shown = key.webhook if address is None else address
    page = render_template("console/keys/key.html", key=key, units=_units(), scopes=list(Scope), address=shown, error=error)
    return page, 400 if error else 200


@keys.post("/<int:number>/webhook")
def change_webhook(number: int) -> ResponseReturnValue:
    """Where it is told of changes."""
    key, given = _key(number), request.form.get("webhook", "")
    try:
        address = webhook_address(given, request.form.get("plain") == "1")
    except AccountError as error:
        return _page(key, given, str(error))
    _store().set_webhook(number, address)
    audit("key.webhook", key.name, {"webhook": [key.webhook, address]})
    flash("已保存通知地址。" if address else "不再通知它。", "success")
    return redirect(url_for(".edit", number=number))


@keys.post("/<int:number>/test")
def test(number: int) -> ResponseReturnValue:
    """Send a trial message now."""
    key, ping = _key(number), part("ping")
    if not (key.active and key.webhook):
        abort(404)
    send: Ping = ping
    result = send(key)
    audit("key.test", key.name, {"outcome": str(result.outcome)})
    if result.outcome is Outcome.SENT:
        flash("试发成功，对方收到了。", "success")
    else:
        flash(f"试发没有成功：{result.detail or '没有回应'}。", "danger")
    return redirect(url_for(".edit", number=number))


@keys.post("/<int:number>/revoke")
def revoke(number: int) -> ResponseReturnValue:
    """Let it in no more."""
    key = _store().revoke(_key(number).id)
    audit("key.revoke", key.name)
    flash(f"已停用 {key.name}，它马上就不能再用。", "success")
    return redirect(url_for(".everyone"))
