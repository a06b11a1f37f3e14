"""kill -9 at random moments while two thousand residents file complaints at once, with WeChat's repeated deliveries."""

import http.client
import os
import random
import re
import signal
import sqlite3
import threading
import time
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from intents.model import Model
from tests.conftest import WECHAT, Service
from tests.fixtures_big import STREETS
from tests.platform import Platform, message, passive_text

pytestmark = pytest.mark.slow(seconds=150)

RESIDENTS = 2000
AT_ONCE = 24
PATIENCE_SECONDS = 60
NUMBER = re.compile(r"LY-\d{8}-\d{4,}-\d")
SORRY = "没有存下来"
"""What a resident reads when the store could not keep the turn; nothing was filed then."""


@dataclass
class Told:
    """What the residents were told: the number of each, and who gave up before any answer came."""

    numbers: dict[str, str] = field(default_factory=dict)
    contradicted: list[str] = field(default_factory=list)
    gave_up: set[str] = field(default_factory=set)


class Resident:
    """One follower: says a complaint with its place, then 确认; what gets no reply is delivered again."""

    def __init__(self, service: Service, number: int, told: Told) -> None:
        self.service, self.told, self.chance = service, told, random.Random(number)
        self.name, self.impatient = f"oKill{number:05d}", self.chance.random() < 0.15
        self.place = f"{STREETS[number % len(STREETS)]}{number}号门口"

    def file(self) -> None:
        self.deliver(message(self.name, Content=f"{self.place}的路灯不亮了，没人修"))
        confirmation = message(self.name, Content="确认")
        reply = self.deliver(confirmation, impatient=self.impatient)
        if reply is None:
            self.told.gave_up.add(self.name)
            return
        found = NUMBER.search(reply)
        assert found, reply
        self.told.numbers[self.name] = found.group()
        if self.chance.random() < 0.3:  # WeChat did not hear the reply in time and delivers once more
            again = self.deliver(confirmation)
            if again is None or found.group() not in again:
                self.told.contradicted.append(self.name)

    def deliver(self, xml: str, impatient: bool = False) -> str | None:
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            try:
                delivery = Platform().plain(xml)
                request = urllib.request.Request(self.service.url + delivery.path, delivery.body, {"Content-Type": "text/xml"})
                with urllib.request.urlopen(request, timeout=10) as response:
                    body = response.read()
            except (OSError, http.client.HTTPException):
                body = b"success"
                if impatient:
                    return None
            if body != b"success" and SORRY not in (text := passive_text(body, self.name)):
                return text
            time.sleep(0.1 + 0.2 * self.chance.random())
        raise AssertionError(f"{self.name} got no reply for {PATIENCE_SECONDS} seconds")


class Killer(threading.Thread):
    """Kills single workers and whole services, at random moments, until it is told to stop."""

    def __init__(self, service: Service) -> None:
        super().__init__(daemon=True)
        self.service, self.chance, self.enough = service, random.Random(7), threading.Event()
        self.workers, self.services = 0, 0

    def run(self) -> None:
        while not self.enough.wait(self.chance.uniform(1, 3.5)):
            if self.chance.random() < 0.3 and self.services < 2:
                self.service.kill()
                self.services += 1
                self.service.start()
            elif children := self.children():
                os.kill(self.chance.choice(children), signal.SIGKILL)
                self.workers += 1

    def children(self) -> list[int]:
        pid = self.service.process.pid
        try:
            return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except OSError:
            return []


def test_after_kill_9_every_confirmed_ticket_exists_once_and_every_number_told(model: Model, tmp_path: Path) -> None:
    limits = {"BOT_LIMITS_ADDRESS_PER_MINUTE": "1000000", "BOT_LIMITS_RESIDENT_PER_MINUTE": "10000"}
    service, told = Service(tmp_path, **WECHAT, **limits), Told()
    killer = Killer(service)
    killer.start()
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda number: Resident(service, number, told).file(), range(RESIDENTS)))
    finally:
        killer.enough.set()
        killer.join(60)
        service.kill()
    print(f"killed {killer.workers} workers and {killer.services} services; {len(told.gave_up)} residents gave up")
    assert killer.workers >= 2 and killer.services >= 1
    check(service.folder / "bot.db", told)


def check(path: Path, told: Told) -> None:
    with sqlite3.connect(path) as db:
        assert db.execute("pragma integrity_check").fetchone()[0] == "ok"
        filed = db.execute(
            "select r.resident, t.number, t.matter from tickets t join ticket_reporters r on r.number = t.number"
        ).fetchall()
        events = Counter(number for (number,) in db.execute("select number from ticket_events where action = 'file'"))
        sequences = db.execute("select day, last from ticket_sequences").fetchall()
        words = db.execute("select count(*) from ticket_words").fetchone()[0]
    kept = {resident.removeprefix("wechat:"): number for resident, number, _ in filed}
    assert told.contradicted == []
    assert len(kept) == len(filed), "nobody's complaint was filed twice"
    assert {name: kept.get(name) for name in told.numbers} == told.numbers
    assert set(kept) - set(told.numbers) <= told.gave_up
    assert len({number for _, number, _ in filed}) == len(filed) == words
    assert set(events.values()) == {1} and len(events) == len(filed)
    assert sum(last for _, last in sequences) >= len(filed)
    assert len(told.numbers) + len(told.gave_up) == RESIDENTS and len(told.gave_up) < RESIDENTS / 10
