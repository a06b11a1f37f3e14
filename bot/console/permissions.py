"""Who may open which address: data/permissions.toml, enforced here and nowhere else."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect

from bot.accounts.records import CONSOLE_ROLES, Account
from bot.console.session import current_account, is_console_path
from bot.tickets.records import Role

ANYONE = "anyone"
EVERY_ROLE = "every role"

_FIRST = frozenset({"console.me", "console.change_password", "console.logout"})
"""What somebody with a one-time password may do."""

csrf = CSRFProtect()


class PermissionsError(Exception):
    """The file and the application's addresses do not fit each other."""


@cache
def permissions() -> Mapping[str, frozenset[Role] | None]:
    """The roles by endpoint; None: also who is not signed in.

    Raises:
        PermissionsError: a role is unknown.
    """
    with (Path(__file__).parent / "data" / "permissions.toml").open("rb") as file:
        tables = tomllib.load(file)
    return {endpoint: _roles(endpoint, given) for table in tables.values() for endpoint, given in table.items()}


def _roles(endpoint: str, given: object) -> frozenset[Role] | None:
    if given == ANYONE:
        return None
    if given == EVERY_ROLE:
        return frozenset(CONSOLE_ROLES)
    if isinstance(given, list) and given and set(given) <= set(CONSOLE_ROLES):
        return frozenset(Role(role) for role in given)
    raise PermissionsError(f'permissions.toml: {endpoint}: neither "{ANYONE}", "{EVERY_ROLE}" nor a list of roles')


def may(account: Account | None, endpoint: str) -> bool:
    """Whether that account may open that endpoint."""
    roles = permissions()[endpoint]
    return roles is None or (account is not None and account.role in roles)


def is_console(endpoint: str | None) -> bool:
    """Whether an endpoint belongs to the console: its blueprint is called console or console_<subject>."""
    blueprint = (endpoint or "").partition(".")[0]
    return blueprint == "console" or blueprint.startswith("console_")


def enforce_permissions(app: Flask) -> None:
    """Refuse what the table does not allow, for every address of the console.

    Raises:
        PermissionsError: an address is not in the table, or the table names one that does not exist.
    """
    there = {rule.endpoint for rule in app.url_map.iter_rules() if is_console(rule.endpoint) or is_console_path(rule.rule)}
    if missing := sorted(there - permissions().keys()):
        raise PermissionsError(f"permissions.toml does not say who may open {', '.join(missing)}")
    if superfluous := sorted(permissions().keys() - there):
        raise PermissionsError(f"permissions.toml names what does not exist: {', '.join(superfluous)}")
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_SSL_STRICT=False)
    csrf.init_app(app)
    app.before_request(_admit)


def _admit() -> ResponseReturnValue | None:
    """Let a request for the console through, or say where to go instead."""
    endpoint = request.endpoint
    if endpoint is None or endpoint not in permissions():
        return None
    account = current_account()
    if permissions()[endpoint] is not None:
        if account is None:
            return _to_sign_in()
        if account.must_change and endpoint not in _FIRST:
            return to_page("console.me")
        if not may(account, endpoint):
            abort(403)
    csrf.protect()
    return None


def _to_sign_in() -> ResponseReturnValue:
    """To the login page, from there to what was asked for or, where something was sent, to the page that it was written on."""
    if request.method == "GET" and "HX-Request" not in request.headers:
        return to_page("console.login", next=request.full_path.rstrip("?"))
    written_on = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    if "_flashes" not in session:
        flash("登录到时间了，请重新登录。刚才要办的没有办，写的字会放回去。", "warning")
    return to_page("console.login", next=written_on._replace(scheme="", netloc="").geturl() or None)


def to_page(endpoint: str, **values: Any) -> ResponseReturnValue:
    """Send the browser to a page, also where htmx asked for a piece of one."""
    if request.headers.get("HX-Request"):
        return Response(status=401, headers={"HX-Redirect": url_for(endpoint, **values)})
    return redirect(url_for(endpoint, **values), 302)
