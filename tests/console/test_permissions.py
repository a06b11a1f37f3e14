"""Every address of the console against every role: allowed or refused exactly as permissions.toml says."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from bot.accounts.records import CONSOLE_ROLES
from bot.console.permissions import PermissionsError, enforce_permissions, is_console, permissions
from tests.console.conftest import Clerk

ENDS_SESSION = {"console.logout", "console.end_sessions"}


def addresses(application: Flask, number: int = 1) -> Iterator[tuple[Rule, str, str]]:
    """Every rule of the console with an address that fits it and each of its methods."""
    adapter = application.url_map.bind("localhost")
    for rule in application.url_map.iter_rules():
        if not is_console(rule.endpoint):
            continue
        values = {name: number if type(c).__name__ == "IntegerConverter" else "1" for name, c in rule._converters.items()}
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, adapter.build(rule.endpoint, values, method=method), method


def to_login(status: int, location: str | None) -> bool:
    return status in (302, 303) and (location or "").startswith("/console/login")


@pytest.mark.parametrize("role", CONSOLE_ROLES)
def test_a_role_may_what_the_table_says_and_nothing_else(application: Flask, clerk: Callable[..., Clerk], role: str) -> None:
    somebody = clerk(role)
    token = somebody.token()
    for rule, address, method in addresses(application):
        if rule.endpoint in ENDS_SESSION:
            continue
        answer = somebody.client.open(address, method=method, data={"csrf_token": token} if method != "GET" else None)
        roles = permissions()[rule.endpoint]
        allowed = roles is None or role in roles
        seen = f"{role} {method} {address}: {answer.status_code} {answer.headers.get('Location', '')}"
        if not allowed:
            assert answer.status_code == 403, seen
        elif rule.endpoint != "console.sign_in":  # which refuses an empty password
            assert answer.status_code != 403, seen
            assert answer.status_code < 500, seen
            assert not to_login(answer.status_code, answer.headers.get("Location")), seen


def test_a_number_larger_than_any_is_not_found_and_no_fault(application: Flask, clerk: Callable[..., Clerk]) -> None:
    somebody = clerk("administrator")
    token = somebody.token()
    for rule, address, method in addresses(application, 10**24):
        if str(10**24) in address:
            answer = somebody.client.open(address, method=method, data={"csrf_token": token} if method != "GET" else None)
            assert answer.status_code in (302, 400, 404), f"{method} {address}: {answer.status_code} {rule.endpoint}"


def test_who_is_not_signed_in_is_sent_to_the_login_page(application: Flask) -> None:
    for rule, address, method in addresses(application):
        answer = application.test_client().open(address, method=method)
        seen = f"{method} {address}: {answer.status_code}"
        if permissions()[rule.endpoint] is not None:
            assert to_login(answer.status_code, answer.headers.get("Location")), seen
        else:
            assert rule.endpoint in ("console.static", "console.login", "console.sign_in"), seen


def test_a_form_without_its_token_changes_nothing(application: Flask, clerk: Callable[..., Clerk]) -> None:
    somebody = clerk("administrator")
    for rule, address, method in addresses(application):
        if method != "GET":
            answer = somebody.client.open(address, method=method)
            assert answer.status_code == 400, f"{method} {address}: {answer.status_code} {rule.endpoint}"
            assert "过期" in answer.text


@pytest.mark.parametrize(("path", "endpoint"), [("/elsewhere", "console_new.secret"), ("/console/secret", "other.secret")])
def test_an_address_that_the_table_does_not_name_stops_the_start(path: str, endpoint: str) -> None:
    fresh = Flask("fresh")
    fresh.add_url_rule(path, endpoint, lambda: "")
    with pytest.raises(PermissionsError, match=endpoint):
        enforce_permissions(fresh)
