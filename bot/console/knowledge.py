"""The knowledge base: services with filters, plan items, what the draft changes.  Its other pages are in knowledge_*.py."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.console.differences import Piece, word_differences
from bot.console.frame import audit, signed_in
from bot.console.knowledge_desk import Both, Edit, Text, desk
from bot.console.knowledge_words import as_text, aspect_names, field_words, object_words, value_words, words
from bot.dialogue.templates import templates
from knowledge.changes import Change, value_of
from knowledge.errors import KnowledgeError
from knowledge.model import Aspect, Item, Service

knowledge = Blueprint("console_knowledge", __name__, url_prefix="/console/knowledge")

_LACKING = (Aspect.ELIGIBILITY, Aspect.HOW, Aspect.AMOUNT, Aspect.WHERE, Aspect.MATERIALS, Aspect.TIME)


@dataclass(frozen=True)
class Row:
    """A service in the list: how many texts are written, which aspects the plan does not state, when the next review is due.

    ``place``: which of the fields of all plans it belongs to, in their order; ``field``: what that one is called.
    """

    item: Item
    service: Service
    place: int
    field: str
    texts: Sequence[Text]
    changed: bool
    review_on: datetime.date | None

    @property
    def written(self) -> int:
        """How many texts there are."""
        return sum(text.text is not None for text in self.texts)

    @property
    def gaps(self) -> dict[Aspect, str]:
        """The aspects that the plan does not state, of what residents apply for or take part in."""
        return {text.aspect: text.name for text in self.texts if text.gap} if self.service.kind.applied_for else {}

    @property
    def flagged(self) -> bool:
        """Whether a text has a figure without a source."""
        return any(text.figures for text in self.texts)


def tabs(both: Both) -> dict[str, Any]:
    """What the tabs above every page show."""
    return {
        "tab_words": words()["tabs"],
        "changes_count": len(both.changes),
        "has_draft": both.has_draft,
        "item_words": both.knowledge.item_name,
    }


def shown_differences(before: Any, after: Any) -> list[Piece]:
    """Two values word by word."""
    return word_differences(as_text(before), as_text(after), desk().words)


@dataclass(frozen=True)
class ShownChange:
    """A change in words, word by word, with the address where that field is edited (empty where it cannot be)."""

    change: Change | Edit
    object: str
    field: str
    pieces: Sequence[Piece]
    url: str


def shown(change: Change | Edit, both: Both) -> ShownChange:
    """The change as every page shows it."""
    return ShownChange(
        change,
        object_words(change.object, both),
        field_words(change.object, change.field),
        change_shown(change.object, change.field, change.before, change.after),
        edit_url(change.object, change.field, both),
    )


def change_shown(record: str, field: str, before: Any, after: Any) -> list[Piece]:
    """A change of that field word by word; a wording that was not changed is the one of the file."""
    written = templates().get(field) if record == "wording" else None
    if written:
        before, after = before or written.text, after or written.text
    return shown_differences(value_words(record, field, before), value_words(record, field, after))


@knowledge.get("/")
def index() -> ResponseReturnValue:
    """Services, as filtered."""
    both = desk().both()
    given = {name: request.args.get(name, "").strip() for name in ("q", "field", "kind", "department", "gap", "show")}
    rows = [row for row in _rows(both) if _wanted(row, given)]
    return render_template(
        "console/knowledge/index.html",
        rows=rows,
        given=given,
        all=len(both.knowledge.services),
        fields=[part.title for part in both.knowledge.fields],
        kinds=words()["kinds"],
        departments=[department.name for department in both.knowledge.departments],
        gaps={aspect: aspect_names()[aspect] for aspect in _LACKING},
        today=desk().today(),
        tab="service",
        **tabs(both),
    )


def _rows(both: Both) -> list[Row]:
    found = []
    for place, part in enumerate(both.knowledge.fields):
        for item in part.items:
            for service in item.services:
                texts = desk().texts(both, service.id, aspect_names())
                days = [service.review_on, *(text.upkeep.review_on for text in texts if text.text)]
                review = min((day for day in days if day), default=None)
                found.append(Row(item, service, place, part.title, texts, f"service:{service.id}" in both.changed, review))
    return found


def _wanted(row: Row, given: dict[str, str]) -> bool:
    service, item = row.service, row.item
    if given["q"]:
        everything = " ".join([service.title, *service.aliases, *item.departments, f"第{item.within}条", service.id, item.text])
        everything = " ".join([everything, *service.answers.values()]).lower()
        if not all(word in everything for word in given["q"].lower().split()):
            return False
    if (given["field"] and given["field"] != row.field) or (given["kind"] and given["kind"] != service.kind):
        return False
    if given["department"] and given["department"] not in item.departments:
        return False
    if given["gap"] and given["gap"] not in row.gaps:
        return False
    show = given["show"]
    due = bool(row.review_on and row.review_on <= desk().today())
    return {"due": due, "changed": row.changed, "flagged": row.flagged}.get(show, True)


@knowledge.get("/items")
def items() -> ResponseReturnValue:
    """The plan's items, word for word; they change by importing a plan only."""
    both = desk().both()
    return render_template(
        "console/knowledge/items.html", fields=both.knowledge.fields, heads=both.knowledge.heads, tab="item", **tabs(both)
    )


