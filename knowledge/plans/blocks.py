"""A document as the reader sees it: lines and table rows in their order, each with its place.  Word documents: word.py."""

import re
from dataclasses import dataclass

from knowledge.errors import KnowledgeError

MOST_CHARACTERS = 400_000
"""More is no plan: the longest known ones have some thirty thousand."""
LONGEST_BLOCK = 3000
"""A line, paragraph or cell of more characters is no promise."""


@dataclass(frozen=True)
class Line:
    """A line or paragraph; ``heading``: the document marks it as a heading."""

    text: str
    place: str
    heading: bool = False


@dataclass(frozen=True)
class Row:
    """A table row; ``table`` tells one table of the document from the next, merged cells stand in every row they cover."""

    cells: tuple[str, ...]
    place: str
    table: int

    def place_of(self, column: int) -> str:
        """The place of one cell."""
        return f"{self.place}第{column + 1}格"


@dataclass(frozen=True)
class Document:
    """What was in a file; ``notices`` tell what of it could not be read at all, ``written`` is a text as it was given.

    Raises:
        KnowledgeError: a block is longer than any promise.
    """

    blocks: tuple[Line | Row, ...]
    notices: tuple[tuple[str, str], ...] = ()
    written: str = ""

    def __post_init__(self) -> None:
        for block in self.blocks:
            longest = max(map(len, block.cells)) if isinstance(block, Row) else len(block.text)
            if longest > LONGEST_BLOCK:
                raise KnowledgeError([f"{block.place}太长（{longest}字），最多{LONGEST_BLOCK}字：一条应当自成一行"])

    @property
    def text(self) -> str:
        """Everything as plain text: as it was given, else one line a block, cells separated by tabs."""
        if self.written:
            return self.written
        lines = (block.text if isinstance(block, Line) else "\t".join(block.cells) for block in self.blocks)
        return "\n\n".join(lines) + "\n"


_WIDE = {code: code - 0xFEE0 for code in (*range(ord("０"), ord("９") + 1), ord("％"))}


def half_width(text: str) -> str:
    """With the figures that were typed in full width as the others are: ２０２６ → 2026."""
    return text.translate(_WIDE)


def decoded(content: bytes) -> str:
    """The text of a .txt file, in whichever of the usual encodings it is.

    Raises:
        KnowledgeError: it is no text.
    """
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise KnowledgeError(["这不是文本文件：请用 .txt（UTF-8 或 GB18030 编码）或 .docx"])


def of_text(text: str) -> Document:
    """Plain or pasted text: a line is a block, a line with tabs a table row (that is how a table is pasted).

    Raises:
        KnowledgeError: it is too long to be a plan.
    """
    if len(text) > MOST_CHARACTERS:
        raise KnowledgeError([f"文字太长（{len(text)}字），最多{MOST_CHARACTERS}字"])
    text = half_width(text)
    blocks: list[Line | Row] = []
    table, in_table = 0, False
    for number, raw in enumerate(text.splitlines(), 1):
        cells = tuple(cell.strip() for cell in raw.strip("\r\n ").split("\t"))
        is_row = len(cells) >= 3 and sum(map(bool, cells)) >= 2
        if is_row:
            table += not in_table
            blocks.append(Row(cells, f"第{number}行", table))
        elif line := re.sub(r"\t+", "  ", raw).strip():
            blocks.append(Line(line, f"第{number}行"))
        if raw.strip():
            in_table = is_row
    return Document(tuple(blocks), written=text)
