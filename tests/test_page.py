"""The resident's page in a real browser, against the real service."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Route, expect

from tests.conftest import ROOT, Service
from tests.console.axe import grave_findings
from tests.console.browser import PHONE, Staff, before_its_scripts
from tests.photos.pictures import jpeg

pytestmark = pytest.mark.slow

DESKTOP = {"viewport": {"width": 1280, "height": 800}}
LAMP = "正阳街的路灯三天不亮了，没人修"


class Visit(Staff):
    """A resident with a browser of their own."""

    def __init__(self, browser: Browser, service: Service, **device: object) -> None:
        super().__init__(browser, service.url, device)
        self.go("/")
        self.restored()

    def restored(self) -> None:
        """Wait until the page shows what the server keeps."""
        expect(self.page.locator("#log[data-restored]")).to_be_attached()

    def send(self, text: str) -> None:
        """Type it, send it, and wait for the reply."""
        replies = self.replies.count()
        self.page.get_by_role("textbox").fill(text)
        self.page.get_by_role("button", name="发送").click()
        expect(self.replies).to_have_count(replies + 1)

    def tap(self, option: str) -> None:
        """Tap an option below the last reply, and wait for what comes."""
        replies = self.replies.count()
        self.replies.last.get_by_role("button", name=option, exact=True).click()
        expect(self.replies).to_have_count(replies + 1)

    @property
    def replies(self) -> Locator:
        """The service's replies so far."""
        return self.page.locator(".message.from-service")

    @property
    def own(self) -> Locator:
        """What the resident said."""
        return self.page.locator(".message.from-resident")

    def kept(self) -> list[str]:
        """What the server holds of this conversation's resident."""
        kept = self.context.request.get(self.url + "/api/messages").json()
        return [message["text"] for message in kept["messages"] if message["from"] == "resident"]


@pytest.fixture
def visit(browser: Browser, service: Service) -> Iterator[Callable[..., Visit]]:
    """Open the page on a device; nothing may go wrong or elsewhere unless the test says so."""
    visits: list[Visit] = []

    def open_page(**device: object) -> Visit:
        visits.append(Visit(browser, service, **(device or PHONE)))
        return visits[-1]

    yield open_page
    for opened in visits:
        opened.context.close()


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_question_is_answered_and_what_may_be_asked_next_is_tapped(
    visit: Callable[..., Visit], device: dict[str, object]
) -> None:
    resident = visit(**device)
    resident.send("法律援助怎么申请")
    expect(resident.replies.last).to_contain_text("区司法局")
    expect(resident.replies.last).to_contain_text("第51条")
    expect(resident.page.get_by_role("textbox")).to_have_value("")
    resident.tap("找谁办")
    expect(resident.replies.last).to_contain_text("12348")
    assert resident.own.all_inner_texts()[-1].endswith("找谁办")
    assert resident.overflow() <= 0
    resident.require_quiet()


def test_what_is_tapped_and_sent_before_the_scripts_are_there_is_asked_once_when_they_are(visit: Callable[..., Visit]) -> None:
    resident = visit()
    page = resident.page
    with before_its_scripts(page):
        page.reload(wait_until="commit")
        page.get_by_role("button", name="没钱打官司怎么办").dblclick()
    expect(resident.replies).to_have_count(1)
    expect(resident.replies.first).to_contain_text("法律援助")
    with before_its_scripts(page):
        page.reload(wait_until="commit")
        page.get_by_role("textbox").fill("换电站建了几座")
        page.get_by_role("button", name="发送").click()
        expect(page.get_by_text("马上就办")).to_be_visible()
    expect(resident.replies).to_have_count(2)
    expect(resident.replies.last).to_contain_text("换电站")
    expect(page.get_by_role("textbox")).to_have_value("")
    assert resident.kept() == ["没钱打官司怎么办", "换电站建了几座"]