@knowledge.get("/changes")
def changes() -> ResponseReturnValue:
    """What the draft changes, each to be dropped alone."""
    both = desk().both()
    changes = [shown(change, both) for change in both.changes]
    return render_template("console/knowledge/changes.html", changes=changes, tab="changes", **tabs(both))


@knowledge.post("/changes/drop")
def drop() -> ResponseReturnValue:
    """Fields of a record of the draft become again what is published."""
    both, record, fields = desk().both(), request.form.get("object", ""), request.form.getlist("field")
    there = {(change.object, change.field) for change in both.changes}
    fields = [field for field in fields if (record, field) in there]
    if not fields:
        flash("这处改动已经不在草稿里了。", "warning")
        return redirect(url_for(".changes"))
    values = [(record, field, value_of(both.published, record, field)) for field in fields]
    if len(fields) == 1:
        values = together_with(both, *values[0])
    try:
        made = desk().versions.edit_all(values, signed_in().shown, desk().clock())
    except KnowledgeError as error:
        flash(f"不能单独撤销这一处：{'；'.join(error.problems)}", "danger")
        return redirect(url_for(".changes"))
    if not made:
        flash("不能单独撤销这一处：要连同它所在的条文一起。", "warning")
        return redirect(url_for(".changes"))
    audit("knowledge.drop", record, {"fields": fields})
    flash(f"已撤销：{object_words(record, both)} {'、'.join(field_words(record, field) for field in fields)}。", "success")
    return redirect(url_for(".changes"))


def together_with(both: Both, record: str, field: str, value: Any) -> list[tuple[str, str, Any]]:
    """The field with its value, and what cannot be without it: who keeps a text goes with the text."""
    group, _, aspect = field.partition(".")
    if group == "answers" and value is None:
        return [(record, f"upkeep.{aspect}", None), (record, field, None)]
    if group == "upkeep" and value is not None and value_of(both.draft, record, f"answers.{aspect}") is None:
        return [(record, f"answers.{aspect}", value_of(both.published, record, f"answers.{aspect}")), (record, field, value)]
    return [(record, field, value)]


def edit_url(record: str, field: str, both: Both) -> str:
    """Where that field is edited; empty where it cannot be."""
    kind, _, name = record.partition(":")
    if record not in both.now:
        return ""
    if kind == "wording":
        return url_for("console_knowledge.template", key=field)
    group, _, aspect = field.partition(".")
    if kind == "service" and group in ("answers", "upkeep") and aspect in list(Aspect):
        return url_for(
            "console_knowledge.text", service=name, aspect=aspect, _anchor="text" if group == "answers" else "review_on"
        )
    if kind == "service":
        return url_for("console_knowledge.record", kind=kind, name=name, _anchor=field)
    if kind in words()["records"]:
        return url_for("console_knowledge.record", kind=kind, name=name or "plan", _anchor=field)
    return url_for("console_knowledge.items") if kind == "item" else ""


def known_service(both: Both, service: str) -> Service:
    """The service of the draft; 404 when there is none."""
    found = both.knowledge.services.get(service)
    if found is None:
        abort(404)
    return found
