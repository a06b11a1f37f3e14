"""The WeChat callback, as WeChat's servers use it and as others misuse it."""

import re
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import Installation
from bot.channels.http import Parts, create_app
from bot.config import Config, WechatConfig
from bot.dialogue.conversation import Conversation
from bot.store.sqlite import SqliteStore
from intents.model import Model
from intents.understanding import Interpretation
from tests.platform import AES_KEY, APP_ID, TOKEN, Delivery, Platform, event, message, passive_text, signature

PAGE: dict[str, object] = {"district": "绿园区", "service_name": "问答", "plan_title": "计划", "examples": (), "footer": ""}
WECHAT_PATIENCE = 5.0
"""Seconds after which WeChat asks again."""


@dataclass
class Account:
    """An Official Account whose callback is the application under test; ``say`` is a follower's text in plain mode."""

    app: Flask
    database: Path
    platform: Platform

    def deliver(self, delivery: Delivery) -> tuple[int, bytes]:
        response = self.app.test_client().post(delivery.path, data=delivery.body, content_type="text/xml")
        return response.status_code, response.data

    def plain(self, xml: str | bytes) -> tuple[int, bytes]:
        return self.deliver(self.platform.plain(xml))

    def say(self, text: str, who: str = "oWangAyi") -> str:
        return self.show(message(who, Content=text), who)

    def show(self, xml: str, who: str) -> str:
        status, answer = self.plain(xml)
        assert status == 200
        return passive_text(answer, who)

    def rows(self, sql: str, *values: object) -> list[Any]:
        with sqlite3.connect(self.database) as db:
            return db.execute(sql, values).fetchall()

    def heard(self, who: str) -> list[str]:
        """What stands in the store as said by a follower."""
        sql = "select text from messages where resident = ? and author = 'resident' order by id"
        return [row[0] for row in self.rows(sql, f"wechat:{who}")]


def account_of(conversation: Conversation, store: SqliteStore, tmp_path: Path, **wechat: str) -> Account:
    settings = {"token": TOKEN, "app_id": APP_ID, "encoding_aes_key": AES_KEY, "mode": "compatible", **wechat}
    config = Config(wechat=WechatConfig.model_validate(settings))
    return Account(create_app(Parts(config, conversation, store, PAGE, "secret")), tmp_path / "bot.db", Platform())


@pytest.fixture
def account(conversation: Conversation, store: SqliteStore, tmp_path: Path) -> Account:
    return account_of(conversation, store, tmp_path)


@pytest.fixture
def safe_account(conversation: Conversation, store: SqliteStore, tmp_path: Path) -> Account:
    return account_of(conversation, store, tmp_path, mode="safe")


@pytest.fixture
def plain_account(conversation: Conversation, store: SqliteStore, tmp_path: Path) -> Account:
    return account_of(conversation, store, tmp_path, mode="plain", encoding_aes_key="")


# -- who may call --------------------------------------------------------------------------------------------------------


def test_the_address_is_verified_by_echoing_what_was_asked(account: Account) -> None:
    response = account.app.test_client().get("/wechat", query_string=account.platform.query(echostr="5838479218127813673"))
    assert (response.status_code, response.text) == (200, "5838479218127813673")


@pytest.mark.parametrize("spoiled", [{"signature": "0" * 40}, {"nonce": "1"}, {"timestamp": "1"}, {"signature": "签名é"}])
def test_a_verification_with_a_wrong_signature_is_refused(account: Account, spoiled: dict[str, str]) -> None:
    query = {**account.platform.query(echostr="tell-me"), **spoiled}
    response = account.app.test_client().get("/wechat", query_string=query)
    assert response.status_code == 403
    assert "tell-me" not in response.text


def test_a_verification_without_parameters_is_refused(account: Account) -> None:
    assert account.app.test_client().get("/wechat").status_code == 403


def test_a_message_with_a_wrong_signature_is_refused_and_not_kept(account: Account) -> None:
    delivery = account.platform.plain(message("oMallory", Content="你好"))
    status, _ = account.deliver(Delivery({**delivery.query, "signature": "0" * 40}, delivery.body))
    assert status == 403
    assert account.heard("oMallory") == []


