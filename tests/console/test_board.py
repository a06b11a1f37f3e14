"""The dispatcher's board and a unit's desk: what stands there, and what one press does."""

import html
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from app import office_of
from bot.store.sqlite import SqliteStore
from bot.store.tickets import TicketOffice
from bot.tickets.known_units import units_of
from bot.tickets.matters import Draft, Matter
from bot.tickets.records import Actor, Role, Ticket
from knowledge.base import KnowledgeBase
from tests.conftest import Clock
from tests.console.conftest import Clerk

LAMP = Draft(Matter.COMPLAINT, "槐安路的路灯不亮", "槐安路", unit="试验单位一", confidence=0.6)
DISPATCHER = Actor(Role.DISPATCHER, "调度", account=71)
STAFF = Actor(Role.STAFF, "小王", account=72, unit=901)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def office(application: Flask, store: SqliteStore, knowledge: KnowledgeBase) -> TicketOffice:
    office_of(store).prepare(units_of(knowledge))
    office: TicketOffice = application.extensions["tickets"]
    return office


def filed(office: TicketOffice, draft: Draft = LAMP, *steps: tuple[Actor, str, dict[str, object]]) -> Ticket:
    """A ticket after these steps."""
    with office.desk() as desk:
        ticket = desk.file(draft, Actor(Role.RESIDENT, "居民", resident="web:r1"))
        for actor, action, details in steps:
            ticket = desk.perform(ticket.number, action, actor, **details)
    return ticket


def now(office: TicketOffice, ticket: Ticket) -> Ticket:
    found = office.reading().store.ticket(ticket.number)
    assert found
    return found


def pressed(clerk: Clerk, page: str, ticket: Ticket, section: str, button: int, **fields: str) -> str:
    """The line as it is after a press, with what the page that is open had seen of the ticket."""
    line = clerk.get(f"/console/board/{ticket.number}/{section}").text
    seen = fields.pop("seen", None) or (re.search(r'name="seen" value="(\d+)"', line) or ["", ""])[1]
    data = {"csrf_token": clerk.token(), "seen": seen, **fields}
    answer = clerk.client.post(f"/console/board/{ticket.number}/{section}/{button}", data=data, headers=HTMX)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_one_press_gives_a_ticket_to_the_suggested_unit_and_the_line_says_so(
    office: TicketOffice, clerk: Callable[..., Clerk]
) -> None:
    ticket, dispatcher = filed(office), clerk("dispatcher")
    page = dispatcher.get("/console/board/").text
    assert ticket.number in page and "把握 60%" in page and "派给试验单位一" in page
    line = pressed(dispatcher, page, ticket, "received", 0)
    assert "待签收 · 试验单位一" in line and "<html" not in line
    assert now(office, ticket).lead == 901
    assert ticket.number not in dispatcher.get("/console/board/").text
    assert ticket.number in clerk("staff").get("/console/board/mine").text


def test_another_unit_is_found_by_name_pinyin_or_first_letters_and_others_can_assist(
    office: TicketOffice, clerk: Callable[..., Clerk]
) -> None:
    ticket, dispatcher = filed(office), clerk("dispatcher")
    form = dispatcher.get(f"/console/board/{ticket.number}/received?button=2").text
    assert 'data-find="区城管局' in form and "quchengguanju qcgj" in form
    chosen = office.reading().store.unit_named("区城管局")
    assert chosen
    pressed(dispatcher, "", ticket, "received", 2, lead=str(chosen.id), assisting="902")
    assert (now(office, ticket).lead, now(office, ticket).assisting) == (chosen.id, (902,))


def test_a_suggested_unit_outside_the_district_is_passed_on_to(office: TicketOffice, clerk: Callable[..., Clerk]) -> None:
    ticket, dispatcher = filed(office, replace(LAMP, unit="区税务局")), clerk("dispatcher")
    page = dispatcher.get("/console/board/").text
    assert "转给区外的区税务局" in page and "派给区税务局" not in page
    pressed(dispatcher, page, ticket, "received", 1)
    assert now(office, ticket).state == "passed_on"


def test_pressing_twice_does_it_once(office: TicketOffice, clerk: Callable[..., Clerk]) -> None:
    ticket, dispatcher = filed(office), clerk("dispatcher")
    line = dispatcher.get(f"/console/board/{ticket.number}/received").text
    seen = re.findall(r'name="seen" value="(\d+)"', line)[0]
    pressed(dispatcher, "", ticket, "received", 0, seen=seen)
    assert "刚才已经办好了" in pressed(dispatcher, "", ticket, "received", 0, seen=seen)
    assert len([e for e in office.reading().store.events(ticket.number) if e.action == "dispatch"]) == 1


def test_what_was_changed_by_somebody_else_meanwhile_is_not_overwritten(
    office: TicketOffice, clerk: Callable[..., Clerk]
) -> None:
    ticket, dispatcher = filed(office), clerk("dispatcher")
    line = dispatcher.get(f"/console/board/{ticket.number}/received").text
    seen = re.findall(r'name="seen" value="(\d+)"', line)[0]
    with office.desk() as desk:
        desk.perform(ticket.number, "dispatch", DISPATCHER, lead=902)
    said = pressed(dispatcher, "", ticket, "received", 0, seen=seen)
    assert "调度派单" in said and "请看过再办" in said
    assert now(office, ticket).lead == 902


