"""订阅通知 offered after filing: the link, the page with WeChat's own button, and what the follower chose."""

import hashlib
import re
from collections.abc import Iterator

import pytest
from flask import Flask

from bot.channels.http import Parts, create_app
from bot.channels.simulator import Account, Fault, Simulator
from bot.config import Config, ServerConfig, WechatConfig
from bot.delivery.js_sdk import PageSigner
from bot.delivery.setup import wechat_api
from bot.dialogue.conversation import Conversation
from bot.store.sqlite import SqliteStore
from bot.store.tokens import SqliteTokens
from tests.conftest import Clock
from tests.platform import APP_ID, TOKEN, Platform, event, message, passive_text

PAGE: dict[str, object] = {"district": "绿园区", "service_name": "问答", "plan_title": "计划", "examples": (), "footer": ""}
PUBLIC, TEMPLATE, LI = "https://wenda.example.gov.cn", "VRR0UEO9VJOLs0MHlU0OilqX6MVFDwH3_3gz3Oc0NIc", "oLi"
LINK = f'<a href="{PUBLIC}/wechat/subscribe">'
LAMP = "正阳街的路灯三天不亮了，没人修"


@pytest.fixture
def account(clock: Clock) -> Account:
    return Account(app_id=APP_ID, app_secret="secret", clock=lambda: clock.now.timestamp())


@pytest.fixture
def simulator(account: Account) -> Iterator[Simulator]:
    running = Simulator(account)
    yield running
    running.close()


@pytest.fixture
def application(conversation: Conversation, store: SqliteStore, simulator: Simulator, clock: Clock) -> Flask:
    return application_of(conversation, store, simulator, clock)


def application_of(
    conversation: Conversation, store: SqliteStore, simulator: Simulator, clock: Clock, template: str = TEMPLATE
) -> Flask:
    wechat = WechatConfig(
        token=TOKEN,
        app_id=APP_ID,
        app_secret="secret",
        verified=True,
        api_base_url=simulator.url,
        subscribe_template=template,
    )
    config = Config(wechat=wechat, server=ServerConfig(public_url=PUBLIC))
    api = wechat_api(config, SqliteTokens(store.engine), clock)
    assert api
    return create_app(Parts(config, conversation, store, PAGE, "secret", signer=PageSigner(api, APP_ID, clock)))


def say(application: Flask, text: str) -> str:
    return show(application, message(LI, Content=text))


def show(application: Flask, xml: str) -> str:
    delivery = Platform().plain(xml)
    answer = application.test_client().post(delivery.path, data=delivery.body)
    return passive_text(answer.data, LI) if answer.data != b"success" else "success"


def chose(answer: str) -> str:
    """What WeChat tells of a follower's choice."""
    inside = f"<List><TemplateId>{TEMPLATE}</TemplateId><SubscribeStatusString>{answer}</SubscribeStatusString></List>"
    told = event(LI, "subscribe_msg_popup_event")
    return told.replace("</xml>", f"<SubscribeMsgPopupEvent>{inside}</SubscribeMsgPopupEvent></xml>")


def test_who_files_is_offered_a_notice_and_who_took_one_is_not_asked_again(application: Flask, store: SqliteStore) -> None:
    assert LINK not in say(application, LAMP), "nothing is filed yet"
    assert LINK in say(application, "确认")
    assert show(application, chose("accept")) == "success"
    assert store.engine.rows("select resident, template from subscriptions") == [{"resident": "wechat:oLi", "template": TEMPLATE}]
    say(application, "青年路早市占道，车都过不去")
    assert LINK not in say(application, "确认")
    assert LINK not in say(application, "查进度")


def test_who_declines_is_offered_it_with_the_next_matter(application: Flask, store: SqliteStore) -> None:
    say(application, LAMP)
    say(application, "确认")
    show(application, chose("accept"))
    show(application, chose("reject"))
    assert store.engine.rows("select id from subscriptions") == []
    say(application, "青年路早市占道，车都过不去")
    assert LINK in say(application, "确认")


def test_the_page_is_signed_as_wechat_wants_it(application: Flask, account: Account) -> None:
    client = application.test_client()
    answer = client.get("/wechat/subscribe?from=singlemessage")
    assert answer.status_code == 200 and f'template="{TEMPLATE}"' in answer.text
    given = dict(re.findall(r'data-(\w+)="([^"]+)"', answer.text))
    url = f"{PUBLIC}/wechat/subscribe?from=singlemessage"
    words = f"jsapi_ticket={account.page_ticket}&noncestr={given['nonce']}&timestamp={given['timestamp']}&url={url}"
    assert given["signature"] == hashlib.sha1(words.encode()).hexdigest() and given["app"] == APP_ID
    assert "https://res.wx.qq.com" in answer.headers["Content-Security-Policy"] and account.page_ticket not in answer.text
    client.get("/wechat/subscribe")
    assert account.count("/cgi-bin/ticket/getticket") == 1, "a ticket is good for two hours"


def test_a_ticket_is_fetched_anew_before_it_ends(application: Flask, account: Account, clock: Clock) -> None:
    client = application.test_client()
    client.get("/wechat/subscribe")
    clock.forward(hours=2)
    client.get("/wechat/subscribe")
    assert account.count("/cgi-bin/ticket/getticket") == 2


def test_while_wechat_gives_no_ticket_the_page_says_so(application: Flask, account: Account) -> None:
    account.faults.append(Fault("status", 503, "/cgi-bin/ticket/getticket"))
    answer = application.test_client().get("/wechat/subscribe")
    assert answer.status_code == 200 and "过一会儿" in answer.text and "wx-open-subscribe" not in answer.text


def test_without_a_template_nothing_is_offered_and_there_is_no_page(
    conversation: Conversation, store: SqliteStore, simulator: Simulator, clock: Clock
) -> None:
    application = application_of(conversation, store, simulator, clock, template="")
    say(application, LAMP)
    assert "订阅" not in say(application, "确认")
    assert application.test_client().get("/wechat/subscribe").status_code == 404
