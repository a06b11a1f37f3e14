"""A workbook → its rows, each cell read for itself, with all mistakes so far."""

from dataclasses import dataclass, field

from knowledge.workbook.cells import Wrong, as_text, read
from knowledge.workbook.layout import GUIDE, Sheet, layout
from knowledge.workbook.mistakes import Mistake
from knowledge.workbook.sheets import CellValue, Lines, lines_of, open_book
from knowledge.workbook.tables import Row, Tables


@dataclass
class Line:
    """A row of a sheet: its number, what it says, and the fields in which something is wrong."""

    number: int
    values: Row
    wrong: set[str] = field(default_factory=set)
    raw: dict[str, str] = field(default_factory=dict)
    """What stands in cells that could not be read: a name that is wrong is told once, not wherever it is referred to."""


@dataclass
class Book:
    """Everything that was read, with what was wrong so far."""

    lines: dict[str, list[Line]] = field(default_factory=dict)
    letters: dict[str, dict[str, str]] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def tell(self, table: str, line: Line | None, field: str, words: str) -> None:
        """Keep a mistake at a row's field (without a row: at the column's header)."""
        letter = self.letters.get(table, {}).get(field, "A")
        if line:
            if field in line.wrong:
                return  # what is wrong already is told once
            line.wrong.add(field)
        self.mistakes.append(Mistake(layout().by_table[table].name, f"{letter}{line.number if line else 1}", words))

    @property
    def tables(self) -> Tables:
        """The rows that can be used: what names them and what they must have is there and right."""
        return {
            table: [line.values for line in lines if _usable(layout().by_table[table], line)]
            for table, lines in self.lines.items()
        }


def _usable(sheet: Sheet, line: Line) -> bool:
    needed = {column.field for column in sheet.columns if column.required or column.field == sheet.key}
    return needed <= line.values.keys() - line.wrong


def read_book(content: bytes) -> Book:
    """The cells of all sheets, each read for itself."""
    opened, book = open_book(content), Book()
    known = {GUIDE, *layout().by_name}
    for name in opened.sheetnames:
        if name not in known:
            book.mistakes.append(Mistake(name, "", "没有这种表；草稿和备忘请放在别的文件里"))
        elif name != GUIDE and opened[name].sheet_state != "visible":
            book.mistakes.append(Mistake(name, "", "这张表隐藏了，请取消隐藏，看过再传"))
    for sheet in layout().sheets:
        lines = Lines()
        if sheet.name in opened.sheetnames and hasattr(opened[sheet.name], "iter_rows"):

            def tell(cell: str, words: str, name: str = sheet.name) -> None:
                book.mistakes.append(Mistake(name, cell, words))

            optional = {column.header for column in sheet.columns if column.optional}
            lines = lines_of(opened[sheet.name], [column.header for column in sheet.columns], tell, optional)
        elif not sheet.optional:
            book.mistakes.append(Mistake(sheet.name, "", "缺少这张表"))
        letters = {c.field: lines.columns[c.header] for c in sheet.columns if c.header in lines.columns}
        book.letters[sheet.table] = letters
        found = [_line(book, sheet, number, cells) for number, cells in lines.rows.items()]
        book.lines[sheet.table] = [line for line in found if line.values or line.wrong]
    return book


def _line(book: Book, sheet: Sheet, number: int, cells: dict[str, CellValue]) -> Line:
    line = Line(number, {})
    if all(cell.empty for header, cell in cells.items() if header not in _shown(sheet)):
        return line  # nothing but what is there for the eye
    for column in sheet.columns:
        cell = cells.get(column.header)
        value = None
        if cell and cell.broken:
            line.wrong.add(column.field)  # told when the sheet was read
            continue
        try:
            value = read(column, cell.value, cell.number_format) if cell else None
        except Wrong as wrong:
            book.tell(sheet.table, line, column.field, str(wrong))
            line.raw[column.field] = as_text(cell.value).strip() if cell else ""
            continue
        if value is not None and value != {} and value != [] and value != column.default:
            line.values[column.field] = value
        elif column.required and value is None and column.field in book.letters[sheet.table]:
            book.tell(sheet.table, line, column.field, f"“{column.header}”没有填")
    return line


def _shown(sheet: Sheet) -> set[str]:
    return {column.header for column in sheet.columns if column.kind == "shown"}
