"""Alerts to robots, by e-mail and text message; webhooks to other systems."""

import base64
import hashlib
import hmac
from collections.abc import Iterator

import pytest

from tests.delivery.conftest import PostOffice
from tests.delivery.servers import MailHost, WebServer


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer() as server:
        yield server


def alert(office: PostOffice, key: str = "new:1", **more: object) -> None:
    office.put(key, "alert", "投诉，承办单位：区城管局，3月9日到期", subject="新工单", ticket="LY-20260302-0001-3", **more)


def test_a_wecom_robot_gets_the_text_with_the_link(office: PostOffice, web: WebServer) -> None:
    office.notify = {"webhooks_wecom": f"{web.url}/cgi-bin/webhook/send?key=693a91f6"}
    office.server = {"public_url": "https://wenda.example.gov.cn"}
    alert(office)
    office.deliver()
    (request,) = web.got
    assert (request.path, request.query) == ("/cgi-bin/webhook/send", {"key": "693a91f6"})
    assert request.body["msgtype"] == "text"
    assert request.body["text"]["content"].splitlines() == [
        "新工单",
        "投诉，承办单位：区城管局，3月9日到期",
        "查看：https://wenda.example.gov.cn/console/tickets/LY-20260302-0001-3",
    ]
    assert [letter.sent_way for letter in office.letters()] == ["spread", "wecom"]


def test_a_text_that_is_too_long_for_a_robot_is_cut(office: PostOffice, web: WebServer) -> None:
    office.notify = {"webhooks_wecom": web.url}
    office.put("long", "alert", "字" * 2000)
    office.deliver()
    content = web.got[0].body["text"]["content"]
    assert len(content.encode()) <= 2048 and content.endswith("…")


@pytest.mark.parametrize("own", [True, False])
def test_a_dingtalk_robot_gets_a_signed_request(office: PostOffice, web: WebServer, own: bool) -> None:
    secret = "SEC0123456789"
    address = f"{web.url}/robot/send?access_token=abc"
    office.notify = {"webhooks_dingtalk": address + (f"#{secret}" if own else ""), "dingtalk_secret": "" if own else secret}
    alert(office)
    office.deliver()
    (request,) = web.got
    timestamp = request.query["timestamp"]
    assert abs(int(timestamp) / 1000 - office.clock().timestamp()) < 3600
    wanted = base64.b64encode(hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()).decode()
    assert request.query["sign"] == wanted and request.query["access_token"] == "abc"
    assert request.body == {"msgtype": "text", "text": {"content": "新工单\n投诉，承办单位：区城管局，3月9日到期"}}


def test_the_unit_gets_its_alerts_beside_the_service(office: PostOffice, web: WebServer) -> None:
    office.notify = {"webhooks_wecom": f"{web.url}/all"}
    with office.store.engine.write() as db:
        db.execute(
            "insert into units (id, name, alerts) values (7, '区城管局', ?)",
            [f'{{"wecom": ["{web.url}/unit", "{web.url}/all"], "dingtalk": ["{web.url}/ding"]}}'],
        )
    alert(office, payload={"unit": 7})
    alert(office, payload={"unit": 7})
    office.deliver()
    assert sorted(request.path for request in web.got) == ["/all", "/ding", "/unit"]


def test_where_nobody_is_to_be_told_that_is_written_down(office: PostOffice) -> None:
    alert(office)
    office.deliver()
    assert office.states() == [("sent", "nobody")]


def test_not_more_than_twenty_a_minute_go_to_one_robot(office: PostOffice, web: WebServer) -> None:
    office.notify = {"webhooks_wecom": web.url}
    for number in range(30):
        alert(office, key=f"new:{number}")
    office.deliver()
    assert len(web.got) == 20
    office.clock.forward(seconds=61)
    office.deliver()
    assert len(web.got) == 30


@pytest.mark.parametrize(
    ("way", "body", "seconds"),
    [
        ("wecom", '{"errcode":45009,"errmsg":"api freq out of limit"}', 60),
        ("wecom", '{"errcode":-1,"errmsg":"system busy"}', 4),
        ("dingtalk", '{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}', 600),
        ("dingtalk", '{"errcode":-1,"errmsg":"系统繁忙"}', 4),
        ("wecom", '{"errcode":0,"err', 4),
    ],
)
def test_a_robot_that_refuses_for_now_is_asked_later(
    office: PostOffice, web: WebServer, way: str, body: str, seconds: int
) -> None:
    office.notify = {f"webhooks_{way}": web.url}
    web.answers.append((200, body))
    alert(office)
    office.deliver()
    office.clock.forward(seconds=seconds - 2)
    office.deliver()
    assert len(web.got) == 1
    office.clock.forward(seconds=10)
    office.deliver()
    assert len(web.got) == 2 and office.states()[-1] == ("sent", way)


