"""A courier over a real store and a simulated WeChat."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app import courier_of
from bot.channels.simulator import Account, Fault, Simulator
from bot.config import Config, NotifyConfig, WechatConfig
from bot.delivery.courier import Courier
from bot.delivery.outbox import Letter, load_data
from bot.store.engine import migrate
from bot.store.outbox import SqliteOutbox, put, written_to_resident
from bot.store.sqlite import SqliteStore

WHO = "oWangAyi"
RESIDENT = f"wechat:{WHO}"
APP_ID, APP_SECRET = "wx0123456789abcdef", "secret"


class MovingClock:
    """The real time, moved on by what a test says."""

    def __init__(self) -> None:
        self.ahead = datetime.timedelta()

    def __call__(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC) + self.ahead

    def seconds(self) -> float:
        return self().timestamp()

    def forward(self, **time: float) -> None:
        self.ahead += datetime.timedelta(**time)

    def iso(self) -> str:
        return self().isoformat(timespec="milliseconds")


@dataclass
class PostOffice:
    """The store, the account and a courier on one clock."""

    path: Path
    account: Account
    simulator: Simulator
    clock: MovingClock
    wechat: dict[str, object] = field(default_factory=dict)
    notify: dict[str, object] = field(default_factory=dict)
    server: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store = SqliteStore(self.path)
        self.outbox = SqliteOutbox(self.store.engine)

    @property
    def config(self) -> Config:
        account = {"app_id": APP_ID, "app_secret": APP_SECRET, "verified": True, "api_base_url": self.simulator.url}
        return Config.model_validate(
            {
                "wechat": WechatConfig.model_validate({**account, **self.wechat}),
                "notify": NotifyConfig.model_validate(self.notify),
                "server": self.server,
            }
        )

    def courier(self) -> Courier:
        courier = courier_of(self.config, self.store)
        courier._clock = self.clock
        for sender in courier._senders.values():
            if api := getattr(sender, "_api", None):
                api._tokens._clock = self.clock
        return courier

    def deliver(self) -> None:
        self.courier().run_until_idle()

    def deliver_patiently(self, hours: float = 6) -> None:
        """As the courier would over some hours."""
        for _ in range(int(hours * 6)):
            self.deliver()
            self.clock.forward(minutes=10)

    def follower_writes(self, by: str = "message", who: str = WHO) -> None:
        self.account.opened(who, by)
        self.outbox.opened(f"wechat:{who}", by, self.clock.iso())

    def write(self, text: str, resident: str = RESIDENT, **more: object) -> None:
        with self.store.engine.write() as db:
            written_to_resident(db, resident, text, f"k:{resident}:{text}", at=self.clock.iso(), **more)  # type: ignore[arg-type]

    def put(self, key: str, kind: str, text: str, **more: object) -> None:
        with self.store.engine.write() as db:
            put(db, key, kind, text, at=self.clock.iso(), **more)  # type: ignore[arg-type]

    def letters(self) -> list[Letter]:
        return self.outbox._list("1 order by id", [])

    def states(self) -> list[tuple[str, str | None]]:
        return [(str(letter.state), letter.sent_way and str(letter.sent_way)) for letter in self.letters()]

    def outcomes(self) -> list[str]:
        return [str(attempt.outcome) for letter in self.letters() for attempt in self.outbox.attempts(letter.id)]

    def fault(self, kind: str, value: float = 0, times: int = 1, path: str = "/cgi-bin/message/custom/send") -> None:
        self.account.faults.extend([Fault(kind, value, path)] * times)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PostOffice]:
    path = tmp_path / "bot.db"
    migrate(path)
    clock = MovingClock()
    account = Account(app_id=APP_ID, app_secret=APP_SECRET, clock=clock.seconds)
    simulator = Simulator(account)
    monkeypatch.setitem(load_data("ways")["courier"], "read_seconds", 0.5)
    yield PostOffice(path, account, simulator, clock)
    simulator.close()
