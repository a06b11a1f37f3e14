"""What the pages about the knowledge base call records, fields and values: data/knowledge.toml."""

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from bot.console.knowledge_desk import Both
from bot.console.parts import part
from bot.dialogue.templates import templates
from knowledge.changes import WHOLE
from knowledge.model import place_of, within_plan


@cache
def words() -> dict[str, Any]:
    """The file."""
    with (Path(__file__).parent / "data" / "knowledge.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def aspect_names() -> Mapping[str, str]:
    """What each aspect is called to residents."""
    return {key.partition(".")[2]: template.text for key, template in templates().items() if template.section == "aspects"}


def object_words(key: str, both: Both) -> str:
    """A record as staff know it: 第7条 居家养老服务; 热线 12345."""
    kind, _, name = key.partition(":")
    if kind == "service" and name in both.knowledge.services:
        return f"{both.knowledge.item_name(both.knowledge.item_of(name).number)} {both.knowledge.services[name].title}"
    if kind == "service":
        return gone_words(name)
    if kind == "item" and name.isdecimal():
        return f"{_further_plan(place_of(int(name)), both)}第{within_plan(int(name))}条条文"
    if kind == "further" and name.isdecimal():
        return f"{words()['objects'][kind]} {_further_plan(int(name), both)}"
    if kind == "field" and (found := re.fullmatch(r"(\d):(.+)", name)):
        return f"{words()['objects'][kind]} {_further_plan(int(found[1]), both)}{found[2]}"
    return " ".join(word for word in (words()["objects"].get(kind, kind), name) if word)


def _further_plan(place: int, both: Both) -> str:
    """The title of a plan beside the first, also of one that the draft takes out; empty for the first."""
    found = both.now.get(f"further:{place}") or both.was.get(f"further:{place}")
    return f"《{found['title']}》" if found else ""


def gone_words(service: str) -> str:
    """A service that the knowledge base holds no more, as it was last called."""
    former: Callable[[], Mapping[str, str]] = part("former_titles")
    return f"{former().get(service, service)}（现在的知识库里没有）"


def field_words(object: str, field: str) -> str:
    """A field as the forms call it."""
    kind = object.partition(":")[0]
    if field == WHOLE:
        return "整条"
    if kind == "wording":
        return f"{words()['sections'].get(field.rpartition('.')[0], '')} {field}".strip()
    group, _, aspect = field.partition(".")
    if group in ("answers", "upkeep") and aspect:
        return f"{aspect_names().get(aspect, aspect)}（{'答复' if group == 'answers' else '依据和期限'}）"
    form = _form_field(kind, field)
    return str(form["label"]) if form else str(words()["fields"].get(kind, {}).get(field, field))


def value_words(object: str, field: str, value: Any) -> str:
    """A field's value as it is read and compared: choices as the forms call them, a whole record with the names of its fields."""
    kind = object.partition(":")[0]
    if field == WHOLE and isinstance(value, dict):
        return "\n".join(f"{field_words(object, name)}：{value_words(object, name, one)}" for name, one in value.items())
    form = _form_field(kind, field)
    if form and form.get("type") == "choice" and isinstance(value, str):
        choices = words()["kinds"] if form["choices"] == "kinds" else words()["choices"][form["choices"]]
        return str(choices.get(value, value))
    return as_text(value)


def _form_field(kind: str, field: str) -> Mapping[str, Any] | None:
    fields = words()["records"].get(kind, {}).get("fields", [])
    return next((one for one in fields if one["name"] == field), None)


def as_text(value: Any) -> str:
    """A value as it is read and compared: lists line by line, what stands under names with the names."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "\n".join(as_text(one) for one in value)
    if isinstance(value, dict):
        names = {**aspect_names(), **words()["circumstances"], **words()["upkeep"], **_LABELS}
        return "；".join(f"{names.get(name, name)}：{_inner(one)}" for name, one in value.items())
    return str(value)


def _inner(value: Any) -> str:
    return "、".join(as_text(one) for one in value) if isinstance(value, list) else as_text(value)


_LABELS = {
    "what": "做什么",
    "amount": "数量",
    "all": "情况",
    "not": "不能是",
    "words": "原话",
    "law": "法规",
    "open": "条件未写明",
    "text": "内容",
    "name": "名称",
    "number": "号码",
}