@pytest.mark.parametrize(
    ("way", "body"),
    [
        ("wecom", '{"errcode":93000,"errmsg":"invalid webhook url"}'),
        ("dingtalk", '{"errcode":310000,"errmsg":"sign not match"}'),
        ("dingtalk", '{"errcode":310000,"errmsg":"keywords not in content"}'),
    ],
)
def test_a_robot_that_will_never_take_it_leaves_a_dead_letter(office: PostOffice, web: WebServer, way: str, body: str) -> None:
    office.notify = {f"webhooks_{way}": web.url}
    web.answers.append((200, body))
    alert(office)
    office.deliver()
    (dead,) = office.outbox.list_dead()
    assert body.split('"')[-2] in dead.last_error and web.url not in dead.last_error
    assert office.outbox.resend(dead.id, "张三", office.clock.iso())
    office.deliver()
    assert office.states()[-1] == ("sent", way)


# -- e-mail ---------------------------------------------------------------------------------------------------------------


def mail_settings(host: MailHost, **more: object) -> dict[str, object]:
    server = {"smtp_host": "127.0.0.1", "smtp_port": host.port, "smtp_tls": "none", "smtp_from": "民生问答 <bot@example.gov.cn>"}
    return {**server, "email_to": "li@example.gov.cn wang@example.gov.cn", **more}


def test_an_alert_goes_by_mail_to_everybody_named(office: PostOffice) -> None:
    with MailHost() as host:
        office.notify = mail_settings(host, smtp_user="bot", smtp_password="geheim")
        alert(office)
        office.deliver()
    assert sorted(message["To"] for message in host.got) == ["li@example.gov.cn", "wang@example.gov.cn"]
    message = host.got[0]
    assert message["Subject"] == "新工单" and "bot@example.gov.cn" in message["From"]
    assert "区城管局" in message.get_content()
    assert base64.b64decode(host.logins[0]) == b"\0bot\0geheim"
    assert len({message["Message-ID"] for message in host.got}) == 2


@pytest.mark.parametrize(("refuse", "dead"), [({"RCPT": "550 no such user"}, True), ({"RCPT": "451 try later"}, False)])
def test_mail_that_is_refused_is_dead_or_tried_again_as_the_server_says(
    office: PostOffice, refuse: dict[str, str], dead: bool
) -> None:
    with MailHost(refuse=refuse) as host:
        office.notify = mail_settings(host, email_to="li@example.gov.cn")
        alert(office)
        office.deliver()
        assert bool(office.outbox.list_dead()) is dead
        host.refuse.clear()
        office.deliver_patiently(hours=1)
    assert len(host.got) == (0 if dead else 1)


def test_a_mail_server_that_is_away_is_tried_again(office: PostOffice) -> None:
    with MailHost() as host:
        settings = mail_settings(host, email_to="li@example.gov.cn")
        office.notify = {**settings, "smtp_port": 9}
        alert(office)
        office.deliver()
        office.notify = settings
        office.deliver_patiently(hours=1)
    assert len(host.got) == 1


# -- text messages --------------------------------------------------------------------------------------------------------


def test_a_resident_without_wechat_gets_a_text_message_where_a_number_was_left(office: PostOffice, web: WebServer) -> None:
    office.notify = {
        "sms_url": f"{web.url}/send",
        "sms_key": "K",
        "sms_body": '{"mobile":"$phone","content":"$text","uid":"$id","key":"$key"}',
        "sms_template": "【绿园民生】{text}",
    }
    office.put("k", "resident", '回复："修好了"\n谢谢', address="139-0000-0001", ticket="LY-20260302-0001-3")
    office.deliver()
    (request,) = web.got
    assert request.body == {"mobile": "13900000001", "content": '【绿园民生】回复："修好了"\n谢谢', "uid": "k", "key": "K"}
    assert request.headers["Authorization"] == "Bearer K"
    assert office.states() == [("sent", "sms")]


def test_a_gateway_that_says_no_is_asked_again(office: PostOffice, web: WebServer) -> None:
    office.notify = {"sms_url": web.url, "sms_success": '"code":0'}
    web.usual = (200, '{"code":0}')
    web.answers.append((200, '{"code":7,"msg":"余额不足"}'))
    office.put("k", "resident", "修好了", address="13900000001")
    office.deliver()
    assert "余额不足" in office.letters()[0].last_error
    office.deliver_patiently(hours=1)
    assert office.states() == [("sent", "sms")]


def test_a_number_that_is_none_leaves_a_dead_letter(office: PostOffice, web: WebServer) -> None:
    office.notify = {"sms_url": web.url}
    office.put("k", "resident", "修好了", address="不知道")
    office.deliver()
    assert len(office.outbox.list_dead()) == 1 and web.got == []


