"""Other systems are told of every change: once, signed, in the transaction that makes it, and without anybody's words."""

import datetime
import json
from typing import Any

import pytest

from app import courier_of
from bot.config import Config
from bot.delivery.outbox import BackOff
from bot.delivery.webhooks import signature
from bot.store.api_keys import SqliteApiKeys
from bot.store.sqlite import SqliteStore
from bot.tickets.calendar import Notice
from bot.tickets.desk import NotAllowed
from bot.tickets.matters import Draft, Matter
from tests.api.conftest import NewSystem
from tests.conftest import Clock
from tests.delivery.servers import WebServer
from tests.tickets.conftest import DISPATCHER, WANG, Hands
from tests.tickets.test_secret_reports import CONTACT, NAME, SECRET


def deliver(store: SqliteStore, clock: Clock) -> None:
    courier = courier_of(Config(), store)
    courier._clock = clock
    courier.run_until_idle()


def letters(store: SqliteStore) -> list[dict[str, Any]]:
    return store.engine.rows("select * from outbox where kind = 'webhook' order by id")


def test_every_change_is_told_once_and_signed(system: NewSystem, hands: Hands, store: SqliteStore, clock: Clock) -> None:
    with WebServer() as web:
        outside = system(webhook=f"{web.url}/hook")
        ticket = hands.answered()
        deliver(store, clock)
        deliver(store, clock)
        told = [request.body for request in web.got]
        assert [body["event"] for body in told] == [f"ticket.{a}" for a in ("file", "dispatch", "sign", "start", "answer")]
        assert {body["ticket"] for body in told} == {ticket.number}
        assert told[-1] | {"id": 0, "at": "", "due_at": ""} == {
            "event": "ticket.answer",
            "at": "",
            "id": 0,
            "ticket": ticket.number,
            "action": "answer",
            "by": "staff",
            "before": "in_progress",
            "state": "answered",
            "kind": "complaint",
            "phase": "answered",
            "urgency": "normal",
            "lead": "区城管局",
            "due_at": "",
        }
        assert [body["id"] for body in told] == sorted({body["id"] for body in told})
        for request in web.got:
            assert request.headers["X-Signature"] == signature(outside.key.secret, request.raw)
        assert len({request.headers["X-Delivery"] for request in web.got}) == len(told)


def test_nothing_of_anybodys_words_is_told(system: NewSystem, hands: Hands, store: SqliteStore) -> None:
    system(webhook="https://example.gov.cn/hook")
    ticket = hands.file(SECRET)
    hands.do(ticket, "add", WANG, text="每天夜里都有车来")
    told = json.dumps(letters(store), ensure_ascii=False)
    assert ticket.number in told and len(letters(store)) == 3
    for words in (NAME, CONTACT, "oWang", "王阿姨", SECRET.matter[:6], SECRET.place, "每天夜里"):
        assert words not in told


def test_a_units_system_is_told_of_its_own_tickets_and_those_below(system: NewSystem, hands: Hands, store: SqliteStore) -> None:
    unit = system(unit="区城管局", webhook="https://example.gov.cn/hook")
    hands.file(Draft(Matter.REQUEST, "想申请低保", "铁西街", unit="区民政局", confidence=1.0), WANG)
    assert letters(store) == []
    hands.file()
    assert [letter["text"] for letter in letters(store)] == ["ticket.dispatch"], "before that it was nobody's"
    hands.set_unit("区民政局", parent=unit.key.unit)
    hands.file(Draft(Matter.REQUEST, "想申请低保", "铁西街", unit="区民政局", confidence=1.0), WANG)
    assert len(letters(store)) == 2


def test_what_is_refused_is_not_told(system: NewSystem, hands: Hands, store: SqliteStore) -> None:
    system(webhook="https://example.gov.cn/hook")
    ticket = hands.file()
    before = len(letters(store))
    with pytest.raises(NotAllowed):
        hands.do(ticket, "answer", DISPATCHER, text="好了")
    assert len(letters(store)) == before


def test_what_does_not_arrive_is_told_later_and_in_the_end_shown(
    system: NewSystem, hands: Hands, store: SqliteStore, clock: Clock
) -> None:
    with WebServer(usual=(503, "")) as web:
        outside = system(webhook=f"{web.url}/hook")
        hands.file(Draft(Matter.PRAISE, "工作人员热心", "", confidence=0.1), WANG)
        for _ in range(BackOff.load().attempts + 2):
            deliver(store, clock)
            clock.forward(hours=2)
        (letter,) = letters(store)
        assert letter["state"] == "dead" and len(web.got) == BackOff.load().attempts
        assert len({request.headers["X-Delivery"] for request in web.got}) == 1
        keys = SqliteApiKeys(store.engine, clock)
        with WebServer() as moved:
            keys.set_webhook(outside.key.id, f"{moved.url}/hook")
            assert store.mailbox.resend(letter["id"], "管理员", clock().isoformat(timespec="milliseconds"))
            deliver(store, clock)
            assert len(moved.got) == 1, "sent again to where the system is now"


def test_a_key_that_is_taken_back_is_told_nothing_more(system: NewSystem, hands: Hands, store: SqliteStore, clock: Clock) -> None:
    with WebServer() as web:
        outside = system(webhook=f"{web.url}/hook")
        hands.file()
        SqliteApiKeys(store.engine, clock).revoke(outside.key.id)
        hands.file()
        deliver(store, clock)
        assert web.got == [] and {letter["state"] for letter in letters(store)} == {"given_up"}


def test_a_units_system_is_told_that_a_ticket_went_to_another_unit(system: NewSystem, hands: Hands, store: SqliteStore) -> None:
    system(unit="区城管局", webhook="https://example.gov.cn/one")
    system(name="住建系统", unit="区住建局", webhook="https://example.gov.cn/two")
    ticket = hands.file()
    before = len(letters(store))
    hands.do(ticket, "dispatch", DISPATCHER, lead=hands.unit("区住建局"), assisting=(hands.unit("区民政局"),))
    gone, given = letters(store)[before:]
    assert (gone["address"], gone["text"]) == ("https://example.gov.cn/one", "ticket.gone")
    told = {name: value for name, value in json.loads(gone["payload"]).items() if name != "system"}
    assert told == {"id": told["id"], "ticket": ticket.number, "action": "gone"}, "and nothing of whose it is now"
    assert (given["address"], given["text"]) == ("https://example.gov.cn/two", "ticket.dispatch")
    hands.do(ticket, "note", DISPATCHER, text="好")
    assert [letter["text"] for letter in letters(store)[before + 2 :]] == ["ticket.note"], "once"


def test_a_due_date_that_a_holiday_notice_moves_is_told(system: NewSystem, hands: Hands, store: SqliteStore) -> None:
    system(unit="区城管局", webhook="https://example.gov.cn/hook")
    ticket = hands.file()
    assert hands.office.enter_notice(Notice(2026, frozenset({datetime.date(2026, 3, 3)}), frozenset(), "通知")) == 1
    told = json.loads(letters(store)[-1]["payload"])
    assert (told["action"], told["due_at"]) == ("reckon_due", "2026-03-10T15:59:59.999+00:00")
    event = hands.office.reading().store.events(ticket.number)[-1]
    assert (event.author, event.text) == ("系统", "放假安排有变，期限由3月9日24:00改为3月10日24:00")
