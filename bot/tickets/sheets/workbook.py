"""Rows of tickets as an .xlsx file: ``python -m bot.tickets.sheets.workbook`` reads rows as lines of JSON and writes the file.

A process of its own: tens of thousands of rows take many seconds, and the library stays in memory; a serving worker has
neither to spare.
"""

import datetime
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any

from bot.tickets.sheets.export import FORMULA, Value, columns

ROOT = Path(__file__).parent.parent.parent.parent
PATIENCE_SECONDS = 300
NICENESS = 10
"""Residents' answers go before a sheet."""
MOST_IN_A_CELL = 32_767
"""Characters that Excel keeps in a cell."""
_TIME = "at"
"""A cell that is a time stands in the lines as {"at": ISO 8601}."""


def workbook_of(rows: Iterable[Sequence[Value]]) -> IO[bytes]:
    """The rows as an open .xlsx file at its beginning, made in a process of its own while they are read.

    Raises:
        OSError: it could not be made.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever gets it closes it
    command = [sys.executable, "-m", "bot.tickets.sheets.workbook"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=file, cwd=ROOT) as writer:
        assert writer.stdin is not None
        try:
            for row in rows:
                writer.stdin.write(json.dumps(row, default=_as_json, ensure_ascii=False).encode() + b"\n")
            writer.stdin.close()
            failed = writer.wait(PATIENCE_SECONDS)
        except BaseException as error:
            writer.kill()
            file.close()
            raise OSError(f"the sheet could not be written: {error}") from error
    if failed:
        file.close()
        raise OSError(f"the sheet could not be written: exit status {failed}")
    file.seek(0)
    return file


def _as_json(value: object) -> dict[str, str]:
    assert isinstance(value, datetime.datetime)
    return {_TIME: value.isoformat()}


def write_workbook(rows: Iterable[Sequence[Value]], file: IO[bytes]) -> None:
    """The rows as an .xlsx file, written as they come: what is written is not kept in memory."""
    import openpyxl
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("工单")
    page.freeze_panes = "B2"

    def cell(value: Value) -> Any:
        if not isinstance(value, str):
            return value
        text = ILLEGAL_CHARACTERS_RE.sub("", value)[:MOST_IN_A_CELL]
        if not text.startswith(FORMULA):
            return text
        plain = WriteOnlyCell(page, text)
        plain.data_type, plain.quotePrefix = "s", True  # a text, whatever it begins with
        return plain

    heads = []
    for place, column in enumerate(columns(), 1):
        page.column_dimensions[get_column_letter(place)].width = column.width
        head = WriteOnlyCell(page, column.header)
        head.font = Font(bold=True)
        heads.append(head)
    page.append(heads)
    for row in rows:
        page.append([cell(value) for value in row])
    book.save(file)


def _value(value: Any) -> Value:
    return datetime.datetime.fromisoformat(value[_TIME]) if isinstance(value, dict) else value


if __name__ == "__main__":
    os.nice(NICENESS)
    write_workbook(([_value(value) for value in json.loads(line)] for line in sys.stdin.buffer), sys.stdout.buffer)