def test_the_page_comes_first_and_a_text_message_after_some_minutes(office: PostOffice, web: WebServer) -> None:
    office.notify = {"sms_url": web.url}
    office.write("修好了", "web:abc", address="13900000001", ticket="LY-1")
    office.deliver()
    assert web.got == []
    office.clock.forward(minutes=6)
    office.deliver()
    assert office.states() == [("sent", "sms")]


def test_words_of_a_live_talk_are_no_text_messages(office: PostOffice, web: WebServer) -> None:
    office.notify = {"sms_url": web.url}
    office.write("您好，我是工作人员", "web:abc")
    office.clock.forward(hours=1)
    office.deliver()
    assert web.got == [] and office.states() == [("waiting", None)]


def test_a_timeout_of_the_gateway_is_not_answered_by_a_second_message(office: PostOffice, web: WebServer) -> None:
    office.notify = {"sms_url": web.url}
    web.answers.append((504, ""))
    office.put("k", "resident", "修好了", address="13900000001")
    office.deliver_patiently(hours=2)
    assert len(web.got) == 1
    assert "可能已送达" in office.outbox.list_dead()[0].last_error


# -- 订阅通知 ---------------------------------------------------------------------------------------------------------------

WHO, RESIDENT = "oWangAyi", "wechat:oWangAyi"
TEMPLATE = "VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3"


@pytest.fixture
def subscribed(office: PostOffice) -> PostOffice:
    office.wechat = {"subscribe_template": TEMPLATE}
    office.account.templates.add(TEMPLATE)
    office.account.subscribed(WHO, TEMPLATE)
    office.outbox.subscribed(RESIDENT, TEMPLATE, True, office.clock.iso())
    return office


def test_who_subscribed_is_told_and_reads_the_answer_at_the_next_message(subscribed: PostOffice, web: WebServer) -> None:
    office = subscribed
    office.notify = {"sms_url": web.url}
    office.write("路灯已经修好。", ticket="LY-20260302-0001-3", address="13900000001")
    office.write("第二条。", ticket="LY-20260302-0001-3")
    office.deliver()
    (notice,) = [message for message in office.account.received if message["kind"] == "notice"]
    assert notice["data"]["character_string2"]["value"] == "LY-20260302-0001-3"
    assert 0 < len(notice["data"]["thing1"]["value"]) <= 20
    assert [letter.state for letter in office.letters()] == ["waiting", "waiting"]
    assert web.got == []  # one way of telling is enough
    office.follower_writes()
    office.deliver()
    assert office.account.texts(WHO) == ["路灯已经修好。", "第二条。"]


def test_who_took_the_subscription_back_gets_a_text_message(subscribed: PostOffice, web: WebServer) -> None:
    office = subscribed
    office.account._subscribed.clear()
    office.notify = {"sms_url": web.url}
    office.write("路灯已经修好。", ticket="LY-20260302-0001-3", address="13900000001")
    office.deliver()
    assert [str(attempt.way) for attempt in office.outbox.attempts(1)] == ["subscription", "sms"]
    assert office.states() == [("sent", "sms")]


# -- webhooks -------------------------------------------------------------------------------------------------------------


def key(office: PostOffice, address: str, active: int = 1) -> None:
    with office.store.engine.write() as db:
        db.execute(
            "insert into api_keys (name, digest, webhook, secret, active, at) values (?, ?, ?, 'geheim', ?, '')",
            [address, address, address, active],
        )


def test_other_systems_are_told_with_a_signature(office: PostOffice, web: WebServer) -> None:
    key(office, f"{web.url}/a")
    key(office, f"{web.url}/b")
    key(office, f"{web.url}/taken-back", active=0)
    office.put("e:1", "webhook", "ticket.answered", ticket="LY-1", payload={"number": "LY-1", "state": "answered"})
    office.deliver()
    assert sorted(request.path for request in web.got) == ["/a", "/b"]
    request = web.got[0]
    assert request.body["event"] == "ticket.answered" and request.body["state"] == "answered"
    assert "system" not in request.body
    wanted = "sha256=" + hmac.new(b"geheim", request.raw, hashlib.sha256).hexdigest()
    assert request.headers["X-Signature"] == wanted


def test_a_system_that_did_not_answer_is_told_again_under_the_same_name(office: PostOffice, web: WebServer) -> None:
    key(office, web.url)
    web.answers.extend([(500, ""), (503, "")])
    office.put("e:1", "webhook", "ticket.answered")
    office.deliver_patiently(hours=1)
    assert len(web.got) == 3 and len({request.headers["X-Delivery"] for request in web.got}) == 1
