"""Photos in WeChat: answered at once, fetched afterwards from WeChat's hosts only, tried again, told when lost."""

import datetime
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bot.channels.simulator import Account, Simulator
from bot.config import Config, WechatConfig
from bot.delivery.setup import wechat_api
from bot.delivery.wechat_api import WechatApi
from bot.messages import Kind, Mode, Reply
from bot.photos.download import Gone, download, public_addresses
from bot.photos.fetcher import PhotoFetcher
from bot.photos.picture import settings
from bot.store.sqlite import SqliteStore
from bot.store.tokens import SqliteTokens
from bot.tickets.matters import Draft, Matter
from bot.tickets.records import Actor, Role
from tests.conftest import Clock, Say
from tests.photos.pictures import jpeg, opened

LAMP = "正阳街的路灯三天不亮了，没人修"
URL = "http://mmbiz.qpic.cn/mmbiz_jpg/abc/0"
ACCOUNT = {"app_id": "wx0123456789abcdef", "app_secret": "secret", "verified": True}


@dataclass
class PictureHost:
    """Stands where WeChat keeps pictures."""

    status: int = 200
    body: bytes = field(default_factory=jpeg)
    more: dict[str, str] = field(default_factory=dict)
    hosts: list[str] = field(default_factory=list)

    def __enter__(self) -> "PictureHost":
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.hosts.append(self.headers["Host"] + self.path)
                self.send_response(outer.status)
                for name, value in outer.more.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(outer.body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def addresses(self, host: str, port: int) -> list[tuple[str, int]]:
        return [("127.0.0.1", int(self.server.server_address[1]))]


@pytest.fixture
def host() -> Iterator[PictureHost]:
    with PictureHost() as running:
        yield running


@pytest.fixture
def api(store: SqliteStore, clock: Clock) -> Iterator[WechatApi]:
    simulator = Simulator(Account(clock=lambda: clock.now.timestamp()))
    wechat = WechatConfig.model_validate({**ACCOUNT, "api_base_url": simulator.url})
    made = wechat_api(Config(wechat=wechat), SqliteTokens(store.engine), clock)
    assert made is not None
    yield made
    simulator.close()


@pytest.fixture
def fetch(store: SqliteStore, host: PictureHost, clock: Clock) -> Any:
    store.photos._clock = clock
    return PhotoFetcher(store.photos, None, clock, host.addresses).run_until_idle


def rows(store: SqliteStore) -> list[dict[str, Any]]:
    return store.engine.rows("select * from photos order by id")


def send(say: Say, url: str = URL, media: str = "", who: str = "王阿姨", delivery: str | None = None) -> Reply:
    return say("", who=who, kind=Kind.IMAGE, data={"picture": url, "media": media}, delivery=delivery)


def test_a_photo_in_a_running_form_belongs_to_the_ticket(say: Say, store: SqliteStore, fetch: Any) -> None:
    say(LAMP)
    shown = send(say)
    assert (shown.mode, shown.asking) == (Mode.FEEDBACK, True)
    assert "已收到照片1张" in shown.text and "确认" in [option.text for option in shown.options]
    assert "照片：2张" in send(say).text
    number = say("确认").ticket
    assert [row["number"] for row in rows(store)] == [number, number]
    assert fetch() == 2
    photos = [store.photos.get(row["id"]) for row in rows(store)]
    assert all(photo and opened(photo.data).format == "JPEG" for photo in photos)
    assert [(row["state"], row["origin"]) for row in rows(store)] == [("stored", "")] * 2


def test_a_photo_before_the_words_comes_along(say: Say, store: SqliteStore) -> None:
    asked = send(say)
    assert asked.asking and "照片收到了" in asked.text and "文字" in asked.text
    assert "2张" in send(say).text
    assert "照片：2张" in say(LAMP).text
    number = say("确认").ticket
    assert number and [row["number"] for row in rows(store)] == [number, number]


def test_a_photo_after_filing_is_offered_for_the_ticket(say: Say, store: SqliteStore) -> None:
    say(LAMP)
    number = say("确认").ticket
    asked = send(say)
    assert number and [option.text for option in asked.options] == [f"加到 {number}"]
    done = say("1")
    assert done.ticket == number and "加到" in done.text
    assert rows(store)[0]["number"] == number
    assert store.engine.rows("select action, text from ticket_events order by id desc limit 1") == [
        {"action": "add", "text": "补充照片1张"}
    ]


def test_a_photo_about_something_new_is_not_added_to_the_old_ticket(say: Say, store: SqliteStore) -> None:
    say(LAMP)
    first = say("确认").ticket
    send(say)
    say("青年路早市占道，车都过不去")
    second = say("确认").ticket
    assert second not in (None, first) and rows(store)[0]["number"] == second


def test_nobody_else_s_photo_can_be_filed(say: Say, store: SqliteStore) -> None:
    send(say, who="李大爷")
    theirs = rows(store)[0]["id"]
    desk = store.engine
    with store.turn("test:王阿姨") as turn:
        ticket = turn.tickets(store.photos._clock()).file(Draft(Matter.COMPLAINT, "路灯不亮", "正阳街", photos=(theirs,)))
    assert desk.rows("select id from photos where number = ?", [ticket.number]) == []


def test_a_repeated_delivery_keeps_one_photo(say: Say, store: SqliteStore) -> None:
    assert send(say, delivery="w:1") == send(say, delivery="w:1")
    assert len(rows(store)) == 1


def test_more_photos_than_a_matter_takes_are_declined_in_words(say: Say, store: SqliteStore) -> None:
    say(LAMP)
    for _ in range(9):
        send(say)
    assert "最多9张" in send(say).text
    number = say("确认").ticket
    assert len([row for row in rows(store) if row["number"] == number]) == 9


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.example/x.jpg",
        "http://mmbiz.qpic.cn.evil.example/x",
        "http://evilmmbiz.qpic.cn/x",
        "http://mmbiz.qpic.cn:8080/x",
        "http://mmbiz.qpic.cn@10.0.0.1/x",
        "http://127.0.0.1/x",
        "file:///etc/passwd",
        "ftp://mmbiz.qpic.cn/x",
        "http://[::1",
    ],
)
def test_nothing_is_fetched_from_elsewhere(host: PictureHost, url: str) -> None:
    with pytest.raises(Gone):
        download(url, host.addresses)
    assert host.hosts == []


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "0.0.0.0", "fd00::1"])
def test_inner_addresses_are_none_to_fetch_from(name: str) -> None:
    assert public_addresses(name, 80) == []


