"""Files that are uploaded for pictures and browser tests: right ones and ones with mistakes."""

import io
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.workbook.workbook import Workbook

from knowledge.document import document_of
from knowledge.load import load_knowledge
from knowledge.workbook.exporter import export_workbook

TICKETS: list[list[Any]] = [
    ["绿园区 2026年3月2日 市平台转办工单"],
    [
        "工单编号",
        "诉求类型",
        "诉求内容",
        "事发地址",
        "诉求人",
        "联系电话",
        "承办单位",
        "办结时限",
        "紧急程度",
        "是否保密",
        "受理员",
    ],
    [
        "SH2603020001",
        "投诉",
        "正阳街12号门口的路灯三天不亮了，晚上看不清路",
        "正阳街12号",
        "王女士",
        "13900001111",
        "区城管局",
        "2026-03-10",
        "",
        "",
        "07",
    ],
    [
        "SH2603020002",
        "求助",
        "家里暖气冰凉，屋里才十四度，家里有八十岁老人",
        "春城小区3栋",
        "李先生",
        "13900002222",
        "",
        "2026-03-03 12:00",
        "紧急",
        "",
        "07",
    ],
    ["SH2603020003", "举报", "有人在地下室私自存放汽油", "青年路12号", "", "", "绿园区应急管理局", "", "", "是", "11"],
    ["SH2603020004", "咨询", "公交 263 路首末班时间想延长", "铁西街", "赵", "13900003333", "公交", "", "", "", "11"],
]

MISTAKEN: list[list[Any]] = [
    *TICKETS[:3],
    ["SH2603020001", "抱怨一下", "垃圾没人收", "春城大街", "", "", "区气象台", "下周", "", "", ""],
    ["", "投诉", "", "景阳大路", "", "", "", "2026-02-30", "", "", ""],
]


def sheet(rows: list[list[Any]]) -> bytes:
    """Rows as an .xlsx file."""
    book = Workbook()
    page: Any = book.active
    for row in rows:
        page.append(row)
    return saved(book)


def saved(book: Workbook) -> bytes:
    """The file's bytes."""
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def workbook(mistaken: bool) -> bytes:
    """The knowledge base with contact data entered; ``mistaken``: as somebody in a hurry did it."""
    book = openpyxl.load_workbook(io.BytesIO(export_workbook(document_of(load_knowledge()))))
    page = book["部门"]
    page["D2"].value, page["F2"].value = ("见官网" if mistaken else "0431-81234567"), "工作日 8:30–16:30"
    page["D5"].value, page["E5"].value = "0431-81234568", "和平大街1288号"
    if mistaken:
        book["事项"]["D3"].value, book["答复"]["H4"].value = "福利", "明年底"
        book["计划条目"]["D6"].value, book["事项别名"]["A5"].value = "区民政局、区气象局", "no-such-service"
    return saved(book)


def uploads(folder: Path) -> dict[str, tuple[str, str, Path]]:
    """What is uploaded for a picture, by its name: by whom, on which page, which file."""
    made = {
        "workbook-preview": ("administrator", "/console/workbook/", "知识库改好的.xlsx", workbook(False)),
        "workbook-mistakes": ("administrator", "/console/workbook/", "知识库.xlsx", workbook(True)),
        "ticket-import-preview": ("dispatcher", "/console/ticket-import/", "市平台转办.xlsx", sheet(TICKETS)),
        "ticket-import-mistakes": ("dispatcher", "/console/ticket-import/", "转办.xlsx", sheet(MISTAKEN)),
    }
    found = {}
    for name, (role, address, file, content) in made.items():
        (folder / file).write_bytes(content)
        found[name] = (role, address, folder / file)
    return found
