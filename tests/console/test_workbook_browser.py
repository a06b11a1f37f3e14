"""Sheets as people click: A4, the workbook of the knowledge base out and back; the city's tickets in, tickets out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import expect

from bot.store.engine import Engine
from bot.store.knowledge import KnowledgeStore
from bot.tickets.records import Role
from tests.conftest import Service
from tests.console.axe import grave_findings
from tests.console.browser import LAPTOP, PHONE, Staff, add_accounts
from tests.console.sheet_scenes import MISTAKEN, TICKETS, sheet

pytestmark = pytest.mark.slow(seconds=50)


@pytest.fixture(scope="module")
def console(service: Service) -> Service:
    add_accounts(service.folder / "bot.db", Role.ADMINISTRATOR, Role.DISPATCHER)
    return service


def test_the_knowledge_goes_out_as_a_workbook_and_comes_back_as_the_draft(
    staff: Callable[..., Staff], console: Service, tmp_path: Path
) -> None:
    admin = staff("administrator", LAPTOP)
    page = admin.page
    page.locator(".side summary", has_text="知识").click()
    page.get_by_role("navigation").get_by_role("link", name="Excel").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Excel")
    assert grave_findings(page) == []
    with page.expect_download() as downloading:
        page.get_by_role("link", name="下载知识库").click()
    assert downloading.value.suggested_filename.endswith(".xlsx")
    file = tmp_path / "改好的.xlsx"
    downloading.value.save_as(file)

    book = openpyxl.load_workbook(file)
    book["部门"]["D5"].value, book["部门"]["F5"].value = "没有电话", "工作日 8:30–16:30"
    book["事项"]["D2"].value = "福利"
    book.save(file)
    page.get_by_label("改好的 .xlsx 文件").set_input_files(file)
    page.get_by_role("button", name="检查这个文件").click()
    expect(page.get_by_role("alert")).to_contain_text("什么都没有改")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("事项")
    expect(rows.nth(1)).to_contain_text("D5")
    assert grave_findings(page) == []

    book["部门"]["D5"].value, book["事项"]["D2"].value = "0431-81234567", "活动"
    book.save(file)
    page.get_by_label("改好的 .xlsx 文件").set_input_files(file)
    page.get_by_role("button", name="检查这个文件").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("导入会改动 2 处")
    assert grave_findings(page) == [] and admin.overflow() <= 0
    page.set_viewport_size(PHONE["viewport"])
    assert admin.overflow() <= 0
    page.set_viewport_size(LAPTOP["viewport"])
    page.get_by_role("button", name="存成草稿").click()
    expect(page.get_by_text("2 处改动已存成草稿")).to_be_visible()
    expect(page.get_by_text("0431-81234567")).to_be_visible()
    versions = KnowledgeStore(Engine(console.folder / "bot.db"))
    draft = versions.draft()
    assert draft and draft.knowledge.department("区民政局").hours == "工作日 8:30–16:30"
    assert versions.published().knowledge.department("区民政局").hours == ""
    assert [said for said in admin.complaints if "422" not in said] == []


def test_the_citys_tickets_come_in_as_a_sheet_and_go_out_as_one(
    staff: Callable[..., Staff], console: Service, tmp_path: Path
) -> None:
    dispatcher = staff("dispatcher", LAPTOP)
    page, file = dispatcher.page, tmp_path / "转办.xlsx"

    def upload(rows: list[list[Any]]) -> None:
        file.write_bytes(sheet(rows))
        page.get_by_label("工单文件").set_input_files(file)
        page.get_by_role("button", name="检查这个文件").click()

    page.get_by_role("navigation").get_by_role("link", name="导入12345工单").click()
    assert grave_findings(page) == []
    upload(MISTAKEN)
    expect(page.get_by_role("alert")).to_contain_text("一张都没有登记")
    expect(page.locator("tbody tr")).to_have_count(6)
    assert grave_findings(page) == [] and dispatcher.overflow() <= 0
    upload(TICKETS)
    expect(page.get_by_role("heading", level=1)).to_have_text("4 张新工单")
    page.get_by_text("表头怎么认的").click()
    expect(page.get_by_text("受理员")).to_be_visible()
    assert grave_findings(page) == [] and dispatcher.overflow() <= 0
    page.set_viewport_size(PHONE["viewport"])
    assert dispatcher.overflow() <= 0
    page.set_viewport_size(LAPTOP["viewport"])
    page.get_by_role("button", name="登记这 4 张").click()
    expect(page.get_by_text("登记了 4 张工单")).to_be_visible()
    assert grave_findings(page) == []
    with page.expect_download() as downloading:
        page.get_by_role("link", name="导出 Excel").click()
    downloading.value.save_as(tmp_path / "工单.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "工单.xlsx")["工单"].values)
    assert [row[1] for row in rows[1:]] == [f"SH260302000{k}" for k in (4, 3, 2, 1)]
