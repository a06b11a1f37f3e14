"""A6 as an administrator clicks: from the numbers to the rows behind them, and the month's report as a document."""

import io
import json
import secrets
import urllib.request
from collections.abc import Callable

import pytest
from docx import Document
from playwright.sync_api import expect

from bot.tickets.records import Role
from tests.conftest import Service
from tests.console.axe import grave_findings
from tests.console.browser import LAPTOP, PHONE, Staff, add_accounts

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def console(service: Service) -> Service:
    add_accounts(service.folder / "bot.db", Role.ADMINISTRATOR)
    for talk in (["法律援助怎么申请", "没用"], ["公积金贷款利率是多少"], ["正阳街路灯坏了三天没人修", "确认"]):
        user = secrets.token_hex(4)
        for text in talk:
            body = json.dumps({"user": user, "text": text}).encode()
            request = urllib.request.Request(service.url + "/api/chat", body, {"Content-Type": "application/json"})
            urllib.request.urlopen(request, timeout=60).close()
    return service


@pytest.mark.usefixtures("console")
def test_from_the_numbers_to_the_words_behind_them_and_to_the_report(staff: Callable[..., Staff]) -> None:
    somebody = staff("administrator", LAPTOP)
    page = somebody.page
    page.locator(".side summary", has_text="统计").click()
    page.get_by_role("navigation").get_by_role("link", name="居民问了什么").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("居民问了什么")
    for _ in range(60):  # counted at most some seconds ago: the talk may be younger
        if page.get_by_role("link", name="居民消息 5").count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    expect(page.locator(".chart-canvas canvas")).to_have_count(1)
    assert grave_findings(page) == []
    page.get_by_role("link", name="没答上来率").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("居民原话：没答上来")
    expect(page.get_by_text("公积金贷款利率是多少")).to_be_visible()
    assert grave_findings(page) == []
    page.get_by_role("link", name="居民问了什么").last.click()
    page.get_by_role("navigation", name="统计").get_by_role("link", name="诉求办得怎样").click()
    page.get_by_role("region", name="按承办单位").get_by_role("link", name="1").first.click()
    expect(page.get_by_text("正阳街路灯坏了三天没人修")).to_be_visible()
    page.go_back()
    page.get_by_role("navigation", name="统计").get_by_role("link", name="月报").click()
    page.get_by_label("月份").select_option(index=0)
    page.get_by_role("button", name="查看").click()
    expect(page.get_by_text("本月居民发来消息5条")).to_be_visible()
    assert grave_findings(page) == []
    with page.expect_download() as downloaded:
        page.get_by_role("link", name="下载 Word").click()
    assert downloaded.value.suggested_filename.endswith(".docx")
    document = Document(io.BytesIO(downloaded.value.path().read_bytes()))
    assert any("本月居民发来消息5条" in paragraph.text for paragraph in document.paragraphs)
    somebody.require_quiet()


@pytest.mark.usefixtures("console")
def test_the_numbers_fit_a_phone(staff: Callable[..., Staff]) -> None:
    somebody = staff("administrator", PHONE)
    for path in ("statistics/", "statistics/tickets", "statistics/messages", "statistics/tickets/rows", "report/"):
        somebody.go(f"/console/{path}")
        assert somebody.overflow() == 0, path
    somebody.require_quiet()
