"""The first page: what waits for whom, from real tickets."""

import re
from collections.abc import Callable

from flask import Flask

from app import office_of
from bot.store.sqlite import SqliteStore
from bot.tickets.known_units import units_of
from knowledge.base import KnowledgeBase
from tests.conftest import Clock, Say
from tests.console.conftest import Clerk

LAMP = "正阳街的路灯三天不亮了，没人修"


def tiles(page: str) -> dict[str, int]:
    return {words: int(number) for number, words in re.findall(r"<b>(\d+)</b> <span>([^<]+)</span>", page)}


def test_a_new_ticket_waits_for_the_dispatcher_then_for_its_unit_and_no_other(
    application: Flask, clerk: Callable[..., Clerk], store: SqliteStore, say: Say, clock: Clock, knowledge: KnowledgeBase
) -> None:
    office_of(store).prepare(units_of(knowledge))
    with store.engine.write() as db:  # the dispatcher decides on everything
        db.execute("insert into settings values ('tickets.dispatch_at', '1', 'test', '')")
    say(LAMP)
    number = say("确认").ticket
    dispatcher, staff = clerk("dispatcher"), clerk("staff")
    page = dispatcher.get("/console/").text
    assert tiles(page)["待派单"] == 1 and str(number) in page
    assert "路灯" not in page, "no words of residents on this page"
    assert tiles(staff.get("/console/").text)["待签收"] == 0
    with store.engine.write() as db:
        db.execute("update tickets set lead = 901, state = 'dispatched', due_at = '2026-03-02T03:00:00.000+00:00'")
    assert tiles(dispatcher.get("/console/").text)["待派单"] == 0
    own = staff.get("/console/").text
    assert (tiles(own)["待签收"], tiles(own)["今天到期"], tiles(own)["已超期"]) == (1, 1, 0)
    for _ in range(2):
        clock.forward(minutes=40)
        staff.get("/console/")
    own = staff.get("/console/").text
    assert (tiles(own)["今天到期"], tiles(own)["已超期"]) == (0, 1)
    with store.engine.write() as db:
        db.execute("update tickets set lead = 902")
    other = staff.get("/console/").text
    assert tiles(other)["已超期"] == 0 and str(number) not in other


def test_a_new_installation_tells_the_administrator_what_to_do_first(clerk: Callable[..., Clerk]) -> None:
    page = clerk("administrator").get("/console/").text
    assert "填页面底部的备案号" in page and "给同事建账号" not in page
    assert "开始之前" not in clerk("dispatcher").get("/console/").text
