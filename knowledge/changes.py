"""What differs between two documents of the knowledge base, and how a change is carried over to a third.

A document is taken apart into records by key (``service:legal-aid``, ``department:区民政局``, ``plan``); a change concerns one
field of one record (``answers.amount``), or a whole record that is there in only one of the two (field ``*``).
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from knowledge.document import Document

Records = dict[str, dict[str, Any]]

WHOLE = "*"
_NAMES = {"departments": "name", "units": "name", "hotlines": "number", "laws": "id", "safety": "matter", "notices": "id"}
_KINDS = {table: table.removesuffix("s") if table != "safety" else table for table in _NAMES}
_SPLIT = ("answers", "upkeep")
_MEMBERS = ("services", "items")
"""Fields that say what a record holds: where both added something, both stay."""


@dataclass(frozen=True)
class Change:
    """One field of one record, before and after; None where it was or is not there."""

    object: str
    field: str
    before: Any
    after: Any


class Overtaken(Exception):
    """Somebody else changed meanwhile what an edit began from; ``fields``: the records and their fields."""

    def __init__(self, fields: Sequence[tuple[str, str]]) -> None:
        super().__init__("、".join(f"{object} {field}" for object, field in fields))
        self.fields = tuple(fields)


def mark_of(value: Any) -> str:
    """A short mark that tells whether a value is still the one that somebody saw."""
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:12]


def apart(document: Document) -> Records:
    """Every record by its key, in the document's order."""
    found: Records = {"plan": dict(document["plan"]), "document": {"text": document["document"]}}
    for part in document["fields"]:
        numbers = []
        for item in part["items"]:
            services = [service["id"] for service in item["services"]]
            found[f"item:{item['number']}"] = {**item, "services": services}
            found |= {f"service:{service['id']}": dict(service) for service in item["services"]}
            numbers.append(item["number"])
        place = part.get("place", 0)
        key = f"field:{part['field']}" if not place else f"field:{place}:{part['field']}"
        found[key] = {"items": numbers, **({"place": place} if place else {})}
    for table, name in _NAMES.items():
        found |= {f"{_KINDS[table]}:{record[name]}": dict(record) for record in document[table]}
    found["wording"] = dict(document["wording"])
    found |= {f"further:{plan['place']}": dict(plan) for plan in document.get("plans", ())}
    return found


def together(records: Records) -> Document:
    """The document of these records; what ``apart`` took apart comes together the same."""

    def item(number: int) -> dict[str, Any]:
        record = records[f"item:{number}"]
        services = [records[f"service:{one}"] for one in record["services"] if f"service:{one}" in records]
        return {**record, "services": services}

    def field(key: str, record: dict[str, Any]) -> dict[str, Any]:
        place = {name: record[name] for name in ("place",) if name in record}
        title = key.removeprefix("field:").removeprefix(f"{record['place']}:" if place else "")
        return {"field": title, **place, "items": [item(n) for n in record["items"] if f"item:{n}" in records]}

    fields = [field(key, record) for key, record in records.items() if key.startswith("field:")]
    tables = {table: [record for key, record in records.items() if key.startswith(_KINDS[table] + ":")] for table in _NAMES}
    document = {"plan": records["plan"], "document": records["document"]["text"], "fields": fields}
    further = [record for key, record in records.items() if key.startswith("further:")]
    return {**document, **tables, "wording": records["wording"], **({"plans": further} if further else {})}


def differences(before: Document, after: Document) -> list[Change]:
    """Every change that leads from one to the other."""
    return list(_differences(apart(before), apart(after)))


def _differences(old: Records, new: Records) -> Iterator[Change]:
    for key in dict.fromkeys([*old, *new]):
        if key not in old or key not in new:
            yield Change(key, WHOLE, old.get(key), new.get(key))
            continue
        was, now = _flat(old[key]), _flat(new[key])
        for name in dict.fromkeys([*was, *now]):
            if was.get(name) != now.get(name):
                yield Change(key, name, was.get(name), now.get(name))


def value_of(document: Document, key: str, field: str) -> Any:
    """The field's value; None when the record or the field is not there."""
    record = apart(document).get(key)
    return record if record is None or field == WHOLE else _flat(record).get(field)


def with_change(document: Document, key: str, field: str, value: Any) -> Document:
    """The document with one field set (or removed, for None)."""
    return with_changes(document, [(key, field, value)])


def with_changes(document: Document, values: Sequence[tuple[str, str, Any]]) -> Document:
    """The document with several fields set at once: a new service, and the item that holds it."""
    records = apart(document)
    for key, field, value in values:
        _set(records, key, field, value)
    return together(records)


def merged(base: Document, theirs: Document, ours: Document) -> tuple[Document, list[Change], list[Change]]:
    """What changed from ``base`` to ``theirs``, carried over to ``ours``.

    Returns the document, the changes that were made, and those left alone because ``ours`` changed the same field.
    """
    origin, present = apart(base), apart(ours)
    made, left = [], []
    for change in _differences(origin, apart(theirs)):
        now = present.get(change.object)
        value = now if now is None or change.field == WHOLE else _flat(now).get(change.field)
        if value == change.after:
            continue
        if value == change.before and (change.field == WHOLE or now is not None):
            _set(present, change.object, change.field, change.after)
            made.append(change)
        elif change.field in _MEMBERS and isinstance(value, list):
            _set(present, change.object, change.field, _members(change.before, change.after, value))
            made.append(change)
        else:
            left.append(change)
    return together(present), made, left


def _members(before: list[Any] | None, theirs: list[Any] | None, ours: list[Any]) -> list[Any]:
    """Ours, with what they added and without what they took away."""
    then, now = before or [], theirs or []
    return [one for one in ours if one in now or one not in then] + [one for one in now if one not in then and one not in ours]


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    """The fields, those of answers and upkeep one by one."""
    out: dict[str, Any] = {}
    for name, value in record.items():
        if name in _SPLIT:
            out |= {f"{name}.{aspect}": one for aspect, one in value.items()}
        else:
            out[name] = value
    return out


def _set(records: Records, key: str, field: str, value: Any) -> None:
    if field == WHOLE:
        if value is None:
            records.pop(key, None)
        else:
            records[key] = value
        return
    record = records[key] = dict(records.get(key, {}))
    group, _, name = field.partition(".")
    if group in _SPLIT and name:
        inner = {k: v for k, v in record.get(group, {}).items() if k != name}
        if value is not None:
            inner[name] = value
        if inner or group == "answers":
            record[group] = inner
        else:
            record.pop(group, None)
    elif value is None:
        record.pop(field, None)
    else:
        record[field] = value
