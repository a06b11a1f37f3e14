"""A1 as an administrator clicks: an amount is changed beside its preview, and the history tells what, who and when."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from bot.tickets.records import Role
from tests.conftest import Service
from tests.console.axe import grave_findings
from tests.console.browser import LAPTOP, PHONE, Staff, add_accounts, before_its_scripts
from tests.console.passwords import PASSWORD

pytestmark = pytest.mark.slow

BASIS = "区民政局2026年3月1日书面答复：每人每月260元"


@pytest.fixture(scope="module")
def console(service: Service) -> Service:
    add_accounts(service.folder / "bot.db", Role.ADMINISTRATOR, names={Role.ADMINISTRATOR: "孙主任"})
    return service


def look(somebody: Staff) -> None:
    assert grave_findings(somebody.page) == []
    assert somebody.overflow() <= 0


def test_an_amount_is_edited_beside_its_preview_and_history_tells_what_who_and_when(staff: Callable[..., Staff]) -> None:
    somebody = staff("administrator", LAPTOP)
    page = somebody.page
    page.locator(".side summary", has_text="知识").click()
    page.get_by_role("link", name="编辑", exact=True).click()
    page.get_by_label("找事项").fill("第7条")
    page.get_by_label("找事项").press("Enter")
    expect(page.get_by_text("1 件，共 81 件")).to_be_visible()
    look(somebody)
    page.get_by_role("link", name="居家养老服务").click()
    look(somebody)
    preview, box = page.locator("#preview"), page.get_by_label("有多少", exact=True)
    bytes_shown = preview.locator(".preview-size b").first
    with before_its_scripts(page):
        page.get_by_role("link", name="有多少").click()
        before = int(bytes_shown.inner_text())
        box.fill(box.input_value().replace("200元", "260元"))
    expect(preview.get_by_role("alert")).to_contain_text("260")
    expect(preview.locator(".wechat-bubble")).to_contain_text("每人每月260元")
    page.get_by_label("另有依据").check()
    page.get_by_label("另有的依据").fill(BASIS)
    expect(preview.locator(".page-bubble")).to_contain_text(f"依据：《2022年建设幸福绿园行动计划》第7条；{BASIS}")
    expect(preview.get_by_role("alert")).to_have_count(0)
    after = int(bytes_shown.inner_text())
    assert after == before + len(f"；{BASIS}".encode()) and "微信一条最多 2048 字节" in preview.inner_text()
    look(somebody)
    page.get_by_role("button", name="存进草稿").click()
    expect(page.get_by_text("已存进草稿")).to_be_visible()

    page.get_by_role("link", name="有多少").click()
    page.locator("#content").get_by_role("link", name="改动记录").click()
    line = page.locator(".changes > li").filter(has=page.locator("ins")).filter(has_text="（答复）")
    expect(line.locator("del")).to_contain_text("200")
    expect(line.locator("ins")).to_contain_text("260")
    expect(line.locator(".history-line b")).to_have_text("孙主任")
    expect(line.locator("time")).to_have_text(re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d"))
    look(somebody)
    somebody.require_quiet()

    phone = staff("administrator", PHONE)
    paths = ("service/home-care-purchase/amount", "changes", "record/service/home-care-purchase", "wording/answer.source")
    for path in (*(f"knowledge/{path}" for path in paths), "knowledge/records/hotline", "lint/", "history/versions"):
        phone.go(f"/console/{path}")
        look(phone)
    phone.require_quiet()


def test_what_was_written_outlives_the_session(staff: Callable[..., Staff]) -> None:
    somebody = staff("administrator", LAPTOP)
    page = somebody.page
    somebody.go("/console/knowledge/service/legal-aid/overview")
    box = page.get_by_label("是什么", exact=True)
    box.fill(box.input_value() + "写了很久。")
    somebody.context.clear_cookies()
    expect(page.get_by_text("您已经退出登录，写的还在这一页里")).to_be_visible()
    page.get_by_role("button", name="存进草稿").click()
    expect(page.locator("#signed-out")).to_have_count(1)
    assert box.input_value().endswith("写了很久。")
    with somebody.context.expect_page() as opened:
        page.get_by_role("link", name="在新的标签页里登录").click()
    tab = opened.value
    tab.get_by_label("用户名").fill("administrator")
    tab.get_by_label("密码").fill(PASSWORD)
    tab.get_by_role("button", name="登录").click()
    expect(tab.get_by_role("heading", name="孙主任，您好")).to_be_visible()
    tab.close()
    page.get_by_role("button", name="存进草稿").click()
    expect(page.get_by_text("已存进草稿")).to_be_visible()
    expect(page.get_by_text("写了很久。").first).to_be_visible()
