"""Forms of records: a field of data/knowledge.toml as it is written in a form, and read back with what is wrong in words."""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from bot.console.knowledge_words import words

LONGEST = 4000
MOST_CRITERIA = 40
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
MORE_CRITERIA = 2
"""Empty places for further ones below those that there are."""


@dataclass(frozen=True)
class Field:
    """One field: see the head of data/knowledge.toml.  ``needed_with``: it must be filled in when one of these is."""

    name: str
    label: str
    type: str
    help: str = ""
    required: bool = False
    key: bool = False
    choices: str = ""
    pattern: str = ""
    wrong: str = ""
    needed_with: tuple[str, ...] = ()

    @property
    def options(self) -> list[tuple[str, str]]:
        """What can be chosen, with its words."""
        table = words()["kinds"] if self.choices == "kinds" else words()["choices"][self.choices]
        return list(table.items())


def plain(text: str) -> str:
    """What somebody typed or pasted, without blanks around it and without what no message can hold."""
    return _CONTROL.sub("", text.replace("\r\n", "\n")).strip()


def fields_of(kind: str) -> list[Field]:
    """The form of a kind of record.

    Raises:
        KeyError: it has none.
    """
    found = words()["records"][kind]["fields"]
    return [Field(**{**one, "needed_with": tuple(one.get("needed_with", ()))}) for one in found]


def written(field: Field, value: Any) -> Any:
    """The value as the form shows it: a text, or for criteria and apply_at a list or table of texts."""
    if field.type == "lines":
        return "\n".join(value or [])
    if field.type == "numbers":
        return "、".join(str(number) for number in value or [])
    if field.type == "flag":
        return bool(value)
    if field.type == "targets":
        return "\n".join(f"{one['what']} {one['amount'].replace(' ', '')}" for one in value or [])
    if field.type == "apply_at":
        return value or {}
    if field.type == "criteria":
        return [_criterion(one) for one in value or []]
    return "" if value is None else str(value)


def _criterion(value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "all": _circumstances(value.get("all", {})),
        "not": _circumstances(value.get("not", {})),
        "words": value.get("words", ""),
        "law": value.get("law") or "",
        "open": value.get("open", False),
        "sure": value.get("sure", True),
    }


def _circumstances(value: Mapping[str, Any]) -> str:
    lines = (
        f"{name}={'、'.join(one)}" if isinstance(one, list) else name if one else f"{name}=否" for name, one in value.items()
    )
    return "\n".join(lines)


def read(field: Field, form: MultiDict[str, str]) -> tuple[Any, str]:
    """The value (None: not filled in) and what is wrong with it, empty when nothing is."""
    if field.type == "flag":
        return (True if form.get(field.name) == "1" else False if field.required else None), ""
    if field.type == "criteria":
        return _read_criteria(form)
    if field.type == "apply_at":
        given = {name: plain(form.get(f"apply_at_{name}", "")) for name in ("text", "law", "basis")}
        if not given["text"]:
            return None, ""
        lacks = not given["law"] and not given["basis"]
        return {
            name: value for name, value in given.items() if value
        }, "写了在哪申请，就要写依据：法规的编号，或者一句依据" if lacks else ""
    text = plain(form.get(field.name, ""))
    if len(text) > LONGEST:
        return text, f"太长了：最多 {LONGEST} 个字"
    if not text:
        return None, "请填上" if field.required else ""
    return _read_text(field, text)


def _read_text(field: Field, text: str) -> tuple[Any, str]:
    if field.pattern and not re.fullmatch(field.pattern, text):
        return text, field.wrong
    if field.type == "lines":
        return list(dict.fromkeys(line.strip() for line in text.split("\n") if line.strip())), ""
    if field.type in ("numbers", "number"):
        pieces = [piece for piece in re.split(r"[、,，\s]+", text) if piece]
        if wrong := [piece for piece in pieces if not piece.isascii() or not piece.isdigit()]:
            return text, f"“{wrong[0]}”不是数字"
        return ([int(piece) for piece in pieces] if field.type == "numbers" else int(pieces[0])), ""
    if field.type == "date":
        try:
            return datetime.date.fromisoformat(text).isoformat(), ""
        except ValueError:
            return text, "请写成 2026-03-01 这样的日期"
    if field.type == "choice" and text not in dict(field.options):
        return text, "请从列出的里面选"
    if field.type == "targets":
        return _read_targets(text)
    return text, ""


def _read_targets(text: str) -> tuple[Any, str]:
    found = []
    for line in filter(None, (line.strip() for line in text.split("\n"))):
        what, _, amount = line.rpartition(" ")
        if not what:
            return text, f"“{line}”里没有空格：前面写做什么，空一格，后面写数量"
        found.append({"what": what.strip(), "amount": amount})
    return found, ""


def _read_criteria(form: MultiDict[str, str]) -> tuple[Any, str]:
    found, problem, names = [], "", words()["circumstances"]
    for k in range(_count(form)):
        given = {name: plain(form.get(f"criteria_{k}_{name}", "")) for name in ("all", "not", "words", "law")}
        if not given["all"] and not given["words"]:
            continue
        if not given["all"] or not given["words"]:
            problem = problem or f"第{k + 1}种：情况和依据的原话都要写"
        if unknown := [name for part in ("all", "not") for name in _read_circumstances(given[part]) if name not in names]:
            problem = problem or f"第{k + 1}种：没有“{unknown[0]}”这种情况"
        one: dict[str, Any] = {"all": _read_circumstances(given["all"]), "words": given["words"]}
        if given["not"]:
            one["not"] = _read_circumstances(given["not"])
        if given["law"]:
            one["law"] = given["law"]
        if form.get(f"criteria_{k}_open") == "1":
            one["open"] = True
        if form.get(f"criteria_{k}_sure") != "1":
            one["sure"] = False
        found.append(one)
    return found or None, problem


def _count(form: MultiDict[str, str]) -> int:
    given = form.get("criteria_count", "")
    return min(int(given), MOST_CRITERIA) if given.isascii() and given.isdigit() and len(given) < 4 else 0


def _read_circumstances(text: str) -> dict[str, bool | list[str]]:
    found: dict[str, bool | list[str]] = {}
    names = {shown: name for name, shown in words()["circumstances"].items()}
    for line in filter(None, (line.strip() for line in text.split("\n"))):
        name, equals, values = (piece.strip() for piece in line.replace("＝", "=").partition("="))
        name = names.get(name, name)
        if equals and values == "否":
            found[name] = False
        else:
            found[name] = [value.strip() for value in re.split(r"[、,，]", values) if value.strip()] if equals else True
    return found


def again(field: Field, form: MultiDict[str, str]) -> Any:
    """What the form showed when it was sent, to show it once more: nothing that somebody wrote is lost."""
    if field.type == "flag":
        return form.get(field.name) == "1"
    if field.type == "apply_at":
        return {name: form.get(f"apply_at_{name}", "") for name in ("text", "law", "basis")}
    if field.type == "criteria":
        texts, flags = ("all", "not", "words", "law"), ("open", "sure")
        return [
            {name: form.get(f"criteria_{k}_{name}", "") for name in texts}
            | {name: form.get(f"criteria_{k}_{name}") == "1" for name in flags}
            for k in range(_count(form))
            if form.get(f"criteria_{k}_all") or form.get(f"criteria_{k}_words")
        ]
    return form.get(field.name, "")
