"""An .xlsx or .csv file → the cells of its table: where the headers are, and the rows below them."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field

from knowledge.errors import KnowledgeError
from knowledge.plans.blocks import decoded
from knowledge.workbook.cells import as_text
from knowledge.workbook.mistakes import Mistake, WorkbookError
from knowledge.workbook.sheets import CellValue, filled, open_book

MOST_BYTES = 5 * 1024 * 1024
_FIRST_LINES = 15
"""Where the headers are looked for: titles and remarks may stand above them."""

Cells = dict[int, dict[int, CellValue]]
"""By row and column, both from 1."""


@dataclass
class Grid:
    """A table: the name of its sheet (empty for CSV), its cells, and what was wrong while it was read."""

    name: str
    cells: Cells
    mistakes: list[Mistake] = field(default_factory=list)

    def line(self, row: int) -> list[tuple[int, str]]:
        """Place and text of each cell of a row."""
        return [(place, as_text(cell.value).strip()) for place, cell in sorted(self.cells.get(row, {}).items())]


def grids_of(content: bytes, name: str) -> list[Grid]:
    """The tables of a file: one of a .csv, one a visible sheet of an .xlsx.

    Raises:
        WorkbookError: it is neither.
    """
    if len(content) > MOST_BYTES:
        raise WorkbookError([Mistake("", "", f"文件太大，最多 {MOST_BYTES // 1024 // 1024} MB")])
    if name.lower().endswith((".csv", ".txt")):
        return [Grid("", _of_csv(content))]
    grids = []
    book = open_book(content)
    for page in book.worksheets:
        if page.sheet_state != "visible":
            continue
        grid = Grid(page.title, {})
        tell = _teller(grid)
        grid.cells = filled(page, tell, first=1)
        for merged in page.merged_cells.ranges:
            if merged.min_row > _FIRST_LINES or (merged.min_row != merged.max_row):
                tell(merged.coord.partition(":")[0], f"{merged.coord} 是合并的单元格，请取消合并，每格分别填")
        grids.append(grid)
    return grids


def _teller(grid: Grid) -> Callable[[str, str], None]:
    return lambda cell, words: grid.mistakes.append(Mistake(grid.name, cell, words))


def _of_csv(content: bytes) -> Cells:
    try:
        text = decoded(content)
    except KnowledgeError:
        raise WorkbookError([Mistake("", "", "这不是 .csv 文件：读不出文字")]) from None
    first = text.partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise WorkbookError([Mistake("", "", f"这个 .csv 读不了：{error}")]) from error
    return {
        number: {place: CellValue(_plain(value)) for place, value in enumerate(row, 1) if value.strip()}
        for number, row in enumerate(rows, 1)
    }


def _plain(value: str) -> str:
    """A text without what other programs put around it so that Excel leaves it alone: ="00123", '=x."""
    value = value.strip()
    if value.startswith('="') and value.endswith('"'):
        return value[2:-1]
    return value[1:] if value[:1] == "'" and value[1:2] in tuple("=+-@") else value


def header_row(grid: Grid, known: Callable[[str], bool], least: int) -> int | None:
    """The first row that has at least so many known headers."""
    for row in sorted(grid.cells)[:_FIRST_LINES]:
        if sum(known(text) for _, text in grid.line(row)) >= least:
            return row
    return None


def letter_of(place: int) -> str:
    """A column's letters: 1 is A, 27 is AA."""
    letters = ""
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
