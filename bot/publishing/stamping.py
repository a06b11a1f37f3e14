"""The day of publication, entered where a text was written in the console: the reply names it as the text's source."""

import datetime
from collections.abc import Mapping
from typing import Any

from bot.publishing.words import say
from knowledge.changes import differences, value_of, with_change
from knowledge.document import Document


def stamped(
    published: Document | None, draft: Document, written_by: Mapping[tuple[str, str], str], files: str, day: datetime.date
) -> Document:
    """The draft with the day entered at every answer text that differs from what is published.

    Args:
        written_by: who changed a field of a record last; what the project's files (``files``) brought is the project's.

    A draft of another plan is left as it is: its texts rest on that plan.
    """
    if published is None or published["plan"].get("document_number") != draft["plan"].get("document_number"):
        return draft
    for change in differences(published, draft):
        group, _, aspect = change.field.partition(".")
        if group != "answers" or change.after is None or written_by.get((change.object, change.field), files) == files:
            continue
        upkeep: dict[str, Any] = dict(value_of(draft, change.object, f"upkeep.{aspect}") or {})
        upkeep |= {"published": day.isoformat(), "by": upkeep.get("owner") or say("stamp.by")}
        draft = with_change(draft, change.object, f"upkeep.{aspect}", upkeep)
    return draft
