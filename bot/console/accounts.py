"""Accounts: who may sign in, as what, where."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.accounts.manage import add_account, new_password, role_named
from bot.accounts.records import CONSOLE_ROLES, Account, AccountError
from bot.console.frame import audit, signed_in
from bot.console.parts import part, parts
from bot.console.units import UnitBook
from bot.console.words import role_effects, role_words

accounts = Blueprint("console_accounts", __name__, url_prefix="/console/accounts")


def _units() -> dict[int, str]:
    book: UnitBook = part("units")
    return {unit.id: unit.name for unit in book.all()}


def _account(number: int) -> Account:
    account = parts().accounts.get(number)
    if account is None:
        abort(404)
    return account


def _form(account: Account | None, error: str = "", status: int = 200) -> ResponseReturnValue:
    given = request.form if error else {}
    shown = {
        "username": given.get("username", account.username if account else ""),
        "name": given.get("name", account.name if account else ""),
        "role": given.get("role", account.role if account else "staff"),
        "unit": given.get("unit", (account.unit or "") if account else ""),
    }
    choices = [(role, role_words()[role]) for role in CONSOLE_ROLES]
    units = [("", "不属于某个单位"), *_units().items()]
    page = render_template(
        "console/accounts/form.html",
        whose=account,
        shown=shown,
        roles=choices,
        effects=role_effects(),
        units=units,
        error=error,
        own=account is not None and account.id == signed_in().id,
    )
    return page, status


def _unit_given() -> int | None:
    unit = request.form.get("unit", "")
    return int(unit) if unit.isdigit() else None


@accounts.get("/")
def everyone() -> ResponseReturnValue:
    """Every account."""
    return render_template("console/accounts/list.html", accounts=parts().accounts.all(), units=_units())


@accounts.get("/new")
def new() -> ResponseReturnValue:
    """The form for a new one."""
    return _form(None)


@accounts.post("/")
def add() -> ResponseReturnValue:
    """Make one, and show its one-time password."""
    name, role = request.form.get("name", ""), request.form.get("role", "")
    try:
        account, password = add_account(parts().accounts, request.form.get("username", ""), role_named(role), _unit_given(), name)
    except AccountError as error:
        return _form(None, str(error), 400)
    audit("account.add", account.username, {"role": account.role, "unit": account.unit})
    return render_template("console/accounts/password.html", whose=account, password=password, fresh=True)


@accounts.get("/<int:number>")
def edit(number: int) -> ResponseReturnValue:
    """One account."""
    return _form(_account(number))


@accounts.post("/<int:number>")
def change(number: int) -> ResponseReturnValue:
    """Change name, role, unit."""
    before = _account(number)
    try:
        role = role_named(request.form.get("role", before.role))
        if before.id == signed_in().id and role is not before.role:
            raise AccountError("不能改自己的角色，请另一位管理员来改")
        after = parts().accounts.change(number, request.form.get("name", "").strip()[:40], role, _unit_given())
    except AccountError as error:
        return _form(before, str(error), 400)
    changed = {
        name: [getattr(before, name), getattr(after, name)]
        for name in ("name", "role", "unit")
        if getattr(before, name) != getattr(after, name)
    }
    audit("account.change", after.username, changed)
    flash(f"已保存 {after.shown} 的账号。", "success")
    return redirect(url_for("console_accounts.everyone"))


@accounts.post("/<int:number>/password")
def reset(number: int) -> ResponseReturnValue:
    """Give a new one-time password."""
    account = _account(number)
    if account.id == signed_in().id:
        flash("自己的密码在“我的账号”里改。", "warning")
        return redirect(url_for("console.me"))
    password = new_password(parts().accounts, number)
    audit("account.password", account.username)
    return render_template("console/accounts/password.html", whose=account, password=password, fresh=False)


@accounts.post("/<int:number>/active")
def activate(number: int) -> ResponseReturnValue:
    """Let in, or no longer."""
    account, active = _account(number), request.form.get("active") == "1"
    if account.id == signed_in().id:
        flash("不能停用自己的账号。", "warning")
        return redirect(url_for("console_accounts.edit", number=number))
    try:
        parts().accounts.set_active(number, active)
    except AccountError as error:
        flash(str(error), "danger")
        return redirect(url_for("console_accounts.edit", number=number))
    audit("account.activate" if active else "account.deactivate", account.username)
    flash(f"已{'启用' if active else '停用'} {account.shown} 的账号{'' if active else '，他在各处的登录都已退出'}。", "success")
    return redirect(url_for("console_accounts.everyone"))
