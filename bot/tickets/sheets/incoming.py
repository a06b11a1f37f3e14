"""A sheet of tickets from the city's 12345 → drafts to file, or all of its mistakes by cell."""

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.tickets.calendar import CHINA, LAST_MOMENT
from bot.tickets.matters import Draft, Matter
from bot.tickets.records import Unit
from bot.tickets.sheets.columns import Incoming, understood
from bot.tickets.sheets.grid import Grid, grids_of, header_row, letter_of
from knowledge.workbook.cells import Wrong, as_date, as_text
from knowledge.workbook.mistakes import Mistake, WorkbookError
from knowledge.workbook.sheets import CellValue

MOST_ROWS = 1000
"""All are filed in one transaction, about a second for so many; meanwhile residents wait."""
SOURCE = "city12345"
_LEAST_HEADERS = 2
_MOST_DIGITS = 10**15
"""Excel keeps fifteen digits of a number; of a longer one the last are lost."""
_CLOCK = re.compile(r"(.*?)[\sT]*(\d{1,2})\s*[:：时点]\s*(\d{1,2})?\s*分?(?:[:：]\d{1,2}(?:\.\d+)?)?秒?\s*")
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]*")


@dataclass(frozen=True)
class IncomingTicket:
    """A row: where it stands, what is to be filed, and the unit that the sheet names."""

    row: int
    draft: Draft
    unit: Unit | None

    @property
    def number(self) -> str:
        """The city's number."""
        return self.draft.external_number or ""


@dataclass(frozen=True)
class IncomingSheet:
    """What was read: the header that each column was known by, the headers that nobody needs, the tickets."""

    sheet: str
    known: list[tuple[str, Incoming]]
    unused: list[str]
    tickets: list[IncomingTicket]


@dataclass
class _Reading:
    """A table while it is read."""

    grid: Grid
    units: "Units"
    mistakes: list[Mistake] = field(default_factory=list)

    def tell(self, row: int, place: int, words: str) -> None:
        self.mistakes.append(Mistake(self.grid.name, f"{letter_of(place)}{row}", words))


class Units:
    """Units by whatever a sheet calls them.

    Args:
        places: what may stand before a name and says nothing: city and district.
    """

    def __init__(self, units: Sequence[Unit], places: Sequence[str]) -> None:
        self._places = [place for place in places if place]
        self._found: dict[str, Unit] = {}
        for unit in units:
            for name in (unit.name, unit.full_name):
                if name:
                    self._found.setdefault(self._bare(name), unit)

    def _bare(self, name: str) -> str:
        name = re.sub(r"\s", "", name)
        for place in self._places:
            name = name.removeprefix(place)
        return name.removeprefix("区") if len(name) > 2 else name

    def named(self, name: str) -> Unit | None:
        """The unit of that name, short or full, with or without city and district before it."""
        return self._found.get(self._bare(name))


def read_sheet(content: bytes, name: str, units: Units) -> IncomingSheet:
    """The tickets of the file's first sheet that has them.

    Raises:
        WorkbookError: with every mistake that was found.
    """
    grids = grids_of(content, name)
    for grid in grids:
        top = header_row(grid, lambda text: understood().column(text) is not None, _LEAST_HEADERS)
        if top is not None:
            return _read(grid, top, units)
    wanted = "、".join(column.header for column in understood().columns if column.required)
    raise WorkbookError([Mistake("", "", f"没有找到表头：要有{wanted}这几列（可以下载模板看）")])


def _read(grid: Grid, top: int, units: Units) -> IncomingSheet:
    reading, headers = _Reading(grid, units, list(grid.mistakes)), grid.line(top)
    places = understood().headers(headers)
    for column in understood().columns:
        if column.required and column not in places.values():
            reading.mistakes.append(Mistake(grid.name, f"{top}:{top}", f"没有“{column.header}”这一列"))
    rows = [row for row in sorted(grid.cells) if row > top and any(place in places for place in grid.cells[row])]
    if len(rows) > MOST_ROWS:
        raise WorkbookError([Mistake(grid.name, "", f"有 {len(rows)} 行，一次最多 {MOST_ROWS} 行，请分开导入")])
    if not rows:
        reading.mistakes.append(Mistake(grid.name, "", "表头下面没有工单"))
    tickets, seen = [], {}  # type: list[IncomingTicket], dict[str, int]
    for row in rows:
        ticket = _ticket(reading, row, places)
        if ticket is None:
            continue
        if ticket.number in seen:
            place = next(place for place, column in places.items() if column.field == "external_number")
            reading.tell(row, place, f"“{ticket.number}”重复，第 {seen[ticket.number]} 行已经有了")
        seen.setdefault(ticket.number, row)
        tickets.append(ticket)
    if reading.mistakes:
        raise WorkbookError(sorted(set(reading.mistakes), key=_in_order))
    known = [(header, places[place]) for place, header in headers if place in places]
    unused = [header for place, header in headers if place not in places and header]
    return IncomingSheet(grid.name, known, unused, tickets)


