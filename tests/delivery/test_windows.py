"""Which windows a follower's messages and events open."""

from pathlib import Path

import pytest

from bot.channels.simulator import QUOTAS
from bot.delivery.choice import windows
from bot.dialogue.conversation import Conversation
from bot.store.outbox import written_to_resident
from bot.store.sqlite import SqliteStore
from tests.conftest import Clock
from tests.platform import event, message
from tests.test_wechat import Account, account_of

WHO = "oWangAyi"


@pytest.fixture
def account(conversation: Conversation, store: SqliteStore, tmp_path: Path) -> Account:
    return account_of(conversation, store, tmp_path)


def opened(account: Account) -> dict[str, int]:
    return dict(account.rows("select opened_by, used from wechat_windows where resident = ?", f"wechat:{WHO}"))


def test_the_data_names_a_source_and_agrees_with_the_simulator() -> None:
    assert {by: (window.minutes * 60, window.messages) for by, window in windows().items()} == QUOTAS
    assert all(window.source.startswith("https://developers.weixin.qq.com/") for window in windows().values())


@pytest.mark.parametrize(
    ("xml", "by"),
    [
        (message(WHO, Content="你好"), "message"),
        (message(WHO, "image", MediaId="m", PicUrl="http://mmbiz.qpic.cn/x"), "message"),
        (message(WHO, Content="法律援助", bizmsgmenuid="1"), "menu"),
        (event(WHO, "CLICK", EventKey="你好"), "menu"),
        (event(WHO, "scancode_waitmsg", EventKey="k"), "menu"),
        (event(WHO, "subscribe", EventKey=""), "follow"),
        (event(WHO, "subscribe", EventKey="qrscene_5", Ticket="T"), "scan"),
        (event(WHO, "SCAN", EventKey="5", Ticket="T"), "scan"),
    ],
)
def test_each_kind_opens_its_window(account: Account, xml: str, by: str) -> None:
    status, _ = account.plain(xml)
    assert status == 200
    assert opened(account) == {by: 0}


@pytest.mark.parametrize("name", ["VIEW", "unsubscribe", "LOCATION", "TEMPLATESENDJOBFINISH"])
def test_other_events_open_none(account: Account, name: str) -> None:
    account.plain(event(WHO, name, EventKey="http://example.com"))
    assert opened(account) == {}


def test_a_tap_beside_a_message_leaves_the_messages_window_as_it_is(account: Account) -> None:
    account.say("你好", WHO)
    account.plain(event(WHO, "CLICK", EventKey="你好"))
    assert opened(account) == {"message": 0, "menu": 0}


def test_a_repeated_delivery_does_not_fill_the_quota_up_again(account: Account, store: SqliteStore) -> None:
    xml = message(WHO, Content="你好")
    account.plain(xml)
    with store.engine.write() as db:
        db.execute("update wechat_windows set used = 3")
    account.plain(xml)
    assert opened(account) == {"message": 3}


def popup(*answers: tuple[str, str], name: str = "subscribe_msg_popup_event", tag: str = "SubscribeMsgPopupEvent") -> str:
    entries = "".join(
        f"<List><TemplateId><![CDATA[{template}]]></TemplateId>"
        f"<SubscribeStatusString><![CDATA[{answer}]]></SubscribeStatusString><PopupScene>2</PopupScene></List>"
        for template, answer in answers
    )
    return event(WHO, name).replace("</xml>", f"<{tag}>{entries}</{tag}></xml>")


def test_subscriptions_that_were_taken_are_kept_and_refused_ones_not(account: Account) -> None:
    assert account.plain(popup(("T1", "accept"), ("T2", "reject"))) == (200, b"success")
    assert account.rows("select resident, template from subscriptions") == [(f"wechat:{WHO}", "T1")]
    account.plain(popup(("T1", "reject"), name="subscribe_msg_change_event", tag="SubscribeMsgChangeEvent"))
    assert account.rows("select template from subscriptions") == []


def test_what_did_not_fit_in_front_of_the_reply_may_be_pushed_at_once(account: Account, store: SqliteStore, clock: Clock) -> None:
    account.say("你好", WHO)
    letters = ["一" * 400, "二" * 400]
    for text in letters:
        with store.engine.write() as db:
            written_to_resident(db, f"wechat:{WHO}", text, text, at="2026-03-02T01:00:00.000+00:00")
    with store.engine.write() as db:
        db.execute("update outbox set next_at = '9999-12-31T00:00:00.000+00:00'")
    answer = account.say("法律援助怎么申请", WHO)
    assert letters[0] in answer and "二" * 9 not in answer
    now = clock().isoformat(timespec="milliseconds")
    assert account.rows("select state, next_at from outbox order by id") == [
        ("sent", "9999-12-31T00:00:00.000+00:00"),
        ("waiting", now),
    ]
    assert letters[1] in account.say("谢谢", WHO)
