"""The running service delivers, also after it was killed."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from bot.channels.simulator import Account, Fault, Simulator
from bot.store.outbox import SqliteOutbox, written_to_resident
from bot.store.sqlite import SqliteStore
from intents.model import Model
from tests.conftest import WECHAT, Service
from tests.platform import Platform, message, passive_text

WHO = "oWangAyi"


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    simulator = Simulator(Account(app_id=WECHAT["BOT_WECHAT_APP_ID"], app_secret="geheim"))
    yield simulator
    simulator.close()


@pytest.fixture(scope="module")
def service(model: Model, simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    more = {"SECRET": "geheim", "VERIFIED": "true", "URL": simulator.url}
    settings = {
        **WECHAT,
        "BOT_WECHAT_APP_SECRET": more["SECRET"],
        "BOT_WECHAT_VERIFIED": more["VERIFIED"],
        "BOT_WECHAT_API_BASE_URL": more["URL"],
    }
    running = Service(tmp_path_factory.mktemp("delivery"), **settings)
    yield running
    if running.process.poll() is None:
        running.stop()


def say(service: Service, simulator: Simulator, text: str) -> str:
    simulator.account.opened(WHO, "message")
    delivery = Platform().plain(message(WHO, Content=text))
    return passive_text(requests.post(service.url + delivery.path, data=delivery.body, timeout=10).content, WHO)


def write(service: Service, text: str) -> None:
    with SqliteStore(service.folder / "bot.db").engine.write() as db:
        written_to_resident(db, f"wechat:{WHO}", text, text, at="2026-03-02T02:00:00.000+00:00")


def wait_for(service: Service, simulator: Simulator, texts: list[str]) -> None:
    """Until they arrived and the service wrote that down."""
    ends = time.monotonic() + 20
    while counts(service) != {"sent": len(texts)} and time.monotonic() < ends:
        time.sleep(0.05)
    assert counts(service) == {"sent": len(texts)}
    assert simulator.account.texts(WHO) == texts


def counts(service: Service) -> dict[str, int]:
    return SqliteOutbox(SqliteStore(Path(service.folder) / "bot.db").engine).counts()


def test_what_staff_write_arrives_within_seconds_and_after_a_kill_too(service: Service, simulator: Simulator) -> None:
    say(service, simulator, "你好")
    write(service, "路灯已经修好。")
    wait_for(service, simulator, ["路灯已经修好。"])
    service.kill()
    write(service, "井盖也修好了。")
    service.start()
    wait_for(service, simulator, ["路灯已经修好。", "井盖也修好了。"])
    assert simulator.account.count("stable_token") == 1


def test_the_service_stops_quickly_although_its_courier_waits_for_wechat(service: Service, simulator: Simulator) -> None:
    say(service, simulator, "你好")
    simulator.account.faults.append(Fault("hang", 3))
    write(service, "第三条。")
    time.sleep(1.5)
    began = time.monotonic()
    service.stop()
    assert time.monotonic() - began < 15
    assert sum(counts(service).values()) == 3
