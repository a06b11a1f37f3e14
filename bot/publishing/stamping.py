"""The day of publication, entered where a text was written in the console: the reply names it as the text's source."""

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from knowledge.changes import differences, value_of, with_change
from knowledge.document import Document


def stamped(
    published: Document | None, draft: Document, written_by: Mapping[tuple[str, str], str], files: str, day: datetime.date
) -> Document:
    """The draft with the day entered at every new text that does not rest on the plan alone.

    That is a text with a basis of its own, and one for an aspect on which the plan was silent so far.

    Args:
        written_by: who changed a field of a record last; what the project's files (``files``) brought is the project's.

    The texts of another plan than was published are left as they are: they rest on that plan.
    """
    if published is None:
        return draft
    was, now = _plans_of(published), _plans_of(draft)
    for record, aspect in dict.fromkeys(_changed(published, draft)):
        text, field = value_of(draft, record, f"answers.{aspect}"), f"upkeep.{aspect}"
        if text is None or was.get(record) != now.get(record) or _writer(written_by, record, aspect) == files:
            continue
        upkeep: dict[str, Any] = dict(value_of(draft, record, field) or {})
        if upkeep.get("basis") or value_of(published, record, f"answers.{aspect}") is None:
            by = upkeep.get("by") or upkeep.get("owner") or draft["plan"]["district"]
            draft = with_change(draft, record, field, {**upkeep, "published": day.isoformat(), "by": by})
    return draft


def _plans_of(document: Document) -> dict[str, str]:
    """The document number of every service's plan."""
    heads = (document["plan"], *document.get("plans", ()))
    numbers = {head.get("place", 0): str(head.get("document_number")) for head in heads}
    return {
        f"service:{service['id']}": numbers[part.get("place", 0)]
        for part in document["fields"]
        for item in part["items"]
        for service in item["services"]
    }


def _changed(published: Document, draft: Document) -> Iterator[tuple[str, str]]:
    """Records and aspects whose text differs, or what it rests on."""
    for change in differences(published, draft):
        group, _, aspect = change.field.partition(".")
        if group == "answers" or (group == "upkeep" and _basis(change.before) != _basis(change.after)):
            yield change.object, aspect


def _writer(written_by: Mapping[tuple[str, str], str], record: str, aspect: str) -> str | None:
    return written_by.get((record, f"answers.{aspect}")) or written_by.get((record, f"upkeep.{aspect}"))


def _basis(upkeep: Any) -> str:
    return str((upkeep or {}).get("basis", ""))
