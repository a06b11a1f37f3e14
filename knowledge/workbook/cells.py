"""One value ↔ one cell: how each kind of column is written, and what is read from what people and their programs leave there."""

import datetime
import re
from collections.abc import Callable, Mapping
from typing import Any

from knowledge.workbook.layout import Column, layout

YES, NO = "是", "否"
_YES_NO = {YES: True, NO: False, "对": True, "不": False, "true": True, "false": False, "√": True, "×": False}
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\s+0{1,2}:00(?::00)?)?|(\d{4})(\d{2})(\d{2})")
_FIRST_SERIAL, _LAST_SERIAL = 18_264, 73_050
"""Excel's numbers of 1 January 1950 and of the end of 2099: a date that lost its format."""
_SERIAL_ZERO = datetime.date(1899, 12, 30)
_LINK = re.compile(r"\b(?:[A-Za-z]{2,10}:/+|https?[:：/])[^\s，。；、）)”》]*")
_ADDRESS = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.-]*\.[A-Za-z]{2,}(:\d{1,5})?([/?#].*)?")


class Wrong(ValueError):
    """What is wrong in a cell, in words for who filled it in."""


# -- writing --------------------------------------------------------------------------------------------------------------


def written(column: Column, value: Any) -> str | int | datetime.date | None:
    """What is put into the cell; None leaves it empty."""
    if value is None and column.default is not None:
        value = column.default
    return None if value is None else _WRITERS[column.kind](column, value)


def together(names: list[Any]) -> str:
    """Names with 、 between them, on lines of their own where one of them holds a 、."""
    texts = [str(name) for name in names]
    if not any("、" in text for text in texts):
        return "、".join(texts)
    return "\n".join(texts) + ("\n" if len(texts) == 1 else "")


def facts_text(facts: Mapping[str, bool | list[str]]) -> str:
    """Circumstances, one a line: 60岁以上 holds, 孤儿=否 does not, 残疾=一级、二级 is one of these."""
    return "\n".join(name if value is True else f"{name}={_fact_words(value)}" for name, value in facts.items())


def _fact_words(value: bool | list[str]) -> str:
    if isinstance(value, bool):
        return YES if value else NO
    return "、".join(value) + ("、" if len(value) == 0 or (len(value) == 1 and value[0] in (YES, NO)) else "")


_WRITERS: dict[str, Callable[[Column, Any], Any]] = {
    "text": lambda column, value: value,
    "verbatim": lambda column, value: value,
    "number": lambda column, value: value,
    "date": lambda column, value: datetime.date.fromisoformat(value),
    "yes_no": lambda column, value: YES if value else NO,
    "choice": lambda column, value: layout().words_of(column, value),
    "one": lambda column, value: value,
    "some": lambda column, value: together(value),
    "facts": lambda column, value: facts_text(value),
    "shown": lambda column, value: value,
}


# -- reading --------------------------------------------------------------------------------------------------------------


def read(column: Column, value: Any, number_format: str = "General") -> Any:
    """The value that a cell holds, None for an empty one.

    Args:
        value: as openpyxl gives it: text, number, truth value, date.
        number_format: how the cell shows a number.

    Raises:
        Wrong: it is none of this kind.
    """
    if column.kind == "verbatim":
        text = value if isinstance(value, str) else as_text(value, number_format)
        return _checked(column, text) if text else None
    if isinstance(value, str) and not (column.kind == "some" and "\n" in value):
        value = value.strip()
    if value is None or value == "":
        return None
    return _READERS[column.kind](column, value, number_format)


def as_text(value: Any, number_format: str = "General") -> str:
    """A cell's value as it would be typed: 12345.0 is 12345, 0.85 shown as per cent is 85%."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ", "minutes")
    if isinstance(value, int | float):
        if "%" in number_format:
            return f"{value * 100:.10g}%"
        return str(int(value)) if float(value).is_integer() else f"{value:.15g}"
    return str(value)


def as_date(value: Any) -> datetime.date:
    """The day of a date cell, of a date written out, or of Excel's number of a day.

    Raises:
        Wrong: it is none.
    """
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and _FIRST_SERIAL <= value <= _LAST_SERIAL:
        return _SERIAL_ZERO + datetime.timedelta(days=int(value))
    text = as_text(value)
    match = _DATE.fullmatch(text)
    try:
        if match:
            return datetime.date(*(int(part) for part in match.groups() if part is not None))
    except ValueError:
        raise Wrong(f"没有“{text}”这一天") from None
    raise Wrong(f"“{_short(text)}”不是日期，应写成 2026-03-01")


def _text(column: Column, value: Any, number_format: str) -> str:
    return _checked(column, as_text(value, number_format).strip())


def _checked(column: Column, text: str) -> str:
    if len(text) > column.most:
        raise Wrong(f"太长：{len(text)} 个字，最多 {column.most} 个")
    if column.pattern and not re.fullmatch(column.pattern, text):
        raise Wrong(f"“{_short(text)}”{column.wrong}")
    for link in _LINK.findall(text):
        if not _ADDRESS.fullmatch(link):
            raise Wrong(f"网址“{_short(link)}”写得不对，应像 https://www.example.gov.cn/")
    return text


def _number(column: Column, value: Any, number_format: str) -> int:
    text = as_text(value).removeprefix("第").removesuffix("条").strip()
    try:
        number = int(text)
    except ValueError:
        raise Wrong(f"“{_short(as_text(value))}”不是整数") from None
    if not column.least <= number <= column.greatest:
        raise Wrong(f"{number} 应在 {column.least} 到 {column.greatest} 之间")
    return number


def _date(column: Column, value: Any, number_format: str) -> str:
    return as_date(value).isoformat()


def _yes_no(column: Column, value: Any, number_format: str) -> bool:
    text = as_text(value)
    if text.lower() not in _YES_NO:
        raise Wrong(f"“{_short(text)}”应为：是、否")
    return _YES_NO[text.lower()]


def _choice(column: Column, value: Any, number_format: str) -> str:
    text, choices = as_text(value), layout().choices[column.choices]
    for name, words in choices.items():
        if text in (name, words):
            return name
    raise Wrong(f"“{_short(text)}”应为其中之一：{'、'.join(choices.values())}")


def _key(column: Column, value: Any) -> str | int:
    """A value as the table that it refers to names its rows."""
    key = layout().key_of(column.refers)
    if key.kind == "number":
        return _number(key, value, "General")
    return as_text(value).strip()


def _one(column: Column, value: Any, number_format: str) -> str | int:
    return _key(column, value)


def _some(column: Column, value: Any, number_format: str) -> list[str | int]:
    text = as_text(value)
    parts = text.split("\n") if "\n" in text else re.split("[、，,；;]", text)
    found = [_key(column, part.strip()) for part in parts if part.strip()]
    if doubled := next((one for k, one in enumerate(found) if one in found[:k]), None):
        raise Wrong(f"“{doubled}”写了两遍")
    return found


def _facts(column: Column, value: Any, number_format: str) -> dict[str, bool | list[str]]:
    found: dict[str, bool | list[str]] = {}
    for part in re.split("[\n；;]", as_text(value)):
        if not part.strip():
            continue
        name, sign, words = (piece.strip() for piece in part.replace("＝", "=").partition("="))
        if not name or (sign and not words):
            raise Wrong(f"“{_short(part.strip())}”应写成 情况，或者 情况=值，例如 残疾=一级、二级")
        if name in found:
            raise Wrong(f"“{name}”写了两遍")
        found[name] = (
            _YES_NO[words or YES]
            if words in ("", YES, NO)
            else [one.strip() for one in re.split("[、，,]", words) if one.strip()]
        )
    return found


def _shown(column: Column, value: Any, number_format: str) -> None:
    return None


_READERS: dict[str, Callable[[Column, Any, str], Any]] = {
    "text": _text,
    "number": _number,
    "date": _date,
    "yes_no": _yes_no,
    "choice": _choice,
    "one": _one,
    "some": _some,
    "facts": _facts,
    "shown": _shown,
}


def _short(text: str, most: int = 30) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