def test_only_the_last_reply_can_be_tapped(visit: Callable[..., Visit]) -> None:
    resident = visit()
    resident.send("法律援助怎么申请")
    resident.send("窝沟封闭是免费的吗")
    for choice in resident.replies.first.locator(".choice").all():
        expect(choice).to_be_disabled()
    for choice in resident.replies.last.locator(".choice").all():
        expect(choice).to_be_enabled()


def test_a_complaint_becomes_a_ticket_with_its_number_to_copy(visit: Callable[..., Visit]) -> None:
    resident = visit()
    resident.send(LAMP)
    resident.tap("确认")
    number = resident.replies.last.locator(".ticket-number")
    expect(number).to_have_text(re.compile(r"LY-\d{8}-\d{4}-\d"))
    expect(resident.replies.last.get_by_role("button", name="复制")).to_be_visible()
    resident.send("查进度")
    expect(resident.replies.last).to_contain_text(number.inner_text())
    resident.require_quiet()


def test_an_emergency_shows_numbers_that_dial(visit: Callable[..., Visit]) -> None:
    resident = visit()
    resident.send("我家着火了快救命")
    card = resident.replies.last
    expect(card).to_have_class(re.compile("mode-emergency"))
    call = card.locator("a[href='tel:119']").first
    expect(call).to_be_visible()
    box = call.bounding_box()
    assert box is not None and box["height"] >= 44, "big enough for a shaking finger"
    assert box["y"] + box["height"] <= 844, "on the screen without scrolling"
    assert resident.page.locator(".hotlines a[href='tel:120']").count() == 1, "and the header has them always"


def test_a_reload_restores_the_conversation_and_its_open_question(visit: Callable[..., Visit]) -> None:
    resident = visit()
    resident.send("法律援助怎么申请")
    resident.send(LAMP)
    before = [resident.own.all_inner_texts(), resident.replies.locator(".bubble").all_inner_texts()]
    resident.page.reload()
    expect(resident.replies).to_have_count(2)
    assert [resident.own.all_inner_texts(), resident.replies.locator(".bubble").all_inner_texts()] == before
    resident.tap("确认")
    expect(resident.replies.last.locator(".ticket-number")).to_be_visible()
    resident.require_quiet()


def test_another_visitor_sees_nothing_of_it(visit: Callable[..., Visit]) -> None:
    visit().send(LAMP)
    other = visit()
    assert other.replies.count() == 0


def test_what_was_being_typed_survives_a_reload(visit: Callable[..., Visit]) -> None:
    resident = visit()
    with before_its_scripts(resident.page):
        resident.page.reload(wait_until="commit")
        resident.page.get_by_role("textbox").fill("我妈腿脚不好，想问")
    expect(resident.page.get_by_role("textbox")).to_have_value("我妈腿脚不好，想问")
    resident.page.reload()
    expect(resident.page.get_by_role("textbox")).to_have_value("我妈腿脚不好，想问")


# -- when the network fails ------------------------------------------------------------------------------------------------


def _refuse(route: Route) -> None:
    route.abort("connectionfailed")


def _handle_and_lose_the_reply(route: Route) -> None:
    route.fetch()
    route.abort("connectionreset")


@pytest.mark.parametrize("failing", [_refuse, _handle_and_lose_the_reply], ids=["refused", "reply lost"])
def test_failed_sending_keeps_the_text_and_a_retry_sends_it_once(
    visit: Callable[..., Visit], failing: Callable[[Route], None]
) -> None:
    resident = visit()
    resident.page.route("**/api/chat", failing)
    resident.page.get_by_role("textbox").fill(LAMP)
    resident.page.get_by_role("button", name="发送").click()
    expect(resident.own.last).to_contain_text("没有发出去")
    expect(resident.own.last).to_contain_text(LAMP)
    resident.page.unroute("**/api/chat")
    resident.page.get_by_role("button", name="重试").click()
    expect(resident.replies).to_have_count(1)
    expect(resident.own.last).not_to_contain_text("没有发出去")
    assert resident.own.count() == 1 and resident.kept() == [LAMP]


