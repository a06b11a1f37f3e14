"""The document of the knowledge base → a workbook that people can work in: frozen headers, notes, drop-downs."""

import hashlib
import io
import json
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from knowledge.document import Document
from knowledge.errors import KnowledgeError
from knowledge.workbook.cells import NO, YES, written
from knowledge.workbook.layout import GUIDE, MARK, Circumstances, Column, Sheet, layout
from knowledge.workbook.tables import Row, tables_of

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

MOST_IN_A_CELL = 32_767
"""Characters that Excel keeps in a cell; it drops what is beyond."""

_SPARE = 1000
"""Empty rows below the data that have drop-downs too."""

_GUIDE = (
    "这个文件是知识库的全部内容，一张表一类。改好以后存成 .xlsx，到工作台“知识 › Excel”上传，或者用命令 app.py import 导入。",
    "导入只是成为草稿，检查、发布以后居民才看得到。有一处错，就什么都不改；错在哪张表哪一格，会全部列出来。",
    "表的名字和第一行的表头不要改；可以加行、删行、改行的顺序，也可以调整列的顺序。",
    "鼠标停在表头上，看这一列写什么。橙色的表头必填；带下拉框的从里面选；“（参考）”的列只给人看，改了不算。",
    "不要用公式、不要合并单元格；用了筛选的，上传前取消筛选。",
    "新加的事项、部门、法规、热线先写到它自己的表里，别的表再引用。删掉一行，引用它的地方也要删。",
    "几个一起写的，用顿号隔开。日期写成 2026-03-01。",
)
_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)|[\x00-\x08\x0b-\x1f]")


def export_workbook(document: Document, version: str = "", circumstances: Circumstances = MappingProxyType({})) -> bytes:
    """The workbook as the bytes of an .xlsx file.

    Args:
        version: which state of the knowledge this is, in words, for the first sheet.
        circumstances: what those of criteria are called.

    Raises:
        KnowledgeError: a text is longer than a cell can hold.
    """
    import openpyxl

    book = openpyxl.Workbook()
    first = book.active
    assert first is not None  # a new workbook has a sheet
    tables = tables_of(document)
    for row in tables["criteria"]:
        for part in {"all", "not"} & row.keys():
            row[part] = {circumstances.get(name, name): value for name, value in row[part].items()}
    _write_guide(first, version, mark_of(document), circumstances)
    for sheet in layout().sheets:
        _write_sheet(book.create_sheet(sheet.name), sheet, tables[sheet.table])
    for sheet in layout().sheets:
        _drop_downs(book[sheet.name], sheet, {name: len(rows) for name, rows in tables.items()})
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def mark_of(document: Document) -> str:
    """Tells one state of the knowledge base from another."""
    written = json.dumps(document, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()[:16]


def escaped(text: str) -> str:
    """Characters that XML cannot hold as Excel writes them: _x000B_."""
    return _ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def _write_guide(page: "Worksheet", version: str, mark: str, circumstances: Circumstances) -> None:
    from openpyxl.styles import Alignment, Font

    page.title = GUIDE
    page.column_dimensions["A"].width = 18
    page.column_dimensions["B"].width = 90
    page["A1"] = "知识库"
    page["A1"].font = Font(bold=True, size=16)
    page["B1"] = version
    rows = [("", line) for line in _GUIDE] + [("", ""), ("表", "里面是什么"), *((s.name, s.about) for s in layout().sheets)]
    if circumstances:
        rows += [("", ""), ("能用的情况", "“条件”表里写这些：" + "、".join(circumstances.values()))]
    rows += [("", ""), (MARK, mark)]
    for number, (name, words) in enumerate(rows, 2):
        page.cell(number, 1, name).font = Font(bold=True)
        page.cell(number, 2, words).alignment = Alignment(wrap_text=True, vertical="top")
        if name in layout().by_name:
            page.cell(number, 1).hyperlink = f"#'{name}'!A1"


def _write_sheet(page: "Worksheet", sheet: Sheet, rows: list[Row]) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    top, lines = Alignment(wrap_text=True, vertical="top"), Border(bottom=Side(style="thin", color="FFD8E0D7"))
    for place, column in enumerate(sheet.columns, 1):
        head = page.cell(1, place, column.header)
        colour = "FF6B7B72" if column.kind == "shown" else "FFB35C00" if column.required else "FF0F4D3A"
        head.font, head.fill = Font(bold=True, color="FFFFFFFF"), PatternFill("solid", fgColor=colour)
        head.alignment = Alignment(wrap_text=True, vertical="center")
        note = column.note + ("\n必填。" if column.required else "")
        head.comment = Comment(note, "知识库", height=90, width=260)
        dimension = page.column_dimensions[get_column_letter(place)]
        dimension.width, dimension.number_format, dimension.alignment = column.width, _format(column), top
    for number, row in enumerate(rows, 2):
        for place, column in enumerate(sheet.columns, 1):
            cell = page.cell(number, place)
            cell.number_format, cell.alignment, cell.border = _format(column), top, lines
            _put(cell, written(column, row.get(column.field)), f"{sheet.name}!{cell.coordinate}")
    page.freeze_panes = "A2" if len(sheet.columns) < 3 else "B2"
    page.row_dimensions[1].height = 30
    if rows and not sheet.single:
        page.auto_filter.ref = f"A1:{get_column_letter(len(sheet.columns))}{len(rows) + 1}"


def _put(cell: Any, value: Any, where: str) -> None:
    if not isinstance(value, str):
        cell.value = value
        return
    text = escaped(value)
    if len(text) > MOST_IN_A_CELL:
        raise KnowledgeError([f"{where}：文字有 {len(text)} 个字，Excel 一格最多放 {MOST_IN_A_CELL} 个"])
    if text:
        cell.value, cell.data_type = text, "s"  # never a formula, whatever it begins with
        cell.quotePrefix = text[0] in "=+-@'"


def _format(column: Column) -> str:
    return {"date": "yyyy-mm-dd", "number": "0"}.get(column.kind, "@")


def _drop_downs(page: "Worksheet", sheet: Sheet, counts: dict[str, int]) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    last = counts[sheet.table] + 1 + _SPARE
    for place, column in enumerate(sheet.columns, 1):
        if (formula := _choices(column, counts)) is None:
            continue
        # A list of several names is none of the drop-down's entries: it offers the names and refuses nothing.
        strict = column.kind != "some"
        rule = DataValidation("list", formula1=formula, allow_blank=True, showErrorMessage=strict)
        rule.errorTitle, rule.error = column.header, "请从下拉框里选"
        rule.add(f"{get_column_letter(place)}2:{get_column_letter(place)}{last}")
        page.add_data_validation(rule)


def _choices(column: Column, counts: dict[str, int]) -> str | None:
    """The drop-down's entries as Excel writes them; None for a column without."""
    from openpyxl.utils import get_column_letter

    if column.kind == "yes_no":
        return f'"{YES},{NO}"'
    if column.kind == "choice":
        return '"' + ",".join(layout().choices[column.choices].values()) + '"'
    if column.kind in ("one", "some"):
        target = layout().by_table[column.refers]
        letter = get_column_letter([one.field for one in target.columns].index(target.key) + 1)
        return f"'{target.name}'!${letter}$2:${letter}${counts[column.refers] + 1 + _SPARE}"
    return None