def _in_order(mistake: Mistake) -> tuple[int, int, str]:
    letters = mistake.cell.rstrip("0123456789")
    digits = mistake.cell[len(letters) :]
    return (int(digits) if digits.isdigit() and ":" not in letters else 0, len(letters), letters)


def _ticket(reading: _Reading, row: int, places: dict[int, Incoming]) -> IncomingTicket | None:
    """The row's ticket; None when something in it is wrong."""
    values: dict[str, Any] = {}
    wrong = False
    for place, column in places.items():
        cell = reading.grid.cells[row].get(place)
        if cell is not None and cell.broken:
            wrong = True  # told when the sheet was read
            continue
        if cell is None or cell.empty:
            if column.required:
                reading.tell(row, place, f"“{column.header}”没有填")
                wrong = True
            continue
        try:
            values[column.field] = _READERS[column.kind](column, cell, reading.units)
        except Wrong as words:
            reading.tell(row, place, str(words))
            wrong = True
    if wrong or not {"external_number", "kind", "matter"} <= values.keys():
        return None
    unit, secret = values.pop("unit", None), values.pop("secret", "no") == "yes"
    draft = Draft(
        Matter(values.pop("kind")),
        values.pop("matter"),
        values.pop("place", ""),
        secret=secret,
        source=SOURCE,
        **values,
    )
    return IncomingTicket(row, draft, unit)


# -- cells ----------------------------------------------------------------------------------------------------------------


def _text(column: Incoming, cell: CellValue, units: Units) -> str:
    text = as_text(cell.value, cell.number_format).strip().replace("\r\n", "\n")
    if len(text) > column.most:
        raise Wrong(f"太长：{len(text)} 个字，最多 {column.most} 个")
    return text


def _number(column: Incoming, cell: CellValue, units: Units) -> str:
    if isinstance(cell.value, int | float) and abs(cell.value) >= _MOST_DIGITS:
        raise Wrong("号码超过 15 位，Excel 把它当数字，末尾几位已经丢了：请把这一列设成“文本”，重新填")
    text = _text(column, cell, units)
    if not _NUMBER.fullmatch(text):
        raise Wrong(f"“{text[:30]}”只能有字母、数字和横线")
    return text


def _choice(column: Incoming, cell: CellValue, units: Units) -> str:
    text = _text(column, cell, units)
    found = understood().choice(column, text)
    if found is None:
        raise Wrong(f"“{text[:30]}”应为其中之一：{'、'.join(understood().words_of(column))}")
    return found


def _unit(column: Incoming, cell: CellValue, units: Units) -> Unit:
    text = _text(column, cell, units)
    found = units.named(text)
    if found is None:
        raise Wrong(f"没有“{text[:30]}”这个单位：改成工作台“单位”里的名称，或者空着由派单员定")
    return found


def _time(column: Incoming, cell: CellValue, units: Units) -> str:
    value, clock = cell.value, None
    if isinstance(value, datetime.datetime) and value.time() != datetime.time():
        clock = value.time()
    elif isinstance(value, float) and not value.is_integer():
        clock = (datetime.datetime.min + datetime.timedelta(days=value % 1, seconds=0.5)).time().replace(microsecond=0)
    elif isinstance(value, str) and (match := _CLOCK.fullmatch(value)):
        value, hour, minute = match[1], int(match[2]), int(match[3] or 0)
        if (hour, minute) != (24, 0):
            if hour > 23 or minute > 59:
                raise Wrong(f"“{cell.value[:30]}”没有这个时间")
            clock = datetime.time(hour, minute)
    day = as_date(value.strip() if isinstance(value, str) else value)
    at = datetime.datetime.combine(day, clock or LAST_MOMENT, CHINA)
    return at.astimezone(datetime.UTC).isoformat(timespec="milliseconds")


_READERS: dict[str, Callable[[Incoming, CellValue, Units], Any]] = {
    "text": _text,
    "number": _number,
    "choice": _choice,
    "unit": _unit,
    "time": _time,
}