@pytest.mark.parametrize("query", [{}, {"encrypt_type": "aes"}, {"msg_signature": "0" * 40}, {"encrypt_type": "raw"}])
@pytest.mark.parametrize("kind", ["account", "plain_account", "safe_account"])
def test_a_message_that_nobody_signed_is_refused(kind: str, query: dict[str, str], request: pytest.FixtureRequest) -> None:
    account: Account = request.getfixturevalue(kind)
    status, _ = account.deliver(Delivery(query, message("oVictim", Content="删除我的记录").encode()))
    assert status == 403
    assert account.heard("oVictim") == []


def test_without_a_token_there_is_no_such_address(conversation: Conversation, store: SqliteStore, tmp_path: Path) -> None:
    account = account_of(conversation, store, tmp_path, token="", mode="plain")
    assert account.plain(message("oWang", Content="你好"))[0] == 404
    assert account.app.test_client().get("/wechat", query_string=account.platform.query(echostr="x")).status_code == 404


# -- the three modes -----------------------------------------------------------------------------------------------------


def test_a_plain_message_gets_a_plain_reply(plain_account: Account) -> None:
    assert "区司法局" in plain_account.say("法律援助怎么申请")


@pytest.mark.parametrize("form", ["safe", "compatible"])
def test_a_sealed_message_gets_a_sealed_reply_for_the_same_follower(account: Account, form: str) -> None:
    status, answer = account.deliver(getattr(account.platform, form)(message("oLi", Content="法律援助怎么申请")))
    assert status == 200
    assert "区司法局".encode() not in answer
    assert "区司法局" in passive_text(account.platform.unseal(answer), "oLi")


def test_compatible_mode_takes_a_plain_message_too(account: Account) -> None:
    assert "区司法局" in account.say("法律援助怎么申请")


def test_safe_mode_answers_sealed_messages_and_refuses_readable_ones(safe_account: Account) -> None:
    status, answer = safe_account.deliver(safe_account.platform.safe(message("oLi", Content="你好")))
    assert status == 200
    assert passive_text(safe_account.platform.unseal(answer), "oLi")
    assert safe_account.plain(message("oLi", Content="你好"))[0] in (400, 403)


def test_what_is_sealed_counts_where_the_readable_half_was_changed(account: Account) -> None:
    delivery = account.platform.compatible(message("oLi", Content="法律援助怎么申请"))
    changed = delivery.body.replace("法律援助怎么申请".encode(), "删除我的记录".encode(), 1)
    _, answer = account.deliver(Delivery(delivery.query, changed))
    assert "区司法局" in passive_text(account.platform.unseal(answer), "oLi")


@pytest.mark.parametrize("form", ["safe", "compatible"])
def test_a_seal_with_a_wrong_signature_is_refused(account: Account, form: str) -> None:
    delivery: Delivery = getattr(account.platform, form)(message("oLi", Content="你好"))
    assert account.deliver(Delivery({**delivery.query, "msg_signature": "0" * 40}, delivery.body))[0] == 403
    assert account.heard("oLi") == []


def test_another_accounts_seal_is_refused(account: Account) -> None:
    stranger = Platform(app_id="wx0000000000000000")
    assert account.deliver(stranger.safe(message("oLi", Content="你好")))[0] in (400, 403)
    assert account.heard("oLi") == []


@pytest.mark.parametrize("sealed", ["", "a", "AAAA", "A" * 64, "é中文", "=" * 44])
def test_a_broken_seal_is_refused_although_it_is_signed(account: Account, sealed: str) -> None:
    query = account.platform.query(encrypt_type="aes")
    query["msg_signature"] = signature(TOKEN, query["timestamp"], query["nonce"], sealed)
    body = f"<xml><ToUserName>x</ToUserName><Encrypt>{sealed}</Encrypt></xml>".encode()
    status, answer = account.deliver(Delivery(query, body))
    assert status in (400, 403)
    assert b"Traceback" not in answer


# -- every kind of message -----------------------------------------------------------------------------------------------


