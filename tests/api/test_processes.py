"""The interface over the real service with its worker processes: a request that is sent again and again is carried out once,
whichever process gets it, and after the service was killed."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bot.accounts.keys import add_key
from bot.dialogue.conversation import utc_now
from bot.store.api_keys import SqliteApiKeys
from bot.store.engine import Engine
from intents.model import Model
from tests.api.conftest import LAMP
from tests.conftest import Service
from tests.delivery.servers import WebServer


@pytest.fixture(scope="module")
def running(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("service"), BOT_SERVER_WORKERS="2")
    yield service
    if service.process.poll() is None:
        service.stop()


LEASE_AND_MORE = 150
"""Seconds until what a killed courier had in its hands is given up by it and sent by another."""


def post(service: Service, key: str, again: str, **fields: Any) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Idempotency-Key": again}
    body = json.dumps(LAMP | fields).encode()
    request = urllib.request.Request(service.url + "/api/tickets", body, headers)
    with urllib.request.urlopen(request, timeout=20) as response:
        return response.status, json.load(response)


def test_a_request_is_carried_out_once_over_processes_and_restarts_and_told_of(running: Service) -> None:
    engine = Engine(running.folder / "bot.db")
    with WebServer() as web:
        _, text = add_key(SqliteApiKeys(engine, utc_now), "12345平台", ["read", "write"], None, f"{web.url}/hook", plain=True)
        wanted = [f"r{k % 10}" for k in range(60)]
        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda again: post(running, text, again, matter=f"路灯不亮 {again}"), wanted))
        numbers = {
            again: {made["number"] for name, (_, made) in zip(wanted, answers, strict=True) if name == again} for again in wanted
        }
        assert all(len(found) == 1 for found in numbers.values()) and len(set().union(*numbers.values())) == 10
        assert sorted(status for status, _ in answers).count(201) == 10
        running.kill()
        running.start()
        for again, found in numbers.items():
            status, made = post(running, text, again, matter=f"路灯不亮 {again}")
            assert (status, {made["number"]}) == (200, found)
        assert engine.rows("select count(*) as n from tickets") == [{"n": 10}]
        ends = time.monotonic() + LEASE_AND_MORE
        while len(told := {request.headers["X-Delivery"] for request in web.got}) < 20 and time.monotonic() < ends:
            time.sleep(0.2)
        assert len(told) == 20, "each filing and each dispatch, from whichever process"
        engine.close()


def test_what_is_wrong_has_its_shape_over_the_wire_too(running: Service) -> None:
    for path, kind in (("/api/tickets", "application/json"), ("/open311/v2/requests.xml", "text/xml; charset=utf-8")):
        request = urllib.request.Request(running.url + path, b"x" * 200_000, {"Content-Type": "application/json"})
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request, timeout=10)
        assert caught.value.status in (400, 413) and caught.value.headers["Content-Type"] == kind
        caught.value.close()
