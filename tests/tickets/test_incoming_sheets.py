"""A sheet from the city's 12345 is read as it comes, or refused with every mistake by cell."""

import csv
import datetime
import io
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook.workbook import Workbook

from bot.store.tickets import TicketOffice
from bot.tickets.calendar import Notice
from bot.tickets.due import GIVEN
from bot.tickets.matters import Draft, Matter
from bot.tickets.records import Ticket
from bot.tickets.sheets.columns import understood
from bot.tickets.sheets.incoming import IncomingSheet, Units, read_sheet
from bot.tickets.sheets.taking import file_all
from bot.tickets.sheets.template import template
from knowledge.workbook.mistakes import WorkbookError
from tests.conftest import Clock
from tests.tickets.conftest import DISPATCHER, Hands

HEADERS = ["工单编号", "诉求类型", "诉求内容", "事发地点", "来电人", "联系电话", "主办单位", "办结时限", "缓急程度", "是否保密"]
LAMP = ["SH-1", "投诉", "路灯不亮", "正阳街12号", "王女士", "13900001111", "区城管局", "2026-03-10 17:30", "紧急", "否"]


def xlsx(*rows: list[Any], title: str = "Sheet1") -> bytes:
    book = Workbook()
    page: Any = book.active
    page.title = title
    for row in rows:
        page.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def in_csv(*rows: list[Any], delimiter: str = ",", encoding: str = "utf-8-sig") -> bytes:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(rows)
    return stream.getvalue().encode(encoding)


@pytest.fixture
def units(office: TicketOffice) -> Units:
    return Units(office.reading().store.units(), ["长春市", "绿园区"])


def read(content: bytes, units: Units, name: str = "工单.xlsx") -> IncomingSheet:
    return read_sheet(content, name, units)


def mistakes(content: bytes, units: Units, name: str = "工单.xlsx") -> list[str]:
    with pytest.raises(WorkbookError) as refused:
        read(content, units, name)
    return refused.value.problems


def test_a_row_is_a_draft_with_everything_that_the_sheet_says(units: Units) -> None:
    sheet = read(xlsx(HEADERS, LAMP), units)
    (found,) = sheet.tickets
    wanted = Draft(
        Matter.COMPLAINT,
        "路灯不亮",
        "正阳街12号",
        name="王女士",
        contact="13900001111",
        source="city12345",
        external_number="SH-1",
        urgency="urgent",
        due_at="2026-03-10T09:30:00.000+00:00",
    )
    assert found.draft == wanted and found.unit and found.unit.name == "区城管局" and found.row == 2


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (in_csv(HEADERS, LAMP), "a.csv"),
        (in_csv(HEADERS, LAMP, encoding="gb18030"), "a.CSV"),
        (in_csv(HEADERS, LAMP, delimiter="\t"), "a.csv"),
        (in_csv(HEADERS, LAMP, delimiter=";", encoding="utf-8"), "a.csv"),
        (in_csv(HEADERS, ['="SH-1"', *LAMP[1:]]), "a.csv"),
        (xlsx(["绿园区3月1日转办工单"], [], ["共", 1, "张"], HEADERS, LAMP), "a.xlsx"),
        (xlsx([f" {header}（必填）*" for header in HEADERS], LAMP), "a.xlsx"),
        (xlsx(["序号", *HEADERS[::-1], "办理结果"], [1, *LAMP[::-1], "处理中"]), "a.xlsx"),
        (xlsx(HEADERS, [*LAMP[:7], datetime.datetime(2026, 3, 10, 17, 30), *LAMP[8:]]), "a.xlsx"),
        (xlsx(HEADERS, [*LAMP[:5], 13900001111, "长春市绿园区城管局", "2026年3月10日17时30分", *LAMP[8:]]), "a.xlsx"),
    ],
)
def test_sheets_come_in_many_forms_and_say_the_same(content: bytes, name: str, units: Units) -> None:
    plain = read(xlsx(HEADERS, LAMP), units)
    found = read(content, units, name)
    assert [(one.draft, one.unit) for one in found.tickets] == [(one.draft, one.unit) for one in plain.tickets]


