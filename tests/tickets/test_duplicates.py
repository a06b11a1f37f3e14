"""Which open tickets are offered to join."""

from dataclasses import replace

import pytest

from bot.store.tickets import TicketOffice
from bot.tickets.duplicates import metres_between
from bot.tickets.matters import Draft, Matter
from tests.conftest import Clock
from tests.tickets.conftest import DISPATCHER, LAMP, LI, WANG, Hands


def offered(office: TicketOffice, draft: Draft) -> list[str]:
    return [ticket.number for ticket in office.reading().duplicates(draft)]


@pytest.mark.parametrize(
    ("matter", "place", "same"),
    [
        ("正阳街12号的路灯坏了三天不亮", "正阳街12号", True),
        ("路灯不亮，三天了，太黑了", "正阳街12号附近", True),
        ("正阳街12号门口路灯三天没亮", "绿园区正阳街12号", True),
        ("门口的垃圾没人收", "正阳街12号门口", False),
        ("路灯三天不亮了", "青年路3号", False),
        ("路灯三天不亮了", "正阳街300号", False),
        ("楼上天天装修太吵睡不着", "正阳街12号", False),
    ],
)
def test_the_same_thing_at_the_same_place_is_known_again(
    hands: Hands, office: TicketOffice, matter: str, place: str, same: bool
) -> None:
    ticket = hands.file()
    assert offered(office, Draft(Matter.COMPLAINT, matter, place)) == ([ticket.number] if same else [])


def test_coordinates_decide_where_both_have_them(hands: Hands, office: TicketOffice) -> None:
    ticket = hands.file(replace(LAMP, latitude=43.8800, longitude=125.2500))
    near = replace(LAMP, place="不知道叫什么", latitude=43.8815, longitude=125.2510)
    far = replace(LAMP, latitude=43.9000, longitude=125.2500)
    assert offered(office, near) == [ticket.number]
    assert offered(office, far) == []


def test_metres_are_metres() -> None:
    assert metres_between(43.88, 125.25, 43.89, 125.25) == pytest.approx(1113, abs=2)
    assert metres_between(43.88, 125.25, 43.88, 125.26) == pytest.approx(802, abs=3)


def test_another_kind_a_closed_one_and_an_old_one_are_not_offered(hands: Hands, office: TicketOffice, clock: Clock) -> None:
    ticket = hands.file()
    assert offered(office, replace(LAMP, kind=Matter.SUGGESTION)) == []
    clock.forward(days=29)
    assert offered(office, LAMP) == [ticket.number]
    clock.forward(days=2)
    assert offered(office, LAMP) == []
    clock.forward(days=-31)
    hands.do(ticket, "withdraw", WANG)
    assert offered(office, LAMP) == []


def test_the_likeliest_is_offered_first(hands: Hands, office: TicketOffice) -> None:
    loosely = hands.file(replace(LAMP, matter="路灯三天不亮了，井盖也响，垃圾也没人收，晚上还有人摆摊"))
    exactly = hands.file(LAMP, LI)
    assert offered(office, LAMP) == [exactly.number, loosely.number]


def test_who_stands_behind_a_ticket_is_not_offered_it_again(hands: Hands, office: TicketOffice) -> None:
    from bot.store.tickets import resident_desk

    ticket = hands.file()
    with office.engine.write() as db:
        assert resident_desk(db, "wechat:oWang", office.rules, office.clock()).duplicates(LAMP) == []
        desk = resident_desk(db, "wechat:oLi", office.rules, office.clock())
        assert [found.number for found in desk.duplicates(LAMP)] == [ticket.number]
    hands.do(ticket, "merge", DISPATCHER, into=hands.file(LAMP, LI).number)
