"""The document of the knowledge base as flat tables, and back."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from knowledge.document import LISTS, Document
from knowledge.workbook.layout import Sheet, layout

Row = dict[str, Any]
"""Values by field; those that are not there are absent."""

_ALWAYS: dict[str, Row] = {"laws": {"items": []}}
"""What a record holds even where its cell is empty."""

Tables = dict[str, list[Row]]


def tables_of(document: Document) -> Tables:
    """The rows of every sheet, in the document's order."""
    items = [{"field": field_name(part), **item} for part in document["fields"] for item in part["items"]]
    services = [{"item": item["number"], **service} for item in items for service in item["services"]]
    records: Tables = {
        "plan": [document["plan"]],
        "fields": [{"field": field_name(part)} for part in document["fields"]],
        "items": items,
        "services": services,
        "answers": [
            {"service": service["id"], "title": service["title"], "aspect": aspect, "text": text}
            | service.get("upkeep", {}).get(aspect, {})
            for service in services
            for aspect, text in service["answers"].items()
        ],
        "wording": [{"key": key, "text": text} for key, text in document["wording"].items()],
        "plans": [{**plan, "lines": _lines(plan["text"])} for plan in document.get("plans", ())],
        "document": _lines(document["document"]),
        **{name: document[name] for name in LISTS},
    }
    children = {sheet.table: _children(sheet, records[sheet.of]) for sheet in layout().sheets if sheet.of}
    return {sheet.table: [_flat(sheet, row) for row in (records | children)[sheet.table]] for sheet in layout().sheets}


def field_name(part: Mapping[str, Any]) -> str:
    """What a field is called in the sheets: of a further plan with its place, since several plans may have the same."""
    return f"[{part['place']}] {part['field']}" if part.get("place") else str(part["field"])


def field_named(name: str) -> Row:
    """The title and place of the field that is called so."""
    found = _FURTHER.fullmatch(name)
    return {"field": found[2], "place": int(found[1])} if found else {"field": name}


_FURTHER = re.compile(r"\[([1-9])\] *(.+)")


def _lines(text: str) -> list[Row]:
    return [{"line": number, "text": line} for number, line in enumerate(text.split("\n"), 1)]


def _text(rows: Iterable[Row]) -> str:
    return "\n".join(row.get("text", "") for row in sorted(rows, key=lambda row: int(row["line"])))


def _children(sheet: Sheet, parents: Iterable[Row]) -> list[Row]:
    key = layout().by_table[sheet.of].key
    return [
        {sheet.link: parent.get(key), "title": parent.get("title")} | ({"text": child} if sheet.strings else child)
        for parent in parents
        for child in parent.get(sheet.list, ())
    ]


def _flat(sheet: Sheet, record: Mapping[str, Any]) -> Row:
    """What of a record stands in the sheet, by (dotted) field."""
    row: Row = {}
    for field in sheet.by_field:
        value: Any = record
        for step in field.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        if value is not None:
            row[field] = value
    return row


def document_from(tables: Tables) -> Document:
    """The document that the tables hold; links are followed, rows whose link leads nowhere are left out."""
    under = {sheet.table: _by_parent(sheet, tables) for sheet in layout().sheets if sheet.link}
    answers = _grouped(tables["answers"], "service")

    def record(table: str, row: Row, *without: str) -> Row:
        found = _nested({name: value for name, value in row.items() if name not in without})
        for sheet in layout().sheets:
            if sheet.of != table:
                continue
            rows = under[sheet.table].get(row[layout().by_table[table].key], []) if sheet.link else tables[sheet.table]
            if rows:
                found[sheet.list] = [one["text"] if sheet.strings else _nested(_own(sheet, one)) for one in rows]
        return found

    def service(row: Row) -> Row:
        rows = answers.get(row["id"], [])
        said = {one["aspect"]: one["text"] for one in rows}
        kept = {one["aspect"]: {k: v for k, v in one.items() if k not in ("service", "aspect", "text")} for one in rows}
        upkeep = {aspect: values for aspect, values in kept.items() if values}
        return record("services", row, "item") | {"answers": said} | ({"upkeep": upkeep} if upkeep else {})

    def plan(row: Row) -> Row:
        found = record("plans", row)
        lines = found.pop("lines", ())
        return {**found, "text": _text(lines)}

    services = _grouped(tables["services"], "item")
    items = _grouped(tables["items"], "field")
    return {
        "plan": record("plan", tables["plan"][0]) if tables["plan"] else {},
        "document": _text(tables["document"]),
        "fields": [
            {
                **field_named(part["field"]),
                "items": [
                    _nested({k: v for k, v in item.items() if k != "field"})
                    | {"services": [service(row) for row in services.get(item["number"], [])]}
                    for item in items.get(part["field"], [])
                ],
            }
            for part in tables["fields"]
        ],
        **{name: [_ALWAYS.get(name, {}) | record(name, row) for row in tables[name]] for name in LISTS},
        "wording": {row["key"]: row["text"] for row in tables["wording"]},
        **({"plans": [plan(row) for row in tables["plans"]]} if tables["plans"] else {}),
    }


def _by_parent(sheet: Sheet, tables: Tables) -> dict[Any, list[Row]]:
    return _grouped(tables[sheet.table], sheet.link)


def _grouped(rows: Iterable[Row], field: str) -> dict[Any, list[Row]]:
    found: dict[Any, list[Row]] = {}
    for row in rows:
        found.setdefault(row[field], []).append(row)
    return found


def _own(sheet: Sheet, row: Row) -> Row:
    return {name: value for name, value in row.items() if name != sheet.link}


def _nested(row: Row) -> Row:
    """``apply_at.text`` as a text inside apply_at."""
    found: Row = {}
    for field, value in row.items():
        *steps, name = field.split(".")
        inner = found
        for step in steps:
            inner = inner.setdefault(step, {})
        inner[name] = value
    return found