def test_recognised_speech_is_understood_as_text_is(account: Account) -> None:
    voice = message("oLi", "voice", MediaId="m", Format="amr", Recognition="法律援助怎么申请")
    assert account.show(voice, "oLi") == account.say("法律援助怎么申请", "oZhao")


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("voice", {"MediaId": "m", "Format": "amr", "Recognition": ""}, "话筒"),
        ("voice", {"MediaId": "m", "Format": "amr"}, "话筒"),
        ("image", {"MediaId": "m", "PicUrl": "http://mmbiz.qpic.cn/x"}, "文字"),
        ("video", {"MediaId": "m", "ThumbMediaId": "t"}, "文字"),
        ("shortvideo", {"MediaId": "m", "ThumbMediaId": "t"}, "文字"),
        ("location", {"Location_X": 43.88, "Location_Y": 125.25, "Scale": 15, "Label": "春城大街12号"}, "春城大街12号"),
        ("link", {"Title": "t", "Description": "d", "Url": "http://example.com/?a=1&b=2"}, "文字"),
    ],
)
def test_what_is_no_text_gets_a_sentence_that_leads_on(account: Account, kind: str, fields: dict[str, Any], said: str) -> None:
    assert said in account.show(message("oLi", kind, **fields), "oLi")


def test_a_type_that_nobody_knows_yet_is_received_quietly(account: Account) -> None:
    assert account.plain(message("oLi", "hologram", Something="x")) == (200, b"success")


@pytest.mark.parametrize("fields", [{"EventKey": ""}, {"EventKey": "qrscene_55", "Ticket": "T"}, {}])
def test_a_new_follower_is_welcomed(account: Account, fields: dict[str, Any]) -> None:
    assert "欢迎" in account.show(event("oNew", "subscribe", **fields), "oNew")


def test_a_menu_button_says_its_words_for_the_follower(account: Account) -> None:
    assert account.show(event("oLi", "CLICK", EventKey="法律援助怎么申请"), "oLi") == account.say("法律援助怎么申请", "oZhao")


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("unsubscribe", {"EventKey": ""}),
        ("VIEW", {"EventKey": "http://example.com/"}),
        ("LOCATION", {"Latitude": 43.8, "Longitude": 125.2, "Precision": 20.0}),
        ("TEMPLATESENDJOBFINISH", {"MsgID": 1, "Status": "success"}),
        ("some_future_event", {}),
        ("CLICK", {"EventKey": ""}),
    ],
)
def test_an_event_that_needs_no_reply_gets_the_word_success(account: Account, name: str, fields: dict[str, Any]) -> None:
    assert account.plain(event("oLi", name, **fields)) == (200, b"success")
    assert account.heard("oLi") == []


# -- what no WeChat sends ------------------------------------------------------------------------------------------------

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><xml><FromUserName>o</FromUserName><MsgType>text</MsgType><Content>&i;</Content></xml>"
)
OUTSIDE = (
    '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    "<xml><FromUserName>o</FromUserName><MsgType>text</MsgType><Content>&a;</Content></xml>"
)
HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "no XML": b"hello",
    "JSON": b'{"MsgType":"text"}',
    "truncated": b"<xml><ToUserName>",
    "another root": b"<html><FromUserName>o</FromUserName><MsgType>text</MsgType></html>",
    "no sender": b"<xml><MsgType>text</MsgType><Content>x</Content></xml>",
    "no type": b"<xml><FromUserName>o</FromUserName></xml>",
    "blank sender": b"<xml><FromUserName>  </FromUserName><MsgType>text</MsgType><Content>x</Content></xml>",
    "entity bomb": BOMB.encode(),
    "external entity": OUTSIDE.encode(),
    "a DTD alone": b"<!DOCTYPE xml><xml><FromUserName>o</FromUserName><MsgType>text</MsgType></xml>",
    "bad UTF-8": b"<xml><FromUserName>o</FromUserName><MsgType>text</MsgType><Content>\xff\xfe\x00</Content></xml>",
    "unknown encoding": b'<?xml version="1.0" encoding="klingon"?><xml><FromUserName>o</FromUserName></xml>',
    "3 MB": b"<xml><FromUserName>o</FromUserName><Content>" + b"a" * 3_000_000 + b"</Content></xml>",
    "deep": b"<xml>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</xml>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_body_that_is_no_message_is_refused_at_once(account: Account, name: str) -> None:
    began = time.process_time()
    status, answer = account.plain(HOSTILE[name])
    assert time.process_time() - began < 1
    assert status in (400, 413)
    assert b"root:" not in answer
    assert b"Traceback" not in answer


