"""What the console's tests share: the real application with accounts of every role, and clients that are signed in."""

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from werkzeug.test import TestResponse

from app import Installation, web
from bot.accounts.passwords import hash_password
from bot.accounts.records import CONSOLE_ROLES, UNIT_ROLES
from bot.dialogue.conversation import Conversation
from bot.store.accounts import SqliteAccounts
from bot.store.knowledge import KnowledgeStore
from bot.store.sqlite import SqliteStore
from bot.tickets.records import Role
from intents.model import Model
from tests.conftest import Clock, Service
from tests.console.browser import Staff
from tests.console.passwords import PASSWORD

HASH = hash_password(PASSWORD)


class Clerk:
    """Somebody at a browser: a client that sends the token of the last page along."""

    def __init__(self, application: Flask, username: str) -> None:
        self.client: FlaskClient = application.test_client()
        self.username = username

    def get(self, url: str, **more: object) -> TestResponse:
        return self.client.get(url, **more)  # type: ignore[arg-type]

    def token(self, page: str = "/console/me") -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get(page).text)
        assert found, f"no form on {page}"
        return found[1]

    def post(self, url: str, page: str = "/console/me", **fields: str) -> TestResponse:
        """Send a form, with the token that ``page`` shows."""
        return self.client.post(url, data={"csrf_token": self.token(page), **fields})

    def sign_in(self, password: str = PASSWORD, page: str = "/console/login") -> TestResponse:
        return self.post("/console/login", page, username=self.username, password=password)


@pytest.fixture
def application(installation: Installation, conversation: Conversation, model: Model, store: SqliteStore, clock: Clock) -> Flask:
    """The whole application, with an account for every role: its name is the role's; the knowledge base is published."""
    KnowledgeStore(store.engine).bring_in(installation.knowledge, clock())
    application = web(installation, conversation, store, lambda: model, "test-secret", clock=clock)
    with store.engine.write() as db:
        db.execute("insert into units (id, name) values (901, '试验单位一'), (902, '试验单位二')")
    accounts = SqliteAccounts(store.engine, clock)
    for role in CONSOLE_ROLES:
        accounts.add(role, HASH, role, 901 if role in UNIT_ROLES else None, f"{role}姓名", must_change=False)
    return application


@pytest.fixture
def clerk(application: Flask) -> Callable[..., Clerk]:
    """``clerk("dispatcher")``: somebody of that role, signed in."""

    def somebody(role: Role | str = Role.ADMINISTRATOR) -> Clerk:
        clerk = Clerk(application, str(role))
        assert clerk.sign_in().status_code == 302
        return clerk

    return somebody


@pytest.fixture
def staff(browser: Browser, console: Service) -> Iterator[Callable[..., Staff]]:
    """Somebody at a browser, signed in where a role is given; ``console``: each file's service, with its accounts."""
    there: list[Staff] = []

    def open_browser(role: str | None = None, device: dict[str, object] | None = None) -> Staff:
        somebody = Staff(browser, console.url, device)
        there.append(somebody)
        if role:
            somebody.enter(role)
        return somebody

    yield open_browser
    for somebody in there:
        somebody.context.close()