def test_a_failed_message_survives_a_reload_and_can_be_dropped(visit: Callable[..., Visit]) -> None:
    resident = visit()
    resident.page.route("**/api/chat", _refuse)
    resident.page.get_by_role("textbox").fill(LAMP)
    resident.page.get_by_role("button", name="发送").click()
    expect(resident.own.last).to_contain_text("没有发出去")
    resident.page.reload()
    expect(resident.own.last).to_contain_text(LAMP)
    resident.page.get_by_role("button", name="不发了").click()
    expect(resident.own).to_have_count(0)
    resident.page.reload()
    resident.restored()
    assert resident.own.count() == 0 and resident.kept() == []


def test_offline_is_told_and_the_message_goes_out_when_the_network_is_back(visit: Callable[..., Visit]) -> None:
    resident = visit()
    resident.context.set_offline(True)
    expect(resident.page.locator("#offline")).to_be_visible()
    resident.page.get_by_role("textbox").fill("法律援助怎么申请")
    resident.page.get_by_role("button", name="发送").click()
    expect(resident.own.last).to_contain_text("没有发出去")
    resident.context.set_offline(False)
    expect(resident.replies).to_have_count(1)
    expect(resident.page.locator("#offline")).to_be_hidden()
    assert resident.kept() == ["法律援助怎么申请"]


def test_a_double_tap_sends_once(visit: Callable[..., Visit]) -> None:
    resident = visit()
    resident.page.get_by_role("textbox").fill("法律援助怎么申请")
    resident.page.get_by_role("button", name="发送").dblclick()
    expect(resident.replies).to_have_count(1)
    assert resident.own.count() == 1 and resident.kept() == ["法律援助怎么申请"]


# -- for every eye, hand and screen ------------------------------------------------------------------------------------------


def test_large_type_is_larger_stays_on_and_fits_the_screen(visit: Callable[..., Visit]) -> None:
    resident = visit()
    resident.send("法律援助怎么申请")
    size = "parseFloat(getComputedStyle(document.querySelector('.from-service .bubble')).fontSize)"
    before = resident.page.evaluate(size)
    switch = resident.page.get_by_role("switch", name="大字")
    switch.click()
    expect(switch).to_be_checked()
    assert resident.page.evaluate(size) >= before * 1.15
    assert resident.overflow() <= 0
    resident.page.reload()
    expect(resident.page.get_by_role("switch", name="大字")).to_be_checked()


def test_a_phone_at_twice_the_size_shows_the_conversation_and_room_to_write(visit: Callable[..., Visit]) -> None:
    resident = visit(viewport={"width": 195, "height": 422})
    resident.send("民政局管哪些事")
    box = resident.page.get_by_role("textbox").bounding_box()
    conversation = resident.page.get_by_label("对话", exact=True).bounding_box()
    assert resident.overflow() <= 0
    assert box and box["width"] > 120 and conversation and conversation["height"] > 100


@pytest.mark.parametrize("large", [False, True], ids=["normal", "large"])
def test_nothing_is_wider_than_the_screen(visit: Callable[..., Visit], large: bool) -> None:
    resident = visit()
    if large:
        resident.page.get_by_role("switch", name="大字").click()
    for text in ("民政局管哪些事", "我家着火了快救命", LAMP, "https://example.org/" + "long" * 60, "老人"):
        resident.send(text)
    inner = "[...document.querySelectorAll('.bubble, .choice')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
    for width in (320, 360, 390, 768, 1280):
        resident.page.set_viewport_size({"width": width, "height": 700})
        assert resident.overflow() <= 0, width
        assert resident.page.evaluate(inner) == 0, f"at {width} no bubble hides a part of its words"


