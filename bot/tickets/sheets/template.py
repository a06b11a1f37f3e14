"""The empty sheet that whoever sends tickets fills in."""

import io

from bot.tickets.sheets.columns import understood
from bot.tickets.sheets.grid import letter_of
from bot.tickets.sheets.incoming import MOST_ROWS


def template() -> bytes:
    """Headers with notes, and drop-downs, as an .xlsx file; without an example row, which would be imported as a ticket."""
    import openpyxl
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.worksheet.datavalidation import DataValidation

    book = openpyxl.Workbook()
    page = book.active
    assert page is not None  # a new workbook has a sheet
    page.title = "工单"
    for place, column in enumerate(understood().columns, 1):
        head, letter = page.cell(1, place, column.header), letter_of(place)
        colour = "FFB35C00" if column.required else "FF0F4D3A"
        head.font, head.fill = Font(bold=True, color="FFFFFFFF"), PatternFill("solid", fgColor=colour)
        note = f"{column.note}\n例如：{column.example}" + ("\n必填。" if column.required else "")
        head.comment = Comment(note, "工单", height=110, width=260)
        dimension = page.column_dimensions[letter]
        dimension.width, dimension.number_format = column.width, "@"
        dimension.alignment = Alignment(wrap_text=True, vertical="top")
        if column.kind == "choice":
            rule = DataValidation("list", formula1=f'"{",".join(understood().words_of(column))}"', allow_blank=True)
            rule.add(f"{letter}2:{letter}{MOST_ROWS + 1}")
            page.add_data_validation(rule)
    page.freeze_panes = "A2"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