def test_headers_that_nobody_needs_are_named_and_of_two_alike_the_better_known_counts(units: Units) -> None:
    rows = (["编号", "工单号", "类别", "内容", "诉求内容", "满意度"], ["内部7", "SH-9", "咨询", "短的", "长的内容", "好"])
    sheet = read(xlsx(*rows), units)
    assert (sheet.tickets[0].number, sheet.tickets[0].draft.matter) == ("SH-9", "长的内容")
    assert sheet.tickets[0].draft.kind is Matter.REQUEST and sheet.unused == ["编号", "内容", "满意度"]


@pytest.mark.parametrize(
    ("given", "at"),
    [
        ("2026-03-10", "2026-03-10T15:59:59.999+00:00"),
        (datetime.date(2026, 3, 10), "2026-03-10T15:59:59.999+00:00"),
        ("2026/3/10 24:00", "2026-03-10T15:59:59.999+00:00"),
        ("2026.3.10 8:05:30", "2026-03-10T00:05:00.000+00:00"),
        (46091.75, "2026-03-10T10:00:00.000+00:00"),
    ],
)
def test_a_due_date_is_read_as_it_is_written(given: Any, at: str, units: Units) -> None:
    sheet = read(xlsx(HEADERS, [*LAMP[:7], given, *LAMP[8:]]), units)
    assert sheet.tickets[0].draft.due_at == at


def test_every_mistake_is_told_with_its_cell_and_all_at_once(units: Units) -> None:
    rows: list[list[Any]] = [
        ["", *LAMP[1:]],
        ["SH 2", "抱团", "长" * 2001, *LAMP[3:]],
        ["SH-3", *LAMP[1:6], "区气象台", "下周", "马上", "也许"],
        [2026030100001234567, *LAMP[1:]],
        ["SH-5", None, "  ", *LAMP[3:]],
        ["SH-6", "投诉", "=A1&A2", *LAMP[3:7], "2026-02-30", *LAMP[8:]],
        ["SH-7", *LAMP[1:7], "2026-03-10 25:00", *LAMP[8:]],
        LAMP,
        LAMP,
    ]
    told = mistakes(xlsx(HEADERS, *rows, title="转办"), units)
    assert [problem.partition("：")[0].removeprefix("转办!") for problem in told] == [
        *("A2", "A3", "B3", "C3", "G4", "H4", "I4", "J4", "A5", "B6", "C6", "C7", "H7", "H8", "A10"),
    ]
    for words in ("没有填", "只能有字母", "应为其中之一：投诉", "2001 个字", "没有“区气象台”这个单位", "不是日期", "一般、紧急"):
        assert any(words in problem for problem in told), words
    for words in ("超过 15 位", "是公式", "没有“2026-02-30”这一天", "没有这个时间", "重复，第 9 行"):
        assert any(words in problem for problem in told), words


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (xlsx(["姓名", "年龄"], ["王", 5]), "a.xlsx", "没有找到表头"),
        (xlsx(["工单号", "内容"], ["1", "x"]), "a.xlsx", "没有“类别”这一列"),
        (xlsx(HEADERS), "a.xlsx", "表头下面没有工单"),
        (xlsx(HEADERS, *[[f"N{k}", *LAMP[1:]] for k in range(1001)]), "a.xlsx", "有 1001 行，一次最多 1000 行"),
        (b"\xff\xfe\x00", "a.csv", "读不出文字"),
        (b"%PDF-1.4 \x00\x01", "a.xlsx", "不是 .xlsx"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "a.xls", "旧格式"),
        (b"", "a.csv", "没有找到表头"),
    ],
)
def test_a_file_that_holds_no_tickets_is_refused_in_words(content: bytes, name: str, words: str, units: Units) -> None:
    told = mistakes(content, units, name)
    assert len(told) == 1 and words in told[0]


def test_the_template_is_understood_and_holds_no_ticket_yet(units: Units) -> None:
    book = openpyxl.load_workbook(io.BytesIO(template()))
    page: Any = book.active
    assert [cell.value for cell in page[1]] == [column.header for column in understood().columns]
    assert all(cell.comment for cell in page[1])
    page.append([column.example for column in understood().columns])
    stream = io.BytesIO()
    book.save(stream)
    (found,) = read(stream.getvalue(), units).tickets
    assert found.draft.kind is Matter.COMPLAINT and found.unit and not found.draft.secret and found.draft.urgency == "normal"


