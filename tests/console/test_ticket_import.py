"""The city's tickets come in as a sheet: checked, looked at, filed once; a thousand of them at a time."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from bot.store.sqlite import SqliteStore
from bot.store.tickets import TicketOffice
from bot.tickets.known_units import units_of
from bot.tickets.listing import Filter
from knowledge.base import KnowledgeBase
from tests.console.conftest import Clerk
from tests.tickets.test_incoming_sheets import HEADERS, LAMP, in_csv, xlsx

PAGE = "/console/ticket-import/"


@pytest.fixture
def office(application: Flask, knowledge: KnowledgeBase) -> TicketOffice:
    office: TicketOffice = application.extensions["tickets"]
    office.prepare(units_of(knowledge))
    return office


def upload(somebody: Clerk, content: bytes, name: str = "转办.xlsx") -> Any:
    return somebody.post(f"{PAGE}upload", PAGE, file=(io.BytesIO(content), name))  # type: ignore[arg-type]


def take(somebody: Clerk, page: str) -> Any:
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token
    return somebody.post(f"{PAGE}take", PAGE, token=token[1])


def test_what_would_be_filed_is_shown_and_filed_once(office: TicketOffice, clerk: Callable[..., Clerk]) -> None:
    dispatcher = clerk("dispatcher")
    rows = [LAMP, ["SH-2", "求助", "家里暖气不热，屋里才十四度", "春城小区3栋", "李", "", "", "", "", "是"]]
    shown = upload(dispatcher, xlsx(["标题"], [*HEADERS, "备注"], *[[*row, "无"] for row in rows]))
    assert shown.status_code == 200 and "2 张新工单" in shown.text and "机器人建议" in shown.text and "备注" in shown.text
    assert office.lists.count(Filter()) == 0
    done = take(dispatcher, shown.text)
    assert done.status_code == 302
    second, first = office.lists.page(Filter(source="city12345"), "newest").tickets
    assert (first.external_number, first.state, first.due_at) == ("SH-1", "dispatched", "2026-03-10T09:30:00.000+00:00")
    assert second.secret and second.suggested and second.external_number == "SH-2"
    assert "登记了 2 张工单" in dispatcher.get("/console/tickets/").text

    more = [*rows, ["SH-3", *LAMP[1:]]]
    again = upload(dispatcher, in_csv(HEADERS, *more), "转办.csv")
    assert "1 张新工单，2 张已有" in again.text and first.number in again.text
    assert take(dispatcher, again.text).status_code == 302
    assert office.lists.count(Filter()) == 3
    last = upload(dispatcher, in_csv(HEADERS, *more), "转办.csv")
    assert "没有新工单，3 张已有" in last.text and take(dispatcher, last.text).status_code == 409
    assert office.lists.count(Filter()) == 3
    assert "导入12345工单" in clerk("administrator").get("/console/audit/").text


def test_one_mistake_and_nothing_is_filed(office: TicketOffice, clerk: Callable[..., Clerk]) -> None:
    dispatcher = clerk("dispatcher")
    answer = upload(dispatcher, xlsx(HEADERS, LAMP, ["SH-2", "未知", "<b>灯</b>", *LAMP[3:]], ["", *LAMP[1:]]))
    assert answer.status_code == 422 and "一张都没有登记" in answer.text
    for cell in ("B3", "A4"):
        assert f">{cell}</td>" in answer.text
    assert office.lists.count(Filter()) == 0


def test_no_file_a_foreign_token_and_the_template(office: TicketOffice, clerk: Callable[..., Clerk]) -> None:
    dispatcher = clerk("dispatcher")
    assert dispatcher.post(f"{PAGE}upload", PAGE).status_code == 400
    shown = upload(dispatcher, xlsx(HEADERS, LAMP)).text
    assert take(clerk("administrator"), shown).status_code == 404
    assert office.lists.count(Filter()) == 0
    assert dispatcher.get(f"{PAGE}template.xlsx").data[:2] == b"PK"
    assert clerk("staff").get(PAGE).status_code == 403


@pytest.mark.slow
def test_a_thousand_rows_are_filed_together_and_never_twice(
    office: TicketOffice, clerk: Callable[..., Clerk], store: SqliteStore
) -> None:
    dispatcher = clerk("dispatcher")
    matters = ["路灯不亮", "垃圾没人收", "暖气不热", "井盖丢了", "小区停水"]
    rows = [
        [f"SH{k:05d}", "投诉", f"正阳街{k}号{matters[k % 5]}", f"正阳街{k}号", "", "", "区城管局" if k % 2 else "", "", "", ""]
        for k in range(1000)
    ]
    shown = upload(dispatcher, xlsx(HEADERS, *rows))
    assert "1000 张新工单" in shown.text
    assert take(dispatcher, shown.text).status_code == 302
    assert office.lists.count(Filter(source="city12345")) == 1000
    kept = store.engine.rows("select count(distinct external_number) n, count(distinct number) m from tickets")
    assert kept == [{"n": 1000, "m": 1000}]
    assert "没有新工单，1000 张已有" in upload(dispatcher, xlsx(HEADERS, *rows)).text
