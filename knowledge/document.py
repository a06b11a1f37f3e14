"""The knowledge base as one JSON document: what the store keeps of a version, and what every change of it is checked by.

The document holds the records of the data files under the same names: ``plan``, ``fields`` (with ``items`` and ``services``),
``departments``, ``units``, ``hotlines``, ``laws``, ``safety``, ``notices``, the plan's text as ``document``, the changed
templates as ``wording``, and, where several plans are in force, those beside the first as ``plans`` (their fields name their
place).  Values that are defaults are left out, so that one knowledge base has one document.
"""

from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from knowledge.base import KnowledgeBase, PlanField
from knowledge.check import document_problems, reference_problems, source_problems
from knowledge.errors import KnowledgeError
from knowledge.model import Department, FieldFile, FurtherPlan, Hotline, Law, Notice, PlanHead, Safety, Unit
from knowledge.plan_document import PlanDocument, parse_plan_document

Document = dict[str, Any]

LISTS: dict[str, type[BaseModel]] = {
    "departments": Department,
    "units": Unit,
    "hotlines": Hotline,
    "laws": Law,
    "safety": Safety,
    "notices": Notice,
}
_KEYS = {"plan", "plans", "fields", "document", "wording", *LISTS}

R = TypeVar("R", bound=BaseModel)


def document_of(knowledge: KnowledgeBase) -> Document:
    """The knowledge base written down; ``knowledge_of`` reads it back the same."""
    return {
        "plan": _dumped(knowledge.plan),
        "document": knowledge.document,
        "fields": [_field(part) for part in knowledge.fields],
        **{name: [_dumped(record) for record in getattr(knowledge, name)] for name in LISTS},
        "wording": dict(knowledge.wording),
        **({"plans": [_dumped(plan) for plan in knowledge.plans]} if knowledge.plans else {}),
    }


def knowledge_of(document: Document) -> KnowledgeBase:
    """The knowledge base that ``document`` holds, of the right shape, but not checked against its sources.

    Raises:
        KnowledgeError: it has a wrong shape; all such problems are listed, with item and field.
    """
    problems = [f"没有“{key}”这一项" for key in sorted(document.keys() - _KEYS)]
    plan = records([document.get("plan", {})], PlanHead, "plan", problems)
    plans = records(document.get("plans", []), FurtherPlan, "plans", problems)
    fields = records(document.get("fields", []), FieldFile, "fields", problems)
    lists = {name: tuple(records(document.get(name, []), model, name, problems)) for name, model in LISTS.items()}
    wording, text = document.get("wording", {}), document.get("document", "")
    if not isinstance(wording, dict) or not all(isinstance(value, str) for value in wording.values()):
        problems.append("wording：每一条都应是文字")
    if not isinstance(text, str):
        problems.append("document：计划原文应是文字")
    if problems:
        raise KnowledgeError(problems)
    return KnowledgeBase(
        plan=plan[0],
        fields=tuple(PlanField(part.field, part.items, part.place) for part in fields),
        examples=plan[0].examples,
        document=text,
        wording=wording,
        plans=tuple(plans),
        **lists,  # type: ignore[arg-type]
    )


def problems_of(knowledge: KnowledgeBase) -> list[str]:
    """What the shape alone does not show: dead references, statements without a source, words that are not the plan's."""
    problems: list[str] = []
    document = parsed(knowledge.document, knowledge.plan.document, problems)
    found = [*problems, *reference_problems(knowledge), *source_problems(knowledge), *document_problems(knowledge, document)]
    return [*found, *further_problems(knowledge)]


def further_problems(knowledge: KnowledgeBase) -> Iterator[str]:
    """What of the further plans' items does not stand in their documents."""
    for plan in knowledge.plans:
        problems: list[str] = []
        document = parsed(plan.text, plan.document, problems)
        yield from problems
        yield from document_problems(knowledge, document, plan.place)


def parsed(text: str, name: str, problems: list[str]) -> PlanDocument | None:
    """The plan document; None (and a problem that names it) when it cannot be understood."""
    try:
        return parse_plan_document(text)
    except KnowledgeError as error:
        problems += [f"{name}：{problem}" for problem in error.problems]
        return None


def records(rows: Any, model: type[R], name: str, problems: list[str]) -> list[R]:
    """The rows as records; what is wrong goes to ``problems``, with ``name`` (file or table), record and field."""
    if not isinstance(rows, list):
        problems.append(f"{name}：应是一列记录")
        return []
    found: list[R] = []
    for row in rows:
        try:
            found.append(model.model_validate(row))
        except ValidationError as error:
            problems += [f"{name}：{_place(row, tuple(e['loc']))}：{_wrong(e)}" for e in error.errors()]
    return found


_WRONG = {
    "missing": "缺少这一项",
    "extra_forbidden": "没有这样一项",
    "too_short": "不能是空的",
    "string_too_short": "不能是空的",
    "string": "应是文字",
    "int": "应是整数",
    "bool": "应是“是”或者“否”",
    "date": "应是日期，如 2026-03-01",
    "enum": "不是可以选的值",
    "literal": "不是可以选的值",
    "list": "应是一列",
    "tuple": "应是一列",
    "dict": "应有各项的名称",
    "model": "应有各项的名称",
}
"""What pydantic calls a fault, or what stands before the first underscore in its name → what people read."""


def _wrong(error: Any) -> str:
    kind = str(error["type"])
    if kind == "value_error":
        return str(error["msg"]).removeprefix("Value error, ")
    return _WRONG.get(kind) or _WRONG.get(kind.partition("_")[0]) or str(error["msg"])


def _field(part: PlanField) -> dict[str, Any]:
    items = [_dumped(item) for item in part.items]
    return {"field": part.title, **({"place": part.place} if part.place else {}), "items": items}


def _dumped(record: BaseModel) -> Any:
    return record.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _place(row: Any, location: tuple[int | str, ...]) -> str:
    """A location inside a record as people read it: 第5条 extreme-poverty-care targets 第1个 amount."""
    words: list[str] = []
    for step in location:
        if isinstance(row, list) and isinstance(step, int) and step < len(row):
            row = row[step]
            named = isinstance(row, dict) and (
                row.get("id") or row.get("name") or (f"第{row['number']}条" if "number" in row else None)
            )
            words.append(str(named) if named else f"第{step + 1}个")
        else:
            row = row.get(step) if isinstance(row, dict) else None
            if step not in ("items", "services"):
                words.append(str(step))
    return " ".join(words) or "整个文件"
