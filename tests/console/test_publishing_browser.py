"""A2 as an administrator clicks, while residents ask: an amount goes from draft to live and back, no answer is mixed."""

import os
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from playwright.sync_api import expect

from bot.dialogue.conversation import utc_now
from bot.store.engine import Engine
from bot.store.knowledge import KnowledgeStore
from bot.store.settings import SqliteSettings
from bot.tickets.records import Role
from tests.conftest import Service
from tests.console.axe import grave_findings
from tests.console.browser import PHONE, Staff, add_accounts

pytestmark = pytest.mark.slow(seconds=60)

OLD, NEW = "每人每月200元，由区里", "每人每月260元"
AGREEING = 24
"""So many answers in a row come from both processes."""


@pytest.fixture(scope="module")
def console(service: Service) -> Service:
    add_accounts(
        service.folder / "bot.db", Role.ADMINISTRATOR, Role.APPROVER, names={"administrator": "孙主任", "approver": "赵科长"}
    )
    return service


@pytest.fixture(scope="module")
def service(model: object, tmp_path_factory: pytest.TempPathFactory) -> object:
    running = Service(tmp_path_factory.mktemp("publishing"), BOT_LIMITS_ADDRESS_PER_MINUTE="1000000")
    yield running
    if running.process.poll() is None:
        running.stop()


class Residents:
    """Four who ask the same thing again and again."""

    def __init__(self, url: str) -> None:
        self.url, self._stop = url, threading.Event()
        self.seen: list[tuple[float, float, str]] = []
        self.failed: list[str] = []
        self._threads = [threading.Thread(target=self._ask, args=(n,), daemon=True) for n in range(4)]
        for thread in self._threads:
            thread.start()

    def _ask(self, number: int) -> None:
        with requests.Session() as session:
            while not self._stop.is_set():
                began = time.time()
                asked = {"user": f"u{number}-{began}", "text": "居家养老服务每月给多少钱"}
                try:
                    answer = session.post(f"{self.url}/api/chat", json=asked, timeout=60)
                    self.seen.append((began, time.time(), answer.json()["reply"]))
                except (requests.RequestException, KeyError, ValueError) as error:
                    self.failed.append(repr(error))
                time.sleep(0.12)

    def agree(self, words: str) -> float:
        """Wait until whoever asks hears these words, of every process; since when."""
        asked, until = len(self.seen), time.monotonic() + 60
        while len(self.seen) < asked + AGREEING or not all(words in reply for *_, reply in self.seen[-AGREEING:]):
            assert time.monotonic() < until, self.seen[-AGREEING:]
            time.sleep(0.1)
        return time.time()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


def look(somebody: Staff, name: str) -> None:
    """A page as it must be; a picture for the documents when the environment names a folder for PICTURES."""
    assert grave_findings(somebody.page) == []
    assert somebody.overflow() <= 0
    if folder := os.environ.get("PICTURES"):
        somebody.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_an_amount_goes_live_and_back_while_residents_ask(staff: Callable[..., Staff], console: Service) -> None:
    clerk = staff("administrator")
    page = clerk.page
    page.on("dialog", lambda dialog: dialog.accept())
    clerk.go("/console/known/new")
    page.get_by_label("问题").fill("居家养老服务每月给多少钱")
    page.get_by_label("对得上的事项").select_option("service:home-care-purchase")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".flash-success")).to_contain_text("已加进已知问题")
    look(clerk, "known-desktop")
    clerk.go("/console/knowledge/service/home-care-purchase/amount")
    page.locator("#text").fill("2026年起的标准是每人每月260元。")
    page.get_by_label("另有依据").check()
    page.get_by_label("另有的依据").fill("区民政局2026年3月1日书面答复：2026年起每人每月260元")
    expect(page.locator("#preview")).to_contain_text("书面答复")
    page.get_by_role("button", name="存进草稿").click()
    clerk.go("/console/publish/")
    clerk.complaints.clear()  # a preview that was on its way when the form was sent is given up
    expect(page.get_by_text("还没有问过")).to_be_visible()
    residents = Residents(console.url)
    page.get_by_role("button", name="开始问").click()
    expect(page.get_by_role("button", name="发布", exact=False)).to_be_visible(timeout=120_000)
    expect(page.locator("#questions + p")).to_contain_text("变差了 0")
    page.get_by_text("看答复差在哪里").first.click()
    look(clerk, "publish-draft-desktop")
    residents.agree(OLD)
    page.get_by_role("button", name="发布", exact=False).click()
    expect(page.locator(".flash-success")).to_contain_text("发布了")
    published = residents.agree(NEW)
    residents.agree(NEW)
    undone_from = time.time()
    page.get_by_role("button", name="撤回，用这一版").click()
    expect(page.locator(".flash-success")).to_contain_text("恢复了第1版")
    undone = residents.agree(OLD)
    residents.agree(OLD)
    residents.stop()
    assert residents.failed == []
    assert all((OLD in reply) != (NEW in reply) for *_, reply in residents.seen)
    seen = [(began, ended, NEW in reply) for began, ended, reply in residents.seen]
    assert all(new for began, ended, new in seen if published < began and ended < undone_from)
    assert not any(new for began, _, new in seen if began > undone)
    assert all("书面答复" in reply for *_, reply in residents.seen if NEW in reply)
    clerk.require_quiet()


def test_what_gets_worse_is_accepted_and_a_second_person_approves(staff: Callable[..., Staff], console: Service) -> None:
    engine = Engine(console.folder / "bot.db")
    SqliteSettings(engine, utc_now).set("console.second_person", True, "administrator")
    versions = KnowledgeStore(engine)
    document = versions.published().document
    for part in document["fields"]:
        for item in part["items"]:
            if item["number"] == 24:
                item["services"] = [{**item["services"][0], "id": "charging-posts", "title": "充电桩", "aliases": []}]
    versions.replace_draft(document, "换电站改成充电桩", "孙主任", utc_now())
    engine.close()
    clerk, second = staff("administrator"), staff("approver", PHONE)
    page = clerk.page
    clerk.go("/console/publish/")
    page.get_by_role("button", name="开始问").click()
    expect(page.get_by_label("为什么可以接受").first).to_be_visible(timeout=120_000)
    look(clerk, "publish-worse-desktop")
    while page.get_by_label("为什么可以接受").count():
        left = page.get_by_label("为什么可以接受").count()
        page.get_by_label("为什么可以接受").first.fill("这一项改成了充电桩")
        page.get_by_role("button", name="接受").first.click()
        expect(page.get_by_label("为什么可以接受")).to_have_count(left - 1)
    expect(page.get_by_text("最后一处改动是您自己做的")).to_be_visible()
    second.go("/console/publish/")
    look(second, "publish-worse-phone")
    second.page.get_by_role("button", name="批准这份草稿").click()
    expect(second.page.locator(".flash-success")).to_contain_text("已批准")
    page.reload()
    expect(page.get_by_role("button", name=re.compile("^发布"))).to_be_visible()
    clerk.require_quiet()
    second.require_quiet()
