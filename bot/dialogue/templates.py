"""The templates of replies as an administrator may change them: which there are, and what a changed one must hold."""

import string
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from bot.dialogue.wording import WORDING

COMMON = frozenset({"plan", "year", "district", "count"})
"""What every template may hold, whether the written one does or not."""


@dataclass(frozen=True)
class Template:
    """One template: ``key`` is section.name, ``text`` as it is written in the file, ``fields`` what is filled in."""

    key: str
    text: str
    fields: frozenset[str]

    @property
    def section(self) -> str:
        """What stands before the last point."""
        return self.key.rpartition(".")[0]


@cache
def templates() -> Mapping[str, Template]:
    """Every template of the file, in its order."""
    written = tomllib.loads(WORDING.read_text(encoding="utf-8"))
    return {key: Template(key, text, frozenset(_fields(text))) for key, text in _flat(written)}


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _fields(text: str) -> list[str]:
    """The names in braces.

    Raises:
        ValueError: the braces are no template.
    """
    found = []
    for _, name, spec, conversion in string.Formatter().parse(text):
        if name is None:
            continue
        if spec or conversion or not name.isidentifier():
            raise ValueError(name)
        found.append(name)
    return found


def template_problem(key: str, text: str) -> str | None:
    """Why ``text`` cannot stand in the place of the template, in words; None when it can."""
    template = templates().get(key)
    if template is None:
        return f"没有“{key}”这条用语"
    if not text.strip():
        return "不能是空的"
    try:
        given = set(_fields(text))
    except ValueError:
        return "大括号不成对，或者大括号里不是占位的名字"
    if unknown := sorted(given - template.fields - COMMON):
        return f"没有 {_braced(unknown)} 这个占位，能用的是 {_braced(sorted(template.fields | COMMON))}"
    if missing := sorted(template.fields - given):
        return f"少了 {_braced(missing)}，居民会看不到这项内容"
    return None


def template_problems(changes: Mapping[str, str]) -> list[str]:
    """What is wrong with the changed templates of a knowledge base, each with its key."""
    problems = ((key, template_problem(key, text)) for key, text in changes.items())
    return [f"用语 {key}：{problem}" for key, problem in problems if problem]


def _braced(names: list[str]) -> str:
    return "、".join(f"{{{name}}}" for name in names)
