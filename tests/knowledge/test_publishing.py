"""Publishing with the command."""

import datetime
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store.engine import Engine
from bot.store.knowledge import KnowledgeStore
from intents.model import Model
from tests.conftest import ROOT, Service

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
