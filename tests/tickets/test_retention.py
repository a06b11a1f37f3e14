"""What a ticket loses when it has been over for as long as records are kept: who told it, and nothing else."""

import datetime
from typing import Any

import pytest

from bot.store.sqlite import SqliteStore
from bot.store.tickets import TicketOffice
from bot.tickets.matters import Draft, Matter
from bot.tickets.records import Actor, Role
from tests.conftest import Clock, Say
from tests.photos.pictures import jpeg

LAMP = "正阳街的路灯三天不亮了，没人修"
PHONE, NEIGHBOUR = "13912345678", "13700001111"
DISPATCHER = Actor(Role.DISPATCHER, "派单员", account=1)
TEXTS = {
    "ticket_reporters": "resident || '/' || name || '/' || contact",
    "tickets": "matter || place || rating_reason",
    "ticket_events": "text || detail",
    "outbox": "coalesce(resident, '') || coalesce(address, '') || text",
}


@pytest.fixture
def office(store: SqliteStore, clock: Clock) -> TicketOffice:
    return TicketOffice(store.engine, store.rules, clock)


def file(say: Say, store: SqliteStore) -> str:
    """A ticket with a name, a number, a photo, and a clerk's note about the number."""
    say(LAMP)
    say(f"我姓王，电话{PHONE}")
    number = say("确认").ticket
    assert number
    photo = store.photos.add("test:王阿姨", "image/jpeg", jpeg())
    with store.engine.write() as db:
        db.execute("update photos set number = ? where id = ?", [number, photo])
    say(f"补充{number}：可以打邻居{NEIGHBOUR}，他白天都在")
    return number


def close(office: TicketOffice, number: str) -> None:
    with office.desk() as desk:
        desk.perform(number, "note", DISPATCHER, text=f"打了 {PHONE} 没人接")
        desk.perform(number, "withdraw", DISPATCHER, reason="已经修好")


def everything(store: SqliteStore) -> str:
    rows: list[dict[str, Any]] = []
    for table, columns in TEXTS.items():
        rows += store.engine.rows(f"select {columns} as words from {table}")
    return " ".join(str(row["words"]) for row in rows)


def test_who_told_it_is_gone_and_the_matter_stays(say: Say, store: SqliteStore, office: TicketOffice, clock: Clock) -> None:
    number = file(say, store)
    close(office, number)
    clock.forward(days=366)
    store.purge(clock() - datetime.timedelta(days=365))
    left = everything(store)
    assert PHONE not in left and NEIGHBOUR not in left and "王阿姨" not in left
    assert "正阳街" in left and "白天都在" in left and "没人接" in left
    assert store.engine.rows("select id from photos") == [] == store.engine.rows("select photo from photo_data")
    desk = office.reading()
    ticket = desk.ticket(number, DISPATCHER)
    assert ticket.matter == LAMP and [(one.name, one.contact, one.resident) for one in desk.people(ticket, DISPATCHER)] == [
        ("", "", None)
    ]
    assert [event.action for event in desk.history(ticket, DISPATCHER)] == ["file", "add", "note", "withdraw"]
    assert "没有查到" in say("查进度").text


def test_a_ticket_that_is_open_or_closed_lately_keeps_its_people(
    say: Say, store: SqliteStore, office: TicketOffice, clock: Clock
) -> None:
    number = file(say, store)
    clock.forward(days=400)
    store.purge(clock() - datetime.timedelta(days=365))
    assert PHONE in everything(store), "still open"
    close(office, number)
    clock.forward(days=364)
    store.purge(clock() - datetime.timedelta(days=365))
    assert PHONE in everything(store) and len(store.engine.rows("select id from photos")) == 1
    clock.forward(days=2)
    store.purge(clock() - datetime.timedelta(days=365))
    assert PHONE not in everything(store)


def test_more_than_one_round_is_gone_through(say: Say, store: SqliteStore, office: TicketOffice, clock: Clock) -> None:
    with office.desk() as desk:
        for k in range(230):
            draft = Draft(Matter.COMPLAINT, f"第{k}件", "正阳街", contact=PHONE)
            desk.perform(desk.file(draft, DISPATCHER).number, "withdraw", DISPATCHER)
    clock.forward(days=366)
    store.purge(clock() - datetime.timedelta(days=365))
    assert store.engine.rows("select number from ticket_reporters where contact <> ''") == []
