"""Several processes deliver at once, and some of them die."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.delivery.conftest import PostOffice


def courier(office: PostOffice, seconds: float) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.delivery.run_courier", str(office.path), office.simulator.url, str(seconds)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def write_to_many(office: PostOffice, followers: int, each: int) -> dict[str, list[str]]:
    expected: dict[str, list[str]] = {}
    for number in range(followers):
        who = f"oFollower{number}"
        office.follower_writes(who=who)
        for line in range(each):
            office.write(f"{number}-{line}", f"wechat:{who}")
            expected.setdefault(who, []).append(f"{number}-{line}")
    return expected


def test_two_couriers_deliver_everything_once_in_order_with_one_token(office: PostOffice) -> None:
    expected = write_to_many(office, followers=20, each=4)
    running = [courier(office, 12) for _ in range(2)]
    ends = time.monotonic() + 30
    while office.outbox.counts().get("sent", 0) < 80 and time.monotonic() < ends:
        time.sleep(0.1)
    for process in running:
        process.terminate()
        process.wait()
    assert {who: office.account.texts(who) for who in expected} == expected
    assert office.outbox.counts() == {"sent": 80}
    assert office.account.count("stable_token") == 1


@pytest.mark.slow
def test_couriers_that_are_killed_lose_nothing_and_send_nothing_twice(office: PostOffice, tmp_path: Path) -> None:
    expected = write_to_many(office, followers=40, each=4)
    chance = random.Random(7)
    for _ in range(6):
        process = courier(office, 30)
        assert process.stdout and process.stdout.readline()
        time.sleep(chance.uniform(0.05, 0.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
    office.clock.forward(minutes=3)  # the leases of the dead have ended
    for who in expected:
        office.follower_writes(who=who)
    office.deliver()
    dead = {letter.text for letter in office.outbox.list_dead()}
    assert all("可能已送达" in letter.last_error for letter in office.outbox.list_dead())
    for who, texts in expected.items():
        arrived = office.account.texts(who)
        assert len(arrived) == len(set(arrived))  # nothing twice
        assert {text for text in texts if text not in arrived} <= dead  # nothing lost without a trace
        assert arrived == [text for text in texts if text in arrived]
    assert set(office.outbox.counts()) <= {"sent", "dead"}