# -- filing -----------------------------------------------------------------------------------------------------------------


def take(office: TicketOffice, *drafts: tuple[Draft, str | None]) -> list[Ticket]:
    with office.desk() as desk:
        return file_all(desk, [(draft, desk.store.unit_named(unit) if unit else None) for draft, unit in drafts], DISPATCHER).new


CITY = Draft(Matter.COMPLAINT, "路灯不亮", "正阳街", source="city12345", external_number="SH-1")


def test_a_unit_of_ours_has_it_at_once_and_one_outside_is_left_to_the_dispatcher(office: TicketOffice, hands: Hands) -> None:
    sure = replace(CITY, external_number="SH-3", unit="区城管局", confidence=0.99)
    ours, outside, suggested = take(office, (CITY, "区城管局"), (replace(CITY, external_number="SH-2"), "公交"), (sure, None))
    assert (ours.state, ours.lead) == ("dispatched", hands.unit("区城管局"))
    assert (outside.state, outside.lead, outside.suggested) == ("received", None, "公交")
    assert suggested.state == "dispatched" and suggested.external_number == "SH-3"


def test_a_number_that_is_there_already_is_never_filed_again(office: TicketOffice) -> None:
    (first,) = take(office, (CITY, None))
    assert take(office, (CITY, None), (replace(CITY, matter="改了"), "区城管局")) == []
    assert [ticket.number for ticket in office.lists.page(office_filter()).tickets] == [first.number]


def office_filter() -> Any:
    from bot.tickets.listing import Filter

    return Filter(source="city12345")


def test_a_due_date_that_was_given_stays_whatever_the_unit_and_the_calendar_say(office: TicketOffice, hands: Hands) -> None:
    due = "2026-03-10T09:30:00.000+00:00"
    (ticket,) = take(office, (replace(CITY, due_at=due), "区城管局"))
    assert (ticket.clock, ticket.due_at, ticket.due_provisional) == (GIVEN, due, False)
    again = hands.do(ticket, "dispatch", DISPATCHER, lead=hands.unit("区住建局"), reason="归住建")
    office.enter_notice(Notice(2026, frozenset({datetime.date(2026, 3, 9)}), frozenset(), "试验"))
    kept = office.reading().store.ticket(again.number)
    assert kept and kept.due_at == due


def test_an_extension_counts_from_the_given_day(office: TicketOffice, hands: Hands, clock: Clock) -> None:
    (ticket,) = take(office, (replace(CITY, due_at="2026-03-10T09:30:00.000+00:00"), "区城管局"))
    clerk = hands.staff("区城管局")
    for action in ("sign", "start"):
        hands.do(ticket, action, clerk)
    hands.do(ticket, "extend_ask", clerk, days=2, reason="等配件")
    longer = hands.do(ticket, "extend_grant", DISPATCHER)
    assert longer.due_at == "2026-03-12T15:59:59.999+00:00"


def test_a_unit_is_told_once_of_all_that_it_was_given_and_of_what_is_urgent_at_once(office: TicketOffice, hands: Hands) -> None:
    many = [(replace(CITY, external_number=f"SH-{k}"), "区城管局" if k < 5 else None) for k in range(8)]
    single = (replace(CITY, external_number="SH-20"), "区住建局")
    urgent = (replace(CITY, external_number="SH-21", urgency="urgent"), "区城管局")
    tickets = take(office, *many, single, urgent)
    first, waiting, alone, pressing = (tickets[k].number for k in (0, 5, 8, 9))
    told = hands.letters("alert")
    assert [text for text in told if text.startswith("5 张新工单，区城管局") and first in text]
    assert [text for text in told if text.startswith("3 张新工单，待派单") and waiting in text]
    assert [text for text in told if text.startswith(f"新工单 {alone}") and "区住建局" in text]
    assert [text for text in told if text.startswith(f"新工单 {pressing}") and "紧急" in text]
    assert {text[:4] for text in told if pressing not in text} == {"5 张新", "3 张新", "新工单 "}
