"""Tickets in the console: dispatched, signed for, hidden from other units."""

from collections.abc import Callable

from flask import Flask

from bot.tickets.matters import Draft, Matter
from bot.tickets.records import Actor, Role
from tests.console.conftest import Clerk


def filed(application: Flask) -> str:
    with application.extensions["tickets"].desk() as desk:
        draft = Draft(kind=next(iter(Matter)), matter="楼下路灯不亮", place="槐安路")
        return str(desk.file(draft, Actor(Role.DISPATCHER, "调度")).number)


def test_a_ticket_is_dispatched_and_signed_for_by_its_unit_only(application: Flask, clerk: Callable[..., Clerk]) -> None:
    number = filed(application)
    page = f"/console/tickets/{number}"
    dispatcher, staff = clerk("dispatcher"), clerk("staff")
    assert number in dispatcher.get("/console/tickets/?q=路灯").text
    assert staff.get(page).status_code == 404
    assert number not in staff.get("/console/tickets/").text
    assert dispatcher.post(f"{page}/dispatch", page, lead="").status_code == 409
    assert dispatcher.post(f"{page}/dispatch", page, lead="902").status_code == 302
    assert staff.get(page).status_code == 404
    assert staff.post(f"{page}/sign").status_code == 404

    other = filed(application)
    page = f"/console/tickets/{other}"
    assert dispatcher.post(f"{page}/dispatch", page, lead="901").status_code == 302
    assert other in staff.get("/console/tickets/").text
    assert staff.post(f"{page}/sign", page).status_code == 302
    assert "已签收" in staff.get(page).text