@pytest.mark.parametrize("name", ["another root", "no sender", "entity bomb", "external entity"])
def test_a_hostile_body_is_refused_inside_a_seal_too(account: Account, name: str) -> None:
    assert account.deliver(account.platform.safe(HOSTILE[name].decode()))[0] == 400


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>法律援助",
        "你好]]>法律援助",
        "]]>",
        "&lt;&amp;&#x4e2d;",
        '"><a href="weixin://x">点我</a>',
        "'; drop table messages; -- 法律援助",
        "{0} {plan} %s %(x)s",
        "😀😀😀",
        "👨‍👩‍👧‍👦",
        "   ",
        "",
        "\u3000\u200b\ufeff",
        "99",
        "0",
        "法律\t援助\r\n怎么申请",
        "\ufffd\ufffd",
        "我想问一下" * 120,
        "啊" * 680,
    ],
)
def test_any_text_gets_a_reply_that_wechat_can_show(account: Account, text: str) -> None:
    assert account.say(text)


def test_markup_in_what_is_shown_again_stays_text(account: Account) -> None:
    account.say("我要投诉")
    assert "臭" in account.say("春城大街垃圾没人收]]></Content><MsgType>x</MsgType><b>臭</b>")


@pytest.mark.parametrize("character", ["\x00", "\x01", "\x0b", "\x1b"])
def test_a_control_character_in_the_text_is_no_fault_of_ours(account: Account, character: str) -> None:
    status, answer = account.plain(message("oLi", Content=f"法律{character}援助"))
    assert status == 400 or passive_text(answer, "oLi")


# -- 2,048 bytes ---------------------------------------------------------------------------------------------------------


def test_a_long_reply_is_cut_to_what_wechat_shows_and_read_on(account: Account) -> None:
    matter = "".join(f"第{k}个垃圾桶满了没人收。" for k in range(1, 62))
    account.say("我要投诉")
    account.say(matter)
    shown = account.say("地点在春城大街")
    assert "继续" in shown
    pages = [shown]
    while "继续" in pages[-1]:
        assert len(pages) < 6
        pages.append(account.say("继续"))
    together = "".join(pages)
    assert all(f"第{k}个垃圾桶" in together for k in range(1, 62))
    assert "看完" in account.say("继续")


def test_a_long_list_can_be_read_to_its_end(account: Account, installation: Installation) -> None:
    names = [department.name for department in installation.knowledge.departments]
    longest = max(names, key=lambda name: len(installation.knowledge.items_of_department(name)))
    titles = [s.title for item in installation.knowledge.items_of_department(longest) for s in item.services]
    pages = [account.say(f"{longest}都负责啥")]
    while "继续" in pages[-1]:
        assert len(pages) < 6
        pages.append(account.say("继续"))
    assert [title for title in titles if title not in "".join(pages)] == []


def test_an_options_link_sends_the_words_that_it_shows(account: Account) -> None:
    shown = account.say("法律援助怎么申请")
    links = re.findall(r'<a href="weixin://bizmsgmenu\?msgmenucontent=([^"&]+)&msgmenuid=\d+">\d+\. ([^<]+)</a>', shown)
    assert links
    assert all(sent == seen for sent, seen in links)
    assert "区司法局" in account.say(links[0][0])


# -- the same delivery again ---------------------------------------------------------------------------------------------


def test_a_delivery_that_comes_again_gets_the_same_reply_and_is_kept_once(account: Account) -> None:
    xml = message("oLi", Content="我要投诉春城大街的路灯不亮")
    replies = [account.show(xml, "oLi") for _ in range(4)]
    assert len(set(replies)) == 1
    assert account.heard("oLi") == ["我要投诉春城大街的路灯不亮"]


