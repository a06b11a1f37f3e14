"""The console's frame in a real browser: signing in, going about, the keyboard, a phone."""

import re
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from bot.accounts.records import CONSOLE_ROLES
from tests.conftest import Service
from tests.console.axe import grave_findings
from tests.console.browser import DESKTOP, LAPTOP, PHONE, Staff, add_accounts

pytestmark = pytest.mark.slow(seconds=60)

OWN = "早市-豆浆-油条-热乎"


@pytest.fixture(scope="module")
def console(service: Service) -> Service:
    """The service with an account of every role."""
    add_accounts(service.folder / "bot.db", *CONSOLE_ROLES)
    return service


def test_the_first_administrator_signs_in_with_the_printed_password_and_chooses_an_own_one(
    staff: Callable[..., Staff], console: Service
) -> None:
    said = (console.folder / "serve.log").read_text()
    assert f"{console.url}/console/" in said
    printed = re.search(r"一次性密码 (\S+?)（", said)
    assert printed
    admin = staff()
    admin.go("/console/")
    admin.sign_in("admin", printed[1])
    page = admin.page
    expect(page.get_by_role("heading", level=1)).to_have_text("先换一个自己的密码")
    page.get_by_label("现在的密码").fill(printed[1])
    page.get_by_label("新密码", exact=False).first.fill("1234567890")
    page.get_by_label("再输一遍新密码").fill("1234567890")
    page.get_by_role("button", name="修改密码").click()
    expect(page.get_by_text("密码太简单")).to_be_visible()
    page.get_by_label("现在的密码").fill(printed[1])
    page.get_by_label("新密码", exact=False).first.fill(OWN)
    page.get_by_label("再输一遍新密码").fill(OWN)
    page.get_by_role("button", name="修改密码").click()
    expect(page.get_by_text("密码已修改")).to_be_visible()
    expect(page.get_by_role("navigation", name="工作台")).to_be_visible()
    admin.hosts.discard("")
    assert [said for said in admin.complaints if "400" not in said] == []


def test_every_page_of_the_navigation_opens_quietly_and_accessibly(staff: Callable[..., Staff]) -> None:
    admin = staff("administrator", LAPTOP)
    addresses = [link.get_attribute("href") for link in admin.page.locator(".side nav a").all()]
    assert len(addresses) >= 6
    for address in addresses:
        assert address
        admin.go(address)
        expect(admin.page.locator("h1")).to_have_count(1)
        expect(admin.page.locator(".side nav a[aria-current]")).to_have_count(1)
        assert grave_findings(admin.page) == [], address
        assert admin.overflow() <= 0, address
        admin.page.set_viewport_size(PHONE["viewport"])
        assert admin.overflow() <= 0, f"{address} on a phone"
        admin.page.set_viewport_size(LAPTOP["viewport"])
    admin.require_quiet()


def test_on_a_phone_the_navigation_opens_from_the_top(staff: Callable[..., Staff]) -> None:
    admin = staff("administrator", PHONE)
    page = admin.page
    link = page.get_by_role("link", name="账号", exact=True)
    expect(link).not_to_be_visible()
    page.get_by_role("button", name="菜单").click()
    expect(page.get_by_role("button", name="菜单")).to_have_attribute("aria-expanded", "true")
    assert grave_findings(page) == []
    page.locator(".side summary", has_text="管理").click()
    assert grave_findings(page) == []
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("账号")
    assert admin.overflow() <= 0
    admin.require_quiet()


def test_the_login_page_is_accessible_and_every_page_is_in_the_dark(staff: Callable[..., Staff]) -> None:
    for scheme in ("light", "dark"):
        somebody = staff(None, {**DESKTOP, "color_scheme": scheme})
        somebody.go("/console/login")
        assert grave_findings(somebody.page) == [], scheme
    somebody.page.evaluate("performance.now = () => 600000")  # the page stood open for ten minutes
    somebody.sign_in("administrator")
    for address in ("/console/accounts/", "/console/units/", "/console/settings/", "/console/me", "/console/audit/"):
        somebody.go(address)
        assert grave_findings(somebody.page) == [], address