def test_an_open_board_tells_what_came_since_and_not_what_was_done_on_it(
    office: TicketOffice, clerk: Callable[..., Clerk], clock: Clock
) -> None:
    first, dispatcher = filed(office), clerk("dispatcher")
    clock.forward(minutes=1)
    page = dispatcher.get("/console/board/").text
    address = html.unescape(re.findall(r'id="fresh" hx-get="([^"]+)"', page)[0])
    pressed(dispatcher, page, first, "received", 0)
    assert "又来了" not in dispatcher.get(address).text
    filed(office)
    assert "又来了 1 张" in dispatcher.get(address).text
    assert clerk("staff").get(address).status_code == 404


def test_a_returned_ticket_shows_why_and_refusing_needs_a_reason(office: TicketOffice, clerk: Callable[..., Clerk]) -> None:
    why = "路灯归市里的路灯处管"
    steps = [(DISPATCHER, "dispatch", {"lead": 901}), (STAFF, "return", {"reason": why})]
    ticket, dispatcher = filed(office, LAMP, *steps), clerk("dispatcher")  # type: ignore[arg-type]
    assert why in dispatcher.get("/console/board/").text
    assert "请填写理由" in pressed(dispatcher, "", ticket, "returned", 1, reason=" ")
    assert "待签收" in pressed(dispatcher, "", ticket, "returned", 1, reason="就在你们辖区")
    assert now(office, ticket).state == "dispatched"


def test_an_extension_is_decided_in_the_line(office: TicketOffice, clerk: Callable[..., Clerk]) -> None:
    steps = [(DISPATCHER, "dispatch", {"lead": 901}), (STAFF, "extend_ask", {"days": 5, "reason": "灯杆要订做"})]
    ticket, dispatcher = filed(office, LAMP, *steps), clerk("dispatcher")  # type: ignore[arg-type]
    page = dispatcher.get("/console/board/").text
    assert "灯杆要订做" in page and "<b>5</b> 个工作日" in page
    pressed(dispatcher, page, ticket, "extension", 0)
    assert str(now(office, ticket).due_at) > str(ticket.due_at)


def test_a_reason_that_promises_something_is_ticked_before_the_resident_reads_it(
    office: TicketOffice, clerk: Callable[..., Clerk]
) -> None:
    steps = [(DISPATCHER, "dispatch", {"lead": 901}), (STAFF, "extend_ask", {"days": 5, "reason": "厂家保证月底前到货"})]
    ticket, dispatcher = filed(office, LAMP, *steps), clerk("dispatcher")  # type: ignore[arg-type]
    line = pressed(dispatcher, "", ticket, "extension", 0)
    assert "“保证”是承诺" in line and now(office, ticket).extension_days == 5
    mark = re.findall(r'name="confirmed" value="(\w+)"', line)[0]
    pressed(dispatcher, "", ticket, "extension", 0, confirmed=mark)
    assert now(office, ticket).extension_days is None


def test_a_units_desk_shows_its_own_work_by_what_is_to_be_done(office: TicketOffice, clerk: Callable[..., Clerk]) -> None:
    given = (DISPATCHER, "dispatch", {"lead": 901})
    ticket = filed(office, LAMP, given)  # type: ignore[arg-type]
    other = filed(office, LAMP, (DISPATCHER, "dispatch", {"lead": 902}))
    staff = clerk("staff")
    page = staff.get("/console/board/mine").text
    assert ticket.number in page and other.number not in page
    assert "已签收" in pressed(staff, page, ticket, "to_sign", 0)
    assert "办理中" in pressed(staff, page, ticket, "in_progress", 2)
    for section in ("to_sign", "in_progress"):
        assert staff.get(f"/console/board/{other.number}/{section}").status_code == 404
    answer = staff.client.post(f"/console/board/{other.number}/to_sign/0", data={"csrf_token": staff.token()})
    assert answer.status_code == 404 and now(office, other).state == "dispatched"


def test_a_draft_that_is_sent_back_stands_on_the_desk_until_it_is_written_anew(
    office: TicketOffice, clerk: Callable[..., Clerk], store: SqliteStore
) -> None:
    with store.engine.write() as db:
        db.execute("update units set signs_off = 1 where id = 901")
    second = replace(STAFF, account=73, name="赵科长")
    steps: list[tuple[Actor, str, dict[str, object]]] = [
        (DISPATCHER, "dispatch", {"lead": 901}),
        (STAFF, "sign", {}),
        (STAFF, "draft_reply", {"text": "已修"}),
        (second, "send_back", {"reason": "写清楚哪天修的"}),
    ]
    ticket, staff = filed(office, LAMP, *steps), clerk("staff")
    page = staff.get("/console/board/mine").text
    assert "答复退回修改（1）" in page and "写清楚哪天修的" in page
    with office.desk() as desk:
        desk.perform(ticket.number, "draft_reply", STAFF, text="3月1日修好了")
    assert "答复退回修改（1）" not in staff.get("/console/board/mine").text
