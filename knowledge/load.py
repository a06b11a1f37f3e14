"""Data files → a checked KnowledgeBase; every problem is reported at once, with file, item and field."""

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from knowledge.base import KnowledgeBase, PlanField
from knowledge.check import document_problems, reference_problems, source_problems
from knowledge.document import parsed, records
from knowledge.errors import KnowledgeError
from knowledge.model import Department, FieldFile, Hotline, Law, PlanHead, Safety, Unit

DATA = Path(__file__).parent / "data"

_TABLES = {"laws.toml": {"laws", "safety"}}

R = TypeVar("R", bound=BaseModel)


def load_knowledge(folder: Path = DATA) -> KnowledgeBase:
    """The knowledge base in ``folder``.

    Raises:
        KnowledgeError: a file is missing, is no TOML, or holds something inconsistent; all problems found are listed.
    """
    problems: list[str] = []
    head = _records(folder / "plan.toml", None, PlanHead, problems)
    fields = [found for path in sorted((folder / "items").glob("*.toml")) for found in _records(path, None, FieldFile, problems)]
    departments = _records(folder / "departments.toml", "departments", Department, problems)
    units = _records(folder / "units.toml", "units", Unit, problems)
    hotlines = _records(folder / "hotlines.toml", "hotlines", Hotline, problems)
    laws = _records(folder / "laws.toml", "laws", Law, problems)
    safety = _records(folder / "laws.toml", "safety", Safety, problems)
    if not head and not problems:
        problems.append("plan.toml：缺少计划的名称和文号")
    if problems:
        raise KnowledgeError(problems)
    text = _text(folder / head[0].document, problems)
    knowledge = KnowledgeBase(
        plan=head[0],
        fields=tuple(PlanField(part.field, part.items, part.place) for part in fields),
        departments=tuple(departments),
        units=tuple(units),
        hotlines=tuple(hotlines),
        laws=tuple(laws),
        safety=tuple(safety),
        examples=head[0].examples,
        document=text or "",
    )
    document = None if text is None else parsed(text, head[0].document, problems)
    problems += [*reference_problems(knowledge), *source_problems(knowledge), *document_problems(knowledge, document)]
    if problems:
        raise KnowledgeError(problems)
    return knowledge


def _text(path: Path, problems: list[str]) -> str | None:
    """The published document; None (and a problem) when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        problems.append(f"{path.name}：读不了计划原文")
        return None


def _records(path: Path, key: str | None, model: type[R], problems: list[str]) -> list[R]:
    """The records of a file (of its table array ``key``, or the file itself); what is wrong goes to ``problems``."""
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        problems.append(f"{path.name}：没有这个文件")
        return []
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{path.name}：不是有效的 TOML（{error}）")
        return []
    if key is not None and (unknown := sorted(set(data) - _TABLES.get(path.name, {key}))):
        problems.append(f"{path.name}：没有“{unknown[0]}”这种表")
    rows = [data] if key is None else data.get(key, [])
    if not isinstance(rows, list):
        problems.append(f"{path.name}：{key} 应写成 [[{key}]]")
        return []
    return records(rows, model, path.name, problems)
