"""A workbook → the document of the knowledge base, or all of its mistakes by sheet and cell."""

from knowledge.document import Document, document_of, knowledge_of
from knowledge.errors import KnowledgeError
from knowledge.workbook.layout import GUIDE, MARK, Circumstances, layout
from knowledge.workbook.mistakes import Mistake, WorkbookError
from knowledge.workbook.read import read_book
from knowledge.workbook.rules import TemplateProblem, check_rows, check_sources, name_circumstances
from knowledge.workbook.sheets import open_book
from knowledge.workbook.tables import document_from


def import_workbook(
    content: bytes, template_problem: TemplateProblem | None = None, circumstances: Circumstances | None = None
) -> Document:
    """The document that the workbook holds; ``export_workbook`` of it gives the same again.

    Args:
        template_problem: what is wrong with the text of a changed template; None: they are not looked at.
        circumstances: what those of criteria are called; None: as they stand there, and any.

    Raises:
        WorkbookError: with every mistake that was found.
    """
    book = read_book(content)
    if circumstances is not None:
        name_circumstances(book, circumstances)
    check_rows(book, template_problem)
    check_sources(book)
    if book.mistakes:
        order = [sheet.name for sheet in layout().sheets]
        raise WorkbookError(sorted(set(book.mistakes), key=lambda mistake: _place(mistake, order)))
    try:
        return document_of(knowledge_of(document_from(book.tables)))
    except KnowledgeError as error:  # a rule of the model that no rule of the sheets stands for
        raise WorkbookError([Mistake("", "", problem) for problem in error.problems]) from error


def import_marked(
    content: bytes, template_problem: TemplateProblem | None = None, circumstances: Circumstances | None = None
) -> tuple[Document, str]:
    """What ``import_workbook`` and ``marked`` give."""
    return import_workbook(content, template_problem, circumstances), marked(content)


def marked(content: bytes) -> str:
    """The mark (``mark_of``) of the state that the workbook was made of; empty where somebody took it out.

    Raises:
        WorkbookError: it is no .xlsx file that can be read.
    """
    opened = open_book(content)
    if GUIDE not in opened.sheetnames:
        return ""
    rows = opened[GUIDE].iter_rows(max_col=2, values_only=True)
    return next((str(row[1]).strip() for row in rows if row[0] == MARK and row[1]), "")


def _place(mistake: Mistake, order: list[str]) -> tuple[int, int, int, str, str]:
    """Where a mistake stands in the list: the file's, then sheet by sheet, row by row."""
    sheet = -1 if not mistake.sheet else order.index(mistake.sheet) if mistake.sheet in order else len(order)
    letters = mistake.cell.rstrip("0123456789").partition(":")[0]
    digits = mistake.cell[len(letters) :]
    return sheet, int(digits) if digits.isdigit() else 0, len(letters), letters, mistake.words
