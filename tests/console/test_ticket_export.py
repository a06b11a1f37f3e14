"""Tickets as a sheet: what the list shows to whoever exports, never who told a secret report, never a formula."""

import csv
import io
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace

import openpyxl
import pytest
from flask import Flask

from bot.tickets.matters import Draft, Matter
from bot.tickets.records import Actor, Role, Ticket
from bot.tickets.sheets.export import columns, csv_pieces
from bot.tickets.sheets.workbook import workbook_of, write_workbook
from tests.console.conftest import Clerk

LAMP = Draft(
    Matter.COMPLAINT,
    '=HYPERLINK("http://x","点我")路灯不亮',
    "正阳街12号",
    name="王秀英",
    contact="13900001111",
    source="telephone",
    external_number="12345-0001",
)
SECRET = Draft(Matter.REPORT, "有人私自开地下加油点", "青年路12号", secret=True, name="李举报", contact="13700002222")
DISPATCHER = Actor(Role.DISPATCHER, "派单员", account=2)

Rows = list[dict[str, str]]


@pytest.fixture
def filed(application: Flask) -> dict[str, Ticket]:
    with application.extensions["tickets"].desk() as desk:
        lamp, secret = desk.file(LAMP, DISPATCHER), desk.file(SECRET, DISPATCHER)
        other = desk.file(replace(LAMP, external_number=None, matter="-井盖响", urgency="urgent"), DISPATCHER)
        desk.perform(lamp.number, "dispatch", DISPATCHER, lead=901, assisting=(902,))
        desk.perform(secret.number, "dispatch", DISPATCHER, lead=901)
        desk.perform(other.number, "dispatch", DISPATCHER, lead=902)
    return {"lamp": lamp, "secret": secret, "other": other}


def exported_csv(somebody: Clerk, query: str = "") -> Rows:
    answer = somebody.get(f"/console/tickets/export.csv{query}")
    disposition = answer.headers["Content-Disposition"]
    assert answer.status_code == 200 and "attachment" in disposition
    assert disposition.isascii(), "the production server sends no other"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def exported_xlsx(somebody: Clerk, query: str = "") -> Rows:
    answer = somebody.get(f"/console/tickets/export.xlsx{query}")
    assert answer.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert not [cell for row in book.active.iter_rows() for cell in row if cell.data_type == "f"]  # type: ignore[union-attr]
    head, *rows = book.active.values  # type: ignore[union-attr]
    return [{str(name): "" if value is None else str(value) for name, value in zip(head, row, strict=True)} for row in rows]


@pytest.mark.parametrize("export", [exported_csv, exported_xlsx])
def test_a_sheet_holds_what_the_list_shows_to_whoever_exports(
    filed: dict[str, Ticket], clerk: Callable[..., Clerk], export: Callable[..., Rows]
) -> None:
    everything = export(clerk("dispatcher"))
    assert [row["工单编号"] for row in everything] == [filed[name].number for name in ("other", "secret", "lamp")]
    lamp = everything[2]
    assert (lamp["类别"], lamp["状态"], lamp["主办单位"], lamp["协办单位"]) == ("投诉", "待签收", "试验单位一", "试验单位二")
    assert (lamp["来源"], lamp["12345工单号"], lamp["反映人"], lamp["联系方式"]) == (
        "电话",
        "12345-0001",
        "王秀英",
        "13900001111",
    )
    assert lamp["登记时间"].startswith("2026-03-02 10:00") and lamp["办理期限"].startswith("2026-03-09 23:59")
    assert everything[0]["紧急程度"] == "紧急"
    assert [row["工单编号"] for row in exported_csv(clerk("dispatcher"), "?q=井盖")] == [filed["other"].number]
    assert [row["工单编号"] for row in export(clerk("staff"))] == [filed["secret"].number, filed["lamp"].number]
    assert exported_csv(clerk("staff"), "?unit=902&q=加油") == []


@pytest.mark.parametrize(
    ("role", "export"),
    [*((role, exported_csv) for role in ("administrator", "dispatcher", "staff", "approver")), ("reader", exported_xlsx)],
)
def test_nobody_gets_who_told_a_secret_report_and_a_reader_gets_nobody(
    filed: dict[str, Ticket], clerk: Callable[..., Clerk], export: Callable[..., Rows], role: str
) -> None:
    rows = export(clerk(role))
    secret = next(row for row in rows if row["工单编号"] == filed["secret"].number)
    assert secret["保密"] == "是" and secret["反映人"] == secret["联系方式"] == ""
    assert "李举报" not in str(rows) and "13700002222" not in str(rows)
    assert ("王秀英" in str(rows)) is (role != "reader")


def test_what_a_spreadsheet_would_take_for_a_formula_is_a_text(filed: dict[str, Ticket], clerk: Callable[..., Clerk]) -> None:
    rows = exported_csv(clerk("dispatcher"))
    assert rows[2]["内容"].startswith("'=HYPERLINK") and rows[0]["内容"] == "'-井盖响"
    assert exported_xlsx(clerk("dispatcher"))[2]["内容"] == LAMP.matter
    texts = ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "＝1"]
    written = list(csv.reader(io.StringIO("".join(csv_pieces([[text] for text in texts])), newline="")))
    assert [cells[0] for cells in written[1:]] == [f"'{text}" for text in texts]


def test_a_sheet_that_cannot_be_made_is_an_error_and_no_half_file() -> None:
    def breaking() -> Iterator[list[str]]:
        yield ["路灯不亮"]
        raise ValueError("the store is gone")

    with pytest.raises(OSError, match="the store is gone"):
        workbook_of(breaking())


def test_an_export_stands_in_the_audit_log_and_on_the_page(filed: dict[str, Ticket], clerk: Callable[..., Clerk]) -> None:
    dispatcher = clerk("dispatcher")
    page = dispatcher.get("/console/tickets/?q=井盖").text
    assert "/console/tickets/export.xlsx?q=" in page and "/console/tickets/export.csv?q=" in page
    exported_csv(dispatcher, "?q=井盖")
    assert "导出工单" in clerk("administrator").get("/console/audit/").text


def test_however_many_rows_there_are_they_are_never_in_memory_together() -> None:
    row = ["路灯不亮" * 20, 5, None] + ["x" * 50] * (len(columns()) - 3)
    tracemalloc.start()
    try:
        size = sum(len(piece) for piece in csv_pieces(row for _ in range(2_500)))
        assert size > 3_000_000 and tracemalloc.get_traced_memory()[1] < 2_900_000
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        with tempfile.TemporaryFile() as file:
            write_workbook((row for _ in range(700)), file)
            assert file.tell() > 10_000
        assert tracemalloc.get_traced_memory()[1] - before < 30_000_000
    finally:
        tracemalloc.stop()
