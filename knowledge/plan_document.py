"""A published plan document as text → its fields, items and responsible departments.

The document is a numbered public plan: headings ``一、……方面`` open a field, lines ``12. ……（区××局）`` are items.  Sentences
are broken over pages (an empty line in the middle of a word), and a full stop may stand behind the department; both are
mended here, so that an item's text is what the document says, word for word.
"""

import re
from dataclasses import dataclass

from knowledge.errors import KnowledgeError

_FIELD = re.compile(r"^[一二三四五六七八九十]+、\s*(\S.*?)\s*$")
_ITEM = re.compile(r"^(\d{1,3})\s*[.．、](?!\d)\s*(\S.*)$")
_DEPARTMENTS = re.compile(r"[（(]([^（()）]{2,60})[)）]\s*[。.．]?\s*$")
_SEPARATORS = re.compile(r"[、，,；;／/\s]+")
_DOCUMENT_NUMBER = re.compile(r"^\S{2,12}[〔\[【(（]\d{4}[〕\]】)）]\s*\d+\s*号$")
_TITLE = re.compile(r"《([^《》]{4,60})》")


@dataclass(frozen=True)
class DocumentItem:
    """One numbered promise: where it stands, its words without the department, and who is responsible."""

    number: int
    field: str
    text: str
    departments: tuple[str, ...]


@dataclass(frozen=True)
class PlanDocument:
    """What a plan document says; ``number`` is the issuing number (发文字号)."""

    title: str
    number: str
    fields: tuple[str, ...]
    items: tuple[DocumentItem, ...]

    @property
    def departments(self) -> tuple[str, ...]:
        """Every responsible department once, in the order of first mention."""
        return tuple(dict.fromkeys(name for item in self.items for name in item.departments))


def _join(first: str, second: str) -> str:
    """Two pieces of a sentence that a page or line break separated; Latin words keep a space between them."""
    gap = " " if first[-1:].isascii() and first[-1:].isalnum() and second[:1].isascii() and second[:1].isalnum() else ""
    return first + gap + second


def _item(number: int, field: str, words: str) -> DocumentItem:
    match = _DEPARTMENTS.search(words)
    if not match:
        raise KnowledgeError([f"第{number}条：条文末尾没有写责任部门"])
    departments = tuple(name for name in _SEPARATORS.split(match.group(1)) if name)
    return DocumentItem(number, field, words[: match.start()].rstrip(), departments)


def parse_plan_document(text: str) -> PlanDocument:
    """The plan that ``text`` holds.

    Raises:
        KnowledgeError: no title or item was found, an item has no department or stands twice, or a number is missing.
    """
    title = number = ""
    fields: list[str] = []
    pieces: list[tuple[int, str, str]] = []
    for line in (raw.strip() for raw in text.splitlines()):
        if not line:
            continue
        if not number and _DOCUMENT_NUMBER.match(line):
            number = line
        if not title and (found := _TITLE.search(line)):
            title = found.group(1)
        if heading := _FIELD.match(line):
            fields.append(heading.group(1))
        elif fields and (start := _ITEM.match(line)):
            pieces.append((int(start.group(1)), fields[-1], start.group(2)))
        elif pieces and not _DEPARTMENTS.search(pieces[-1][2]):
            last = pieces[-1]
            pieces[-1] = (last[0], last[1], _join(last[2], line))
    _refuse_gaps(title, [piece[0] for piece in pieces])
    items, problems = [], []
    for piece in pieces:
        try:
            items.append(_item(*piece))
        except KnowledgeError as error:
            problems += error.problems
    if problems:
        raise KnowledgeError(problems)
    return PlanDocument(title, number, tuple(fields), tuple(items))


def _refuse_gaps(title: str, numbers: list[int]) -> None:
    problems = []
    if not title:
        problems.append("没有找到文件名称（书名号里的标题）")
    if not numbers:
        problems.append("没有找到编号的条目")
    if doubled := sorted({n for n in numbers if numbers.count(n) > 1}):
        problems.append("编号重复：" + "、".join(map(str, doubled)))
    if numbers and (missing := sorted(set(range(1, max(numbers) + 1)) - set(numbers))):
        problems.append("缺少编号：" + "、".join(map(str, missing)))
    if problems:
        raise KnowledgeError(problems)
