"""Lists as staff need them: what presses on top, searched in Chinese, paged, counted, quick with many."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.store.engine import Engine, migrate
from bot.store.tickets import TicketOffice
from bot.tickets.known_units import units_of
from bot.tickets.listing import Filter, Order
from bot.tickets.matters import Draft, Matter
from bot.tickets.rules import load_rules
from knowledge.base import KnowledgeBase
from tests.conftest import Clock
from tests.fixtures_big import NOW, make_big_store
from tests.tickets.conftest import DISPATCHER, LAMP, WANG, Hands


def numbers(office: TicketOffice, wanted: Filter, order: Order = "pressing") -> list[str]:
    return [ticket.number for ticket in office.lists.page(wanted, order).tickets]


# -- the search ---------------------------------------------------------------------------------------------------------------

TEXT = "锦西路小学对面的早市占道经营，ETC收费口也堵，下午3点最严重"


def test_any_piece_of_chinese_finds_the_ticket(hands: Hands, office: TicketOffice) -> None:
    ticket = hands.file(Draft(Matter.COMPLAINT, TEXT, "锦西路"))
    hands.file(Draft(Matter.COMPLAINT, "别处", "别处"))
    runs = re.findall("[\u4e00-\u9fff]+", TEXT)
    pieces = {run[k : k + n] for run in runs for n in range(1, len(run) + 1) for k in range(len(run) - n + 1)}
    assert len(pieces) > 100
    assert [piece for piece in pieces if numbers(office, Filter(text=piece)) != [ticket.number]] == []


@pytest.mark.parametrize("typed", ["王秀英", "13900001111", "139 0000 1111", "0001111"])
def test_a_ticket_is_found_by_who_stands_behind_it_unless_the_report_is_secret(
    hands: Hands, office: TicketOffice, typed: str
) -> None:
    caller = {"name": "王秀英", "contact": "139-0000-1111"}
    ticket = hands.file(replace(LAMP, **caller))
    hands.file(replace(LAMP, kind=Matter.REPORT, secret=True, **caller))
    assert numbers(office, Filter(text=typed, person=typed)) == [ticket.number]
    assert numbers(office, Filter(number=typed, person=typed)) == [ticket.number]
    assert numbers(office, Filter(text=typed)) == numbers(office, Filter(number=typed)) == []


def test_a_number_is_found_without_its_prefix(hands: Hands, office: TicketOffice) -> None:
    ticket, _ = hands.file(), hands.file()
    assert numbers(office, Filter(number=ticket.number.partition("-")[2])) == [ticket.number]
    assert len(numbers(office, Filter(number="20260302"))) == 2


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("早市占道", True),
        ("早市 小学", True),
        ("小学，早市！", True),
        ("etc", True),
        ("ＥＴＣ", True),
        ("早", True),
        ("占道早市", False),
        ("早市 路灯", False),
        ('" OR 1', False),
        ("words:早市*", False),
        ("）（", False),
    ],
)
def test_what_is_typed_must_stand_in_the_ticket_whatever_signs_are_typed(
    hands: Hands, office: TicketOffice, typed: str, found: bool
) -> None:
    ticket = hands.file(Draft(Matter.COMPLAINT, TEXT, "锦西路"))
    assert numbers(office, Filter(text=typed)) == ([ticket.number] if found else [])


def test_the_reply_is_searched_too_and_what_is_deleted_is_not_found(hands: Hands, office: TicketOffice) -> None:
    ticket = hands.answered()
    assert numbers(office, Filter(text="已经修好")) == [ticket.number]
    with office.engine.write() as db:
        db.execute("delete from tickets")
    assert hands.rows("select * from ticket_words") == []


def test_tickets_of_an_older_version_are_found_after_a_start(
    hands: Hands, office: TicketOffice, knowledge: KnowledgeBase
) -> None:
    ticket = hands.file()
    with office.engine.write() as db:
        db.execute("delete from ticket_words")
    assert numbers(office, Filter(text="路灯")) == []
    office.prepare(units_of(knowledge))
    assert numbers(office, Filter(text="路灯")) == [ticket.number]


# -- filters and order ----------------------------------------------------------------------------------------------------------


def test_overdue_then_urged_and_reopened_then_by_due_date(hands: Hands, office: TicketOffice, clock: Clock) -> None:
    overdue = hands.file()
    clock.forward(days=8)
    later, urged, done = hands.file(), hands.file(), hands.file()
    sooner = hands.file(replace(LAMP, urgency="urgent"))
    hands.do(urged, "urge", WANG)
    hands.do(done, "withdraw", WANG)
    expected = [ticket.number for ticket in (overdue, urged, sooner, later, done)]
    assert numbers(office, Filter()) == expected
    assert numbers(office, Filter(phase="open")) == expected[:-1]
    assert numbers(office, Filter(overdue=True)) == expected[:1]
    assert numbers(office, Filter(), "newest")[0] == sooner.number


def test_each_filter_finds_what_it_says(hands: Hands, office: TicketOffice) -> None:
    plain = hands.file(replace(LAMP, confidence=0.0))
    called = hands.file(replace(LAMP, source="telephone", external_number="CC-77", kind=Matter.REQUEST), DISPATCHER)
    secret = hands.file(replace(LAMP, secret=True, kind=Matter.REPORT))
    lead = hands.unit("区城管局")
    assert numbers(office, Filter(states=("received",))) == [plain.number]
    assert numbers(office, Filter(no_unit=True)) == [plain.number]
    assert set(numbers(office, Filter(unit=lead))) == {called.number, secret.number}
    assert numbers(office, Filter(kinds=("request", "praise"))) == [called.number]
    assert numbers(office, Filter(source="telephone")) == [called.number]
    assert numbers(office, Filter(number="cc-7")) == [called.number]
    assert set(numbers(office, Filter(number="LY-20260302"))) == {plain.number, called.number, secret.number}
    assert numbers(office, Filter(secret=True)) == [secret.number]
    assert numbers(office, Filter(since="2026-03-03")) == []
    assert len(numbers(office, Filter(until="2026-03-03", due_before="2026-03-10"))) == 2
    assert numbers(office, Filter(visible=frozenset())) == []
    assert set(numbers(office, Filter(visible=frozenset({lead})))) == {called.number, secret.number}


def test_assisting_units_have_the_ticket_in_their_lists(hands: Hands, office: TicketOffice) -> None:
    ticket, helper = hands.file(), hands.unit("区住建局")
    hands.do(ticket, "dispatch", DISPATCHER, lead=ticket.lead, assisting=(helper,))
    assert numbers(office, Filter(visible=frozenset({helper}))) == [ticket.number]
    assert numbers(office, Filter(unit=helper)) == [ticket.number]


@pytest.mark.parametrize("after", ["[1]", '{"a": 1}', "[1, 2, 3, 4]"])
def test_a_place_in_another_list_is_refused(office: TicketOffice, after: str) -> None:
    with pytest.raises(ValueError, match="place"):
        office.lists.page(Filter(), after=after)


# -- units ----------------------------------------------------------------------------------------------------------------------


def test_the_units_of_the_knowledge_are_entered_once_and_edits_stay(
    hands: Hands, office: TicketOffice, knowledge: KnowledgeBase
) -> None:
    units = {unit.name: unit for unit in office.reading().store.units()}
    assert {department.name for department in knowledge.departments} <= set(units)
    assert {"镇街", "公安", "供热"} <= set(units)
    assert {name for name, unit in units.items() if unit.outside} >= {"区税务局", "区生态环境分局", "供电", "物业"}
    assert not units["区城管局"].outside and units["残联"].hotline == "12385"
    hands.set_unit("区城管局", phone="85551234", active=0)
    assert office.seed_units(units_of(knowledge)) == 0
    unit = office.reading().store.unit_named("区城管局")
    assert unit is not None and (unit.phone, unit.active) == ("85551234", False)
    assert len(office.reading().store.units(active_only=False)) == len(units)
    assert hands.file().state == "received", "a unit that is no longer active gets nothing"


# -- many -----------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory, knowledge: KnowledgeBase) -> Iterator[TicketOffice]:
    path: Path = tmp_path_factory.mktemp("big") / "bot.db"
    migrate(path)
    office = TicketOffice(Engine(path), load_rules(), lambda: NOW)
    office.prepare(units_of(knowledge))
    make_big_store(path)
    yield office


def test_pages_show_every_ticket_once_and_in_order(big: TicketOffice) -> None:
    for order, wanted in (("pressing", Filter(phase="open")), ("newest", Filter(kinds=("praise",)))):
        seen: list[str] = []
        after = None
        while True:
            page = big.lists.page(wanted, order, after, most=500)  # type: ignore[arg-type]
            seen += [ticket.number for ticket in page.tickets]
            after = page.after
            if after is None:
                break
        assert len(seen) == len(set(seen)) == big.lists.count(wanted) > 1000
        if order == "newest":
            assert seen == sorted(seen, key=lambda number: tuple(number.split("-")[1:3]), reverse=True)


def test_counts_are_the_lists_lengths(big: TicketOffice) -> None:
    counts = big.lists.counts()
    assert counts.total == 50_000 == big.lists.count(Filter())
    assert counts.overdue == big.lists.count(Filter(overdue=True)) > 0
    for state, number in counts.by_state.items():
        assert number == big.lists.count(Filter(states=(state,)))


def test_no_page_of_fifty_thousand_tickets_takes_the_whole_table_in_hand(big: TicketOffice) -> None:
    """A hundred milliseconds is many times what each takes, and a tenth of what a scan with full rows takes."""
    units = frozenset({3, 17})
    for wanted, order in (
        (Filter(phase="open"), "pressing"),
        (Filter(), "newest"),
        (Filter(phase="open", visible=units), "pressing"),
        (Filter(text="路灯", visible=units), "pressing"),
        (Filter(text="正阳街 井盖"), "newest"),
    ):
        times = []
        for _ in range(5):
            begun = time.process_time()
            page = big.lists.page(wanted, order)  # type: ignore[arg-type]
            times.append(time.process_time() - begun)
        assert page.tickets and sorted(times)[0] < 0.1
