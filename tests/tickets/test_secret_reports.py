"""举报人保密: whoever handles it sees the matter and not the person."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.dialogue.ports import ForStaff, Kept
from bot.messages import Message, Mode, Reply
from bot.store.engine import migrate
from bot.store.sqlite import SqliteStore
from bot.store.tickets import TicketOffice
from bot.tickets.desk import NotAllowed, UnknownTicket
from bot.tickets.letters import short
from bot.tickets.matters import Draft, Matter
from bot.tickets.records import Actor, Role
from bot.tickets.reminders import remind
from bot.tickets.resident import ResidentDesk
from tests.conftest import Clock
from tests.tickets.conftest import ADMINISTRATOR, DISPATCHER, LI, READER, WANG, Hands

NAME, CONTACT = "王秀英", "13900001111"
SECRET = Draft(
    Matter.REPORT,
    "青年路12号有人私自开地下加油点",
    "青年路12号",
    unit="区应急局",
    confidence=0.95,
    secret=True,
    name=NAME,
    contact=CONTACT,
)
HANDLERS = [Role.DISPATCHER, Role.STAFF, Role.APPROVER, Role.READER, Role.API, Role.SYSTEM]


@pytest.mark.parametrize("role", HANDLERS)
def test_nobody_who_handles_a_secret_report_sees_who_told_it(hands: Hands, office: TicketOffice, role: Role) -> None:
    ticket = hands.file(SECRET)
    actor = Actor(role, "某人", account=50, unit=ticket.lead if role in (Role.STAFF, Role.APPROVER) else None)
    desk = office.reading()
    assert desk.sees(ticket, actor) and desk.people(ticket, actor) == []
    assert desk.others(ticket, actor) == []


def test_the_role_that_the_table_names_sees_them_unless_it_handles_the_matter(hands: Hands, office: TicketOffice) -> None:
    ticket, desk = hands.file(SECRET), office.reading()
    assert [person.contact for person in desk.people(ticket, ADMINISTRATOR)] == [CONTACT]
    assert desk.people(ticket, replace(ADMINISTRATOR, unit=ticket.lead)) == []
    assert [person.contact for person in desk.people(ticket, WANG)] == [CONTACT]
    with pytest.raises(UnknownTicket):
        desk.ticket(ticket.number, LI)


def test_who_handles_an_open_report_sees_the_people_and_a_reader_does_not(hands: Hands, office: TicketOffice) -> None:
    ticket = hands.file(replace(SECRET, secret=False))
    desk = office.reading()
    assert [person.name for person in desk.people(ticket, hands.staff("区应急局"))] == [NAME]
    assert desk.people(ticket, hands.staff("区民政局")) == [] == desk.people(ticket, READER)


def test_no_event_alert_or_search_of_a_secret_report_holds_the_person(hands: Hands, office: TicketOffice, clock: Clock) -> None:
    ticket, clerk = hands.file(SECRET), hands.staff("区应急局")
    hands.do(ticket, "add", WANG, text="每天夜里都有车来")
    hands.do(ticket, "urge", WANG)
    for action in ("sign", "start"):
        hands.do(ticket, action, clerk)
    hands.do(ticket, "extend_ask", clerk, days=2, reason="等检测")
    clock.forward(days=40)
    with office.desk() as desk:
        remind(desk)
    hands.do(ticket, "answer", clerk, text="已查封")
    hands.do(ticket, "rate", WANG, satisfaction="dissatisfied", reason="又开了")
    for table, kept in (
        ("ticket_events", "1"),
        ("tickets", "1"),
        ("ticket_words", "1"),
        ("outbox", "kind = 'alert'"),
    ):
        rows = str(hands.rows(f"select * from {table} where {kept}"))
        assert ticket.number in rows
        assert not any(mark in rows for mark in (NAME, CONTACT, "oWang", "王阿姨")), table
    alerts = hands.letters("alert")
    assert len(alerts) >= 4 and not any(short(SECRET.matter)[:6] in text or "等检测" in text for text in alerts)


def test_a_secret_report_is_found_by_its_words_and_not_by_its_person(hands: Hands, office: TicketOffice) -> None:
    from bot.tickets.listing import Filter

    ticket = hands.file(SECRET)
    assert [found.number for found in office.lists.page(Filter(text="加油点")).tickets] == [ticket.number]
    assert office.lists.page(Filter(text=NAME)).tickets == [] == office.lists.page(Filter(text=CONTACT)).tickets


def test_a_secret_report_is_neither_joined_nor_merged_nor_offered(hands: Hands, office: TicketOffice) -> None:
    ticket, other = hands.file(SECRET), hands.file(replace(SECRET, secret=False), LI)
    for action, actor, details in (
        ("join", LI, {}),
        ("merge", DISPATCHER, {"into": other.number}),
    ):
        with pytest.raises(NotAllowed):
            hands.do(ticket, action, actor, **details)
    with pytest.raises(NotAllowed):
        hands.do(other, "merge", DISPATCHER, into=ticket.number)
    offered = office.reading().duplicates(replace(SECRET, secret=False))
    assert [found.number for found in offered] == [other.number]


def test_the_residents_other_tickets_never_lead_from_or_to_a_secret_one(hands: Hands, office: TicketOffice) -> None:
    secret, plain = hands.file(SECRET), hands.file(replace(SECRET, secret=False, matter="路灯不亮"))
    third = hands.file(replace(SECRET, secret=False, matter="井盖响"))
    desk = office.reading()
    for actor in (ADMINISTRATOR, hands.staff("区应急局")):
        assert desk.others(secret, actor) == []
        assert [found.number for found in desk.others(plain, actor)] == [third.number]


def turn(office: TicketOffice, text: str, does: Callable[[ResidentDesk], Any] = lambda desk: None, kind: str = "feedback") -> Any:
    """A turn of Wang in which something is done with their tickets."""
    with SqliteStore(office.engine.path).turn("wechat:oWang") as turn:
        done = does(turn.tickets(office.clock()))
        reply = Reply(Mode.FEEDBACK, f"答：{text}")
        kept = Kept(
            Message("wechat:oWang", text, "wechat"), reply, {}, {"step": "test"}, [ForStaff(kind, "r")], office.clock(), "r"
        )
        turn.keep(kept)
    return done


def test_what_was_said_for_a_secret_report_is_sealed_and_so_is_what_is_told_of_it(hands: Hands, office: TicketOffice) -> None:
    turn(office, "你好")
    first = turn(office, "我要举报加油点", lambda desk: desk.next_message)
    turn(office, "青年路12号")
    ticket = turn(office, "确认", lambda desk: desk.file(SECRET, first))
    turn(office, "谢谢")
    turn(office, "查进度", lambda desk: desk.mine(), "question")
    turn(office, "催一下，着火了", lambda desk: desk.perform(ticket.number, "urge"), "emergency")
    turn(office, "再见", lambda desk: desk.duplicates(SECRET))
    clerk = hands.staff("区应急局")
    for action in ("sign", "start"):
        hands.do(ticket, action, clerk)
    hands.do(ticket, "answer", clerk, text="已查封")
    open_ones = [row["text"].removeprefix("答：") for row in hands.rows("select text from messages where not sealed order by id")]
    assert open_ones == ["你好", "你好", "谢谢", "谢谢", "再见", "再见"]
    assert len(hands.rows("select 1 from messages where sealed")) == 11
    shown = [(row["kind"], row["text"]) for row in hands.rows("select kind, text from inbox where status = 'open' order by id")]
    assert shown == [("feedback", "你好"), ("feedback", "谢谢"), ("emergency", "（保密举报）"), ("feedback", "再见")]


def test_who_is_forgotten_leaves_the_tickets_of_others(hands: Hands, office: TicketOffice) -> None:
    own, shared = hands.file(SECRET), hands.file(replace(SECRET, secret=False))
    hands.do(shared, "join", LI)
    with SqliteStore(office.engine.path).turn("wechat:oWang") as turn:
        turn.forget()
    assert [row["number"] for row in hands.rows("select number from tickets")] == [shared.number]
    assert not hands.rows("select 1 from ticket_words where number = ?", own.number)
    assert [row["resident"] for row in hands.rows("select resident from ticket_reporters")] == ["wechat:oLi"]


def test_the_store_of_the_conversation_is_the_same(hands: Hands, office: TicketOffice) -> None:
    migrate(office.engine.path)
    ticket = hands.file(SECRET)
    with SqliteStore(office.engine.path).turn("wechat:oWang") as turn:
        assert [found.number for found in turn.tickets(office.clock()).mine()] == [ticket.number]
