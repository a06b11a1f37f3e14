"""S1 and S3 as a clerk clicks: from "the bot did not know" to an answer for everybody; talking with a resident who waits."""

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, expect

from bot.tickets.records import Role
from tests.conftest import Service
from tests.console.axe import grave_findings
from tests.console.browser import DESKTOP, PHONE, Staff, add_accounts, before_its_scripts

pytestmark = pytest.mark.slow(seconds=50)

PASSPORT = ["护照过期了怎么换", "护照到期了咋换新的", "我护照过期了，换发要去哪里办"]


def ask(service: Service, user: str, text: str) -> dict[str, Any]:
    return dict(requests.post(service.url + "/api/chat", json={"user": user, "text": text}, timeout=60).json())


@pytest.fixture(scope="module")
def console(service: Service) -> Service:
    """The service with clerks, and residents whose questions it could not answer."""
    add_accounts(service.folder / "bot.db", Role.ADMINISTRATOR, Role.DISPATCHER, names={Role.DISPATCHER: "刘晓明"})
    for k, text in enumerate(PASSPORT):
        ask(service, f"resident{k}", text)
    ask(service, "other", "公积金怎么提取")
    ask(service, "ill", "透析的车费医保局给报吗")
    ask(service, "asks", "法律援助要带啥材料")
    ask(service, "asks", "没用")
    return service


def picture(somebody: Staff, name: str) -> None:
    """Keep a picture for the documents when the environment names a folder for PICTURES."""
    if folder := os.environ.get("PICTURES"):
        somebody.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def look(somebody: Staff, name: str) -> None:
    """A page as it must be: nothing serious for axe, nothing wider than the window."""
    assert grave_findings(somebody.page) == []
    assert somebody.overflow() <= 0
    picture(somebody, name)


def open_list(somebody: Staff) -> None:
    """The list, once the service has put the questions into groups."""
    until = time.monotonic() + 90
    while time.monotonic() < until:
        somebody.go("/console/questions/")
        if somebody.page.get_by_text("3 人在等").count():
            return
        time.sleep(1)
    raise AssertionError("the questions found no group: " + somebody.page.inner_text("main"))


@pytest.mark.parametrize(("device", "name"), [(DESKTOP, "desktop"), (PHONE, "phone")], ids=["desktop", "phone"])
def test_every_page_is_accessible_and_fits(staff: Callable[..., Staff], device: dict[str, object], name: str) -> None:
    clerk = staff("administrator", device)
    open_list(clerk)
    look(clerk, f"questions-{name}")
    clerk.page.locator(".question-groups a", has_text="护照").first.click()
    clerk.page.get_by_role("button", name="前后的话").first.click()
    expect(clerk.page.locator(".talk li").first).to_be_visible()
    look(clerk, f"question-group-{name}")
    for address, page in (
        ("/console/live/", "live"),
        ("/console/review/", "review"),
        ("/console/review/gaps", "gaps"),
        ("/console/review/gaps/legal-aid/materials", "gap"),
    ):
        clerk.go(address)
        look(clerk, f"{page}-{name}")
    clerk.require_quiet()


def test_a_clerk_settles_a_group_from_the_keyboard_and_everybody_hears_of_it(
    staff: Callable[..., Staff], console: Service
) -> None:
    clerk = staff("dispatcher")
    page = clerk.page
    open_list(clerk)
    page.locator(".question-groups a", has_text="护照").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("护照")
    clerk.press("3")
    page.get_by_label("公安的事").check()
    page.get_by_label("请居民打哪个电话").select_option("12367")
    page.get_by_role("button", name="告诉居民").click()
    expect(page.get_by_text("3个问题，给3位居民发了答复")).to_be_visible()
    page.get_by_role("button", name="撤销").first.click()
    expect(page.get_by_text("3个问题回到")).to_be_visible()
    with before_its_scripts(page):
        page.locator(".question-groups a", has_text="公积金").first.click()
        page.get_by_label("找事项").fill("法律援助")
        page.get_by_label("找事项").press("Enter")
    expect(page.get_by_role("button", name="法律援助").first).to_be_focused()
    page.get_by_role("button", name="法律援助").first.click()
    expect(page.get_by_text("1个问题，给1位居民发了答复")).to_be_visible()
    clerk.require_quiet()


