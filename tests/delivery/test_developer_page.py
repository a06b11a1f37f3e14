"""The developer's page: a follower played in the browser against the running service."""

import base64
import time
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Browser, expect

from bot.store.outbox import written_to_resident
from bot.store.sqlite import SqliteStore
from intents.model import Model
from tests.conftest import WECHAT, Service
from tests.console.browser import Staff, before_its_scripts
from tests.photos.pictures import jpeg, opened


@pytest.fixture(scope="module")
def service(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    running = Service(tmp_path_factory.mktemp("developer"), BOT_SERVER_DEVELOPER="true")
    yield running
    running.stop()


def send(service: Service, kind: str, **more: object) -> requests.Response:
    body = {"kind": kind, "openid": "oDev", **more}
    return requests.post(service.url + "/developer/send", json=body, timeout=20)


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("text", {"text": "法律援助怎么申请"}),
        ("tap", {"text": "法律援助怎么申请", "id": "1"}),
        ("voice", {"text": "法律援助怎么申请"}),
        ("voice", {}),
        ("image", {}),
        ("location", {"text": "春城大街12号", "latitude": "43.88", "longitude": "125.24"}),
        ("follow", {}),
        ("click", {"text": "查进度"}),
    ],
)
def test_each_kind_goes_through_the_callback_and_is_answered(service: Service, kind: str, more: dict[str, str]) -> None:
    (answer,) = send(service, kind, **more).json()["answers"]
    assert answer["status"] == 200 and answer["text"]


def test_a_repeated_delivery_gets_the_same_answer(service: Service) -> None:
    answers = send(service, "text", text="你好", times=3).json()["answers"]
    assert len(answers) == 3 and len({answer["text"] for answer in answers}) == 1


def test_messages_within_a_second_are_not_taken_for_one_whichever_process_sends_them(service: Service) -> None:
    service_texts = [send(service, "text", text=said).json()["answers"][0]["text"] for said in ["谢谢", "再见", "你是谁"] * 3]
    assert service_texts[0] != service_texts[1] != service_texts[2] and service_texts[:3] * 3 == service_texts


def test_what_is_pushed_can_be_seen(service: Service) -> None:
    send(service, "text", text="你好")
    with SqliteStore(service.folder / "bot.db").engine.write() as db:
        written_to_resident(db, "wechat:oDev", "路灯已经修好。", "k1", at="2026-03-02T02:00:00.000+00:00")
    ends = time.monotonic() + 15
    received: list[str] = []
    while not received and time.monotonic() < ends:
        got = requests.get(service.url + "/developer/received?openid=oDev", timeout=10).json()
        received = [message["text"] for message in got["received"]]
        time.sleep(0.1)
    assert received == ["路灯已经修好。"]


def test_a_picture_of_one_s_own_reaches_the_ticket(service: Service) -> None:
    send(service, "text", text="正阳街的路灯三天不亮了，没人修")
    (answer,) = send(service, "image", data=base64.b64encode(jpeg((900, 600))).decode()).json()["answers"]
    assert "已收到照片1张" in answer["text"] and answer["milliseconds"] < 5000
    send(service, "text", text="确认")
    engine = SqliteStore(service.folder / "bot.db").engine
    sql = "select state, number, data from photos left join photo_data on photo = id order by id desc limit 1"
    ends = time.monotonic() + 30
    while (row := engine.rows(sql)[0])["state"] == "waiting" and time.monotonic() < ends:
        time.sleep(0.2)
    assert row["state"] == "stored" and row["number"] and opened(row["data"]).size == (900, 600)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.5"},
        {"Forwarded": "for=203.0.113.5"},
        {"Host": "evil.example.com"},
        {"X-Real-IP": "1.2.3.4"},
    ],
)
def test_nobody_from_elsewhere_sees_it(service: Service, headers: dict[str, str]) -> None:
    assert requests.get(service.url + "/developer/", headers=headers, timeout=10).status_code == 404
    sent = requests.post(service.url + "/developer/send", json={"kind": "text"}, headers=headers, timeout=10)
    assert sent.status_code == 404


def test_a_form_of_another_site_cannot_send(service: Service) -> None:
    sent = requests.post(service.url + "/developer/send", data={"kind": "text", "openid": "oDev"}, timeout=10)
    assert sent.status_code == 415


def test_in_safe_mode_what_is_sent_is_sealed_and_the_answer_opened(
    model: Model, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = {**WECHAT, "BOT_WECHAT_MODE": "safe", "BOT_SERVER_DEVELOPER": "true"}
    service = Service(tmp_path_factory.mktemp("safe"), **settings)
    try:
        (answer,) = send(service, "text", text="法律援助怎么申请").json()["answers"]
        assert answer["status"] == 200 and "区司法局" in answer["text"]
    finally:
        service.stop()


def test_without_the_setting_there_is_no_such_page(client: object) -> None:
    assert client.get("/developer/").status_code == 404  # type: ignore[attr-defined]


def test_in_the_browser_one_can_talk_tap_and_receive(service: Service, browser: Browser) -> None:
    developer = Staff(browser, service.url)
    page = developer.page
    with before_its_scripts(page):
        page.goto(service.url + "/developer/", wait_until="commit")
        page.locator("#openid").fill("oBrowser")
        page.locator("#text").fill("补贴")
        page.get_by_role("button", name="发送文字").click()
    expect(page.locator("#talk li")).to_have_count(2)
    page.locator("#talk li button").first.click()
    expect(page.locator("#talk li")).to_have_count(4)
    with SqliteStore(service.folder / "bot.db").engine.write() as db:
        written_to_resident(db, "wechat:oBrowser", "<b>路灯</b>已经修好。", "k2", at="2026-03-02T02:00:00.000+00:00")
    expect(page.locator("#talk li.pushed")).to_contain_text("<b>路灯</b>已经修好。")
    developer.context.close()
    developer.require_quiet()
