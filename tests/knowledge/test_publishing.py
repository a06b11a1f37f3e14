"""Publishing while residents ask: no failed request, no mixed answer, every process agrees soon; and the command."""

import datetime
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from bot.store.engine import Engine
from bot.store.knowledge import KnowledgeStore
from intents.model import Model
from tests.conftest import ROOT, Service

OLD, NEW = "每人每月200元，由区里", "每人每月260元"
AGREE_SECONDS = 5.0
EDIT = [
    ("service:home-care-purchase", "answers.amount", "2026年起的标准是每人每月260元。"),
    ("service:home-care-purchase", "upkeep.amount", {"basis": "区民政局答复：2026年起每人每月260元"}),
]


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


@pytest.fixture
def running(model: Model, tmp_path: Path) -> Iterator[Service]:
    service = Service(tmp_path, BOT_LIMITS_ADDRESS_PER_MINUTE="1000000")
    yield service
    if service.process.poll() is None:
        service.stop()


def versions_of(service: Service) -> KnowledgeStore:
    return KnowledgeStore(Engine(service.folder / "bot.db"))


class Residents:
    """Eight who ask the same thing again and again, fifty times a second together."""

    def __init__(self, url: str) -> None:
        self.url, self._stop = url, threading.Event()
        self.seen: list[tuple[float, float, str]] = []
        self.failed: list[str] = []
        self._threads = [threading.Thread(target=self._ask, args=(n,), daemon=True) for n in range(8)]
        for thread in self._threads:
            thread.start()

    def _ask(self, number: int) -> None:
        with requests.Session() as session:
            while not self._stop.is_set():
                began = time.time()
                asked = {"user": f"u{number}-{began}", "text": "居家养老服务每月给多少钱"}
                try:
                    answer = session.post(f"{self.url}/api/chat", json=asked, timeout=10)
                    self.seen.append((began, time.time(), answer.json()["reply"]))
                except (requests.RequestException, KeyError, ValueError) as error:
                    self.failed.append(repr(error))
                time.sleep(0.12)

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


@pytest.mark.slow
def test_an_amount_changes_and_changes_back_while_residents_ask(running: Service) -> None:
    versions, residents = versions_of(running), Residents(running.url)
    first = versions.published_number()
    time.sleep(2)
    versions.edit_all(EDIT, "甲", now())
    draft = versions.draft()
    assert draft is not None
    published = time.time()
    versions.publish(draft.id, "甲", now())
    time.sleep(AGREE_SECONDS + 1)
    undone = time.time()
    versions.publish_again(first, "甲", now())
    time.sleep(AGREE_SECONDS + 1)
    residents.stop()
    assert residents.failed == [] and len(residents.seen) > 100
    assert all((OLD in reply) != (NEW in reply) for *_, reply in residents.seen)
    assert all(OLD in reply for _, ended, reply in residents.seen if ended < published)
    assert all(NEW in reply for began, ended, reply in residents.seen if published + AGREE_SECONDS < began and ended < undone)
    assert all(OLD in reply for began, _, reply in residents.seen if began > undone + AGREE_SECONDS)


def test_the_command_publishes_what_passes_and_takes_it_back(running: Service) -> None:
    def command(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "app.py", "publish", *words], cwd=ROOT, env=running.environment, capture_output=True, text=True
        )

    versions = versions_of(running)
    none = command()
    assert none.returncode == 1 and none.stderr.startswith("错误：没有草稿")
    versions.edit_all(EDIT[:1], "甲", now())  # the figure has no source
    refused = command()
    assert refused.returncode == 1 and "260" in refused.stderr and "Traceback" not in refused.stderr
    versions.edit_all(EDIT[1:], "甲", now())
    done = command()
    assert done.returncode == 0, done.stderr
    assert "260" in str(versions.published().document)
    assert command("--undo").returncode == 0
    assert "260" not in str(versions.published().document)
