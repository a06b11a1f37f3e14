"""An .xlsx file → the cells of its sheets; what a sheet of data must not have is told: formulas, merged and hidden cells."""

import io
import warnings
import zipfile
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from knowledge.errors import KnowledgeError
from knowledge.plans.word import check_package
from knowledge.workbook.mistakes import Mistake, WorkbookError

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

MOST_ROWS = 20_000
MOST_SHEET_BYTES = 20 * 1024 * 1024
"""Of all sheets unpacked: what openpyxl makes of them takes many times that."""

Tell = Callable[[str, str], None]
"""Keeps a mistake: the cell and what is wrong there."""


@dataclass(frozen=True)
class CellValue:
    """What a cell holds, and how it shows a number."""

    value: Any
    number_format: str = "General"
    broken: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing can be seen in it."""
        return self.value is None or (isinstance(self.value, str) and not self.value.strip())


@dataclass
class Lines:
    """A sheet by its headers: the column of each, and the rows below that hold anything, by number."""

    columns: dict[str, str] = field(default_factory=dict)
    rows: dict[int, dict[str, CellValue]] = field(default_factory=dict)


def open_book(content: bytes) -> "Workbook":
    """The file as openpyxl reads it, formulas as they are.

    Raises:
        WorkbookError: it is no .xlsx file that can be read.
    """
    try:
        check_package(content, "xl/workbook.xml")
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            sheets = (part.file_size for part in package.infolist() if part.filename.startswith("xl/worksheets/"))
            if sum(sheets) > MOST_SHEET_BYTES:
                raise KnowledgeError(["表格太大，没有读"])
    except KnowledgeError as refused:
        raise WorkbookError([Mistake("", "", problem) for problem in refused.problems]) from None
    import openpyxl

    try:
        with warnings.catch_warnings():  # of what it leaves out: extensions of Excel, days beyond the calendar
            warnings.simplefilter("ignore")
            return openpyxl.load_workbook(io.BytesIO(content), rich_text=False)
    except Exception as error:  # whatever a malformed part brings about
        words = f"这个 .xlsx 读不了（{type(error).__name__}），请在 Excel 或 WPS 里另存一份再传"
        raise WorkbookError([Mistake("", "", words)]) from error


def unescaped(value: Any) -> Any:
    """A text with the characters that XML cannot hold; anything else as it is."""
    from openpyxl.utils.escape import unescape

    return unescape(value) if isinstance(value, str) else value


def lines_of(page: "Worksheet", headers: Iterable[str], tell: Tell, optional: Container[str] = ()) -> Lines:
    """The sheet's lines under the wanted headers, which stand in its first row in any order; ``optional`` ones may be missing.

    What cannot be taken as data is told: a header that is missing, unknown or doubled, columns without a header, merged or
    hidden cells, formulas, errors, too many rows.
    """
    from openpyxl.utils import get_column_letter

    for merged in page.merged_cells.ranges:
        tell(merged.coord.partition(":")[0], f"{merged.coord} 是合并的单元格，请取消合并，每格分别填")
    lines, places = Lines(), _headers(page, list(headers), tell, optional)
    lines.columns = {header: get_column_letter(place) for place, header in places.items()}
    used: set[int] = set()
    hidden: list[int] = []
    for number, cells in filled(page, tell).items():
        used |= {place for place, cell in cells.items() if not cell.empty}
        if found := {header: cells[place] for place, header in places.items() if place in cells}:
            lines.rows[number] = found
            if page.row_dimensions[number].hidden:
                hidden.append(number)
    if len(lines.rows) > MOST_ROWS:
        tell("", f"太长：有 {len(lines.rows)} 行，最多 {MOST_ROWS} 行")
        return Lines(lines.columns)
    if hidden:
        tell(f"A{hidden[0]}", f"有 {len(hidden)} 行看不见（隐藏了或者筛选掉了），请取消隐藏和筛选，看过再传")
    for place, header in places.items():
        if page.column_dimensions[get_column_letter(place)].hidden:
            tell(f"{get_column_letter(place)}1", f"“{header}”这一列隐藏了，请取消隐藏，看过再传")
    for place in sorted(used - places.keys()):
        if page.cell(1, place).value is None:
            tell(f"{get_column_letter(place)}1", "这一列有内容，没有表头")
    return lines


def _headers(page: "Worksheet", headers: list[str], tell: Tell, optional: Container[str]) -> dict[int, str]:
    """The place of every wanted header that is there."""
    places: dict[int, str] = {}
    for cell in page[1]:
        header = str(cell.value).strip() if cell.value is not None else ""
        if not header:
            continue
        if header not in headers:
            tell(cell.coordinate, f"没有“{_short(header)}”这一列；应有：{'、'.join(headers)}")
        elif header in places.values():
            tell(cell.coordinate, f"“{header}”这一列有两个")
        else:
            places[int(cell.column or 0)] = header
    for header in headers:
        if header not in places.values() and header not in optional:
            tell("1:1", f"少了“{header}”这一列（表头在第一行，名字不要改）")
    return places


def filled(page: "Worksheet", tell: Tell, first: int = 2) -> dict[int, dict[int, CellValue]]:
    """The cells from the ``first`` row on, by row and column, of rows in which something can be seen.

    Asks for those that are there only: programs that format a whole column leave a million rows behind.
    """
    rows: dict[int, dict[int, CellValue]] = {}
    for (row, column), cell in sorted(page._cells.items()):
        if row >= first and cell.value is not None:
            rows.setdefault(row, {})[column] = _cell(cell, tell)
    return {row: cells for row, cells in rows.items() if not all(cell.empty for cell in cells.values())}


def _cell(cell: Any, tell: Tell) -> CellValue:
    if cell.data_type == "f":
        formula = str(getattr(cell.value, "text", cell.value))
        tell(cell.coordinate, f"是公式（{_short(formula)}），请改成它的结果：复制，选择性粘贴为“数值”")
        return CellValue(formula, broken=True)
    if cell.data_type == "e":
        tell(cell.coordinate, f"是 Excel 的错误值 {cell.value}")
        return CellValue(cell.value, broken=True)
    return CellValue(unescaped(cell.value), cell.number_format or "General")


def _short(text: str, most: int = 30) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