def test_the_whole_page_is_used_by_keyboard_alone(visit: Callable[..., Visit]) -> None:
    resident = visit(**DESKTOP)
    page = resident.page
    focused = "(() => { const e = document.activeElement; return (e.id || e.getAttribute('href') || e.className) })()"
    seen: list[str] = []
    while "text" not in seen and len(seen) < 30:
        page.keyboard.press("Tab")
        seen.append(str(page.evaluate(focused)))
    order = [seen.index(name) for name in ("large-type", "tel:110", "conversation", "example", "text")]
    assert order == sorted(order), "as it is read: header, hotlines, conversation, field"
    page.keyboard.type("法律援助怎么申请")
    page.keyboard.press("Enter")
    expect(resident.replies).to_have_count(1)
    assert page.evaluate("document.activeElement.id") == "text"
    for _ in range(30):
        page.keyboard.press("Shift+Tab")
        if "choice" in str(page.evaluate("document.activeElement.className")):
            break
    words = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    expect(resident.replies).to_have_count(2)
    expect(resident.own.last).to_contain_text(words)
    assert page.evaluate("document.activeElement !== document.body"), "the focus is not lost"
    resident.require_quiet()


def test_shift_enter_makes_a_new_line(visit: Callable[..., Visit]) -> None:
    resident = visit(**DESKTOP)
    field = resident.page.get_by_role("textbox")
    field.press_sequentially("法律援助")
    field.press("Shift+Enter")
    field.press_sequentially("怎么申请")
    expect(field).to_have_value("法律援助\n怎么申请")
    assert resident.own.count() == 0


def test_everything_that_can_be_used_has_a_name(visit: Callable[..., Visit]) -> None:
    resident = visit()
    resident.send("老人")
    resident.send(LAMP)
    expect(resident.page.get_by_role("textbox", name="您想问的或想反映的事")).to_be_visible()
    expect(resident.page.get_by_role("log", name="对话内容")).to_be_visible()
    nameless = """[...document.querySelectorAll('button, a, input, textarea, [role]')].filter(element =>
        element.offsetParent && !element.closest('[aria-hidden=true]') && !(element.textContent.trim()
        || element.getAttribute('aria-label') || element.getAttribute('aria-labelledby') || (element.labels || []).length)
    ).map(element => element.outerHTML)"""
    assert resident.page.evaluate(nameless) == []
    assert resident.page.evaluate("document.documentElement.lang") == "zh-CN"


def test_what_is_tapped_on_a_phone_is_large_enough(visit: Callable[..., Visit]) -> None:
    resident = visit()
    resident.send("老人")
    boxes = [choice.bounding_box() for choice in resident.replies.last.locator(".choice").all()]
    boxes.append(resident.page.get_by_role("button", name="发送").bounding_box())
    assert all(box is not None and box["height"] >= 40 and box["width"] >= 40 for box in boxes)


def test_a_resident_s_words_are_never_markup(visit: Callable[..., Visit]) -> None:
    resident = visit()
    words = "<img src=x onerror=\"document.title='x'\"><b>正阳街路灯不亮</b>"
    resident.send(words)
    expect(resident.own.last).to_contain_text(words)
    assert resident.page.locator("#log img, #log b").count() == 0 and resident.page.title() != "x"
    resident.require_quiet()


def test_more_than_five_hundred_characters_are_counted_and_not_sent(visit: Callable[..., Visit]) -> None:
    resident = visit()
    field = resident.page.get_by_role("textbox")
    field.fill("灯" * 501)
    expect(resident.page.locator("#counter")).to_contain_text("多了 1 个字")
    resident.page.get_by_role("button", name="发送").click(force=True)
    expect(field).to_have_value("灯" * 501)
    assert resident.own.count() == 0


