"""A published plan document as text → its fields, items and responsible departments; strict: what is doubtful is refused.

The reading itself, which takes many forms of document and reports instead of refusing, is in ``knowledge.plans``.
"""

from dataclasses import dataclass

from knowledge.errors import KnowledgeError
from knowledge.plans.blocks import of_text
from knowledge.plans.reader import read_plan
from knowledge.plans.records import ReadPlan


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


def parse_plan_document(text: str) -> PlanDocument:
    """The plan that ``text`` holds.

    Raises:
        KnowledgeError: no title or item was found, an item has no department or stands twice, or a number is missing.
    """
    return strict(read_plan(of_text(text)))


def strict(read: ReadPlan) -> PlanDocument:
    """A document that was read, when nothing about its items is doubtful.

    Raises:
        KnowledgeError: as ``parse_plan_document``.
    """
    by_kind: dict[str, list[str]] = {}
    for fault in read.faults:
        by_kind.setdefault(fault.kind, []).append(fault.words)
    numbers = [item.number for item in read.items]
    problems = by_kind.get("no_items", [])
    if f"《{read.title}》" not in read.text:
        problems = ["没有找到文件名称（书名号里的标题）", *problems]
    if doubled := sorted({n for n in numbers if numbers.count(n) > 1}):
        problems.append("编号重复：" + "、".join(map(str, doubled)))
    if numbers and (missing := sorted(set(range(1, max(numbers) + 1)) - set(numbers))):
        problems.append("缺少编号：" + "、".join(map(str, missing)))
    for kind in ("no_department", "empty_item", "before_fields"):
        problems += by_kind.get(kind, [])
    if problems:
        raise KnowledgeError(problems)
    items = tuple(DocumentItem(item.number, item.field, item.text, item.offices.names) for item in read.items)
    return PlanDocument(read.title, read.number, tuple(part.title for part in read.fields), items)
