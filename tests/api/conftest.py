"""The whole application with accounts of every role and the real units, and other systems that call it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from bot.accounts.keys import ApiKey, add_key
from bot.store.api_keys import SqliteApiKeys
from bot.store.sqlite import SqliteStore
from bot.store.tickets import TicketOffice
from bot.tickets.known_units import units_of
from knowledge.base import KnowledgeBase
from tests.conftest import Clock
from tests.console.conftest import application, clerk
from tests.tickets.conftest import Hands

__all__ = ["application", "clerk"]

LAMP = {"kind": "complaint", "matter": "正阳街12号门口的路灯三天不亮了", "place": "正阳街12号门口", "unit": "区城管局"}


class System:
    """Another system of the district, with its key."""

    def __init__(self, application: Flask, key: ApiKey, text: str) -> None:
        self.key, self.text, self._client = key, text, application.test_client(use_cookies=False)

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **more: Any) -> TestResponse:
        if body is not None:
            more |= {"data": json.dumps(body, ensure_ascii=False), "content_type": "application/json"}
        return self._client.open(path, method=method, headers={"Authorization": f"Bearer {self.text}", **(headers or {})}, **more)

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.call("GET", path, query_string=query)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.call("POST", path, body, {name.replace("_", "-"): value for name, value in headers.items()})

    def file(self, **fields: Any) -> dict[str, Any]:
        answer = self.post("/api/tickets", LAMP | fields)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json
        return made


NewSystem = Callable[..., System]


@pytest.fixture
def office(application: Flask, store: SqliteStore, knowledge: KnowledgeBase, clock: Clock) -> TicketOffice:
    office = TicketOffice(store.engine, store.rules, clock)
    office.prepare(units_of(knowledge))
    return office


@pytest.fixture
def hands(office: TicketOffice) -> Hands:
    return Hands(office)


@pytest.fixture
def system(application: Flask, store: SqliteStore, hands: Hands, clock: Clock) -> NewSystem:
    """``system("数字城管", "read", "write", unit="区城管局")``: a system with a key of its own."""

    def make(name: str = "数字城管", *scopes: str, unit: str | None = None, webhook: str = "") -> System:
        number = hands.unit(unit) if unit else None
        keys = SqliteApiKeys(store.engine, clock)
        return System(application, *add_key(keys, name, scopes or ("read", "write"), number, webhook, plain=True))

    return make