def test_the_keyboard_walks_through_a_list_and_opens_what_is_chosen(staff: Callable[..., Staff]) -> None:
    admin = staff("administrator")
    admin.go("/console/accounts/")
    page = admin.page
    admin.press("j", "j", "j", "k")
    chosen = page.locator("[data-row].chosen")
    expect(chosen).to_have_count(1)
    expect(chosen).to_have_text(page.locator("[data-row]").nth(1).inner_text(), use_inner_text=True)
    name = chosen.locator("b").inner_text()
    admin.press("Enter")
    expect(page.locator(".facts").first).to_contain_text(name)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("账号")
    admin.press("n")
    expect(page.get_by_role("heading", level=1)).to_have_text("新建账号")
    page.get_by_label("用户名").press_sequentially("jkn?")
    expect(page.get_by_label("用户名")).to_have_value("jkn?")


def test_a_question_mark_shows_the_keys_and_a_slash_goes_to_the_search(staff: Callable[..., Staff]) -> None:
    admin = staff("administrator")
    admin.go("/console/audit/")
    page = admin.page
    admin.press("?")
    help_box = page.get_by_role("dialog", name="快捷键")
    expect(help_box).to_be_visible()
    assert grave_findings(page) == []
    admin.press("Escape")
    expect(help_box).not_to_be_visible()
    admin.press("/")
    expect(page.get_by_label("用户名")).to_be_focused()


def test_each_role_finds_in_the_navigation_what_it_may_open_and_it_fits_a_small_screen(staff: Callable[..., Staff]) -> None:
    for role in CONSOLE_ROLES:
        somebody = staff(role, LAPTOP)
        for link in somebody.page.locator(".side nav a").all():
            answer = somebody.context.request.get(somebody.url + str(link.get_attribute("href")))
            assert answer.status == 200, (role, link.inner_text())
        assert somebody.page.locator(".side nav a", has_text="操作记录").count() == (role == "administrator")
        assert somebody.page.locator("#side").evaluate("side => side.scrollHeight <= side.clientHeight"), role
    administrator = staff("administrator", LAPTOP)
    link = administrator.page.get_by_role("navigation", name="工作台").get_by_role("link", name="操作记录")
    expect(link).not_to_be_visible()
    administrator.page.locator(".side summary", has_text="管理").click()
    link.click()
    expect(link).to_have_attribute("aria-current", "page")
    expect(link).to_be_in_viewport()


def test_another_system_gets_its_key_on_a_telephone_and_reads_with_it(staff: Callable[..., Staff], console: Service) -> None:
    admin = staff("administrator", PHONE)
    admin.go("/console/keys/")
    page = admin.page
    page.get_by_role("link", name="新建密钥").first.click()
    assert grave_findings(page) == [] and admin.overflow() == 0
    page.get_by_label("系统的名字").fill("数字城管")
    page.get_by_label("通知地址", exact=True).fill("http://10.0.0.2/hook")
    page.get_by_role("button", name="建立密钥").click()
    expect(page.get_by_role("alert")).to_contain_text("不加密")
    expect(page.get_by_label("系统的名字")).to_have_value("数字城管")
    page.get_by_label("允许通知地址不加密").check()
    page.get_by_role("button", name="建立密钥").click()
    key = page.locator(".secret-once code").first.inner_text()
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")  # an office without https
    page.get_by_role("button", name="复制密钥").click()
    expect(page.get_by_text("已复制")).to_be_visible()
    assert grave_findings(page) == [] and admin.overflow() == 0
    request = urllib.request.Request(console.url + "/api/tickets", headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200
    page.get_by_role("link", name="交好了").click()
    expect(page.get_by_label("通知地址")).to_have_value("http://10.0.0.2/hook")
    assert grave_findings(page) == [] and admin.overflow() == 0
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="停用密钥").click()
    expect(page.get_by_text("已停用 数字城管")).to_be_visible()
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(request, timeout=10)


def test_an_account_is_made_with_the_pages_alone(staff: Callable[..., Staff]) -> None:
    admin = staff("administrator")
    admin.go("/console/accounts/")
    page = admin.page
    page.get_by_role("link", name="新建账号").click()
    page.get_by_label("用户名").fill("zhaolei")
    page.get_by_label("姓名").fill("赵磊")
    page.get_by_role("combobox", name="角色").select_option(label="承办人员")
    page.get_by_role("button", name="建立账号").click()
    expect(page.get_by_role("alert")).to_contain_text("要选所在单位")
    page.get_by_label("用户名").fill("zhaolei")
    page.get_by_label("所在单位").select_option(label="区城管局")
    page.get_by_role("button", name="建立账号").click()
    password = page.locator(".secret-once code").nth(1).inner_text()
    newcomer = staff()
    newcomer.sign_in("zhaolei", password)
    expect(newcomer.page.get_by_role("heading", level=1)).to_have_text("先换一个自己的密码")