@pytest.mark.parametrize(("name", "device"), [("phone", PHONE), ("desktop", DESKTOP)])
def test_a_daughter_asks_for_handrails_and_then_sees_a_menu(
    visit: Callable[..., Visit], name: str, device: dict[str, object], tmp_path: Path
) -> None:
    resident = visit(**device)
    resident.send("我妈瘫痪在床，家里想安个扶手，有啥补贴吗")
    for _ in range(5):
        answer = "满60岁了" if "满60岁了吗" in resident.replies.last.inner_text() else "不清楚"
        if resident.replies.last.get_by_role("button", name="不清楚").count() == 0:
            break
        resident.tap(answer)
    resident.send("老人")
    expect(resident.replies.last.get_by_role("button", name="都不是")).to_be_visible()
    folder = ROOT / "docs" if os.environ.get("BOT_SCREENSHOTS") == "docs" else tmp_path
    folder.mkdir(exist_ok=True)
    shot = folder / f"page-{name}.png"
    resident.page.screenshot(path=shot, animations="disabled")
    assert shot.stat().st_size > 10_000
    resident.require_quiet()
    expect(resident.page.locator("#log")).to_contain_text("居家适老化改造", timeout=1000)


# -- photos and places --------------------------------------------------------------------------------------------------------


def test_a_photo_is_shown_before_it_goes_sent_small_and_stands_in_the_conversation(
    visit: Callable[..., Visit], tmp_path: Path
) -> None:
    file = tmp_path / "lamp.jpg"
    file.write_bytes(jpeg((3000, 2000)))
    resident = visit()
    resident.send(LAMP)
    with resident.page.expect_file_chooser() as chooser:
        resident.page.get_by_role("button", name="发照片").click()
    chooser.value.set_files(file)
    panel = resident.page.get_by_role("group", name="要发的照片")
    expect(panel.get_by_role("img")).to_be_visible()
    assert resident.overflow() <= 0
    assert grave_findings(resident.page) == []
    resident.page.screenshot(path=tmp_path / "photo.png", animations="disabled")
    replies = resident.replies.count()
    with resident.page.expect_event("requestfinished", lambda request: request.url.endswith("/photos")) as sent:
        panel.get_by_role("button", name="发这张").click()
    expect(resident.replies).to_have_count(replies + 1)
    expect(panel).to_be_hidden()
    expect(resident.replies.last).to_contain_text("已收到照片1张")
    length = int(sent.value.all_headers()["content-length"])
    assert 1000 < length < file.stat().st_size, "an old phone's data are dear"
    resident.tap("确认")
    resident.page.reload()
    again = resident.page.get_by_role("img", name="我发的照片")
    expect(again).to_be_visible()
    assert again.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1600
    resident.require_quiet()


def test_what_is_no_photo_is_told_and_can_be_taken_back(visit: Callable[..., Visit], tmp_path: Path) -> None:
    file = tmp_path / "list.jpg"
    file.write_bytes(b"no picture at all")
    resident = visit(**DESKTOP)
    resident.page.locator("#photo-file").set_input_files(file)
    panel = resident.page.get_by_role("group", name="要发的照片")
    panel.get_by_role("button", name="不发了").click()
    expect(panel).to_be_hidden()
    resident.page.locator("#photo-file").set_input_files(file)
    panel.get_by_role("button", name="发这张").click()
    expect(resident.own.last).to_contain_text("这不是照片")
    resident.page.get_by_role("button", name="知道了").click()
    expect(resident.own).to_have_count(0)


def test_a_place_is_sent_at_one_tap_where_the_page_asks_for_it(visit: Callable[..., Visit]) -> None:
    resident = visit()
    resident.context.grant_permissions(["geolocation"])
    resident.context.set_geolocation({"latitude": 43.88, "longitude": 125.25})
    resident.send("楼下垃圾好几天没人收了，都臭了")
    replies = resident.replies.count()
    resident.page.get_by_role("button", name="发我现在的位置").click()
    expect(resident.replies).to_have_count(replies + 1)
    expect(resident.replies.last).to_contain_text("地图位置（43.88233，125.25638）")
    resident.require_quiet()
