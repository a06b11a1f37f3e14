"""举报人保密: a secret report is told, worked on and answered; then every page, export, interface, log line and table is looked
through for the person.  They may stand nowhere but where the one role looks that data/life.toml names."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from werkzeug.routing import Rule

from bot.accounts.records import CONSOLE_ROLES
from bot.dialogue.conversation import Conversation
from bot.messages import Kind, Message, Reply
from bot.store.sqlite import SqliteStore
from bot.tickets.records import Role
from tests.api.conftest import NewSystem
from tests.conftest import Clock
from tests.console.conftest import Clerk
from tests.photos.pictures import jpeg
from tests.secrecy.looking import addresses, readable, text_of
from tests.tickets.conftest import DISPATCHER, Hands

pytestmark = pytest.mark.slow

OPENID = "oOuyangSecret77"
WHO = f"wechat:{OPENID}"
NAME, PHONE = "欧阳慕容", "13987650123"
HOME = "紫藤苑"
"""Said in the conversation only, with the wish to stay unknown."""
PICTURE = "picture-of-ouyang"
PERSON = [NAME, PHONE, "139****0123"]
TRACES = [OPENID, HOME, PICTURE]
MATTER = "青年路12号有人私自开地下加油点"

SHOWN_TO_THE_NAMED_ROLE = {"console_tickets.ticket"}
"""Where an administrator, who does not handle the matter, reads who told it."""
HOLDING = {"messages", "conversations", "ticket_reporters", "photos", "deliveries", "wechat_windows", "subscriptions"}
"""Tables that keep the person apart: behind Desk.people, or sealed."""


@dataclass
class Told:
    """The secret report."""

    number: str
    code: str
    photos: list[int]


@pytest.fixture
def told(conversation: Conversation, hands: Hands, store: SqliteStore, clock: Clock, caplog: pytest.LogCaptureFixture) -> Told:
    """A report with photos, told in WeChat, urged, added to, worked on, extended, answered and rated."""
    caplog.set_level(logging.DEBUG)

    def say(text: str, **more: object) -> Reply:
        clock.forward(seconds=20)
        return conversation.handle(Message(WHO, text, "wechat", delivery=f"wechat:{OPENID}:{clock()}", **more)).reply  # type: ignore[arg-type]

    picture = {"picture": f"http://mmbiz.qpic.cn/{PICTURE}", "media": f"media-{PICTURE}", "opens": "message"}
    say("", kind=Kind.IMAGE, data=picture)
    say(f"我叫{NAME}，电话{PHONE}，我要举报{MATTER}")
    say(f"保密，别说是我{HOME}的")
    number = say("确认").ticket
    assert number
    say("", kind=Kind.IMAGE, data=picture)
    say("1")
    say(f"补充{number}：每天夜里都来车")
    say("催一下")
    ticket = hands.office.reading().ticket(number, DISPATCHER)
    unit = hands.unit("试验单位一")
    if ticket.state == "received":
        hands.do(ticket, "dispatch", DISPATCHER, lead=unit)
    else:
        hands.do(ticket, "dispatch", DISPATCHER, lead=unit, reason="改派")
    clerk = hands.staff("试验单位一")
    for action in ("sign", "start"):
        hands.do(ticket, action, clerk)
    hands.do(ticket, "ask_resident", clerk, text="具体是几号楼")
    hands.do(ticket, "extend_ask", clerk, days=2, reason="等检测")
    hands.do(ticket, "extend_grant", DISPATCHER)
    first, second = (row["id"] for row in store.engine.rows("select id from photos order by id"))
    store.photos.fetched(first, "image/jpeg", jpeg())
    store.photos.lost(second, "微信上的照片已经失效", "您发来的 1 张照片没能取到，请重新发一次。")
    hands.do(ticket, "answer", clerk, text="已查封")
    say("不满意，又开了")
    clock.forward(days=40)
    hands.office.remind()
    assert store.engine.rows("select contact, name from ticket_reporters") == [{"contact": PHONE, "name": NAME}]
    assert hands.office.reading().ticket(number, DISPATCHER).secret
    return Told(number, ticket.code, [first, second])


def found(text: str, marks: list[str]) -> list[str]:
    return [mark for mark in marks if mark in text]


def look(
    application: Flask, told: Told, fetch: Callable[[str], object], marks: Callable[[str], list[str]]
) -> tuple[list[str], int]:
    """What of the person an onlooker finds, and at how many addresses the ticket stood."""
    seen, with_ticket = [], 0
    named = {"number": [told.number], "photo": told.photos}
    for rule in readable(application):
        for address in addresses(application, rule, named, [told.number, WHO, OPENID, "1", "mine", "unit", "week"]):
            response = fetch(address)
            text = text_of(response)
            with_ticket += told.number in text and response.status_code == 200
            # An address that holds a mark tells nothing by repeating it.
            wanted = [mark for mark in marks(rule.endpoint) if mark not in address]
            seen += [f"{rule.endpoint} {address}: {mark}" for mark in found(text, wanted)]
    return seen, with_ticket


@pytest.mark.parametrize("role", CONSOLE_ROLES)
def test_no_page_or_export_of_the_console_shows_who_told_it(
    application: Flask, clerk: Callable[..., Clerk], told: Told, role: Role, caplog: pytest.LogCaptureFixture
) -> None:
    somebody = clerk(role)

    def marks(endpoint: str) -> list[str]:
        allowed = role is Role.ADMINISTRATOR and endpoint in SHOWN_TO_THE_NAMED_ROLE
        return TRACES if allowed else [*PERSON, *TRACES]

    seen, with_ticket = look(application, told, somebody.get, marks)
    assert seen == []
    assert with_ticket >= 2, "or it looked in the wrong places"
    shown = somebody.get(f"/console/tickets/{told.number}").text
    assert (NAME in shown) == (role is Role.ADMINISTRATOR), "the table names one role"
    assert found("\n".join(str(vars(record)) for record in caplog.records), [*PERSON, HOME, PICTURE]) == []


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.DISPATCHER])
def test_nobody_finds_the_report_by_its_person(application: Flask, clerk: Callable[..., Clerk], told: Told, role: Role) -> None:
    """On every page where it stands the same stands for who searches the person as for words that nobody ever said."""

    def standing(rule: Rule, words: str) -> int:
        asked = dict.fromkeys(("q", "number", "text"), words) if words else {}
        return text_of(somebody.get(rule.rule, query_string=asked)).count(told.number)

    somebody = clerk(role)
    plain = [rule for rule in readable(application) if rule.endpoint.startswith("console") and not rule._converters]
    lists = [rule for rule in plain if standing(rule, "")]
    assert any(standing(rule, "地下加油点") for rule in lists)
    for rule in lists:
        nothing = standing(rule, "无人说过")
        assert [standing(rule, words) for words in (NAME, PHONE, OPENID, HOME)] == [nothing] * 4, rule.rule


def test_no_interface_shows_who_told_it_to_other_systems_strangers_or_other_residents(
    application: Flask, system: NewSystem, told: Told
) -> None:
    everything = [*PERSON, *TRACES]
    key = system("市里", "read", "write", "people")
    seen, with_ticket = look(application, told, lambda address: key.call("GET", address), lambda endpoint: everything)
    assert seen == [] and with_ticket >= 1
    stranger, neighbour = application.test_client(), application.test_client()
    neighbour.post("/api/chat", json={"text": "你好"})
    for client in (stranger, neighbour):
        assert look(application, told, client.get, lambda endpoint: everything) == ([], 0)
    for words in (f"查{told.number} {told.code}", f"查一下{told.number}", "查进度", "我的诉求"):
        reply = neighbour.post("/api/chat", json={"text": words}).get_data(as_text=True)
        assert found(reply, everything) == [] and "加油点" not in reply


def test_nothing_that_leaves_the_service_and_no_table_but_the_sealed_ones_holds_the_person(
    application: Flask, system: NewSystem, store: SqliteStore, told: Told, hands: Hands
) -> None:
    system("市里", webhook="https://city.example.cn/hook")
    hands.do(hands.office.reading().ticket(told.number, DISPATCHER), "note", DISPATCHER, text="核实中")
    engine = store.engine
    outward = engine.rows("select * from outbox where kind <> 'resident'")
    assert {row["kind"] for row in outward} == {"alert", "webhook"}
    assert found(str(outward), [*PERSON, *TRACES]) == []
    held = {}
    for (table,) in engine.db.execute("select name from sqlite_master where type = 'table'").fetchall():
        if table not in HOLDING:
            own = [f'"{c[1]}"' for c in engine.db.execute(f'pragma table_info("{table}")').fetchall() if c[1] != "resident"]
            rows = engine.db.execute(f'select {", ".join(own)} from "{table}"').fetchall() if own else []
            held[table] = found(str(rows), [*PERSON, *TRACES])
    assert {table: marks for table, marks in held.items() if marks} == {}
    assert engine.rows("select sealed from messages where resident = ? and sealed = 0", [WHO]) == []
