"""Word documents: refused when they are not what they seem, else read into lines and rows with the numbers that Word draws."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from knowledge.errors import KnowledgeError
from knowledge.plans.blocks import Document, Line, Row, half_width
from knowledge.plans.labels import han

MOST_BYTES = 5 * 1024 * 1024
MOST_UNPACKED = 60 * 1024 * 1024
MOST_PARTS = 500
MOST_BLOCKS = 20_000

_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
_HAN_FORMATS = {"chineseCounting", "chineseCountingThousand", "japaneseCounting", "ideographDigital", "taiwaneseCounting"}


def check_package(content: bytes, main_part: str) -> None:
    """Refuse what is no plain Office package: a bomb, macros, entities, links to elsewhere.

    Args:
        main_part: the part that makes it the wanted kind (word/document.xml, xl/workbook.xml).

    Raises:
        KnowledgeError: one line that says what is wrong with the file.
    """
    if len(content) > MOST_BYTES:
        raise KnowledgeError([f"文件太大（{len(content) // 1024}KB），最多{MOST_BYTES // 1024 // 1024}MB"])
    if content.startswith(_OLD_OFFICE):
        raise KnowledgeError(["这是旧格式或加了密码的 Office 文件，请另存为不加密的 .docx 或 .xlsx"])
    suffix = ".docx" if main_part.startswith("word/") else ".xlsx"
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            _check_parts(package, main_part, suffix)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise KnowledgeError([f"这不是 {suffix} 文件，或者文件坏了"]) from None


def _check_parts(package: zipfile.ZipFile, main_part: str, suffix: str) -> None:
    names = package.namelist()
    if len(names) > MOST_PARTS or sum(info.file_size for info in package.infolist()) > MOST_UNPACKED:
        raise KnowledgeError(["文件解开后太大，没有读（可能是压缩炸弹）"])
    if main_part not in names:
        raise KnowledgeError([f"这不是 {suffix} 文件：里面没有正文"])
    if any(
        "vbaproject" in name.lower() or name.lower().endswith((".bin", ".exe", ".dll")) for name in names if "printer" not in name
    ):
        raise KnowledgeError(["文件里有宏或嵌入的程序，没有读。请另存为不含宏的文件"])
    left = MOST_UNPACKED
    for name in names:
        if not name.endswith((".xml", ".rels", ".vml")):
            continue
        with package.open(name) as part:
            data = part.read(left + 1)
        left -= len(data)
        if left < 0:
            raise KnowledgeError(["文件解开后太大，没有读（可能是压缩炸弹）"])
        plain = data.replace(b"\x00", b"")  # UTF-16 hides nothing
        if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
            raise KnowledgeError(["文件里有外部实体声明（DTD），没有读"])
        if name.endswith(".rels"):
            for relation in _RELATION.findall(plain):
                if b"External" in relation and b"/hyperlink" not in relation:
                    raise KnowledgeError(["文件引用了外部的内容（模板、图片或对象），没有读。请把引用去掉再传"])


def of_word(content: bytes) -> Document:
    """A .docx as lines and rows.

    Raises:
        KnowledgeError: the file is refused, or python-docx cannot read it.
    """
    check_package(content, "word/document.xml")
    import docx

    try:
        document = docx.Document(io.BytesIO(content))
        numbers = _Numbers(document)
        blocks = list(_blocks(document, numbers))
    except KnowledgeError:
        raise
    except Exception as error:  # python-docx and lxml raise whatever a malformed part brings about
        raise KnowledgeError([f"这个 .docx 读不了（{type(error).__name__}），请在 Word 里另存一份再传"]) from error
    boxes = (_words(box) for box in document.element.iter(f"{_W}txbxContent"))
    notices = tuple(("文本框", text) for text in dict.fromkeys(boxes) if text.strip())
    return Document(tuple(blocks), notices)


def _blocks(document: Any, numbers: "_Numbers") -> Iterator[Line | Row]:
    from docx.table import Table

    paragraphs = tables = 0
    for count, child in enumerate(document.element.body.iterchildren(), 1):
        if count > MOST_BLOCKS:
            raise KnowledgeError(["文档太长，没有读"])
        if child.tag == f"{_W}p":
            paragraphs += 1
            for text in _lines(child, numbers):
                yield Line(text, f"第{paragraphs}段", _is_heading(document, child))
        elif child.tag == f"{_W}tbl":
            tables += 1
            yield from _rows(Table(child, document), tables, numbers)
        elif child.tag == f"{_W}sdt":
            for inner in child.iter(f"{_W}p"):
                paragraphs += 1
                for text in _lines(inner, numbers):
                    yield Line(text, f"第{paragraphs}段")


def _rows(table: Any, number: int, numbers: "_Numbers") -> Iterator[Row]:
    read: dict[Any, str] = {}  # a merged cell stands in several rows, its list number counts once
    for row_number, row in enumerate(table.rows, 1):
        cells: list[str] = []
        for cell in row.cells:
            key = cell._tc  # as a key it stays alive, so that the same cell is the same object
            if key not in read:
                read[key] = "\n".join(text for paragraph in cell._tc.iter(f"{_W}p") for text in _lines(paragraph, numbers))
            cells.append(read[key])
        if any(cells):
            yield Row(tuple(cells), f"表{number}第{row_number}行", number)


def _lines(paragraph: Any, numbers: "_Numbers") -> list[str]:
    label = numbers.label(paragraph)
    lines = [line.strip() for line in _words(paragraph).splitlines()]
    lines = [line for line in lines if line]
    return [label + lines[0], *lines[1:]] if label and lines else lines


def _words(element: Any) -> str:
    """The words below an element, deleted ones (w:delText) and those of text boxes left out."""
    out: list[str] = []
    for node in element.iter():
        if node.tag == f"{_W}t" and not any(above.tag == f"{_W}txbxContent" for above in _above(node, element)):
            out.append(node.text or "")
        elif node.tag in (f"{_W}br", f"{_W}cr"):
            out.append("\n")
        elif node.tag == f"{_W}tab" and node.getparent().tag == f"{_W}r":
            out.append("  ")
    return half_width("".join(out))


def _above(node: Any, top: Any) -> Iterator[Any]:
    above = node.getparent()
    while above is not None and above is not top:
        yield above
        above = above.getparent()


def _is_heading(document: Any, paragraph: Any) -> bool:
    style = paragraph.find(f"{_W}pPr/{_W}pStyle")
    if style is None:
        return False
    style_id = style.get(f"{_W}val") or ""
    names = (known.name for known in document.styles if known.style_id == style_id)
    name = next((name or "" for name in names), style_id).lower()
    return "heading" in name or name.startswith("标题")


class _Numbers:
    """The numbers of Word's own lists, which stand in no text: counted as Word counts them."""

    def __init__(self, document: Any) -> None:
        self._levels: dict[tuple[str, str], tuple[str, str, int]] = {}
        self._counts: dict[tuple[str, int], int] = {}
        self._style_lists: dict[str, tuple[str, str]] = {}
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError, AttributeError):
            return
        abstract = {a.get(f"{_W}abstractNumId"): a for a in root.iter(f"{_W}abstractNum")}
        for num in root.iter(f"{_W}num"):
            reference = num.find(f"{_W}abstractNumId")
            source = abstract.get(reference.get(f"{_W}val")) if reference is not None else None
            for level in source.iter(f"{_W}lvl") if source is not None else ():
                start, shape, text = (level.find(f"{_W}{tag}") for tag in ("start", "numFmt", "lvlText"))
                self._levels[num.get(f"{_W}numId"), level.get(f"{_W}ilvl")] = (
                    shape.get(f"{_W}val") if shape is not None else "decimal",
                    text.get(f"{_W}val") if text is not None else "",
                    int(start.get(f"{_W}val")) if start is not None else 1,
                )
        for style in document.styles.element.iter(f"{_W}style"):
            if (found := self._reference(style)) is not None:
                self._style_lists[style.get(f"{_W}styleId")] = found

    @staticmethod
    def _reference(element: Any) -> tuple[str, str] | None:
        numbering = element.find(f"{_W}pPr/{_W}numPr")
        if numbering is None:
            return None
        number, level = numbering.find(f"{_W}numId"), numbering.find(f"{_W}ilvl")
        return (number.get(f"{_W}val"), level.get(f"{_W}val") if level is not None else "0") if number is not None else None

    def label(self, paragraph: Any) -> str:
        """The number that Word draws in front of the paragraph; empty for none and for bullets."""
        reference = self._reference(paragraph)
        if reference is None:
            style = paragraph.find(f"{_W}pPr/{_W}pStyle")
            reference = self._style_lists.get(style.get(f"{_W}val")) if style is not None else None
        if reference is None or reference not in self._levels:
            return ""
        number, depth = reference[0], int(reference[1])
        start = self._levels[reference][2]
        self._counts[number, depth] = self._counts.get((number, depth), start - 1) + 1
        for deeper in range(depth + 1, 9):
            self._counts.pop((number, deeper), None)
        shape, text, _ = self._levels[reference]
        if shape in ("bullet", "none"):
            return ""
        for level in range(depth + 1):
            own = self._levels.get((number, str(level)), ("decimal", "", 1))
            count = self._counts.get((number, level), own[2])
            text = text.replace(f"%{level + 1}", han(count) if own[0] in _HAN_FORMATS else str(count))
        return text + ("" if text.endswith(("、", "）", ")")) else " ")
