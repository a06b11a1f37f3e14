"""A3 as an administrator clicks: next year's plan is uploaded, compared, put right, and becomes the draft."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bot.store.engine import Engine
from bot.store.knowledge import KnowledgeStore
from bot.tickets.records import Role
from knowledge.load import DATA
from tests.conftest import Service
from tests.console.axe import grave_findings
from tests.console.browser import LAPTOP, PHONE, Staff, add_accounts

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def console(service: Service) -> Service:
    add_accounts(service.folder / "bot.db", Role.ADMINISTRATOR)
    return service


def test_next_years_plan_goes_from_a_file_to_the_draft(staff: Callable[..., Staff], console: Service, tmp_path: Path) -> None:
    admin = staff("administrator", LAPTOP)
    page = admin.page
    page.locator(".side summary", has_text="知识").click()
    page.get_by_role("navigation").get_by_role("link", name="计划导入").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("计划导入")
    assert grave_findings(page) == []

    empty = tmp_path / "空.txt"
    empty.write_text("今天天气很好。")
    page.get_by_label("计划文件").set_input_files(empty)
    page.get_by_role("button", name="读这份计划").click()
    expect(page.get_by_role("alert")).to_contain_text("没有找到编号的条目")

    text = (DATA / "plan-2022.txt").read_text().replace("2022 年", "2023 年").replace("2022年", "2023年")
    text = text.replace("招聘会 6 场以上", "招聘会 8 场以上")
    last = next(line for line in text.splitlines() if line.startswith("56."))
    plan = tmp_path / "plan-2023.txt"
    plan.write_text(text.replace(last, "56.为高考学生提供免费送考车 30 辆。"))
    page.get_by_label("计划文件").set_input_files(plan)
    page.get_by_role("button", name="读这份计划").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2023年建设幸福绿园行动计划")
    expect(page.get_by_role("alert")).to_contain_text("没有责任部门")
    assert grave_findings(page) == [] and admin.overflow() <= 0
    expect(page.get_by_role("button", name="存成草稿")).to_have_count(0)

    line = page.locator("[data-row]").filter(has_text="免费送考车")
    line.get_by_label("责任部门").fill("区教育局")
    page.get_by_role("button", name="按改过的重看").click()
    expect(page.get_by_text("新增 1 条")).to_be_visible()
    expect(page.get_by_text("取消 1 条")).to_be_visible()
    expect(page.locator("del").filter(has_text="6").first).to_be_visible()
    expect(page.locator("ins").filter(has_text="8").first).to_be_visible()
    assert grave_findings(page) == []
    page.set_viewport_size(PHONE["viewport"])
    assert admin.overflow() <= 0
    page.set_viewport_size(LAPTOP["viewport"])
    page.get_by_role("button", name="存成草稿").click()
    expect(page.get_by_text("已存成草稿，56 条")).to_be_visible()
    versions = KnowledgeStore(Engine(console.folder / "bot.db"))
    draft = versions.draft()
    assert draft and draft.knowledge.items[56].departments == ("区教育局",)
    assert versions.published().knowledge.plan.year == 2022
    assert [said for said in admin.complaints if "422" not in said] == []
