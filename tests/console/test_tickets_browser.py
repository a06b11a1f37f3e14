"""S2 and S4 as clerks click: from the resident's words over dispatcher, unit and approver back to the resident, and again."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, expect

from bot.accounts.passwords import hash_password
from bot.dialogue.conversation import utc_now
from bot.store.accounts import SqliteAccounts
from bot.store.engine import Engine
from bot.tickets.records import Role
from tests.conftest import Service
from tests.console.axe import grave_findings
from tests.console.browser import LAPTOP, PASSWORD, PHONE, SOON, Staff, add_accounts, before_its_scripts
from tests.console.ticket_scenes import play

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def scenes(service: Service) -> dict[str, tuple[str, str]]:
    """The service with its clerks, tickets of every kind, a unit whose replies are signed off, a clerk of another unit."""
    database = service.folder / "bot.db"
    add_accounts(database, Role.ADMINISTRATOR, Role.DISPATCHER, Role.STAFF, Role.APPROVER, unit="区城管局")
    engine = Engine(database)
    other = engine.rows("select id from units where name = '区住建局'")[0]["id"]
    SqliteAccounts(engine, utc_now).add("other", hash_password(PASSWORD), Role.STAFF, other, "何青", must_change=False)
    with engine.write() as db:
        db.execute("insert into settings values ('tickets.dispatch_at', '1', 'test', '')")
    engine.close()
    return play(database)


@pytest.fixture
def console(service: Service, scenes: dict[str, tuple[str, str]]) -> Service:
    return service


def ask(service: Service, user: str, text: str) -> dict[str, Any]:
    answer = requests.post(service.url + "/api/chat", json={"user": user, "text": text}, timeout=60)
    return dict(answer.json())


def say(resident: Staff, text: str) -> None:
    resident.page.get_by_role("textbox").fill(text)
    resident.page.get_by_role("button", name="发送").click()


def heard(resident: Staff, words: str | re.Pattern[str]) -> None:
    said = resident.page.locator(".message").filter(has_text=words).last
    expect(said).to_be_visible(timeout=2 * SOON)  # the page asks every fifteen seconds


def chosen(somebody: Staff, number: str) -> None:
    """Walk with j to the line of that ticket."""
    for _ in range(30):
        somebody.press("j")
        if number in somebody.page.locator(".chosen").inner_text():
            return
    raise AssertionError(f"no line of {number}")


def test_a_complaint_goes_over_dispatcher_unit_and_approver_to_the_resident_and_back(
    staff: Callable[..., Staff], browser: Browser, console: Service
) -> None:
    resident = Staff(browser, console.url, PHONE)
    resident.go("/")
    say(resident, "西安大路88号门口的垃圾桶满了没人收拾")
    heard(resident, "确认")
    say(resident, "确认")
    heard(resident, re.compile(r"LY-\d{8}-\d{4,}-\d"))
    number = re.findall(r"LY-\d{8}-\d{4,}-\d", resident.page.inner_text("main"))[-1]

    dispatcher = staff("dispatcher", LAPTOP)
    dispatcher.go("/console/board/")
    chosen(dispatcher, number)
    dispatcher.press("2")
    search = dispatcher.page.get_by_placeholder("找单位")
    expect(search).to_be_focused()
    search.press_sequentially("qcgj")
    expect(dispatcher.page.locator(".chooser li:visible")).to_have_count(1)
    search.press("Enter")
    dispatcher.page.keyboard.press("Enter")
    expect(dispatcher.page.locator(f"#line-{number}-received")).to_contain_text("待签收 · 区城管局")
    dispatcher.require_quiet()

    clerk = staff("staff", LAPTOP)
    page = clerk.page
    clerk.go("/console/board/mine")
    chosen(clerk, number)
    clerk.press("1")
    expect(page.locator(f"#line-{number}-to_sign")).to_contain_text("已签收")
    clerk.go(f"/console/tickets/{number}")
    clerk.press("1")
    page.get_by_label("套用模板").select_option(label="已办结")
    text = page.locator("#draft_reply-text")
    assert "垃圾桶" in text.input_value()
    text.fill("我局已于今日清运，保证以后每天清两次。")
    page.get_by_role("button", name="拟答复，送审签").click()
    expect(page.get_by_text("“保证”是承诺")).to_be_visible()
    expect(text).to_have_value("我局已于今日清运，保证以后每天清两次。")
    assert grave_findings(page) == []
    page.get_by_label("我看过了，就这样发").check()
    page.get_by_role("button", name="拟答复，送审签").click()
    expect(page.get_by_text("现在是“待审签”")).to_be_visible()
    clerk.complaints = [said for said in clerk.complaints if "409" not in said]
    clerk.require_quiet()

    approver = staff("approver", LAPTOP)
    approver.go("/console/board/mine")
    chosen(approver, number)
    approver.press("1")
    expect(approver.page.get_by_text("“保证”是承诺")).to_be_visible()
    approver.page.get_by_label("我看过了，就这样发").check()
    approver.page.get_by_role("button", name="审签，答复居民").click()
    expect(approver.page.get_by_text("现在是“已答复”")).to_be_visible()
    approver.require_quiet()

    resident.page.reload()
    heard(resident, "我局已于今日清运")
    say(resident, "不满意，第二天又满了")
    heard(resident, "会有人回访您")

    dispatcher.go("/console/board/")
    line = dispatcher.page.locator(f"#line-{number}-callback")
    expect(line).to_contain_text("第二天又满了")
    line.get_by_role("button", name="记回访").click()
    line.get_by_label("内容").fill("打过电话，桶还是满的")
    line.get_by_role("button", name="记回访").click()
    expect(line).to_contain_text("待回访")
    dispatcher.page.reload()
    line.get_by_role("button", name="重新办理").click()
    line.get_by_label("理由").fill("居民说第二天又满了，请查清运频次")
    line.get_by_role("button", name="重新办理").click()
    expect(line).to_contain_text("重新办理 · 区城管局")
    resident.page.reload()
    heard(resident, "已要求区城管局重新办理")
    clerk.go("/console/board/mine")
    expect(page.locator(f"#line-{number}-to_sign")).to_contain_text("请查清运频次")
    dispatcher.require_quiet()
    resident.context.close()


def test_a_clerk_of_another_unit_sees_neither_ticket_nor_resident_by_any_way(
    staff: Callable[..., Staff], scenes: dict[str, tuple[str, str]]
) -> None:
    ours, called = scenes["ticket"][1], scenes["ticket-called"][1]
    clerk, other = staff("staff"), staff("other")
    clerk.go(ours)
    expect(clerk.page.get_by_role("main")).to_contain_text("王秀英")
    for address in (
        ours,
        called,
        ours.replace("/tickets/", "/tickets/print?number="),
        f"/console/tickets/several?{scenes['tickets-several'][1].partition('?')[2]}",
    ):
        answer = other.page.request.get(other.url + address)
        assert answer.status == 404 and "王秀英" not in answer.text(), address
    for address in ("/console/board/mine", "/console/tickets/", "/console/tickets/?q=油烟", "/console/"):
        other.go(address)
        seen = other.page.inner_text("main")
        assert "油烟" not in seen and "王秀英" not in seen and ours.rpartition("/")[2] not in seen, address
    other.go("/console/tickets/")
    expect(other.page.get_by_role("main")).to_contain_text("工地半夜两点还在打桩")


@pytest.mark.parametrize("device", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_every_page_of_tickets_is_accessible_and_fits(
    staff: Callable[..., Staff], scenes: dict[str, tuple[str, str]], device: dict[str, object]
) -> None:
    there: dict[str, Staff] = {}
    pages = {**scenes, "board": ("dispatcher", "/console/board/"), "templates": ("administrator", "/console/templates/")}
    for name, (role, address) in pages.items():
        somebody = there.setdefault(role, staff(role, device) if role not in there else there[role])
        somebody.go(address)
        assert grave_findings(somebody.page) == [], name
        assert somebody.overflow() <= 0, name
    board = there["dispatcher"]
    board.go("/console/board/")
    board.page.get_by_role("button", name="选单位").first.click()
    expect(board.page.get_by_placeholder("找单位")).to_be_visible()
    assert grave_findings(board.page) == [] and board.overflow() <= 0
    for somebody in there.values():
        somebody.require_quiet()


def test_every_sheet_is_one_page_of_paper_however_long_the_ticket(
    staff: Callable[..., Staff], console: Service, scenes: dict[str, tuple[str, str]]
) -> None:
    number = scenes["ticket"][1].rpartition("/")[2]
    engine = Engine(console.folder / "bot.db")
    with engine.write() as db:
        db.execute(
            "update tickets set matter = ?, reply = ? where number = ?", ["油烟呛人。" * 700, "已责令整改。" * 600, number]
        )
    engine.close()
    clerk = staff("staff")
    clerk.go(f"/console/tickets/print?number={number}&number={scenes['ticket-called'][1].rpartition('/')[2]}")
    clerk.page.evaluate("window.printed = 0; window.print = () => { window.printed += 1; }; null")
    clerk.press("1")
    assert clerk.page.evaluate("window.printed") == 1
    assert len(re.findall(rb"/Type\s*/Page\b", clerk.page.pdf(prefer_css_page_size=True))) == 2


def test_several_tickets_are_chosen_and_dealt_with_from_the_keyboard(staff: Callable[..., Staff]) -> None:
    dispatcher = staff("dispatcher", LAPTOP)
    page = dispatcher.page
    with before_its_scripts(page):
        page.goto(dispatcher.url + "/console/tickets/?state=signed", wait_until="commit")
        expect(page.locator("[data-count]")).to_be_visible()
        for key in "jxjx":
            page.keyboard.press(key)
    expect(page.get_by_text("勾选了 2 张")).to_be_visible()
    dispatcher.press("a")
    expect(page.get_by_role("heading", level=1)).to_have_text("一起办 2 张工单")
    page.locator("summary", has_text="内部备注").click()
    page.locator("#note-text").fill("周五碰头会上问进度")
    page.get_by_role("button", name="内部备注").click()
    expect(page.get_by_text("办好 2 张")).to_be_visible()
    dispatcher.require_quiet()


def test_a_session_that_ends_while_somebody_writes_takes_no_words(
    staff: Callable[..., Staff], scenes: dict[str, tuple[str, str]], console: Service
) -> None:
    clerk = staff("staff", LAPTOP)
    page = clerk.page
    page.route("**/live/signal", lambda route: route.fulfill(status=204))  # else the page may find it out first
    clerk.go(scenes["ticket"][1])
    page.locator("summary", has_text="内部备注").click()
    page.locator("#note-text").fill("和商户谈了四十分钟，答应月底前改烟道")
    clerk.context.clear_cookies()
    page.get_by_role("button", name="内部备注").click()
    expect(page.get_by_text("登录到时间了")).to_be_visible()
    clerk.sign_in("staff")
    expect(page).to_have_url(console.url + scenes["ticket"][1])
    expect(page.get_by_text("已经放回去了")).to_be_visible()
    expect(page.locator("#note-text")).to_have_value("和商户谈了四十分钟，答应月底前改烟道")
    page.get_by_role("button", name="内部备注").click()
    expect(page.get_by_text("内部备注：办好了")).to_be_visible()
    page.locator("summary", has_text="内部备注").click()
    expect(page.locator("#note-text")).to_have_value("")
    page.locator("#note-text").fill("这句不留给下一个人")
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_text("已退出")).to_be_visible()
    clerk.sign_in("staff")
    clerk.go(scenes["ticket"][1])
    expect(page.locator("#note-text")).to_have_value("")
    clerk.require_quiet()


def test_ticket_after_ticket_is_dispatched_with_the_same_key(staff: Callable[..., Staff], console: Service) -> None:
    for place in ("正阳街", "青年路", "春城大街"):
        ask(console, place, f"{place}的路灯三天不亮了，没人修")
        assert ask(console, place, "确认")["ticket"]
    dispatcher = staff("dispatcher", LAPTOP)
    page = dispatcher.page
    with before_its_scripts(page):
        page.goto(console.url + "/console/board/#received", wait_until="commit")
        expect(page.locator("#content h1")).to_be_visible()
        page.keyboard.press("j")
    expect(page.locator(".chosen")).to_be_focused()
    done = []
    for _ in range(3):
        line = page.locator(".chosen")
        done.append(str(line.get_attribute("id")))
        dispatcher.press("1")
        expect(page.locator(f"#{done[-1]}[data-done], #{done[-1]} .chooser")).to_be_visible()
        if page.locator(".chooser").count():  # the bot knows no unit: the same line goes on
            page.get_by_placeholder("找单位").fill("城管")
            page.get_by_placeholder("找单位").press("Enter")
            page.keyboard.press("Enter")
        expect(page.locator(f"#{done[-1]}")).to_have_attribute("data-done", "")
        expect(page.locator(".chosen")).to_be_focused()
        expect(page.locator(".chosen")).not_to_have_attribute("data-done", "")
    assert len(set(done)) == 3
    dispatcher.require_quiet()