def test_deliveries_that_arrive_together_are_handled_once(account: Account) -> None:
    xml = message("oLi", Content="我要投诉春城大街的路灯不亮")
    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda _: account.show(xml, "oLi"), range(24)))
    assert len(set(replies)) == 1
    assert len(account.heard("oLi")) == 1


def test_an_event_that_comes_again_is_handled_once(account: Account) -> None:
    xml = event("oNew", "subscribe", EventKey="")
    assert len({account.show(xml, "oNew") for _ in range(3)}) == 1
    assert len(account.rows("select 1 from messages where resident = 'wechat:oNew' and author = 'resident'")) == 1


def test_the_same_number_from_another_follower_or_time_is_another_message(account: Account) -> None:
    now = int(time.time())
    account.show(message("oLi", number=7, at=now, Content="你好"), "oLi")
    account.show(message("oZhao", number=7, at=now, Content="法律援助怎么申请"), "oZhao")
    account.show(message("oLi", number=7, at=now + 60, Content="谢谢"), "oLi")
    assert account.heard("oLi") == ["你好", "谢谢"]
    assert account.heard("oZhao") == ["法律援助怎么申请"]


# -- faults of our own ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["plain", "safe"])
def test_a_fault_of_our_own_still_gives_the_word_success(
    form: str, conversation: Conversation, store: SqliteStore, tmp_path: Path
) -> None:
    def broken(text: str) -> Interpretation:
        raise RuntimeError("the model is broken")

    account = account_of(Conversation(store, lambda: replace(conversation.mind, interpret=broken)), store, tmp_path)
    assert account.deliver(getattr(account.platform, form)(message("oLi", Content="你好"))) == (200, b"success")


def test_what_an_older_service_left_unreadable_is_no_fault_to_the_follower(account: Account) -> None:
    account.say("你好", "oLi")
    with sqlite3.connect(account.database) as db:
        db.execute("update conversations set state = '{broken'")
    status, answer = account.plain(message("oLi", Content="你好"))
    assert status == 200
    assert answer == b"success" or passive_text(answer, "oLi")


@pytest.fixture
def without_store(installation: Installation, model: Model, tmp_path: Path) -> Account:
    """An account whose database cannot be opened."""
    store = SqliteStore(tmp_path / "gone" / "bot.db")
    return account_of(installation.conversation(model, store), store, tmp_path)


@pytest.mark.parametrize("text", ["法律援助怎么申请", "我要投诉", "查进度", "确认", "继续", "删除我的记录", "😀"])
def test_a_store_that_cannot_be_written_still_gives_a_sentence(without_store: Account, text: str) -> None:
    assert "12345" in without_store.say(text)


@pytest.mark.parametrize(("text", "number"), [("着火了快来人啊，楼道里全是烟", "119"), ("有人晕倒了没有呼吸", "120")])
def test_a_danger_gets_its_number_without_a_store(without_store: Account, text: str, number: str) -> None:
    assert number in without_store.say(text)


def test_a_store_that_another_process_holds_does_not_keep_wechat_waiting(account: Account) -> None:
    holder = sqlite3.connect(account.database, isolation_level=None)
    holder.execute("begin immediate")

    def ask(k: int) -> float:
        began = time.perf_counter()
        assert account.say("法律援助怎么申请", f"oResident{k}")
        return time.perf_counter() - began

    try:
        with ThreadPoolExecutor(8) as pool:
            waited = list(pool.map(ask, range(8)))
    finally:
        holder.execute("rollback")
        holder.close()
    assert max(waited) < WECHAT_PATIENCE


def test_followers_who_write_together_get_their_own_replies(account: Account) -> None:
    asked = [("法律援助怎么申请", "区司法局"), ("我要投诉", "什么事"), ("你好", "您好"), ("转人工", "工作人员")]

    def talk(k: int) -> bool:
        text, said = asked[k % 4]
        return said in account.say(text, f"oResident{k}")

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(talk, range(40)))
    assert len(account.rows("select distinct resident from messages")) == 40
