"""S2 at the telephone, as a clerk clicks: asking the bot for the caller, registering what they tell, joining the next caller."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from bot.tickets.records import Role
from tests.conftest import Service
from tests.console.axe import grave_findings
from tests.console.browser import LAPTOP, PHONE, Staff, add_accounts

pytestmark = pytest.mark.slow

HINTS_AGAIN = """new Promise(done => {
    document.addEventListener('htmx:afterOnLoad', event => event.detail.target.id === 'hints' && done());
    document.getElementById('matter').dispatchEvent(new Event('input', {bubbles: true}));
})"""
"""The suggestions are asked for anew, as after the last letter typed, and have come."""


@pytest.fixture(scope="module")
def console(service: Service) -> Service:
    add_accounts(service.folder / "bot.db", Role.DISPATCHER)
    return service


def test_a_clerk_asks_for_a_caller_registers_the_matter_and_joins_the_next_caller(staff: Callable[..., Staff]) -> None:
    somebody = staff("dispatcher", LAPTOP)
    page = somebody.page
    page.get_by_role("navigation").get_by_role("link", name="代问").click()
    assert grave_findings(page) == []
    page.get_by_label("居民问什么").fill("法律援助咋申请")
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_contain_text("区司法局")
    page.get_by_role("button", name="找谁办").click()
    expect(page.locator("#answer")).to_contain_text("由区司法局负责")
    assert grave_findings(page) == []
    page.get_by_label("居民接着说").fill("我家楼下路灯三天不亮了")
    page.get_by_role("button", name="问", exact=True).click()
    expect(page.get_by_text("这是一件诉求")).to_be_visible()
    page.get_by_role("link", name="登记诉求").last.click()
    expect(page.get_by_label("反映的事")).to_have_value("我家楼下路灯三天不亮了")
    page.get_by_label("反映的事").fill("楼下路灯三天不亮了")
    expect(page.get_by_role("region", name="机器人的建议")).to_contain_text("区城管局")
    page.get_by_label("联系电话").fill("138000011")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_text("手机号应为11位")).to_be_visible()
    expect(page.get_by_label("反映的事")).to_have_value("楼下路灯三天不亮了")
    assert grave_findings(page) == []
    page.get_by_label("地点").fill("正阳街12号")
    page.get_by_label("联系电话").fill("13800001111")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("登记好了")
    number = page.locator(".slip-big dd").first.inner_text()
    expect(page.locator(".slip-code")).to_be_visible()
    assert grave_findings(page) == []

    page.get_by_role("link", name="再登记一件").click()
    page.get_by_label("反映的事").press_sequentially("门口路灯不亮了")
    page.get_by_label("地点").press_sequentially("正阳街12号")
    page.get_by_label("称呼").fill("李叔")
    expect(page.get_by_role("region", name="可能是同一件事")).to_contain_text(number)
    assert grave_findings(page) == []
    page.get_by_role("button", name="并入这一张").hover()
    page.mouse.down()
    page.evaluate(HINTS_AGAIN)
    page.mouse.up()
    expect(page.get_by_role("heading", level=1)).to_have_text("并入了")
    expect(page.locator(".slip-code")).to_have_count(0)
    assert [said for said in somebody.complaints if "400" not in said] == []

    phone = staff("dispatcher", PHONE)
    for address in ("/console/entry/", f"/console/entry/filed/{number}", "/console/asking/"):
        phone.go(address)
        assert phone.overflow() <= 0 and grave_findings(phone.page) == [], address
