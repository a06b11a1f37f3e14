"""A5 as an administrator clicks: what is set, entered and published reaches staff and residents without a restart."""

import json
import re
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from bot.tickets.records import Role
from tests.conftest import Service
from tests.console.axe import grave_findings
from tests.console.browser import PHONE, Staff, add_accounts

pytestmark = pytest.mark.slow

OWN = "早市-豆浆-油条-热乎"


@pytest.fixture(scope="module")
def console(service: Service) -> Service:
    add_accounts(service.folder / "bot.db", Role.ADMINISTRATOR, names={Role.ADMINISTRATOR: "孙主任"})
    return service


def ask(console: Service, text: str, user: str) -> dict[str, Any]:
    body = json.dumps({"user": user, "text": text}).encode()
    request = urllib.request.Request(console.url + "/api/chat", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        return dict(json.load(response))


def soon(console: Service, text: str, wanted: Callable[[dict[str, Any]], bool], processes: int = 2) -> None:
    """Every process answers so: a dozen answers in a row are as wanted."""
    until, row = time.monotonic() + 60, 0
    while row < 6 * processes:
        answer = ask(console, text, f"r{time.monotonic()}")
        row = row + 1 if wanted(answer) else 0
        assert row or time.monotonic() < until, answer
        time.sleep(0.02)


def look(somebody: Staff) -> None:
    assert grave_findings(somebody.page) == []
    assert somebody.overflow() <= 0


def saved(somebody: Staff, words: str = "已保存") -> None:
    expect(somebody.page.locator(".flash-success").first).to_contain_text(words)


def test_settings_take_effect_in_every_process(staff: Callable[..., Staff], console: Service) -> None:
    admin = staff("administrator")
    page = admin.page
    assert ask(console, "法律援助怎么申请", "first")["mode"] == "answer"
    admin.go("/console/settings/")
    page.get_by_label("页面底部的文字").fill("吉ICP备20260001号 绿园区人民政府主办")
    page.get_by_label("直接回答").fill("1")
    page.get_by_label("办公时间").fill("周日 3:00-3:01")
    page.get_by_label("发布要另一个人批准").select_option("true")
    page.get_by_role("button", name="保存").click()
    saved(admin)
    look(admin)
    soon(console, "法律援助怎么申请", lambda answer: answer["mode"] != "answer")
    soon(console, "我要转人工", lambda answer: "办公时间" in answer["reply"])
    resident = staff(device=PHONE)
    resident.go("/")
    expect(resident.page.locator("footer")).to_contain_text("吉ICP备20260001号")
    admin.go("/console/settings/thresholds/")
    expect(page.get_by_text("现在是 1")).to_be_visible()
    look(admin)
    page.get_by_label("改成").first.fill("")
    page.get_by_role("button", name="保存").first.click()
    saved(admin)
    soon(console, "法律援助怎么申请", lambda answer: answer["mode"] == "answer")
    admin.go("/console/settings/")
    page.get_by_label("直接回答").fill("7")
    page.evaluate("document.querySelector('main form').noValidate = true")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".field-error")).to_be_visible()
    assert page.get_by_label("直接回答").input_value() == "7"
    page.get_by_label("直接回答").fill("")
    page.get_by_label("发布要另一个人批准").select_option("")
    page.get_by_role("button", name="保存").click()
    saved(admin)


def test_an_account_a_unit_a_notice_and_a_telephone_reach_whom_they_concern(
    staff: Callable[..., Staff], console: Service
) -> None:
    admin = staff("administrator")
    page = admin.page
    page.on("dialog", lambda dialog: dialog.accept())
    admin.go("/console/units/new")
    page.get_by_label("简称").fill("春城街道")
    page.get_by_label("管辖范围").fill("春城街道")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("春城街道").first).to_be_visible()
    admin.go("/console/accounts/new")
    page.get_by_label("用户名").fill("liumei")
    page.get_by_label("姓名").fill("刘梅")
    page.locator("#role").select_option(label="承办人员")
    page.locator("#unit").select_option(label="春城街道")
    page.get_by_role("button", name="建立账号").click()
    password = page.locator(".secret-once code").last.inner_text()
    newcomer = staff()
    newcomer.sign_in("liumei", password)
    newcomer.page.get_by_label("现在的密码").fill(password)
    newcomer.page.get_by_label("新密码", exact=False).first.fill(OWN)
    newcomer.page.get_by_label("再输一遍新密码").fill(OWN)
    newcomer.page.get_by_role("button", name="修改密码").click()
    expect(newcomer.page.get_by_text("密码已修改")).to_be_visible()
    expect(newcomer.page.get_by_role("link", name="设置", exact=True)).to_have_count(0)
    admin.go("/console/knowledge/record/department/区司法局")
    page.get_by_label("电话", exact=True).fill("0431-80000001")
    page.get_by_label("电话、地址从哪里来").fill("区司法局2026年3月提供")
    page.get_by_role("button", name="存进草稿").click()
    saved(admin, "草稿")
    admin.go("/console/knowledge/new/notice")
    for label, value in (("编号", "closed-days"), ("内容", "3月8日系统维护，暂停服务一小时。")):
        page.get_by_label(label, exact=False).first.fill(value)
    page.get_by_role("button", name="存进草稿").click()
    saved(admin, "草稿")
    admin.complaints.clear()
    admin.go("/console/publish/")
    page.get_by_role("button", name="开始问").click()
    expect(page.get_by_role("button", name=re.compile("^发布"))).to_be_visible(timeout=120_000)
    page.get_by_role("button", name=re.compile("^发布")).click()
    saved(admin, "发布了")
    soon(console, "法律援助找谁办", lambda answer: "0431-80000001" in answer["reply"])
    resident = staff(device=PHONE)
    resident.go("/")
    expect(resident.page.get_by_text("暂停服务一小时")).to_be_visible()
    admin.require_quiet()
