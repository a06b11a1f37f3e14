"""Publishing with the command: what is wrong or gets worse is listed and accepted by number; a second person is needed too."""

import datetime
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.dialogue.conversation import utc_now
from bot.messages import Mode
from bot.questions.known import KnownQuestion
from bot.store.engine import Engine, migrate
from bot.store.knowledge import KnowledgeStore
from bot.store.known_questions import KnownQuestions
from bot.store.publishing import PublishingStore, digest_of
from bot.store.settings import SqliteSettings
from intents.model import Model
from knowledge.base import KnowledgeBase
from knowledge.document import document_of
from tests.conftest import MODEL, ROOT

EDIT = [
    ("service:home-care-purchase", "answers.amount", "2026年起的标准是每人每月260元。"),
    ("service:home-care-purchase", "upkeep.amount", {"basis": "区民政局答复：2026年起每人每月260元"}),
]
KNOWN = [KnownQuestion("换电站建了几座", Mode.ANSWER, service="battery-swap"), KnownQuestion("护照在哪换", Mode.REJECT)]

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


@pytest.fixture
def engine(model: Model, knowledge: KnowledgeBase, tmp_path: Path) -> Engine:
    """A store as a service left it that was started once."""
    (tmp_path / "model").symlink_to(MODEL)
    migrate(tmp_path / "bot.db")
    engine = Engine(tmp_path / "bot.db")
    KnowledgeStore(engine).bring_in(knowledge, now())
    KnownQuestions(engine, utc_now).bring_in(KNOWN)
    return engine


@pytest.fixture
def publish(tmp_path: Path) -> Command:
    environment = {"BOT_STORE_URL": f"sqlite:///{tmp_path}/bot.db", "BOT_LOG_LEVEL": "warning"}

    def command(*words: str) -> "subprocess.CompletedProcess[str]":
        line = [sys.executable, "app.py", "publish", *words]
        done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert "Traceback" not in done.stderr
        return done

    return command


def test_the_command_publishes_what_passes_and_takes_it_back(engine: Engine, publish: Command) -> None:
    versions = KnowledgeStore(engine)
    none = publish()
    assert none.returncode == 1 and none.stderr.startswith("错误：没有草稿")
    versions.edit_all(EDIT[:1], "甲", now())  # the figure has no source
    refused = publish()
    assert refused.returncode == 1 and "260" in refused.stderr
    versions.edit_all(EDIT[1:], "甲", now())
    done = publish()
    assert done.returncode == 0, done.stderr
    assert "已知问题 2 个：一样 2" in done.stdout and "260" in str(versions.published().document)
    assert publish("--undo").returncode == 0
    versions.edit_all([("service:battery-swap", "aliases", ["换电"])], "甲", now())
    assert publish("--discard", "--undo").returncode == 2 and versions.draft() is not None
    assert publish("--discard").returncode == 0 and versions.draft() is None
    assert publish("--discard").stderr.startswith("错误：没有草稿")
    assert "260" not in str(versions.published().document)


@pytest.mark.slow(seconds=100)
def test_what_gets_worse_is_listed_and_published_once_it_is_accepted(engine: Engine, publish: Command) -> None:
    versions = KnowledgeStore(engine)
    document = versions.published().document
    for item in (item for part in document["fields"] for item in part["items"] if item["number"] == 24):
        item["services"] = [{**item["services"][0], "id": "charging-posts", "title": "充电桩", "aliases": []}]
    versions.replace_draft(document, "充电桩", "甲", now())
    refused = publish()
    assert refused.returncode == 1 and "变差" in refused.stderr
    listed = re.search(r"\[(\d+)\] 事项没有了：换电站建了几座", refused.stdout)
    assert listed, refused.stdout
    assert publish("--acknowledge", listed[1]).returncode == 2
    done = publish("--acknowledge", f"{listed[1]}=改建充电桩")
    assert done.returncode == 0, done.stderr
    assert "改建充电桩" in done.stdout and "charging-posts" in versions.published().knowledge.services


@pytest.mark.slow
def test_the_command_needs_the_second_person_too(engine: Engine, publish: Command) -> None:
    versions = KnowledgeStore(engine)
    SqliteSettings(engine, utc_now).set("console.second_person", True, "administrator")
    versions.edit_all(EDIT, "甲", now())
    refused = publish()
    assert refused.returncode == 1 and "另一位" in refused.stderr
    draft = versions.draft()
    assert draft is not None
    PublishingStore(engine, utc_now, lambda: True).approve(draft.id, digest_of(draft.document), ["乙"])
    assert publish().returncode == 0 and versions.draft() is None


def test_the_first_plan_of_an_empty_installation_is_published_without_a_model(
    knowledge: KnowledgeBase, publish: Command, tmp_path: Path
) -> None:
    migrate(tmp_path / "bot.db")
    versions = KnowledgeStore(Engine(tmp_path / "bot.db"))
    versions.replace_draft(document_of(knowledge), "计划", "命令行", now())
    done = publish()
    assert done.returncode == 0, done.stderr
    assert versions.published().knowledge == knowledge
