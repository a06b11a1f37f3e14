"""S5 as a clerk clicks: the department reports, the resident who asks is told so in seconds."""

import json
import secrets
import time
import urllib.request
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from bot.tickets.records import Role
from tests.conftest import Service
from tests.console.axe import grave_findings
from tests.console.browser import LAPTOP, PHONE, Staff, add_accounts

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def console(service: Service) -> Service:
    add_accounts(service.folder / "bot.db", Role.STAFF, Role.ADMINISTRATOR, unit="区工信局", names={Role.STAFF: "周敏"})
    return service


def ask(service: Service, text: str) -> str:
    body = json.dumps({"user": secrets.token_hex(4), "text": text}).encode()
    request = urllib.request.Request(service.url + "/api/chat", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        return str(json.load(response)["reply"])


def test_a_department_reports_and_residents_are_told_within_seconds(staff: Callable[..., Staff], console: Service) -> None:
    assert "目前还没有区工信局填报的进展" in ask(console, "换电站建了几座了")
    somebody = staff("staff", LAPTOP)
    page = somebody.page
    page.get_by_role("navigation").get_by_role("link", name="承诺进度").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("承诺进度")
    assert grave_findings(page) == []
    somebody.press("j", "Enter")
    page.get_by_label("办到多少").fill("已建成3座")
    page.get_by_label("还要告诉居民的").fill("其余2座在装设备")
    page.get_by_label("依据", exact=True).fill("验收单12号")
    page.get_by_label("依据的网址").fill("ftp:没有")
    page.get_by_role("button", name="填报", exact=True).click()
    expect(page.get_by_text("网址要以 http://")).to_be_visible()
    expect(page.get_by_label("办到多少")).to_have_value("已建成3座")
    page.get_by_label("依据的网址").fill("")
    page.get_by_role("button", name="填报", exact=True).click()
    expect(page.get_by_text("进度记下了")).to_be_visible()
    expect(page.get_by_role("region", name="居民问起来，机器人这样答")).to_contain_text(
        "区工信局填报：“换电站建设投运”已建成3座。"
    )
    assert grave_findings(page) == []
    deadline = time.monotonic() + 90
    # Two worker processes answer in turn: both must know it.
    while not all("已建成3座。其余2座在装设备。" in ask(console, "换电站建了几座了") for _ in range(6)):
        assert time.monotonic() < deadline
        time.sleep(1)
    phone = staff("administrator", PHONE)
    for address in ("/console/progress/", "/console/progress/battery-swap"):
        phone.go(address)
        assert phone.overflow() <= 0 and grave_findings(phone.page) == [], address
    assert [said for said in somebody.complaints if "400" not in said] == []