def test_a_clerk_takes_a_waiting_resident_over_and_hands_back(
    staff: Callable[..., Staff], browser: Browser, console: Service
) -> None:
    resident = Staff(browser, console.url, PHONE)
    resident.go("/")
    resident.page.get_by_role("textbox").fill("转人工")
    resident.page.get_by_role("button", name="发送").click()
    expect(resident.page.get_by_text("正在为您找工作人员")).to_be_visible()
    clerk = staff("dispatcher")
    page = clerk.page
    clerk.go("/console/")
    expect(page).to_have_title(re.compile("人在等"))
    clerk.go("/console/live/")
    look(clerk, "live-waiting-desktop")
    page.get_by_role("button", name="接入").first.click()
    expect(resident.page.get_by_text("工作人员接进来了")).to_be_visible()
    resident.page.get_by_role("textbox").fill("法律援助怎么申请")
    resident.page.get_by_role("button", name="发送").click()
    expect(page.locator("#log")).to_contain_text("法律援助怎么申请")
    page.get_by_role("button", name="用这段").first.click()
    assert "区司法局" in page.get_by_label("写给居民").input_value()
    page.get_by_label("写给居民").fill("带上身份证，到区司法局就行。")
    page.get_by_label("写给居民").press("Control+Enter")
    said = resident.page.locator(".message.from-staff")
    expect(said).to_contain_text("带上身份证，到区司法局就行。")
    expect(said).to_contain_text("工作人员")
    expect(page.locator("#log").get_by_text("带上身份证，到区司法局就行。")).to_have_count(1)
    look(clerk, "talk-desktop")
    page.get_by_role("button", name="交还机器人").click()
    expect(resident.page.get_by_text("工作人员已经结束这次对话")).to_be_visible()
    resident.page.get_by_role("textbox").fill("换电站建了几座")
    resident.page.get_by_role("button", name="发送").click()
    expect(resident.page.locator(".message.from-service").last).to_contain_text("换电站")
    resident.context.close()
    clerk.require_quiet()


def test_a_key_takes_the_resident_who_was_chosen_although_the_list_renewed_itself(
    staff: Callable[..., Staff], console: Service
) -> None:
    for user in ("first", "second"):
        ask(console, user, "转人工")
        ask(console, user, f"{user} 想问公积金")
    clerk = staff("dispatcher")
    page = clerk.page
    clerk.go("/console/live/")
    line = page.locator("#live-list li", has_text="second")
    expect(line).to_be_visible()
    while "chosen" not in (line.get_attribute("class") or ""):
        clerk.press("j")
    page.evaluate("document.getElementById('live-list').dataset.old = '1'")
    expect(page.locator("#live-list:not([data-old])")).to_be_attached()
    expect(line).to_have_class(re.compile("chosen"))
    button = page.locator("#live-list li", has_text="first").get_by_role("button", name="接入")
    button.focus()
    page.evaluate("document.getElementById('live-list').dataset.old = '1'")
    expect(page.locator("#live-list:not([data-old])")).to_be_attached()
    expect(button).to_be_focused()
    clerk.press("1")
    page.wait_for_url("**/console/live/*")
    expect(page.locator("#log")).to_contain_text("second 想问公积金")
    clerk.require_quiet()


def test_what_a_clerk_answered_and_an_administrator_took_over_is_said_to_the_next_resident(
    staff: Callable[..., Staff], console: Service
) -> None:
    clerk = staff("dispatcher")
    open_list(clerk)
    page = clerk.page
    page.locator(".question-groups a", has_text="护照").first.click()
    page.locator("summary", has_text="写一段答复").click()
    page.get_by_role("textbox", name="答复").fill("请带旧护照到公安出入境大厅。")
    page.get_by_role("button", name="发给 3 位居民").click()
    expect(page.get_by_text("3个问题，给3位居民发了答复")).to_be_visible()
    administrator = staff("administrator")
    page = administrator.page
    administrator.go("/console/faqs/")
    look(administrator, "faqs-waiting-desktop")
    page.get_by_role("link", name="采用").first.click()
    look(administrator, "faqs-take-desktop")
    page.get_by_role("button", name="采用").click()
    expect(page.get_by_text("几秒内机器人就照着答")).to_be_visible()
    until = time.monotonic() + 90
    for text in ("护照过期了怎么换", "护照过期该咋换呀", "我的护照到期了怎么换"):
        # Two worker processes answer in turn.
        while not all("出入境大厅" in ask(console, f"next{k}{time.monotonic_ns()}", text)["reply"] for k in range(4)):
            assert time.monotonic() < until, text
            time.sleep(1)
    phone = staff("administrator", PHONE)
    phone.go("/console/faqs/")
    look(phone, "faqs-phone")
    administrator.require_quiet()
