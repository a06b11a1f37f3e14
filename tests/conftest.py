"""What the tests share: the real knowledge, one trained model, a store in a file, the conversation, the service as a process."""

import datetime
import fcntl
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from app import Installation, web
from bot.config import Config
from bot.dialogue.conversation import Conversation
from bot.messages import Message, Reply
from bot.store.engine import migrate
from bot.store.sqlite import SqliteStore
from bot.topics import catalogue_of
from intents.model import Model, ModelStore
from knowledge.base import KnowledgeBase
from knowledge.load import load_knowledge
from tests.console.browser import chromium

ROOT = Path(__file__).parent.parent
MODEL = ROOT / "build" / "test-model"
"""Kept between runs; trained anew when utterances or knowledge change."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Quick files first; of the slow ones the longest first, so that tests side by side end together."""
    seconds: dict[Path, float] = {}
    for item in items:
        if slow := item.get_closest_marker("slow"):
            seconds[item.path] = max(seconds.get(item.path, 0.0), slow.kwargs.get("seconds", 30.0))
    items.sort(key=lambda item: (item.path in seconds, -seconds.get(item.path, 0.0)))


@pytest.fixture(scope="session")
def knowledge() -> KnowledgeBase:
    return load_knowledge()


@pytest.fixture(scope="session")
def model(knowledge: KnowledgeBase) -> Model:
    MODEL.mkdir(parents=True, exist_ok=True)
    with (MODEL / "tests.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # where tests run side by side one of them trains, the others wait for it
        model = ModelStore(MODEL).current(catalogue_of(knowledge), print)
    model.understanding.warm()
    return model


@pytest.fixture
def installation(knowledge: KnowledgeBase) -> Installation:
    return Installation(Config(), knowledge)


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    path = tmp_path / "bot.db"
    migrate(path)
    return SqliteStore(path)


class Clock:
    """Time that stands until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime.datetime(2026, 3, 2, 2, 0, tzinfo=datetime.UTC)  # a Monday, 10:00 in China

    def __call__(self) -> datetime.datetime:
        return self.now

    def forward(self, **time: float) -> None:
        self.now += datetime.timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def conversation(installation: Installation, model: Model, store: SqliteStore, clock: Clock) -> Conversation:
    conversation = installation.conversation(model, store)
    conversation._clock = clock
    return conversation


Say = Callable[..., Reply]


@pytest.fixture
def say(conversation: Conversation) -> Say:
    """Say something as a resident: ``say("你好")``, ``say("你好", who="李大爷")``."""

    def speak(text: str, who: str = "王阿姨", **more: object) -> Reply:
        return conversation.handle(Message(f"test:{who}", text, "test", **more)).reply  # type: ignore[arg-type]

    return speak


@pytest.fixture
def client(installation: Installation, conversation: Conversation, model: Model, store: SqliteStore) -> FlaskClient:
    """The web application without a server."""
    return web(installation, conversation, store, lambda: model, "test-secret").test_client()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all; each visitor has cookies and a cache of their own."""
    with chromium() as browser:
        yield browser


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Service:
    """The real service as a process of its own: ``python app.py serve`` on a scratch folder that shares the tests' model."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder, self.port = folder, free_port()
        (folder / "model").symlink_to(MODEL) if not (folder / "model").exists() else None
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("BOT_")},
            "BOT_STORE_URL": f"sqlite:///{folder}/bot.db",
            "BOT_SERVER_PORT": str(self.port),
            "BOT_LOG_LEVEL": "warning",
            **settings,
        }
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        with (self.folder / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "app.py", "serve"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + 120
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(self.url + "/readyz", timeout=10) as response:
                    if response.status == 200:
                        return
            except OSError:
                time.sleep(0.1)
            if self.process.poll() is not None:
                break
        raise AssertionError("the service did not start: " + (self.folder / "serve.log").read_text())

    def kill(self) -> None:
        """kill -9, workers and all."""
        os.killpg(self.process.pid, 9)
        self.process.wait()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)


WECHAT = {
    "BOT_WECHAT_TOKEN": "testtoken",
    "BOT_WECHAT_APP_ID": "wx0123456789abcdef",
    "BOT_WECHAT_ENCODING_AES_KEY": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    "BOT_WECHAT_MODE": "compatible",
}


@pytest.fixture(scope="module")
def service(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service with WeChat switched on, one for the tests of a file."""
    running = Service(tmp_path_factory.mktemp("service"), **WECHAT)
    yield running
    if running.process.poll() is None:
        running.stop()