def test_a_redirect_is_not_followed(say: Say, store: SqliteStore, host: PictureHost, fetch: Any) -> None:
    host.status, host.more = 302, {"Location": "http://127.0.0.1:1/inner"}
    send(say)
    assert fetch() == 1 and host.hosts == ["mmbiz.qpic.cn/mmbiz_jpg/abc/0"]
    assert rows(store)[0]["state"] == "failed"


def test_a_photo_larger_than_is_taken_is_not_read_to_its_end(say: Say, store: SqliteStore, host: PictureHost, fetch: Any) -> None:
    host.body = b"\xff\xd8\xff" + bytes(settings()["most_bytes"])
    send(say)
    fetch()
    assert rows(store)[0]["state"] == "failed" and "8 MB" in rows(store)[0]["problem"]


def test_a_host_that_fails_is_asked_again_later_and_the_photo_comes(
    say: Say, store: SqliteStore, host: PictureHost, clock: Clock, fetch: Any
) -> None:
    say(LAMP)
    send(say)
    host.status = 503
    assert fetch() == 1 and fetch() == 0, "not at once"
    assert (rows(store)[0]["state"], rows(store)[0]["problem"]) == ("waiting", "HTTP 503")
    host.status = 200
    clock.forward(minutes=1)
    assert fetch() == 1 and rows(store)[0]["state"] == "stored"


def test_what_never_comes_is_given_up_and_the_resident_told(
    say: Say, store: SqliteStore, host: PictureHost, clock: Clock, fetch: Any
) -> None:
    say(LAMP)
    send(say)
    number = say("确认").ticket
    host.status = 503
    tried = 0
    for _ in range(80):
        tried += fetch()
        clock.forward(hours=2)
    assert tried == settings()["back_off"]["attempts"] and rows(store)[0]["state"] == "failed"
    (letter,) = store.engine.rows("select text, ticket from outbox where resident = 'test:王阿姨'")
    assert "重新发一次" in letter["text"] and letter["ticket"] == number


def test_a_process_that_dies_with_a_photo_leaves_it_to_another(say: Say, store: SqliteStore, clock: Clock, fetch: Any) -> None:
    send(say)
    assert store.photos.claim(clock(), datetime.timedelta(seconds=120)) is not None
    assert fetch() == 0, "while the lease runs nobody else has it"
    clock.forward(seconds=121)
    assert fetch() == 1 and rows(store)[0]["state"] == "stored"


def test_the_media_id_helps_where_the_address_fails(
    say: Say, store: SqliteStore, host: PictureHost, api: WechatApi, clock: Clock
) -> None:
    store.photos._clock = clock
    host.status = 404
    send(say, media="media-1")
    assert PhotoFetcher(store.photos, api, clock, host.addresses).run_until_idle() == 1
    assert rows(store)[0]["state"] == "stored" and host.hosts


def test_an_address_elsewhere_is_not_asked_although_the_media_id_is_good(
    say: Say, store: SqliteStore, host: PictureHost, api: WechatApi, clock: Clock
) -> None:
    send(say, url="http://10.0.0.1/x", media="media-1")
    PhotoFetcher(store.photos, api, clock, host.addresses).run_until_idle()
    assert rows(store)[0]["state"] == "stored" and host.hosts == []


def test_deleted_records_take_the_photos_along(say: Say, store: SqliteStore, fetch: Any) -> None:
    say(LAMP)
    send(say)
    say("确认")
    send(say)
    fetch()
    assert len(store.engine.rows("select * from photo_data")) == 2
    say("删除我的记录")
    say("确认删除")
    assert rows(store) == [] and store.engine.rows("select * from photo_data") == []


def test_photos_of_a_secret_report_are_sealed_in_the_conversation_and_seen_by_who_handles_it(
    say: Say, store: SqliteStore, clock: Clock
) -> None:
    send(say)
    say("我要举报青年路12号有人私自开地下加油点，要保密")
    number = say("确认").ticket
    assert number is not None
    assert store.engine.rows("select distinct sealed from messages") == [{"sealed": 1}]
    with store.turn("test:王阿姨") as turn:
        desk = turn.tickets(clock()).desk
        ticket = desk.store.ticket(number)
        assert ticket is not None and ticket.secret
        assert len(desk.photos(ticket, Actor(Role.DISPATCHER, "派单员", account=1))) == 1
        assert desk.photos(ticket, Actor(Role.STAFF, "别人", account=2, unit=999)) == []
        assert desk.photos(ticket, Actor(Role.RESIDENT, "李大爷", resident="test:李大爷")) == []
